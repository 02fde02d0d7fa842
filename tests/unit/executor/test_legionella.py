"""The cycle against legionella: due by measured heat, begun, gone through with, confirmed."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.executor.lived import Moment, World, live, switches
from unit.executor.samples import NOON, schedule
from unit.executor.situations import (
    DAY,
    DUE,
    HOT,
    HOUR,
    HOUSE,
    NOTHING,
    PAUSED,
    override,
    prices,
    situation,
)

from darkstar_common.config import WaterHeater
from darkstar_executor.core.decide import Decision, decide
from darkstar_executor.core.guard import Trim
from darkstar_executor.core.hot_cycle import told
from darkstar_executor.core.legionella import (
    GRACE,
    HOLD,
    UNWATCHED,
    LegionellaState,
    is_due,
    is_overdue,
    watched,
)
from darkstar_executor.core.measured import Measured
from darkstar_executor.core.memory import NO_MEMORY, Memory
from darkstar_simulator.core.parameters import HouseParameters, TankParameters

MINUTE = timedelta(minutes=1)
HEATER = WaterHeater()
HEATING = schedule(NOTHING | {"water_kw": 3.0})
OVERDUE = LegionellaState(done_at=NOON - 9 * DAY, watched_since=NOON - 30 * DAY)
LATE = LegionellaState(done_at=NOON - 10 * DAY, watched_since=NOON - 30 * DAY)


def seeing(
    temperatures: list[float | None],
    before: LegionellaState = UNWATCHED,
    *,
    every: timedelta = MINUTE,
) -> LegionellaState:
    state = before
    for number, one in enumerate(temperatures):
        seen = Measured(water_temperature_c=one)
        state = watched(state, seen, HOUSE, NOON + number * every)
    return state


# --- what is known -------------------------------------------------------------------------------


def test_a_tank_is_done_when_it_has_been_hot_for_ten_minutes() -> None:
    assert timedelta(minutes=10) == HOLD
    assert seeing([64.5] * 10).done_at is None
    assert seeing([64.5] * 11).done_at == NOON + 10 * MINUTE


@pytest.mark.parametrize("gap", [None, 64.4])
def test_heat_that_is_interrupted_or_not_seen_begins_anew(gap: float | None) -> None:
    state = seeing([65.0] * 9 + [gap] + [65.0] * 9)
    assert state.done_at is None
    assert state.running_since == NOON + 10 * MINUTE


def test_a_set_point_alone_proves_nothing() -> None:
    known = {"water_temperature_c": 58.0, "legionella": DUE, "schedule": HEATING}
    decision = decide(situation(**known))
    assert decision.command.water_temperature_c == 65
    assert seeing([58.0] * 60, DUE).done_at == DUE.done_at


def test_a_tank_never_seen_hot_is_due_so_many_days_after_it_was_first_seen() -> None:
    state = seeing([50.0])
    assert state.watched_since == NOON
    assert not is_due(state, HEATER, NOON + 6 * DAY)
    assert is_due(state, HEATER, NOON + 7 * DAY)


def test_a_tank_that_is_not_measured_is_never_due() -> None:
    state = seeing([None] * 5)
    assert state == UNWATCHED
    assert not is_due(state, HEATER, NOON + 365 * DAY)
    assert not is_overdue(state, HEATER, NOON + 365 * DAY)


def test_a_house_without_heater_watches_nothing() -> None:
    config = HOUSE.model_copy(update={"water_heater": None})
    assert watched(DUE, Measured(water_temperature_c=70.0), config, NOON) == UNWATCHED


def test_a_tank_that_stays_hot_is_noted_once_an_hour() -> None:
    hot, states = seeing([70.0] * 15), set()
    for minute in range(15, 135):
        seen = Measured(water_temperature_c=70.0)
        hot = watched(hot, seen, HOUSE, NOON + minute * MINUTE)
        states.add(hot.done_at)
    assert len(states) == 3


@given(st.lists(st.none() | st.floats(5, 90), max_size=40))
def test_what_is_known_never_goes_back(temperatures: list[float | None]) -> None:
    state = DUE
    for number, one in enumerate(temperatures):
        after = watched(state, Measured(water_temperature_c=one), HOUSE, NOON + number * MINUTE)
        assert after.watched_since == DUE.watched_since
        assert after.done_at is not None
        assert state.done_at is not None
        assert after.done_at >= state.done_at
        state = after


def test_people_are_told_when_it_was_done_whether_it_runs_and_whether_it_is_late() -> None:
    quiet = told(DUE, NO_MEMORY, HEATER, NOON)
    assert (quiet.done_at, quiet.running_since, quiet.overdue) == (DUE.done_at, None, False)
    running = told(OVERDUE, Memory(legionella_since=NOON - HOUR), HEATER, NOON)
    assert (running.running_since, running.overdue) == (NOON - HOUR, True)
    assert is_overdue(OVERDUE, HEATER, NOON)
    assert timedelta(days=2) == GRACE


# --- when it begins ------------------------------------------------------------------------------

COLD_TANK: dict[str, Any] = {"water_temperature_c": 50.0}


def rule(**known: Any) -> str:
    return decide(situation(**COLD_TANK | known)).water_rule


def test_a_run_that_is_due_begins_with_the_next_planned_heating() -> None:
    assert rule(legionella=DUE, schedule=schedule(NOTHING)) == "plan"
    assert rule(legionella=DUE, schedule=HEATING) == "legionella"
    fresh = LegionellaState(done_at=NOON - 6 * DAY, watched_since=NOON - 30 * DAY)
    assert rule(legionella=fresh, schedule=HEATING) == "plan"


@pytest.mark.parametrize(
    ("curve", "begins"),
    [
        (prices(1.0, 2.0, 2.0, 2.0), True),
        (prices(2.0, 1.0, 2.0, 2.0), False),
        (prices(1.0, 1.0, 1.0, 1.0), True),
        (prices(2.0, 1.0, 1.0, start=NOON - timedelta(minutes=15)), True),
        (prices(1.0, start=NOON + HOUR), False),
        (None, False),
    ],
)
def test_one_that_no_plan_makes_for_two_days_is_made_at_a_cheap_hour(
    curve: Any, begins: bool
) -> None:
    assert (rule(legionella=OVERDUE, prices=curve) == "legionella") is begins
    assert rule(legionella=DUE, prices=curve) == "no_plan"


def test_without_prices_it_is_made_at_night() -> None:
    night = NOON + 11 * HOUR
    assert rule(legionella=OVERDUE, now=night) == "legionella"
    assert rule(legionella=OVERDUE, now=night - 3 * HOUR) == "no_plan"


def test_a_day_later_it_is_made_whatever_it_costs() -> None:
    assert rule(legionella=LATE, prices=prices(9.0, 1.0, 1.0, 1.0)) == "legionella"


def test_a_tank_that_is_not_measured_now_is_not_forced() -> None:
    assert rule(legionella=LATE, water_temperature_c=None) == "no_plan"
    planned = schedule(NOTHING | {"water_kw": 3.0, "water_c": 65.0})
    decision = decide(situation(legionella=LATE, schedule=planned))
    assert (decision.water_rule, decision.command.water_temperature_c) == ("plan", 65)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"wishes": override("stop")}, "override_stop"),
        ({"wishes": PAUSED}, "pause"),
        ({"wishes": override("force_heat")}, "override_force_heat"),
        ({"grid_available": False}, "grid_outage"),
        ({"trim": Trim(heat=False)}, "peak_guard"),
    ],
)
def test_a_run_waits_for_what_stands_above_it(known: dict[str, Any], expected: str) -> None:
    running = {"memory": Memory(legionella_since=NOON - HOUR), "legionella": DUE}
    decision = decide(situation(**COLD_TANK | running | known))
    assert decision.water_rule == expected
    assert decision.memory.legionella_since == NOON - HOUR


def test_it_never_heats_less_than_the_plan_asks_for() -> None:
    rows = schedule(NOTHING | {"water_kw": 3.0, "water_c": 75.0})
    assert decide(situation(**COLD_TANK, legionella=DUE, schedule=rows)).command == (
        decide(situation(schedule=rows)).command
    )


# --- how it ends ---------------------------------------------------------------------------------


def after(hours: float, **known: Any) -> Decision:
    memory = Memory(legionella_since=NOON)
    now = NOON + timedelta(hours=hours)
    return decide(
        situation(**COLD_TANK | {"now": now, "memory": memory, "legionella": DUE} | known)
    )


def test_it_goes_on_after_the_planned_heating_until_it_is_confirmed() -> None:
    assert after(1.0, schedule=schedule(*[NOTHING] * 8)).command.water_temperature_c == 65
    done = LegionellaState(done_at=NOON + HOUR, watched_since=NOON - 30 * DAY)
    ended = after(1.5, legionella=done, schedule=schedule(*[NOTHING] * 8))
    assert (ended.water_rule, ended.memory.legionella_since) == ("plan", None)


def test_a_tank_that_does_not_get_hot_is_given_up_for_a_day_and_tried_again() -> None:
    assert after(5.9).water_rule == "legionella"
    given_up = after(6.0)
    assert given_up.water_rule == "no_plan"
    assert given_up.memory.legionella_gave_up == NOON + 6 * HOUR
    tried = {"legionella": LATE, "memory": given_up.memory}
    assert rule(**tried, now=NOON + 29 * HOUR) == "no_plan"
    assert rule(**tried, now=NOON + 30 * HOUR) == "legionella"


def test_a_run_does_not_last_longer_for_a_clock_that_was_set_back() -> None:
    memory = Memory(legionella_since=NOON)
    now = NOON - 5 * HOUR
    back = decide(situation(**COLD_TANK, now=now, memory=memory, legionella=DUE)).memory
    assert back.legionella_since == now
    late = {"now": now + 6 * HOUR, "memory": back, "legionella": DUE}
    assert decide(situation(**COLD_TANK | late)).memory.legionella_gave_up == now + 6 * HOUR
    tried = {"legionella": LATE, "memory": Memory(legionella_gave_up=NOON + 30 * DAY)}
    assert rule(**tried, now=NOON + 6 * HOUR) == "legionella"


# --- lived ---------------------------------------------------------------------------------------

PARTS = HouseParameters(tank=TankParameters(draw_kwh_per_day=6.0), initial_tank_c=52.0)
DAILY = [NOTHING | {"water_kw": 3.0}] * 4 + [NOTHING] * 44


def lived(legionella: LegionellaState, rows: list[dict[str, Any]], hours: int) -> list[Moment]:
    world = World(
        parts=PARTS,
        config=HOUSE.model_copy(update={"evs": ()}),
        load_kw=lambda _: 0.5,
        schedule=lambda _: schedule(*rows),
    )
    return live(world, NOON, timedelta(hours=hours), legionella=legionella)


def confirmed(moments: list[Moment]) -> list[datetime]:
    return [
        one.at
        for one, later in pairwise(moments)
        if one.decision.water_rule == "legionella" != later.decision.water_rule
    ]


def test_a_due_tank_is_made_hot_once_and_the_heater_then_follows_the_plan_again() -> None:
    moments = lived(DUE, DAILY, hours=12)
    assert moments[0].command.water_temperature_c == HOT["water_temperature_c"]
    (end,) = confirmed(moments)
    hot = [one for one in moments if one.at <= end and one.tank_c >= 64.5]
    assert len(hot) >= 10
    assert switches(moments, lambda one: one.decision.water_rule == "legionella") == 1
    assert moments[-1].command.water_temperature_c == 40


def test_a_tank_that_was_hot_lately_is_heated_as_planned() -> None:
    fresh = LegionellaState(done_at=NOON - DAY, watched_since=NOON - 30 * DAY)
    moments = lived(fresh, DAILY, hours=3)
    assert max(one.tank_c for one in moments) < 61
    assert {one.decision.water_rule for one in moments} == {"plan"}


def test_a_tank_without_thermometer_is_left_to_the_plan() -> None:
    world = World(
        parts=PARTS,
        config=HOUSE.model_copy(update={"evs": ()}),
        load_kw=lambda _: 0.5,
        blind=frozenset({"water_temperature_c"}),
    )
    moments = live(world, NOON, 2 * HOUR, legionella=LATE)
    assert {one.decision.water_rule for one in moments} == {"no_plan"}
