"""A message leads to what it came of, and to what came of it, and to nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from support import chained
from support.chained import NOON, SECOND
from support.stores import A_MINUTE, empty_history

from darkstar_common.contract import Message
from darkstar_recorder.store import Asked, Batch, Details, QuestionError, Rows, Store

HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(empty_history(tmp_path / "history.duckdb"))
    yield opened
    opened.close()


def kept(store: Store, *messages: Message) -> None:
    store.commit(Batch(at=NOON, messages=messages))


def ask(store: Store, details: Details | None = None) -> Rows:
    return store.answer(
        Asked(
            what="messages", start=NOON - HOUR, end=NOON + HOUR, limit=1000,
            details=details or Details(),
        ),
        A_MINUTE,
    )  # fmt: skip


def chain(store: Store, one: UUID) -> list[tuple[str, str]]:
    """Topic and id of everything in the chain of `one`, by its time."""
    found = ask(store, Details(id=one)).columns
    return list(zip(found["topic"], found["message_id"], strict=True))


def test_a_price_leads_to_the_setpoint_and_the_setpoint_to_the_price(store: Store) -> None:
    price, load = chained.prices(), chained.load(NOON + SECOND)
    made = chained.schedule(load.message_id, {"prices": price.message_id}, NOON + 2 * SECOND)
    run, done = chained.episode(made), chained.action(made.message_id, at=NOON + 3 * SECOND)
    stranger = chained.schedule(None, {"prices": uuid4()}, NOON + 4 * SECOND)
    kept(store, price, load, made, run, done, stranger, chained.action(stranger.message_id))
    expected = [
        ("market/prices", str(price.message_id)),
        ("plan/schedule", str(made.message_id)),
        ("plan/episode", str(run.message_id)),
        ("control/action", str(done.message_id)),
    ]
    beside = ("forecast/load", str(load.message_id))
    assert sorted(chain(store, price.message_id)) == sorted((*expected, beside))
    assert chain(store, done.message_id) == [expected[0], beside, expected[1], expected[3]]


def test_a_request_that_nobody_keeps_leads_to_what_came_of_it(store: Store) -> None:
    request = uuid4()
    state, done = chained.overridden(request), chained.action(request, at=NOON + SECOND)
    kept(store, state, done)
    assert chain(store, request) == [
        ("control/state", str(state.message_id)),
        ("control/action", str(done.message_id)),
    ]


def test_of_a_state_of_control_it_tells_what_people_set(store: Store) -> None:
    request = uuid4()
    kept(store, chained.overridden(request))
    (detail,) = ask(store, Details(id=request)).columns["detail"]
    changes = {one["name"]: one["after"] for one in json.loads(detail)["changes"]}
    assert changes["override"]["action"] == "force_charge"
    assert changes["shadow"] is False


def test_of_an_action_it_tells_what_was_there_and_what_was_written(store: Store) -> None:
    done = chained.action(None, chained.write())
    kept(store, done)
    (detail,) = ask(store, Details(id=done.message_id)).columns["detail"]
    told = json.loads(detail)
    assert told["writes"][0]["before"] == 10
    assert told["writes"][0]["wanted"] == 50
    assert told["before"]["soc_percent"] == 40
    assert told["planned"]["charge_kw"] == 2


def test_a_chain_may_be_a_circle(store: Store) -> None:
    first = chained.prices()
    second = chained.schedule(first.message_id)
    kept(store, first.model_copy(update={"caused_by": second.message_id}), second)
    assert len(chain(store, first.message_id)) == 2


@pytest.mark.parametrize(("days", "expected"), [(6, 3), (8, 2)])
def test_what_came_of_it_is_looked_for_in_the_week_around(
    store: Store, days: int, expected: int
) -> None:
    price = chained.prices()
    made = chained.schedule(price.message_id)
    kept(store, price, made, chained.action(made.message_id, at=NOON + timedelta(days=days)))
    assert len(chain(store, price.message_id)) == expected


def test_an_unknown_message_has_no_chain(store: Store) -> None:
    kept(store, chained.prices())
    assert chain(store, uuid4()) == []


def test_messages_of_a_time_are_those_of_that_time(store: Store) -> None:
    kept(store, chained.prices(), chained.load(NOON - 2 * HOUR), chained.schedule(None))
    assert set(ask(store).columns["topic"]) == {"market/prices", "plan/schedule"}


@pytest.mark.parametrize("letters", [8, 13, 36])
def test_the_beginning_of_an_id_finds_it_and_what_it_caused(store: Store, letters: int) -> None:
    price = chained.prices()
    made = chained.schedule(price.message_id)
    kept(store, price, made, chained.load())
    found = ask(store, Details(beginning=str(price.message_id)[:letters]))
    assert set(found.columns["message_id"]) == {str(price.message_id), str(made.message_id)}


def test_only_messages_have_beginnings_of_ids(store: Store) -> None:
    with pytest.raises(QuestionError, match="slots have no beginning of an id; what has: messages"):
        store.answer(
            Asked(what="slots", start=NOON, end=NOON, limit=1, details=Details(beginning="3f"))
        )
