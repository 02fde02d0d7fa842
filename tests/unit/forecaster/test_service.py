"""What the forecaster does when, and what it answers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from unit.common.keys.probe import changed
from unit.forecaster.running_house import (
    DAY,
    HOUR,
    MORNING,
    STILL,
    TURNS,
    Market,
    RecorderDouble,
    Started,
    pass_time,
    started,
)

from darkstar_common.config import WaterHeater
from darkstar_common.contract import (
    FORECAST_ROLLBACK,
    FORECAST_TRAIN,
    HISTORY_SLOT,
    LEARNING_RESET,
    LOAD_FORECAST,
    MODELS,
    PRICES,
    PV_FORECAST,
    Channel,
    HistoryQuery,
    PriceCurve,
    RequestResult,
    Service,
    SlotObservation,
)
from darkstar_common.slots import SLOT, slot_start, slots
from darkstar_common.testing import FakeClock, MemoryBus, settle
from darkstar_forecaster.core.prices import Answer, Unavailable
from darkstar_forecaster.sources.prices import GeneratedPrices


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(MORNING)


@pytest.fixture
def bus(clock: FakeClock) -> MemoryBus:
    return MemoryBus(now=clock.now)


@pytest.fixture
def recorder(bus: MemoryBus) -> RecorderDouble:
    return RecorderDouble(bus)


def published(curve: PriceCurve) -> int:
    return sum(one.kind == "published" for one in curve.slots)


async def test_everything_is_out_before_time_has_passed(
    recorder: RecorderDouble, clock: FakeClock, tmp_path: Path
) -> None:
    async with started(recorder, clock, tmp_path) as house:
        (curve,) = house.bus.sent(PRICES)
        (load,) = house.bus.sent(LOAD_FORECAST)
        (pv,) = house.bus.sent(PV_FORECAST)
        cards = house.bus.sent(MODELS)[-1].cards
        assert not house.issues
    assert published(curve) == 96
    assert curve.slots[-1].start + SLOT == slot_start(MORNING) + 48 * HOUR
    assert {one.p50_kw for one in load.slots} == {1.0}
    assert {one.p50_kw for one in pv.slots} == {2.0}
    assert load.slots[0].start == slot_start(MORNING)
    assert {(one.quantity, one.level) for one in cards} == {
        ("load", "graduate"), ("pv", "graduate"), ("price", "graduate"),
    }  # fmt: skip


async def test_the_history_is_asked_for_in_pages(
    recorder: RecorderDouble, clock: FakeClock, tmp_path: Path
) -> None:
    recorder.longest = 1000
    config = changed(STILL, "forecaster.history_days", 14)
    async with started(recorder, clock, tmp_path, config=config):
        asked = [one for one in recorder.queries if one.what == "slots"]
        assert [one.offset for one in asked] == [0, 1000]
        assert asked[0].start == MORNING - 14 * DAY


async def test_two_days_of_prices(
    recorder: RecorderDouble, clock: FakeClock, tmp_path: Path
) -> None:
    market, recorder.days = Market(), 2
    async with started(recorder, clock, tmp_path, market) as house:
        await pass_time(clock, 2 * DAY)
        curves = house.bus.sent(PRICES)
    one_o_clock = datetime(2026, 5, 5, 11, tzinfo=UTC)
    fetched = {day: when for when, day in market.asked}
    assert fetched[date(2026, 5, 6)] == one_o_clock
    assert fetched[date(2026, 5, 7)] == one_o_clock + DAY
    assert len(market.asked) == 8 + 2  # each day once
    by_time = {curve.issued_at: published(curve) for curve in curves}
    assert by_time[one_o_clock] == 192
    assert by_time[datetime(2026, 5, 5, 22, tzinfo=UTC)] == 96  # local midnight
    for curve in curves:
        assert curve.slots[0].start <= curve.issued_at
        assert curve.slots[-1].start + SLOT >= slot_start(curve.issued_at) + 48 * HOUR
    gaps = [after.issued_at - before.issued_at for before, after in pairwise(curves)]
    assert max(gaps) <= HOUR


async def test_a_late_day_is_looked_for_with_growing_patience(
    recorder: RecorderDouble, clock: FakeClock, tmp_path: Path
) -> None:
    tomorrow = date(2026, 5, 6)
    out_at = datetime(2026, 5, 5, 13, 30, tzinfo=UTC)
    market = Market(late={tomorrow: out_at})
    async with started(recorder, clock, tmp_path, market) as house:
        await pass_time(clock, 6 * HOUR)
        assert "2026-05-06" in house.issues["prices"]
        await pass_time(clock, 3 * HOUR)
        assert not house.issues
        curves = house.bus.sent(PRICES)
    tries = [when for when, day in market.asked if day == tomorrow]
    waits = [(after - before) / timedelta(minutes=1) for before, after in pairwise(tries)]
    assert waits == [5, 10, 20, 40, 60, 60]
    assert published(curves[-1]) == 192
    assert all(before.slots != after.slots for before, after in pairwise(curves))


async def test_a_poisoned_day_is_forecast_and_said(
    recorder: RecorderDouble, clock: FakeClock, tmp_path: Path
) -> None:
    market = Market(poisoned={date(2026, 5, 5)})
    async with started(recorder, clock, tmp_path, market) as house:
        assert "95 of 96" in house.issues["prices"]
        (curve,) = house.bus.sent(PRICES)
    assert {one.kind for one in curve.slots} == {"forecast"}


async def test_a_past_day_that_cannot_be_had_is_asked_for_once_and_is_no_issue(
    recorder: RecorderDouble, clock: FakeClock, tmp_path: Path
) -> None:
    market = Market(poisoned={date(2026, 5, 2)})
    async with started(recorder, clock, tmp_path, market) as house:
        await pass_time(clock, 2 * HOUR)
        assert not house.issues
    assert [day for _, day in market.asked].count(date(2026, 5, 2)) == 1


async def test_a_source_that_knows_nothing_gives_no_prices(
    recorder: RecorderDouble, clock: FakeClock, tmp_path: Path
) -> None:
    class Nothing:
        name = "nothing"

        async def fetch(self, day: date, zone: ZoneInfo, now: datetime) -> Answer:
            del zone, now
            return Unavailable(day=day, reason="the market is closed")

    async with started(recorder, clock, tmp_path, Nothing()) as house:
        assert house.issues["prices"] == "the market is closed"
        assert not house.bus.sent(PRICES)
        assert house.bus.sent(LOAD_FORECAST)


async def test_forecasts_come_every_hour_and_reach_the_horizon(
    recorder: RecorderDouble, clock: FakeClock, tmp_path: Path
) -> None:
    config = changed(STILL, "forecaster.horizon_hours", 30)
    async with started(recorder, clock, tmp_path, config=config) as house:
        await pass_time(clock, 3 * HOUR)
        found = house.bus.sent(LOAD_FORECAST)
    assert [one.issued_at.hour for one in found] == [6, 7, 8, 9]
    for one in found:
        assert one.slots[-1].start + SLOT == slot_start(one.issued_at) + 30 * HOUR


def observation(start: datetime, load: float, now: datetime) -> SlotObservation:
    return SlotObservation(
        sender=Service.RECORDER, emitted_at=now, start=start, load_kwh=load, water_kwh=0.0,
        pv_kwh=0.0,
    )  # fmt: skip


async def tell(bus: MemoryBus, clock: FakeClock, starts: Iterable[datetime], load: float) -> None:
    for start in starts:
        await bus.publish(HISTORY_SLOT, observation(start, load, clock.now()))
    await settle(TURNS)


async def test_closed_slots_change_the_next_forecast(
    recorder: RecorderDouble, clock: FakeClock, tmp_path: Path
) -> None:
    recorder.days = 2
    async with started(recorder, clock, tmp_path) as house:
        begin = slot_start(MORNING) - 2 * DAY
        await tell(house.bus, clock, slots(begin, 2 * 96), 1.25)
        await pass_time(clock, HOUR)
        last = house.bus.sent(LOAD_FORECAST)[-1]
    assert {one.p50_kw for one in last.slots} == {5.0}


async def test_without_history_there_is_no_forecast_until_something_was_seen(
    recorder: RecorderDouble, clock: FakeClock, tmp_path: Path
) -> None:
    recorder.days = 0
    async with started(recorder, clock, tmp_path) as house:
        assert "nothing is known of the load" in house.issues["load_forecast"]
        assert house.bus.sent(PRICES)
        assert not house.bus.sent(LOAD_FORECAST)
        await tell(house.bus, clock, slots(MORNING - DAY, 80), 0.25)
        (first,) = house.bus.sent(LOAD_FORECAST)
        assert "less than 4 days" in house.issues["load_forecast"]
    assert (first.level, first.slots[0].p50_kw) == ("infant", 1.0)


async def test_it_asks_the_recorder_until_it_tells(
    recorder: RecorderDouble, clock: FakeClock, tmp_path: Path
) -> None:
    recorder.answers = False
    async with started(recorder, clock, tmp_path) as house:
        assert "has not told" in house.issues["history"]
        assert house.bus.sent(PRICES)
        assert not house.bus.sent(LOAD_FORECAST)
        await clock.advance(timedelta(seconds=7.5))
        assert len(recorder.queries) == 4  # after 1, 3 and 7 seconds
        recorder.answers = True
        await clock.advance(timedelta(seconds=8))
        await settle(TURNS)
        assert house.bus.sent(LOAD_FORECAST)
        assert "history" not in house.issues


async def test_what_closes_while_the_recorder_is_asked_is_kept(
    recorder: RecorderDouble, clock: FakeClock, tmp_path: Path
) -> None:
    recorder.answers, recorder.days = False, 2
    async with started(recorder, clock, tmp_path) as house:
        await tell(house.bus, clock, slots(slot_start(MORNING) - 2 * DAY, 2 * 96), 1.25)
        assert not house.bus.sent(LOAD_FORECAST)
        recorder.answers = True
        await clock.advance(timedelta(seconds=1))
        await settle(TURNS)
        (first,) = house.bus.sent(LOAD_FORECAST)
    assert {one.p50_kw for one in first.slots} == {5.0}


async def test_a_house_without_sun_has_no_pv_forecast(
    recorder: RecorderDouble, clock: FakeClock, tmp_path: Path
) -> None:
    config = changed(STILL, "has_solar", False)
    async with started(recorder, clock, tmp_path, config=config) as house:
        assert not house.bus.sent(PV_FORECAST)
        assert house.bus.sent(LOAD_FORECAST)


@pytest.mark.parametrize(("heater", "said"), [(WaterHeater(), True), (None, False)])
async def test_a_heater_that_is_not_metered_is_said(
    recorder: RecorderDouble, clock: FakeClock, tmp_path: Path,
    heater: WaterHeater | None, said: bool,
) -> None:  # fmt: skip
    answer = recorder.rows

    def without_water(query: HistoryQuery) -> pl.DataFrame:
        return answer(query).with_columns(water_kwh=pl.lit(None, dtype=pl.Float64))

    recorder.rows = without_water  # type: ignore[method-assign]
    config = STILL.model_copy(update={"water_heater": heater})
    async with started(recorder, clock, tmp_path, config=config) as house:
        assert ("unmetered_water" in house.issues) is said
        assert house.bus.sent(LOAD_FORECAST)[0].slots[0].p50_kw == 1.5


async def asked(house: Started, channel: Channel[Any], word: str) -> RequestResult:
    """What is answered to a person who types `word`."""
    await house.bus.publish_raw(channel.topic(house.bus.site), word)
    await settle()
    said = house.bus.sent_raw(channel.topic(house.bus.site) + "/result")
    return RequestResult.model_validate_json(said[-1])


async def test_nothing_is_learned_from_a_day_that_is_reset(
    recorder: RecorderDouble, clock: FakeClock, tmp_path: Path
) -> None:
    async with started(recorder, clock, tmp_path) as house:
        answer = await asked(house, LEARNING_RESET, "today")
    assert answer.accepted
    assert "2026-05-05" in answer.reason
    assert json.loads((tmp_path / "forgotten.json").read_text()) == ["2026-05-05"]


async def test_a_house_without_panels_trains_no_pv(
    recorder: RecorderDouble, clock: FakeClock, tmp_path: Path
) -> None:
    config = changed(STILL, "has_solar", False)
    async with started(recorder, clock, tmp_path, config=config) as house:
        answer = await asked(house, FORECAST_TRAIN, "pv")
    assert not answer.accepted
    assert "has_solar" in answer.reason
    assert answer.understood == FORECAST_TRAIN.message.examples


async def test_going_back_where_there_is_nothing_to_go_back_to_is_refused(
    recorder: RecorderDouble, clock: FakeClock, tmp_path: Path
) -> None:
    async with started(recorder, clock, tmp_path) as house:
        answer = await asked(house, FORECAST_ROLLBACK, "load")
    assert not answer.accepted
    assert "no model to go back to" in answer.reason


async def test_garbage_leaves_it_running(
    recorder: RecorderDouble, clock: FakeClock, tmp_path: Path
) -> None:
    async with started(recorder, clock, tmp_path) as house:
        for garbage in (b"", b"{", b"\xff", b'{"start": 1}', b"x" * 1_000_000):
            await house.bus.publish_raw(HISTORY_SLOT.topic(house.bus.site), garbage)
        await pass_time(clock, HOUR)
        assert len(house.bus.sent(LOAD_FORECAST)) == 2


async def test_generated_prices_through_a_clock_change(bus: MemoryBus, tmp_path: Path) -> None:
    clock = FakeClock(datetime(2026, 10, 23, 6, tzinfo=UTC))
    recorder = RecorderDouble(bus, days=5, until=clock.now())
    async with started(recorder, clock, tmp_path, GeneratedPrices(1)) as house:
        await pass_time(clock, 3 * DAY)
        curves = house.bus.sent(PRICES)
        assert not house.issues
    counts = {published(one) for one in curves if one.issued_at > clock.now() - 2 * DAY}
    assert counts == {96, 96 + 100, 100}
