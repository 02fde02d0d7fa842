"""The past is asked for with patience, kept current, and forgotten where people say so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from unit.forecaster.running_house import DAY, HOUR, MORNING, STILL, RecorderDouble

from darkstar_common.contract import HistoryQuery, Service, SlotObservation
from darkstar_common.runtime import Context
from darkstar_common.slots import SLOT, slot_start
from darkstar_common.testing import FakeClock, MemoryBus, a_context, settle
from darkstar_forecaster.recollection import Recollection

NEWEST = slot_start(MORNING) - SLOT


class Labelled(RecorderDouble):
    """Yesterday is labelled so that nothing is learned from it."""

    def rows(self, query: HistoryQuery) -> pl.DataFrame:
        yesterday = pl.col("start").dt.date() == MORNING.date() - DAY
        return (
            super()
            .rows(query)
            .with_columns(
                label=pl.when(yesterday).then(pl.lit("exclude")).otherwise(pl.lit("clean"))
            )
        )


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(MORNING)


@pytest.fixture
def recorder(clock: FakeClock) -> RecorderDouble:
    return Labelled(MemoryBus(now=clock.now), days=3)


@pytest.fixture
async def context(
    recorder: RecorderDouble, clock: FakeClock, tmp_path: Path
) -> AsyncIterator[Context]:
    answering = asyncio.create_task(recorder.run())
    yield a_context(
        recorder.bus, state_dir=tmp_path, clock=clock, config=STILL, service=Service.FORECASTER
    )
    answering.cancel()


def a_slot(load_kwh: float | None, start_before: timedelta = timedelta(0)) -> SlotObservation:
    return SlotObservation(
        sender=Service.RECORDER, emitted_at=MORNING, start=NEWEST - start_before,
        load_kwh=load_kwh, water_kwh=0.0,
    )  # fmt: skip


def load_at(past: pl.DataFrame, start_before: timedelta = timedelta(0)) -> float | None:
    rows = past.filter(pl.col("start") == NEWEST - start_before)
    assert rows.height == 1
    value = rows["load_kw"].item()
    return None if value is None else float(value)


async def test_what_the_recorder_tells_is_the_past(context: Context) -> None:
    known = Recollection(context)
    await known.load()
    assert known.past.height == 3 * 96
    assert known.past["start"].is_sorted()
    assert known.water_is_metered
    assert known.past.filter(~pl.col("fit"))["start"].dt.date().unique().to_list() == [
        MORNING.date() - DAY
    ]


async def test_the_last_weeks_come_first_and_nothing_is_asked_for_twice(
    context: Context, recorder: RecorderDouble
) -> None:
    recorder.days = 100
    forecaster = STILL.forecaster.model_copy(update={"history_days": 120})
    longer = STILL.model_copy(update={"forecaster": forecaster})
    known = Recollection(replace(context, config=longer))
    await known.begin()
    assert known.loaded
    assert known.past.height == 60 * 96
    known.note(a_slot(0.5))
    await known.load()
    assert known.past.height == 100 * 96
    assert load_at(known.past) == 2.0
    asked = sorted((one.start, one.end) for one in recorder.queries)
    assert all(before[1] == after[0] for before, after in pairwise(asked))


async def test_a_recorder_that_is_silent_is_asked_less_and_less_often(
    context: Context, recorder: RecorderDouble, clock: FakeClock
) -> None:
    recorder.answers = False
    known = Recollection(context)
    loading = asyncio.create_task(known.load())
    await settle(200)
    at = [len(recorder.queries)]
    for _ in range(5):
        await clock.advance(timedelta(minutes=1))
        await settle(200)
        at.append(len(recorder.queries))
    assert at[0] == 1
    assert [after - before for before, after in pairwise(at)] == [5, 2, 2, 2, 2]
    recorder.answers = True
    await clock.advance(timedelta(seconds=30))
    await settle(500)
    assert loading.done()
    assert not context.status.issues


async def test_a_slot_that_closes_is_taken_in_and_a_correction_replaces_it(
    context: Context,
) -> None:
    known = Recollection(context)
    await known.load()
    known.note(a_slot(0.5))
    assert load_at(known.past) == 2.0
    known.note(a_slot(0.75))
    assert load_at(known.past) == 3.0
    known.note(a_slot(None))
    assert load_at(known.past) is None


async def test_a_correction_does_not_make_a_day_fit_again(context: Context) -> None:
    known = Recollection(context)
    await known.load()
    known.note(a_slot(0.5, DAY))
    row = known.past.filter(pl.col("start") == NEWEST - DAY)
    assert row["load_kw"].item() == 2.0
    assert not row["fit"].item()


async def test_what_closed_while_it_was_asked_counts_more_than_the_answer(
    context: Context,
) -> None:
    known = Recollection(context)
    known.note(a_slot(0.5))
    await known.load()
    assert load_at(known.past) == 2.0


async def test_before_training_it_asks_again_unless_it_was_just_told(
    context: Context, recorder: RecorderDouble, clock: FakeClock
) -> None:
    known = Recollection(context)
    await known.load()
    before = len(recorder.queries)
    assert await known.reload()
    assert len(recorder.queries) == before
    await clock.advance(HOUR)
    assert await known.reload()
    assert len(recorder.queries) > before
    recorder.answers = False
    await clock.advance(HOUR)
    assert not await known.reload()
    assert known.past.height == 3 * 96


async def test_a_forgotten_day_stays_forgotten_over_a_restart(context: Context) -> None:
    known = Recollection(context)
    await known.load()
    assert known.forget(MORNING) == "2026-05-05"
    again = Recollection(context)
    assert again.forgotten.days == {date(2026, 5, 5)}
    await again.load()
    local = pl.col("start").dt.convert_time_zone(STILL.timezone).dt.date()
    for one in (known, again):
        today = one.past.filter(local == date(2026, 5, 5))
        assert today.height > 0
        assert not today["fit"].any()


@pytest.mark.parametrize("content", [b"", b"{", b'["no day"]', b"[1]", b"3"])
async def test_a_damaged_list_of_forgotten_days_is_none(context: Context, content: bytes) -> None:
    (context.state_dir / "forgotten.json").write_bytes(content)
    assert Recollection(context).forgotten.days == frozenset()


async def test_days_too_old_to_be_learned_from_are_not_remembered(context: Context) -> None:
    known = Recollection(context)
    known.forget(MORNING)
    known.forget(MORNING + 100 * DAY)
    assert known.forgotten.days == {date(2026, 8, 13)}
