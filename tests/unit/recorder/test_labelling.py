"""Days are labelled once they are over, without anybody asking for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from support.recorded import DAY, DAYS, KWH, MIDNIGHT, NOW, UTC_HOUSE, labelled, lived
from support.stores import empty_history
from unit.recorder.test_serving import until

from darkstar_common.contract import Service
from darkstar_common.runtime import Context
from darkstar_common.slots import slots
from darkstar_common.testing import FakeClock, MemoryBus, a_context, settle
from darkstar_recorder.core.quality import DayLabel
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.desk import database_path
from darkstar_recorder.labelling import Labelling, labels
from darkstar_recorder.service import recorder
from darkstar_recorder.store import Store
from darkstar_recorder.store.examining import Examiner
from darkstar_recorder.threads import here
from darkstar_recorder.wire import SOCKET


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(empty_history(tmp_path / "history.duckdb"))
    yield opened
    opened.close()


def a_labelling(store: Store, clock: FakeClock, tmp_path: Path) -> Labelling:
    context: Context = a_context(
        MemoryBus(now=clock.now), state_dir=tmp_path, clock=clock, config=UTC_HOUSE
    )
    return Labelling(context, store, here)


async def test_a_day_is_labelled_once_it_is_over_and_again_when_it_changes(
    store: Store, tmp_path: Path
) -> None:
    lived(store, count=2 * 96)
    clock = FakeClock(MIDNIGHT + timedelta(hours=47))
    work = asyncio.create_task(a_labelling(store, clock, tmp_path).run())
    await settle()
    assert labelled(store) == {10: "clean"}
    await clock.advance(timedelta(hours=2))
    assert labelled(store) == {10: "clean", 11: "clean"}
    rows = [SlotEnergy(start=one, kwh=KWH | {"load": 99.0}) for one in slots(MIDNIGHT, 9)]
    store.replace_slots(rows, "import", clock.now())
    await clock.advance(timedelta(hours=1))
    assert labelled(store) == {10: "exclude", 11: "clean"}
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work


async def test_the_recorder_labels_the_days_that_are_over(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    state = tmp_path_factory.mktemp("r")
    path = database_path(state)
    before = Store(path)
    lived(before)
    before.close()
    clock = FakeClock(NOW)
    context = a_context(
        MemoryBus(now=clock.now), state_dir=state, clock=clock, config=UTC_HOUSE,
        service=Service.RECORDER,
    )  # fmt: skip
    work = asyncio.create_task(recorder(context))

    def all_labelled() -> bool:
        with closing(Examiner(path)) as examiner:
            return len(examiner.labels(date(2026, 1, 1), date(2026, 1, 31))) == DAYS

    await until((state / SOCKET).is_socket)
    await until(all_labelled)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work


async def test_labels_are_given_once_and_a_persons_stay(store: Store, tmp_path: Path) -> None:
    lived(store)
    store.label_days([DayLabel(day=date(2026, 1, 12), label="exclude", reasons="x")], "person", NOW)
    labelling = a_labelling(store, FakeClock(NOW + timedelta(hours=1)), tmp_path)
    assert await labelling.once() == DAYS - 1
    assert await labelling.once() == 0
    assert labelled(store)[12] == "exclude"


def test_what_is_judged_is_not_judged_again_nor_what_a_person_said(store: Store) -> None:
    lived(store)
    zone, later = UTC_HOUSE.zone, NOW + timedelta(hours=1)
    with closing(Examiner(store.path)) as examiner:
        assert len(examiner.unjudged(zone, later)) == DAYS
        store.label_days(labels(examiner, UTC_HOUSE, [date(2026, 1, 10)], later), "doctor", later)
        said = DayLabel(day=date(2026, 1, 11), label="exclude", reasons="x")
        store.label_days([said], "person", NOW - timedelta(days=1))
        assert [day.day for day in examiner.unjudged(zone, later)] == list(range(12, 20))
        assert list(labels(examiner, UTC_HOUSE, [date(2026, 1, 19)], NOW - 2 * DAY)) == []


async def test_a_day_before_a_house_had_pv_lacks_none(store: Store, tmp_path: Path) -> None:
    lived(store, count=4 * 96, pv=None)
    lived(store, 4 * 96, 96)
    lived(store, 5 * 96, 96, pv=None)
    await a_labelling(store, FakeClock(NOW), tmp_path).once()
    assert labelled(store) == dict.fromkeys(range(10, 15), "clean") | {15: "exclude"}


async def test_a_file_that_cannot_be_used_is_looked_at_again(tmp_path: Path, store: Store) -> None:
    lived(store)
    clock = FakeClock(NOW)
    other = tmp_path / "other.duckdb"
    other.write_text("no database" * 1000)
    whole, store.path = store.path, other
    work = asyncio.create_task(a_labelling(store, clock, tmp_path).run())
    await settle()
    assert not work.done()
    store.path = whole
    await clock.advance(timedelta(hours=1))
    assert len(labelled(store)) == DAYS
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
