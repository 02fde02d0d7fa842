"""Time: looks on the clock, a clock that is set, schedules of other days, a silent broker."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from unit.executor.living import House, a_house
from unit.executor.samples import CHARGE, HOLD, NOON, house, schedule

from darkstar_common.contract import ACTION, HOUSE_STATE, SCHEDULE
from darkstar_common.slots import SLOT
from darkstar_common.testing import settle

HOUR = timedelta(hours=1)
DAY = schedule(*[HOLD] * 192, start=NOON - 24 * HOUR)


async def test_an_override_ends_on_the_minute(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, DAY)
        await home.ask("override/set", '{"action": "force_charge", "minutes": 7.5}')
        end = home.clock.now() + timedelta(minutes=7.5)
        await home.wait(minutes=7, seconds=29)
        assert home.state.override is not None
        await home.clock.advance(end - home.clock.now())
        assert home.state.override is None
        assert home.commanded("grid_charging") == ["ON", "OFF"]


async def test_looks_far_apart_end_an_override_at_its_time(tmp_path: Path) -> None:
    config = house(tick_seconds=900, guard={"seconds": 900})
    async with a_house(config=config) as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, DAY)
        await home.wait(seconds=20)
        await home.ask("override/set", '{"action": "force_charge", "minutes": 2}')
        await home.wait(minutes=2)
        assert home.state.override is None
        await home.wait(seconds=5)
        assert home.commanded("grid_charging") == ["ON", "OFF"]


async def test_a_clock_that_goes_back_an_hour_makes_nothing_last_longer(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, DAY)
        await home.ask("override/set", '{"action": "force_charge", "minutes": 30}')
        await home.wait(minutes=10)
        home.clock.offset -= HOUR
        await home.wait(minutes=29)
        assert home.state.override is not None
        await home.wait(minutes=2)
        assert home.state.override is None
        assert home.commanded("grid_charging") == ["ON", "OFF"]


async def test_a_clock_that_goes_back_does_not_stop_the_looks(tmp_path: Path) -> None:
    async with a_house(config=house(tick_seconds=300)) as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[HOLD] * 4, *[CHARGE] * 4, start=NOON - HOUR))
        assert home.state.rule == "plan_charge_from_grid"
        home.clock.offset -= HOUR
        await home.wait(seconds=10)
        assert home.state.rule == "plan_hold"
        await home.wait(minutes=61)
        assert home.state.rule == "plan_charge_from_grid"


async def test_a_clock_that_goes_ahead_an_hour_ends_what_is_over(tmp_path: Path) -> None:
    async with a_house(config=house(tick_seconds=300)) as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, DAY)
        await home.ask("override/set", '{"action": "force_charge", "minutes": 30}')
        home.clock.offset += HOUR
        await home.wait(seconds=10)
        assert home.state.override is None
        assert home.commanded("grid_charging") == ["ON", "OFF"]
        assert "override_ended" in home.told


@pytest.mark.parametrize("hours", [1, -1])
async def test_a_clock_that_is_set_makes_no_dead_sensor_alive(tmp_path: Path, hours: int) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[CHARGE] * 192, start=NOON - 24 * HOUR))
        assert home.commanded("grid_charging") == ["ON"]
        home.alive = {}
        home.clock.offset += hours * HOUR
        await home.wait(minutes=12)
        assert home.state.rule == "soc_unknown"
        assert home.commanded("grid_charging") == ["ON", "OFF"]


async def test_a_clock_that_is_set_does_not_write_all_again(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[CHARGE] * 192, start=NOON - 24 * HOUR))
        await home.wait(minutes=2)
        written = home.written
        for hours in (1, -2, 1):
            home.clock.offset += hours * HOUR
            await home.wait(minutes=5)
        assert home.written == written


async def test_a_schedule_from_yesterday_is_not_followed(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[CHARGE] * 8, start=NOON - 24 * HOUR))
        await home.wait(minutes=1)
        assert home.state.rule == "schedule_stale"
        assert home.state.command.intent == "self_consume"
        assert "ON" not in home.commanded("grid_charging")


async def test_a_schedule_of_tomorrow_is_not_followed_yet(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[CHARGE] * 8, start=NOON + 2 * SLOT))
        await home.wait(minutes=1)
        assert home.state.rule == "schedule_misses_now"
        await home.wait(minutes=30)
        assert home.state.rule == "plan_charge_from_grid"


async def test_a_schedule_with_a_hole_changes_nothing(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, DAY)
        holed = schedule(*[CHARGE] * 8).model_dump(mode="json")
        del holed["slots"][0:2]
        del holed["slots"][1]
        await home.bus.publish_raw("darkstar/v1/home/plan/schedule", json.dumps(holed))
        await settle()
        await home.wait(minutes=1)
        assert home.state.rule == "plan_hold"


async def test_looks_are_on_the_clock(tmp_path: Path) -> None:
    """The schedule's slots and the records' times tell when it looked."""
    async with a_house(config=house(tick_seconds=60)) as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[CHARGE, HOLD] * 4))
        home.pace = timedelta(seconds=1)
        await home.wait(minutes=16)
        (change,) = [one for one in home.bus.sent(ACTION) if one.rule == "plan_hold"][:1]
        assert change.emitted_at == NOON + SLOT


async def test_counters_of_looks_are_told(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, DAY)
        await home.wait(minutes=31)
        slots = [one for one in home.bus.sent(ACTION) if one.kind == "slot"]
        assert len(slots) == 3
        assert 13 <= slots[-1].ticks <= 16
        assert slots[-1].skipped == "already set"


async def away(home: House, **duration: float) -> None:
    """The broker is gone: nothing comes in for a while."""
    await home.clock.advance(timedelta(**duration))


async def test_two_minutes_without_a_broker_do_not_disturb_a_charge(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[CHARGE] * 8))
        await home.wait(minutes=1)
        await away(home, minutes=2)
        await home.wait(minutes=1)
        assert home.state.rule == "plan_charge_from_grid"
        assert home.commanded("grid_charging") == ["ON"]


async def test_long_without_a_broker_the_house_is_not_charged_blindly(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[CHARGE] * 8))
        await home.wait(minutes=1)
        await away(home, minutes=11)
        assert home.bus.sent(HOUSE_STATE)[-1].soc_percent.value is None
        assert home.commanded("grid_charging") == ["ON", "OFF"]
        await home.wait(minutes=2)
        assert home.commanded("grid_charging") == ["ON", "OFF", "ON"]
