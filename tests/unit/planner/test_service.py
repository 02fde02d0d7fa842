"""The planner as its neighbours see it: messages in, messages out."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from unit.planner.houses import HOUSE, NOON, counted, house, prices
from unit.planner.worlds import A_SECOND, QUICK, running

from darkstar_common.bus import Delivery
from darkstar_common.contract import (
    EPISODE,
    EXPORT_SET,
    HISTORY_QUERY,
    HOUSE_ENERGY,
    HOUSE_STATE,
    PLAN_RUN,
    PRICES,
    SCHEDULE,
    STRATEGY,
    ExportSet,
    HistoryRows,
    PriceCurve,
    RunPlan,
    Schedule,
    Service,
)
from darkstar_common.slots import SLOT
from darkstar_common.testing import MemoryBroker, MemoryBus, settle
from darkstar_planner.timing import jitter_of, next_slot_run


async def test_the_first_plan_comes_as_soon_as_all_inputs_are_there(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        await world.tell()
        (made,) = await world.schedules(1)
    assert made.slots[0].start == NOON
    assert len(made.slots) == 96
    assert made.valid_until == NOON + 96 * SLOT
    assert made.status == "optimal"
    assert made.soc_percent_at_start == 50
    # the dear first hour is served from the battery, the cheap second one is not
    assert made.slots[0].discharge_kw == pytest.approx(1.0)
    assert made.slots[4].discharge_kw == 0
    assert made.slots[0].reason
    assert world.bus.sent(STRATEGY)[-1].caused_by == made.message_id
    assert world.bus.sent(EPISODE)[-1].schedule_id == str(made.message_id)


async def test_plans_again_at_the_interval_once_the_slot_has_its_readings(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        await world.tell()
        await world.schedules(1)
        status = await world.status(lambda one: not one.running)
        lag = next_slot_run(NOON, SLOT, jitter=jitter_of("home", timedelta(seconds=5)))
        assert status.next_run_at == lag
        await world.clock.advance(timedelta(minutes=14))
        await world.bus.publish(HOUSE_STATE, house(50.0, at=world.clock.now()))
        await world.schedules(2)
        await world.clock.advance(timedelta(minutes=1, seconds=25))
        made = await world.schedules(3)
    assert made[-1].slots[0].start == NOON + SLOT


async def test_plans_when_asked_and_names_the_cause(tmp_path: Path) -> None:
    asked = RunPlan()
    async with running(tmp_path) as world:
        await world.tell()
        await world.schedules(1)
        reply = await world.bus.request(PLAN_RUN, asked, timeout=A_SECOND)
        made = await world.schedules(2)
    assert reply.result.accepted
    assert made[-1].caused_by == asked.message_id


async def test_new_prices_and_a_battery_off_the_plan_matter(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        await world.tell()
        await world.schedules(1)
        await world.bus.publish(PRICES, prices())
        await world.bus.publish(HOUSE_STATE, house(52.0))
        await settle()
        news = prices(of=lambda start: float(start.hour))
        await world.bus.publish(PRICES, news)
        made = await world.schedules(2)
        assert made[-1].caused_by == news.message_id
        state = house(20.0)
        await world.bus.publish(HOUSE_STATE, state)
        made = await world.schedules(3)
        assert made[-1].caused_by == state.message_id


async def test_export_off_sells_nothing_also_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path, config=QUICK) as world:
        reply = await world.bus.request(EXPORT_SET, ExportSet(on=False), timeout=A_SECOND)
        assert reply.result.accepted
    async with running(tmp_path, config=QUICK) as world:
        await world.tell(soc_percent=100.0)
        await world.bus.publish(PRICES, dear_export())
        made = await world.schedules(1)
        assert not world.bus.sent(STRATEGY)[-1].export_enabled
        assert sum(one.export_kw for one in made[-1].slots) == 0
        await world.bus.request(EXPORT_SET, ExportSet(on=True), timeout=A_SECOND)
        await world.until(lambda: world.bus.sent(STRATEGY)[-1].export_enabled)
        assert sum(one.export_kw for one in world.bus.sent(SCHEDULE)[-1].slots) > 0


def dear_export() -> PriceCurve:
    curve = prices()
    sold = tuple(one.model_copy(update={"export_per_kwh": 5.0}) for one in curve.slots)
    return curve.model_copy(update={"slots": sold})


async def test_the_heater_is_not_asked_to_heat_twice(tmp_path: Path) -> None:
    async with running(tmp_path, config=HOUSE) as world:
        begun = NOON - timedelta(hours=7)
        await world.bus.publish(HOUSE_ENERGY, counted(0.0, at=begun))
        for number in range(1, 29):
            # 3 kW in the first two hours, nothing since
            at = begun + number * SLOT
            kwh = min(number, 8) * 0.75
            await world.bus.publish(HOUSE_ENERGY, counted(kwh, at=at))
        await world.tell()
        made = (await world.schedules(1))[-1]
    tomorrow = datetime(2026, 1, 2, 5, tzinfo=NOON.tzinfo)
    first_day = [one.water_kw for one in made.slots if one.start < tomorrow]
    assert sum(first_day) * 0.25 < 1.5
    assert not any("not heated" in one for one in made.why)


async def test_an_unknown_past_of_the_heater_is_said(tmp_path: Path) -> None:
    async with running(tmp_path, config=HOUSE) as world:
        await world.tell()
        made = (await world.schedules(1))[-1]
    assert sum(one.water_kw for one in made.slots) * 0.25 >= 6.0
    assert any("counts as not heated" in one for one in made.why)


async def test_the_recorder_is_asked_what_was_heated_before(tmp_path: Path) -> None:
    begun = NOON - timedelta(hours=7)
    starts = [(begun + number * SLOT).isoformat() for number in range(28)]
    rows = HistoryRows(
        sender=Service.RECORDER,
        emitted_at=NOON,
        what="slots",
        columns={"start": tuple(starts), "water_kwh": (0.75,) * 8 + (0.0,) * 20},
        row_count=28,
        complete=True,
    )
    broker = MemoryBroker()
    recorder = MemoryBus(broker=broker, sender=Service.RECORDER)
    async with (
        recorder.inbox(HISTORY_QUERY) as inbox,
        running(tmp_path, config=HOUSE, broker=broker) as world,
    ):
        await world.tell()
        query = await anext(aiter(inbox))
        assert isinstance(query, Delivery)
        await query.answer(rows)
        await world.until(lambda: any(knows(one) for one in world.bus.sent(SCHEDULE)))
    made = next(one for one in world.bus.sent(SCHEDULE) if knows(one))
    today = [one.water_kw for one in made.slots if one.start < NOON + timedelta(hours=17)]
    assert sum(today) * 0.25 < 1.5


def knows(made: Schedule) -> bool:
    """Whether the schedule rests on what was heated before."""
    return not any("not heated" in one for one in made.why)
