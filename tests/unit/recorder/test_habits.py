"""What is usual is what was usual of late, however long the recorder runs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.stores import empty_history

from darkstar_common.bus import MemoryBus
from darkstar_common.config import Config
from darkstar_common.contract import (
    HISTORY_SLOT,
    HOUSE_ENERGY,
    EnergyCounters,
    Reading,
    Service,
)
from darkstar_common.slots import SLOT
from darkstar_common.testing import FakeClock, a_context, settle
from darkstar_recorder.answering import Answering
from darkstar_recorder.core.ledger import Ledger
from darkstar_recorder.core.readings import Reading as Shown
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.desk import database_path
from darkstar_recorder.habits import Habits
from darkstar_recorder.recording import Recording
from darkstar_recorder.service import serve
from darkstar_recorder.store import Store
from darkstar_recorder.threads import here

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(empty_history(tmp_path / "history.duckdb"))
    yield opened
    opened.close()


def used_late(until: datetime) -> list[SlotEnergy]:
    """Four days of a house that uses all in the last quarter of each hour."""
    before = (until - number * SLOT for number in range(1, 96 * 4))
    return [SlotEnergy(start=one, kwh={"load": float(one.minute == 45)}) for one in before]


def shown(count: int, step: float) -> list[Shown]:
    return [
        Shown(channel="load", measured_at=NOON + number * SLOT, value=10 + step * number)
        for number in range(count)
    ]


def test_habits_are_looked_up_at_the_start_and_again_each_day(store: Store) -> None:
    habits = Habits(store, Config())
    first = habits.ledger(NOON).after(shown(20, 1.0), NOON + 19 * SLOT)
    ledger = habits.renewed(first, NOON)
    assert not ledger.usual
    assert not habits.are_old(ledger, NOON + A_DAY - HOUR)
    store.add_slots(used_late(NOON), "import", NOON)
    assert habits.are_old(ledger, NOON + A_DAY)
    later = habits.renewed(ledger, NOON + A_DAY)
    assert later.usual is not None
    assert later.usual["load"][:4] == (0.0, 0.0, 0.0, 1.0)
    assert later.readings == ledger.readings
    assert not habits.are_old(later, NOON + A_DAY + HOUR)


def test_of_a_new_house_they_are_looked_up_by_the_hour(store: Store) -> None:
    habits = Habits(store, Config())
    ledger = habits.ledger(NOON)
    assert ledger.limits.steps_kwh == {}
    assert not habits.are_old(ledger, NOON + HOUR / 2)
    assert habits.are_old(ledger, NOON + HOUR)
    taught = habits.renewed(ledger.after(shown(20, 0.1), NOON + 19 * SLOT), NOON + HOUR)
    assert taught.limits.steps_kwh == {"load": pytest.approx(0.1)}
    assert taught.limits.kw == ledger.limits.kw
    assert not habits.are_old(taught, NOON + 2 * HOUR)


def test_an_even_profile_knows_no_habits(store: Store) -> None:
    store.add_slots(used_late(NOON), "import", NOON)
    even = Config.model_validate({"recorder": {"gap_profile": "even"}})
    habits = Habits(store, even)
    assert habits.ledger(NOON).usual is None
    assert habits.renewed(Ledger(), NOON + A_DAY).usual is None


async def test_a_recorder_that_runs_learns_what_is_usual(tmp_path: Path) -> None:
    """Its first day has no past; on the second it knows those that were imported meanwhile."""
    clock = FakeClock(NOON)
    bus = MemoryBus(now=clock.now)

    async def tell(kwh: float) -> None:
        at = clock.now()
        load = Reading(value=kwh, measured_at=at)
        message = EnergyCounters(sender=Service.EXECUTOR, emitted_at=at, load_kwh=load)
        await bus.publish(HOUSE_ENERGY, message)
        await clock.advance(timedelta(seconds=1))

    store = Store(empty_history(database_path(tmp_path)))
    store.add_slots(used_late(NOON + A_DAY), "import", NOON)
    store.close()
    context = a_context(bus, state_dir=tmp_path, clock=clock, service=Service.RECORDER)
    store = Store(empty_history(database_path(tmp_path)))
    answering = Answering(context, store, here)
    work = asyncio.create_task(serve(context, Recording(context, store, here), answering))
    await settle()
    await tell(10)
    await clock.advance(A_DAY - timedelta(seconds=1))
    await tell(11)
    await clock.advance(HOUR - timedelta(seconds=1))
    await tell(13)
    told = {one.start: one.load_kwh for one in bus.sent(HISTORY_SLOT)}
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    store.close()
    hour = [told[NOON + A_DAY + number * SLOT] for number in range(4)]
    assert hour == pytest.approx([0.0, 0.0, 0.0, 2.0], abs=0.01)
