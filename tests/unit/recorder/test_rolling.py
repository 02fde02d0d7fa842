"""Sums of days follow the slots, and a flood of questions is met politely."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.stores import A_MINUTE, empty_history

from darkstar_common.bus import Delivery
from darkstar_common.config import Tariff
from darkstar_common.contract import HISTORY_QUERY, HistoryQuery, HistoryRows, RequestResult
from darkstar_common.runtime import Context, Stopwatch
from darkstar_common.slots import SLOT, slots
from darkstar_common.testing import FakeClock, MemoryBus, a_context, settle
from darkstar_recorder.answering import MOST_WAITING, Answering
from darkstar_recorder.core.rollups import house_of
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.rolling import Rolling
from darkstar_recorder.store import Asked, Store
from darkstar_recorder.threads import here

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(empty_history(tmp_path / "history.duckdb"))
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
def context(clock: FakeClock, tmp_path: Path) -> Context:
    return a_context(MemoryBus(now=clock.now), state_dir=tmp_path, clock=clock)


def lived(store: Store, start: datetime, count: int, load: float = 1.0) -> None:
    rows = [SlotEnergy(start=one, kwh={"load": load}) for one in slots(start, count)]
    store.replace_slots(rows, "counters", NOON)


def loads(store: Store) -> tuple[Any, ...]:
    year = timedelta(days=400)
    asked = Asked(what="rollups", start=NOON - year, end=NOON + year, limit=1000)
    return store.answer(asked, A_MINUTE).columns["load_kwh"]


async def test_a_day_is_rolled_within_a_minute_of_its_slots(
    store: Store, clock: FakeClock, context: Context
) -> None:
    work = asyncio.create_task(Rolling(context, store, here).run())
    await settle()
    assert loads(store) == ()
    lived(store, NOON - 4 * SLOT, 3)
    await clock.advance(MINUTE)
    assert loads(store) == (3,)
    lived(store, NOON - SLOT, 1)
    await clock.advance(MINUTE)
    assert loads(store) == (4,)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work


async def test_many_days_of_the_past_are_rolled_in_pieces(store: Store, context: Context) -> None:
    lived(store, NOON - timedelta(days=20), 20 * 96)
    assert await Rolling(context, store, here).once() == 21
    assert sum(loads(store)) == 20 * 96
    assert await Rolling(context, store, here).once() == 0


async def test_the_past_is_looked_at_when_all_of_it_is_asked_for(
    store: Store, context: Context
) -> None:
    lived(store, NOON - timedelta(days=20), 4)
    lived(store, NOON - SLOT, 1)
    rolling = Rolling(context, store, here)
    assert await rolling.once(since=NOON - timedelta(days=3)) == 1
    assert await rolling.once() == 1
    assert loads(store) == (4, 1)


async def asked_at_once(context: Context, store: Store, count: int) -> list[Any]:
    """What became of so many questions, none of which is answered before the last one came."""
    said: list[Any] = []

    async def reply(result: Any) -> None:
        said.append(result)

    answering = Answering(context, store, here)
    for _ in range(count):
        query = HistoryQuery(what="rollups")
        await answering.take(Delivery(HISTORY_QUERY, query, retained=False, topic="", reply=reply))
    work = asyncio.create_task(answering.run())
    await settle()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    return said


async def test_a_flood_of_questions_is_refused_politely_and_the_first_are_answered(
    store: Store, context: Context
) -> None:
    said = await asked_at_once(context, store, MOST_WAITING + 5)
    refused = [one for one in said if isinstance(one, RequestResult)]
    answered = [one for one in said if isinstance(one, HistoryRows)]
    assert len(refused) + len(answered) == MOST_WAITING + 5
    assert len(refused) >= 5
    assert all("ask again in a moment" in one.reason and not one.accepted for one in refused)
    assert answered


async def test_a_past_that_comes_in_is_rolled_within_a_minute(
    store: Store, clock: FakeClock, context: Context
) -> None:
    work = asyncio.create_task(Rolling(context, store, here).run())
    await settle()
    lived(store, NOON - timedelta(days=20), 4)
    await clock.advance(MINUTE)
    assert loads(store) == (4,)
    lived(store, NOON - timedelta(days=20), 4, load=2.0)
    store._writer.execute("UPDATE slot_observation SET changed_at = changed_at + INTERVAL 1 SECOND")
    await clock.advance(MINUTE)
    assert loads(store) == (8,)
    store.add_prices([(NOON - timedelta(days=20), 1.0)], Tariff(), UTC)
    await clock.advance(MINUTE)
    assert store.changed_days(house_of(context.config), NOON) == frozenset()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work


class Waited(Stopwatch):
    """One that says that nearly all of the time is gone."""

    @property
    def elapsed(self) -> timedelta:
        return timedelta(seconds=0.7) - timedelta(microseconds=1)


async def test_who_has_waited_long_is_never_told_that_the_question_is_too_long(
    store: Store, context: Context
) -> None:
    said: list[Any] = []

    async def reply(result: Any) -> None:
        said.append(result)

    query = HistoryQuery(what="rollups")
    for _ in range(5):
        delivery = Delivery(HISTORY_QUERY, query, retained=False, topic="", reply=reply)
        await Answering(context, store, here).answer(delivery, Waited())
    reasons = {one.reason for one in said if isinstance(one, RequestResult)}
    assert reasons <= {"too many questions at once; ask again in a moment"}


async def test_what_could_not_be_looked_at_is_looked_at_a_minute_later(
    store: Store, clock: FakeClock, context: Context
) -> None:
    lived(store, NOON - timedelta(days=20), 4)
    store.close()  # as where the disk has given the file up
    work = asyncio.create_task(Rolling(context, store, here).run())
    await settle()
    store._file.open()
    await clock.advance(MINUTE)
    assert loads(store) == (4,)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
