"""No plan: what is said, how often it is tried again, and that the last schedule stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from unit.planner.houses import NOON, forecast, house, prices
from unit.planner.worlds import QUICK, World, running

from darkstar_common.contract import (
    HOUSE_STATE,
    LOAD_FORECAST,
    PLAN_RUN,
    PRICES,
    PV_FORECAST,
    SCHEDULE,
    STATUS,
    RunPlan,
    Service,
)
from darkstar_common.slots import SLOT

A_SECOND = timedelta(seconds=1)
A_MINUTE = timedelta(minutes=1)
UNKNOWN = "the battery's state of charge is unknown"


async def in_trouble(world: World) -> None:
    """A plan, and then a battery that says nothing."""
    await world.tell()
    await world.schedules(1)
    await world.measure(None)
    await world.ask(PLAN_RUN, RunPlan())
    await world.status(lambda one: one.last_error is not None and not one.running)


@pytest.mark.parametrize(
    ("soc_percent", "age", "said"),
    [
        (None, timedelta(0), UNKNOWN),
        (50.0, timedelta(minutes=20), "20 minutes old"),
        (140.0, timedelta(0), "cannot be 140 %"),
    ],
)
async def test_no_plan_from_an_unknown_or_old_charge_and_the_last_one_stays(
    tmp_path: Path, soc_percent: float | None, age: timedelta, said: str
) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        (kept,) = await world.schedules(1)
        await world.measure(soc_percent, age=age)
        answer = await world.ask(PLAN_RUN, RunPlan())
        assert not answer.accepted
        assert said in answer.reason
        status = await world.status(lambda one: one.last_error is not None)
        assert said in (status.last_error or "")
        assert status.last_error_at == world.clock.now()
        assert status.last_success_at == NOON
        assert not status.running
        assert world.bus.sent(SCHEDULE) == [kept]
        assert world.issues == ["no_plan"]


async def test_the_next_success_clears_the_error(tmp_path: Path) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await in_trouble(world)
        await world.measure(50.0)
        await world.schedules(2)
        status = await world.status(lambda one: not one.running)
        assert (status.last_error, status.last_error_at) == (None, None)
        assert world.issues == []


@pytest.mark.parametrize("start", [NOON - timedelta(days=2), NOON + SLOT])
async def test_missing_prices_are_an_error_and_never_zero(tmp_path: Path, start: datetime) -> None:
    said = "the price curve covers"
    async with running(tmp_path, config=QUICK) as world:
        await world.bus.publish(LOAD_FORECAST, forecast("load", 1.0))
        await world.bus.publish(PV_FORECAST, forecast("pv", 0.0))
        await world.bus.publish(HOUSE_STATE, house(50.0))
        await world.bus.publish(PRICES, prices(start=start))
        answer = await world.ask(PLAN_RUN, RunPlan())
        assert said in answer.reason
        await world.status(lambda one: said in (one.last_error or ""))
        assert world.bus.sent(SCHEDULE) == []


async def test_tries_again_after_one_two_and_five_minutes(tmp_path: Path) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
        await world.clock.advance(A_MINUTE)
        await world.schedules(2)
        await world.measure(None)
        await world.ask(PLAN_RUN, RunPlan())
        tried = [NOON + A_MINUTE]
        for wait in (60, 120, 300, 300):
            status = await world.status(
                lambda one: not one.running and one.last_error_at == world.clock.now()
            )
            assert status.last_run_at == tried[-1]
            assert status.next_run_at == tried[-1] + timedelta(seconds=wait)
            tried.append(tried[-1] + timedelta(seconds=wait))
            await world.clock.advance_to(tried[-1] - A_SECOND)
            assert world.said[-1].last_error_at == tried[-2]
            await world.clock.advance(A_SECOND)
        assert world.said[-1].last_error_at == tried[-1]


async def test_a_success_resets_the_waits(tmp_path: Path) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await in_trouble(world)
        await world.clock.advance(A_MINUTE)
        await world.measure(50.0)
        await world.schedules(2)
        await world.measure(None)
        await world.ask(PLAN_RUN, RunPlan())
        status = await world.status(lambda one: one.last_error is not None and not one.running)
        assert status.next_run_at == world.clock.now() + A_MINUTE


async def test_a_new_input_tries_again_at_once(tmp_path: Path) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await in_trouble(world)
        state = await world.measure(50.0)
        made = await world.schedules(2)
    assert made[-1].caused_by == state.message_id
    assert made[-1].issued_at == NOON


async def test_the_interval_goes_on_while_there_is_trouble(tmp_path: Path) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await in_trouble(world)
        await world.clock.advance(timedelta(hours=2))
        status = world.said[-1]
    assert status.next_run_at is not None
    assert world.clock.now() < status.next_run_at <= world.clock.now() + timedelta(minutes=5)
    assert len(world.notes) == 1


async def test_one_notification_for_a_trouble_and_one_when_it_is_over(tmp_path: Path) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await in_trouble(world)
        await world.clock.advance(timedelta(minutes=30))
        (note,) = world.notes
        assert (note.kind, note.severity) == ("plan_failed", "warning")
        assert note.text == (
            f"There is no new plan: {UNKNOWN}. The last plan stays in force until 01 Jan 19:00."
        )
        await world.measure(50.0)
        await world.schedules(2)
        note = world.notes[-1]
        assert (note.kind, note.severity) == ("plan_recovered", "info")
        assert note.text == "There is a new plan, after 30 minutes without."
    assert len(world.notes) == 2


async def test_a_charge_that_comes_and_goes_is_notified_once_an_hour_at_most(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
        for number in range(6):
            await world.measure(None)
            await world.ask(PLAN_RUN, RunPlan())
            await world.status(lambda one: one.last_error is not None and not one.running)
            await world.clock.advance(A_MINUTE)
            await world.measure(50.0)
            await world.schedules(number + 2)
        assert [one.kind for one in world.notes] == ["plan_failed", "plan_recovered"]
        await world.measure(None)
        await world.ask(PLAN_RUN, RunPlan())
        await world.clock.advance(timedelta(hours=1))
        assert [one.kind for one in world.notes][2:] == ["plan_failed"]


async def test_a_house_that_is_just_starting_is_not_in_trouble(tmp_path: Path) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.ask(PLAN_RUN, RunPlan())
        status = await world.status(lambda one: one.last_error is not None)
        assert status.last_error == "there is no price curve yet"
        assert (world.notes, world.issues) == ([], [])
        await world.clock.advance(3 * A_MINUTE)
        assert world.issues == ["no_plan"]
        assert [one.kind for one in world.notes] == ["plan_failed"]
        assert "the house is left to itself" in world.notes[0].text


async def test_what_is_missing_at_the_start_is_said_within_a_minute(tmp_path: Path) -> None:
    async with running(tmp_path, config=QUICK, at=NOON + A_MINUTE) as world:
        assert world.said[-1].next_run_at == NOON + 2 * A_MINUTE
        await world.clock.advance(A_MINUTE)
        assert world.said[-1].last_error == "there is no price curve yet"
    said = world.bus.sent(STATUS[Service.PLANNER])[-1]
    assert said.issues[0].message == "There is no new plan: there is no price curve yet."


async def test_a_trouble_that_lasts_is_one_warning_in_the_log(tmp_path: Path) -> None:
    with capture_logs() as logs:
        async with running(tmp_path, config=QUICK) as world:
            await in_trouble(world)
            await world.clock.advance(timedelta(minutes=30))
    refused = [one for one in logs if one["event"] == "plan_refused"]
    assert len(refused) > 5
    assert [one["log_level"] for one in refused].count("warning") == 1
    assert refused[0]["error"] == UNKNOWN


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "less than a minute"), (1, "1 minute"), (90, "90 minutes"), (180, "3 hours")],
)
async def test_says_for_how_long_there_was_no_plan(tmp_path: Path, minutes: int, said: str) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await in_trouble(world)
        await world.clock.advance(timedelta(minutes=minutes))
        await world.measure(50.0)
        await world.schedules(2)
        assert world.notes[-1].text == f"There is a new plan, after {said} without."
