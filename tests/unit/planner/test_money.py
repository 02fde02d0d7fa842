"""What a plan comes to, in parts."""

from __future__ import annotations

import pytest
from unit.planner.houses import NOON, PLAIN
from unit.planner.test_inputs import complete

from darkstar_planner.core.accounts import terminal_value
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.money import money
from darkstar_planner.core.plan import plan

HOUSE = complete(PLAIN).changed({"horizon_hours": 12, "battery.wear_cost_per_kwh": 0.3})


def of(inputs: Inputs) -> tuple[float, ...]:
    problem = inputs.planned(NOON).problem
    found = money(problem, plan(problem))
    return found.import_cost, found.export_revenue, found.wear_cost, found.cost


def test_the_bill_is_import_less_export_and_wear() -> None:
    bought, sold, wear, cost = of(HOUSE)
    assert cost == pytest.approx(bought - sold + wear, abs=1e-4)
    assert wear > 0


def test_wear_is_of_what_the_battery_gives() -> None:
    problem = HOUSE.planned(NOON).problem
    solution = plan(problem)
    given = sum(0.25 * one.batteries["battery"].discharge_kw for one in solution.slots)
    wear = problem.batteries[0].wear_cost_per_kwh * given
    assert money(problem, solution).wear_cost == pytest.approx(wear, abs=1e-5)


def test_what_is_left_is_worth_what_the_plan_took_it_for() -> None:
    problem = HOUSE.planned(NOON).problem
    solution = plan(problem)
    left = solution.slots[-1].batteries["battery"].stored_kwh
    worth = terminal_value(problem.batteries[0], left)
    assert money(problem, solution).stored_worth == pytest.approx(worth, abs=1e-5)


def test_energies_are_of_all_slots() -> None:
    problem = HOUSE.planned(NOON).problem
    solution = plan(problem)
    found = money(problem, solution)
    assert found.import_kwh == pytest.approx(sum(0.25 * one.import_kw for one in solution.slots))
    assert found.export_kwh == pytest.approx(sum(0.25 * one.export_kw for one in solution.slots))


def test_without_a_battery_nothing_wears_and_nothing_is_left() -> None:
    problem = HOUSE.changed({"battery": None}).planned(NOON).problem
    found = money(problem, plan(problem))
    assert (found.wear_cost, found.stored_worth) == (0, 0)
    assert found.cost == pytest.approx(found.import_cost - found.export_revenue)
