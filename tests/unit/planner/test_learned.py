"""What the house has shown of its battery goes before the configuration, as far as it can be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.planner.houses import NOON, PLAIN, forecast, house, prices
from unit.planner.worlds import QUICK, running

from darkstar_common.config import Battery, Config
from darkstar_common.contract import LEARNING, STRATEGY, Learned, LearningState, Service
from darkstar_common.testing import settle
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.learned import LEARNED, figures
from darkstar_planner.core.matters import matters
from darkstar_planner.core.plan import plan
from darkstar_planner.core.schedule import config_hash, schedule, strategy_message
from darkstar_planner.core.strategy import Wishes

BATTERY = Battery(
    capacity_kwh=34.2,
    charge_efficiency=0.95,
    discharge_efficiency=0.95,
    wear_cost_per_kwh=0.2,
)
CONFIG = PLAIN.model_copy(
    update={"battery": BATTERY, "planner": PLAIN.planner.model_copy(update={"horizon_hours": 6})}
)
SHOWN: dict[Learned, float] = {
    "battery_capacity_kwh": 31.9,
    "charge_efficiency": 0.93,
    "discharge_efficiency": 0.94,
    "wear_cost_per_kwh": 0.25,
}


def state(values: dict[Learned, float]) -> LearningState:
    return LearningState(sender=Service.FORECASTER, emitted_at=NOON, automatic=False, values=values)


def known(config: Config = CONFIG) -> Inputs:
    inputs = Inputs(config=config, wishes=Wishes.of(config))
    for message in (prices(), forecast("load", 1.0), forecast("pv", 0.5), house(50.0)):
        inputs = inputs.updated(message)
    return inputs


def test_the_problem_has_the_battery_that_was_measured() -> None:
    battery = known().updated(state(SHOWN)).planned(NOON).problem.batteries[0]
    assert battery.capacity_kwh == 31.9
    assert battery.stored_kwh == pytest.approx(15.95)
    assert battery.min_kwh == pytest.approx(0.12 * 31.9)
    assert (battery.charge_efficiency, battery.discharge_efficiency) == (0.93, 0.94)
    usual = known().planned(NOON)
    assert usual.problem.batteries[0].capacity_kwh == 34.2
    wears = known().updated(state({"wear_cost_per_kwh": 0.4})).planned(NOON).view
    assert wears.wear_cost_per_kwh == pytest.approx(2 * usual.view.wear_cost_per_kwh)


def test_fuse_and_inverter_stay_as_they_are() -> None:
    usual, learned = (one.planned(NOON).problem for one in (known(), known().updated(state(SHOWN))))
    assert (learned.grid, learned.inverter) == (usual.grid, usual.inverter)
    assert learned.batteries[0].max_charge_kw == usual.batteries[0].max_charge_kw


def test_the_factors_are_in_the_forecasts_already() -> None:
    factors: dict[Learned, float] = {"pv_factor": 0.8, "load_factor": 1.3}
    learned = known().updated(state(factors))
    assert learned.config == CONFIG
    assert learned.planned(NOON).problem == known().planned(NOON).problem


def test_a_reason_says_what_a_plan_counts_on_instead() -> None:
    planned = known().updated(state(SHOWN)).planned(NOON)
    (rule,) = [one for one in planned.view.rules if one.rule == LEARNED]
    assert rule.changed == (
        "the battery holds 31.9 kWh instead of 34.2, it stores 0.93 of a kWh instead of 0.95, "
        "it gives back 0.94 of a stored kWh instead of 0.95, "
        "a kWh discharged counts 0.25 in wear instead of 0.2"
    )
    assert "learning/revert" in rule.reason
    assert rule in strategy_message(planned, now=NOON, cause=None).rules


def test_nothing_learned_is_not_said() -> None:
    planned = known().updated(state({})).planned(NOON)
    assert LEARNED not in {one.rule for one in planned.view.rules}


def test_what_is_taken_back_is_as_configured() -> None:
    learned = known().updated(state(SHOWN)).updated(state({"charge_efficiency": 0.94}))
    assert learned.config.battery == BATTERY.model_copy(update={"charge_efficiency": 0.94})
    assert learned.updated(state({})).config == CONFIG


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("battery_capacity_kwh", 3.0),
        ("battery_capacity_kwh", 342.0),
        ("battery_capacity_kwh", -1.0),
        ("charge_efficiency", 1.01),
        ("charge_efficiency", 0.3),
        ("discharge_efficiency", 0.0),
        ("wear_cost_per_kwh", -0.1),
        ("wear_cost_per_kwh", 5.0),
    ],
)
def test_what_cannot_be_is_left_out_and_said(parameter: Learned, value: float) -> None:
    found = figures(CONFIG, state(SHOWN | {parameter: value}))
    assert found.config.battery is not None
    (sentence,) = found.absurd
    assert sentence.startswith(f"{parameter} is said to be {value:g}; that cannot be")
    sound = {one: it for one, it in SHOWN.items() if one != parameter}
    assert found.config == figures(CONFIG, state(sound)).config


@given(
    values=st.dictionaries(st.sampled_from(sorted(SHOWN)), st.floats(-100, 100)),
)
def test_any_state_leaves_a_battery_that_is_valid(values: dict[Learned, float]) -> None:
    found = figures(CONFIG, state(values))
    assert found.config.battery is not None
    assert Battery.model_validate(found.config.battery.model_dump()) == found.config.battery
    assert len(found.absurd) <= len(values)


def test_a_house_without_a_battery_learns_nothing_of_one() -> None:
    bare = CONFIG.model_copy(update={"battery": None})
    assert figures(bare, state(SHOWN)).config == bare


def test_what_ifs_go_before_what_was_learned() -> None:
    learned = known().updated(state(SHOWN))
    asked = learned.changed({"battery.capacity_kwh": 20.0}).planned(NOON).problem.batteries[0]
    assert (asked.capacity_kwh, asked.charge_efficiency) == (20.0, 0.93)


def test_a_figure_that_changes_asks_for_a_plan_and_a_proposal_does_not() -> None:
    planned = known().planned(NOON)
    made = schedule(planned, plan(planned.problem), now=NOON, cause=None)
    before = known().updated(made)
    message = state(SHOWN)
    after = before.updated(message)
    assert matters(before, after, message, NOON) == "learned figures changed"
    assert matters(after, after.updated(message), message, NOON) is None
    factor = state({"pv_factor": 0.9})
    assert matters(before, before.updated(factor), factor, NOON) is None


def test_plans_on_other_figures_are_told_apart() -> None:
    assert config_hash(known().updated(state(SHOWN)).config) != config_hash(CONFIG)


async def test_a_running_planner_plans_anew_and_says_what_it_does_not_believe(
    tmp_path: Path,
) -> None:
    capacity = QUICK.battery.capacity_kwh if QUICK.battery else 0.0
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
        await world.bus.publish(LEARNING, state({"battery_capacity_kwh": 0.9 * capacity}))
        await world.schedules(2)
        said = world.bus.sent(STRATEGY)
        assert [LEARNED in {rule.rule for rule in one.rules} for one in said] == [False, True]
        assert "learned_absurd" not in world.issues
        absurd: dict[Learned, Any] = {"battery_capacity_kwh": 50 * capacity}
        await world.bus.publish(LEARNING, state(absurd))
        await world.schedules(3)
        await settle()
        assert "learned_absurd" in world.issues
        assert LEARNED not in {rule.rule for rule in world.bus.sent(STRATEGY)[-1].rules}
