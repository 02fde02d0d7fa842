"""The house as it stands: every key of it in the problem, and the energy a slot began with."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.common.keys.probe import changed
from unit.planner.houses import NOON, PLAIN, house
from unit.planner.test_inputs import complete

from darkstar_common.config import Config
from darkstar_common.contract import HouseState, Reading, Schedule, Service, SlotObservation
from darkstar_common.slots import SLOT
from darkstar_planner.core.at_home import power_before, soc_at_slot
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.plan import plan
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.schedule import schedule

DAY = changed(PLAIN, "planner.horizon_hours", 24)


def problem_of(path: str, value: object, *, config: Config = DAY) -> Problem:
    return complete(changed(config, path, value)).planned(NOON).problem


def test_the_grid_is_that_of_the_house() -> None:
    grid = problem_of("grid", {"import_limit_kw": 6.0, "import_limit_penalty_per_kwh": 3.0}).grid
    assert (grid.max_import_kw, grid.max_export_kw) == (11.0, 11.0)
    assert (grid.import_limit_kw, grid.import_limit_penalty_per_kwh) == (6.0, 3.0)
    assert grid.peak is None


def test_a_peak_tariff_knows_what_the_month_has_seen() -> None:
    config = changed(DAY, "grid.peak", {"price_per_kw": 40.0, "top_n": 2})
    inputs = complete(config)
    for number in range(4):
        start = NOON - 2 * timedelta(hours=1) + number * SLOT
        inputs = inputs.updated(
            SlotObservation(
                sender=Service.RECORDER, emitted_at=start + SLOT, start=start, import_kwh=1.5
            )
        )
    peak = inputs.planned(NOON).problem.grid.peak
    assert peak is not None
    assert peak.already_kw == (6.0,)
    assert (peak.price_per_kw, peak.top_n, peak.weekdays_only) == (40.0, 2, True)
    assert peak.hours == tuple(range(7, 21))


def test_the_inverter_is_that_of_the_house() -> None:
    inverter = problem_of(
        "inverter", {"max_ac_kw": 6.0, "dc_coupled": True, "efficiency": 0.95}
    ).inverter
    assert inverter.model_dump() == {"max_ac_kw": 6.0, "dc_coupled": True, "efficiency": 0.95}


def test_the_battery_is_that_of_the_house() -> None:
    wanted = {
        "capacity_kwh": 20.0,
        "min_charge_kw": 0.5,
        "charge_taper": [[80.0, 5.0], [100.0, 1.0]],
        "charge_from_grid": False,
        "discharge_to_grid": False,
    }
    battery = problem_of("battery", wanted).batteries[0]
    assert battery.stored_kwh == 10.0
    assert battery.min_charge_kw == 0.5
    assert battery.charge_taper == ((16.0, 5.0), (20.0, 1.0))
    assert not battery.charge_from_grid
    assert not battery.discharge_to_grid


def test_the_strategys_part_is_in_the_problem() -> None:
    planned = complete(changed(DAY, "planner.ramp_penalty_per_kw", 0.2)).planned(NOON)
    battery, view = planned.problem.batteries[0], planned.view
    assert planned.problem.ramp_penalty_per_kw == view.ramp_penalty_per_kw > 0
    assert planned.problem.load_kw == view.load_kw
    assert battery.wear_cost_per_kwh == view.wear_cost_per_kwh
    assert battery.target_kwh == view.target_kwh
    assert battery.terminal_value_curve == view.terminal_value_curve


def test_the_last_plan_is_a_hint_and_without_one_nothing_is_kept() -> None:
    inputs = complete(changed(DAY, "planner.keep_threshold", 0.7))
    options = inputs.planned(NOON).problem.options
    assert (options.hint, options.keep_threshold) == (None, 0.0)
    hint: dict[str, object] = {"slots": []}
    options = replace(inputs, hint=hint).planned(NOON).problem.options
    assert (options.hint, options.keep_threshold) == (hint, 0.7)


@cache
def charging() -> Inputs:
    """A schedule in force that charges from 50 % with 5 kW in its first slot."""
    inputs = complete(DAY)
    planned = inputs.planned(NOON)
    made = schedule(planned, plan(planned.problem), now=NOON, cause=None)
    power = {"charge_kw": 5.0, "discharge_kw": 0.0, "soc_percent": 62.0}
    first = made.slots[0].model_copy(update=power)
    return inputs.updated(made.model_copy(update={"slots": (first, *made.slots[1:])}))


def at(inputs: Inputs, minute: float, soc_percent: float) -> float:
    now = NOON + timedelta(minutes=minute)
    found = soc_at_slot(inputs.updated(house(soc_percent, at=now)), now)
    assert found is not None
    return found


def test_what_the_slot_has_charged_already_is_not_charged_twice() -> None:
    known = charging()
    assert at(known, 0, 50.0) == 50.0
    assert at(known, 7.5, 56.0) == pytest.approx(50.0)
    assert at(known, 7.5, 57.0) == pytest.approx(51.0)
    assert at(known, 14.9, 62.0) == pytest.approx(50.0, abs=0.1)


def test_a_battery_that_does_not_follow_is_planned_as_it_is() -> None:
    known = charging()
    assert at(known, 7.5, 50.0) == 50.0
    assert at(known, 7.5, 70.0) == 70.0


def test_without_a_schedule_the_charge_is_what_is_measured() -> None:
    assert at(complete(DAY), 7.5, 56.0) == 56.0


def test_a_what_ifs_charge_is_taken_as_it_is() -> None:
    known = replace(charging(), soc_percent=30.0)
    assert at(known, 7.5, 56.0) == 30.0


@settings(deadline=None)
@given(minute=st.floats(0, 14.99), soc=st.floats(0, 100))
def test_the_corrected_charge_is_one_a_battery_can_have(minute: float, soc: float) -> None:
    found = at(charging(), minute, soc)
    assert 0 <= found <= 100
    assert abs(found - soc) <= 12.0 + 1e-9


def test_the_power_before_is_that_of_the_slot_before() -> None:
    assert power_before(charging(), NOON + SLOT) == 5.0
    assert power_before(charging(), NOON) == 0.0, "the schedule does not reach back so far"


def test_without_a_schedule_the_power_before_is_what_is_measured() -> None:
    discharging = HouseState(
        sender=Service.EXECUTOR,
        emitted_at=NOON,
        soc_percent=Reading(value=50.0, measured_at=NOON),
        discharge_kw=Reading(value=2.0, measured_at=NOON),
    )
    assert power_before(complete(DAY).updated(discharging), NOON) == -2.0
    assert power_before(replace(complete(DAY), house=None), NOON) == 0.0


def test_the_ramp_begins_at_the_power_before() -> None:
    problem = charging().planned(NOON + SLOT).problem
    assert problem.previous_power_kw == 5.0


def test_a_schedule_that_says_nothing_of_a_charge_helps_nobody() -> None:
    known = charging()
    assert known.schedule is not None
    bare: Schedule = known.schedule.model_copy(update={"soc_percent_at_start": None})
    assert at(known.updated(bare), 7.5, 56.0) == 56.0
