"""When plans are made, and how many at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from structlog.testing import capture_logs
from unit.planner.houses import NOON, forecast, house, prices
from unit.planner.worlds import QUICK, Held, metric, running

from darkstar_common.contract import (
    EPISODE,
    EXPORT_SET,
    HOUSE_STATE,
    LOAD_FORECAST,
    PLAN_RUN,
    PRICES,
    SCHEDULE,
    STRATEGY,
    VACATION_SET,
    WEATHER,
    ExportSet,
    RunPlan,
    Service,
    VacationSet,
    WeatherForecast,
    WeatherSlot,
)
from darkstar_common.slots import SLOT
from darkstar_common.testing import MemoryBroker, settle
from darkstar_planner.timing import jitter_of

HOUR = timedelta(hours=1)
A_MINUTE = timedelta(minutes=1)
JITTER = jitter_of("home", timedelta(seconds=5))


async def test_plans_at_the_start_from_what_the_broker_kept(tmp_path: Path) -> None:
    broker = MemoryBroker()
    async with running(tmp_path, config=QUICK, broker=broker) as world:
        await world.tell()
        await world.schedules(1)
    async with running(tmp_path, config=QUICK, broker=broker) as world:
        made = await world.schedules(2)
    assert made[-1].slots[0].start == NOON


async def test_plans_at_the_interval_plus_the_jitter_of_the_house(tmp_path: Path) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
        await world.clock.advance(timedelta(seconds=19) + JITTER)
        assert len(world.bus.sent(SCHEDULE)) == 1
        await world.clock.advance(timedelta(seconds=1))
        await world.schedules(2)
        status = await world.status(lambda one: not one.running)
    assert status.last_run_at == NOON + timedelta(seconds=20) + JITTER
    assert status.next_run_at == status.last_run_at + SLOT


async def test_a_request_while_planning_leads_to_one_more_round_with_the_newest_inputs(
    tmp_path: Path,
) -> None:
    work = Held()
    async with running(tmp_path, config=QUICK, work=work) as world:
        await world.tell()
        await work.begun()
        asked = [RunPlan() for _ in range(3)]
        for one in asked:
            assert (await world.ask(PLAN_RUN, one)).accepted
        state = house(70.0)
        await world.bus.publish(HOUSE_STATE, state)
        work.let(1)
        await work.begun()
        work.let(5)
        made = await world.schedules(2)
        assert work.seen[1].house == state
        assert len(work.seen) == 2
    assert [one.soc_percent_at_start for one in made] == [50, 70]
    assert made[1].caused_by in {asked[-1].message_id, state.message_id}


def dearer(by: float, start: datetime) -> float:
    """A price by the hour, and so much more."""
    return start.hour + by


async def test_never_plans_two_at_once(tmp_path: Path) -> None:
    work = Held()
    async with running(tmp_path, config=QUICK, work=work) as world:
        await world.tell()
        for number in range(4):
            await work.begun()
            await world.ask(PLAN_RUN, RunPlan())
            await world.bus.publish(PRICES, prices(of=partial(dearer, number)))
            await world.clock.advance(timedelta(minutes=16))
            await world.measure(50.0)
            work.let()
        work.let(5)
        await world.schedules(4)
    assert work.most_at_once == 1


async def test_a_plan_that_does_not_know_what_was_just_set_is_not_published(
    tmp_path: Path,
) -> None:
    work, before = Held(), metric("abandoned_total")
    async with running(tmp_path, config=QUICK, work=work) as world:
        await world.tell()
        await work.begun()
        asked = ExportSet(on=False)
        assert (await world.ask(EXPORT_SET, asked)).accepted
        work.let(2)
        (made,) = await world.schedules(1)
        assert not world.bus.sent(STRATEGY)[0].export_enabled
        assert len(world.bus.sent(EPISODE)) == 1
    assert made.caused_by == asked.message_id
    assert len(work.seen) == 2
    assert metric("abandoned_total") == before + 1


async def test_a_plan_from_older_prices_is_still_better_than_the_one_in_force(
    tmp_path: Path,
) -> None:
    work = Held()
    async with running(tmp_path, config=QUICK, work=work) as world:
        await world.tell()
        await work.begun()
        await world.bus.publish(PRICES, prices(of=lambda start: float(start.hour)))
        work.let(2)
        made = await world.schedules(2)
    assert [one.slots[0].import_per_kwh for one in made] == [3.0, 12.0]


async def test_someone_who_keeps_setting_things_cannot_keep_plans_from_being_made(
    tmp_path: Path,
) -> None:
    work = Held()
    async with running(tmp_path, config=QUICK, work=work) as world:
        await world.tell()
        for _ in range(4):
            await work.begun()
            await world.ask(EXPORT_SET, ExportSet(on=False))
            work.let()
        await work.begun()
        assert len(world.bus.sent(SCHEDULE)) == 1
        work.let(5)
        await world.schedules(2)


async def test_a_change_that_matters_leads_to_a_plan_and_one_that_does_not_to_none(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
        await world.bus.publish(PRICES, prices())
        await world.measure(51.0)
        await world.bus.publish(LOAD_FORECAST, forecast("load", 1.05))
        await settle()
        assert not world.said[-1].running
        news = forecast("load", 1.5)
        await world.bus.publish(LOAD_FORECAST, news)
        made = await world.schedules(2)
    assert made[-1].caused_by == news.message_id


async def test_the_weather_is_among_the_inputs(tmp_path: Path) -> None:
    work = Held()
    weather = WeatherForecast(
        sender=Service.FORECASTER,
        emitted_at=NOON,
        issued_at=NOON,
        source="test",
        slots=tuple(WeatherSlot(start=NOON + one * SLOT, temperature_c=-5.0) for one in range(4)),
    )
    async with running(tmp_path, config=QUICK, work=work) as world:
        await world.bus.publish(WEATHER, weather)
        await world.tell()
        await work.begun()
        work.let(9)
        await world.schedules(1)
    assert work.seen[0].weather == weather


async def test_the_plan_before_is_the_hint_of_the_next(tmp_path: Path) -> None:
    work = Held()
    work.let(9)
    async with running(tmp_path, config=QUICK, work=work) as world:
        await world.tell()
        await world.schedules(1)
        await world.ask(PLAN_RUN, RunPlan())
        first, _ = await world.schedules(2)
    assert work.seen[0].hint is None
    hint = work.seen[-1].hint
    assert hint is not None
    assert [one["import_kw"] for one in hint["slots"]] == [one.import_kw for one in first.slots]
    assert work.seen[-1].schedule == first


async def test_a_restart_goes_on_from_the_plan_in_force(tmp_path: Path) -> None:
    work = Held()
    work.let(9)
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        (before,) = await world.schedules(1)
    async with running(tmp_path, config=QUICK, work=work, at=NOON + A_MINUTE) as world:
        assert world.said[0].last_success_at == before.issued_at
        await world.tell()
        await world.schedules(1)
    assert work.seen[0].schedule == before
    assert work.seen[0].hint is not None
    assert len(work.seen[0].hint["slots"]) == len(before.slots)


async def test_a_plan_that_is_over_is_not_taken_up_again(tmp_path: Path) -> None:
    work = Held()
    work.let(9)
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
    async with running(tmp_path, config=QUICK, work=work, at=NOON + 6 * HOUR) as world:
        await world.tell()
        await world.schedules(1)
    assert (work.seen[0].schedule, work.seen[0].hint) == (None, None)


async def test_a_plan_that_cannot_be_saved_is_published_all_the_same(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.write_text("a file where the directory should be")
    with capture_logs() as logs:
        async with running(state, config=QUICK) as world:
            await world.tell()
            await world.schedules(1)
    assert [one["log_level"] for one in logs if one["event"] == "plan_not_saved"] == ["warning"]


async def test_the_vacation_ends_by_itself_with_a_new_plan(tmp_path: Path) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
        until = NOON + timedelta(minutes=7)
        await world.ask(VACATION_SET, VacationSet(on=True, until=until))
        await world.schedules(2)
        assert world.bus.sent(STRATEGY)[-1].vacation
        assert world.bus.sent(STRATEGY)[-1].vacation_until == until
        assert world.said[-1].next_run_at == NOON + timedelta(seconds=20) + JITTER
        await world.clock.advance(A_MINUTE)
        await world.schedules(3)
        assert world.said[-1].next_run_at == until
        await world.measure(50.0)
        await world.clock.advance_to(until)
        await world.schedules(4)
    assert not world.bus.sent(STRATEGY)[-1].vacation
    assert world.bus.sent(STRATEGY)[-1].vacation_until is None
    assert "vacation" not in (tmp_path / "settings.json").read_text()
