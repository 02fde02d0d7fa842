"""What people set, and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from support.stores import empty_history
from unit.recorder.test_store_messages import NOON, STRATEGY

from darkstar_common.contract import Command, ControlState, Message, Override, Service, Strategy
from darkstar_recorder.store import Batch, Store
from darkstar_recorder.store.settings import settings

A_MINUTE = timedelta(minutes=1)
CONTROL = ControlState(
    sender=Service.EXECUTOR, emitted_at=NOON, command=Command(intent="idle"), rule="r",
    reason="because", shadow=True, notifications={"charge_stop": True},
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(empty_history(tmp_path / "history.duckdb"))
    yield opened
    opened.close()


def later(message: Message, minutes: int, **changed: Any) -> Message:
    fields = {**dict(message), **changed, "emitted_at": NOON + minutes * A_MINUTE}
    return type(message)(**{name: one for name, one in fields.items() if name != "message_id"})


def history(store: Store, name: str) -> list[tuple[str | None, str]]:
    asked = "SELECT before, after FROM setting_change WHERE name = ? ORDER BY changed_at"
    return store._writer.execute(asked, [name]).fetchall()


def count(store: Store) -> int:
    (row,) = store._writer.execute("SELECT count(*) FROM setting_change").fetchall()
    return int(row[0])


def test_what_was_never_heard_of_was_unknown_before(store: Store) -> None:
    store.commit(Batch(at=NOON, messages=(STRATEGY,)))
    assert history(store, "risk_appetite") == [(None, "3")]
    assert history(store, "vacation") == [(None, "false")]
    assert count(store) == len(settings(STRATEGY))


@pytest.mark.parametrize(
    ("message", "name", "value", "texts"),
    [
        (STRATEGY, "risk_appetite", 5, ("3", "5")),
        (STRATEGY, "comfort", 4, ("2", "4")),
        (STRATEGY, "vacation", True, ("false", "true")),
        (STRATEGY, "vacation_until", NOON, ("null", '"2026-01-01T12:00:00Z"')),
        (STRATEGY, "export_enabled", False, ("true", "false")),
        (CONTROL, "shadow", False, ("true", "false")),
        (CONTROL, "automation", False, ("true", "false")),
        (CONTROL, "paused_until", NOON, ("null", '"2026-01-01T12:00:00Z"')),
        (CONTROL, "water_boost_until", NOON, ("null", '"2026-01-01T12:00:00Z"')),
    ],
)
def test_a_setting_that_changes_says_what_it_was_and_is(
    store: Store, message: Message, name: str, value: object, texts: tuple[str, str]
) -> None:
    store.commit(
        Batch(at=NOON, messages=(message, later(message, 1), later(message, 2, **{name: value})))
    )
    assert history(store, name) == [(None, texts[0]), texts]
    assert count(store) == len(settings(message)) + 1  # type: ignore[arg-type]


def test_an_override_is_kept_with_its_end(store: Store) -> None:
    wish = Override(action="hold", until=NOON + 60 * A_MINUTE)
    store.commit(
        Batch(at=NOON, messages=(CONTROL, later(CONTROL, 1, override=wish), later(CONTROL, 2)))
    )
    (_, before), (_, after), (_, cleared) = history(store, "override")
    assert (before, cleared) == ("null", "null")
    assert '"action":"hold"' in after
    assert '"until":"2026-01-01T13:00:00Z"' in after


def test_each_kind_of_notification_is_a_setting(store: Store) -> None:
    store.commit(
        Batch(at=NOON, messages=(CONTROL, later(CONTROL, 1, notifications={"charge_stop": False})))
    )
    assert history(store, "notify_charge_stop") == [(None, "true"), ("true", "false")]


def test_a_change_names_the_message_that_told_it(store: Store) -> None:
    told = later(STRATEGY, 1, risk_appetite=1)
    store.commit(Batch(at=NOON, messages=(STRATEGY, told)))
    asked = "SELECT message_id, changed_at FROM setting_change WHERE after = '1'"
    (found,) = store._writer.execute(asked).fetchall()
    assert found == (told.message_id, (NOON + A_MINUTE).replace(tzinfo=None))


def test_a_message_that_comes_again_changes_nothing(store: Store) -> None:
    told = tuple(later(STRATEGY, number, risk_appetite=number) for number in (1, 2, 3))
    store.commit(Batch(at=NOON, messages=told))
    before = history(store, "risk_appetite")
    for again in permutations(told):
        store.commit(Batch(at=NOON, messages=again))
    assert history(store, "risk_appetite") == before == [(None, "1"), ("1", "2"), ("2", "3")]


def test_settings_are_of_people_not_of_the_hour() -> None:
    assert isinstance(STRATEGY, Strategy)
    assert "target_soc_percent" not in settings(STRATEGY)
    assert "rule" not in settings(CONTROL)
