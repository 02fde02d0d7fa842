"""After money: of the plans that cost as good as the same, the calmest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from unit.planner.problems import a_battery, a_heater, a_problem, quiet
from unit.planner.test_every_plan import problems

from darkstar_planner.core.accounts import accounts
from darkstar_planner.core.calm import calm, net_kw
from darkstar_planner.core.check import check
from darkstar_planner.core.dispatch import StorageDispatch
from darkstar_planner.core.finish import finish, spare
from darkstar_planner.core.plan import plan
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solve import solve
from darkstar_planner.core.solver import Solved

GAP = {"options": {"absolute_gap": 0.05}}


def solved(problem: Problem) -> Solved:
    found = solve(problem)
    assert isinstance(found, Solved)
    return found


def charging(problem: Problem, charge_kw: Sequence[float]) -> Solved:
    """The best plan of `problem` with another way to charge its empty battery."""
    found, stored = solved(problem), 0.0
    levels = []
    for kw in charge_kw:
        stored += kw
        levels.append(stored)
    battery = StorageDispatch(
        charge_kw=tuple(charge_kw),
        discharge_kw=(0.0,) * len(charge_kw),
        stored_kwh=tuple(levels),
    )
    dispatch = replace(found.dispatch, import_kw=tuple(charge_kw), storages={"battery": battery})
    return replace(found, dispatch=dispatch)


def a_night(prices: Sequence[float], **fields: Any) -> Problem:
    """An empty house whose battery is to hold 6 kWh at the end."""
    battery = a_battery(**{"target_kwh": 6.0, "max_charge_kw": 2.0} | fields)
    return a_problem(prices, batteries=[battery], **quiet(len(prices)), **GAP)


@pytest.mark.parametrize(
    "charge_kw",
    [
        (2.0, 0.0, 2.0, 0.0, 2.0, 0.0),
        (1.9, 0.1, 2.0, 0.0, 1.9, 0.1),
        (0.0, 2.0, 2.0, 0.0, 2.0, 0.0),
    ],
)
def test_at_one_price_the_battery_charges_in_one_go(charge_kw: tuple[float, ...]) -> None:
    problem = a_night([1.0] * 6)
    found = charging(problem, charge_kw)
    made = finish(problem, found)
    assert calm(problem, found.dispatch).switches > calm(problem, made.dispatch).switches
    assert calm(problem, made.dispatch).switches <= 2


def test_a_turn_that_is_worth_money_stays() -> None:
    problem = a_night([1.0, 1.5, 1.0, 1.5, 1.0, 1.5])
    made = finish(problem, solved(problem))
    assert net_kw(made.dispatch.storages["battery"]) == pytest.approx([2, 0, 2, 0, 2, 0])


@pytest.mark.parametrize(("dearer", "switches"), [(0.002, 1), (0.012, 6)])
def test_a_tenth_of_the_gap_is_what_a_turn_is_worth(dearer: float, switches: int) -> None:
    """All at one power saves five turns: for 0.6 öre they are bought, for 3.6 none is."""
    problem = a_night([1.0, 1.0 + dearer] * 3)
    found = solved(problem)
    assert calm(problem, found.dispatch).switches == 6
    assert calm(problem, finish(problem, found).dispatch).switches == switches


def test_a_crumb_to_feed_standby_is_swept_up() -> None:
    problem = a_problem(
        [1.0, 1.0, 1.0, 1.0, 3.0],
        load_kw=[0.0, 0.0, 0.0, 0.0, 1.0],
        batteries=[a_battery(stored_kwh=1.0, standby_kw=0.1)],
        **GAP,
    )
    found = solved(problem)
    made = finish(problem, found)
    small = [kw for kw in net_kw(made.dispatch.storages["battery"]) if 0 < abs(kw) < 0.11]
    assert small == []
    assert calm(problem, made.dispatch).switches <= calm(problem, found.dispatch).switches


def test_a_crumb_of_surplus_is_rather_sold() -> None:
    problem = a_problem(
        [1.0, 1.0, 1.0],
        slot_hours=0.25,
        export_price=[0.8] * 3,
        load_kw=[1.0, 1.0, 1.0],
        pv_kw=[0.0, 1.08, 0.0],
        batteries=[a_battery(max_discharge_kw=0.0, terminal_value_per_kwh=0.95)],
        **GAP,
    )
    found = solved(problem)
    assert net_kw(found.dispatch.storages["battery"])[1] == pytest.approx(0.08)
    assert net_kw(finish(problem, found).dispatch.storages["battery"]) == [0.0, 0.0, 0.0]


def test_what_must_be_curtailed_is_curtailed_late() -> None:
    problem = a_problem(
        [1.0] * 6,
        grid={"max_export_kw": 0.0},
        batteries=[a_battery(max_charge_kw=2.0, capacity_kwh=4.0, terminal_value_per_kwh=1.0)],
        **quiet(6) | {"pv_kw": [0.0, 2.0, 2.0, 2.0, 2.0, 0.0]},
        **GAP,
    )
    made = plan(problem)
    curtailed = [slot.curtailed_kw for slot in made.slots]
    assert curtailed == pytest.approx([0.0, 0.0, 0.0, 2.0, 2.0, 0.0])


def test_a_turn_more_is_not_made_to_curtail_late() -> None:
    problem = a_problem(
        [1.0] * 4,
        pv_kw=[2.0] * 4,
        grid={"max_export_kw": 0.0},
        batteries=[a_battery(max_charge_kw=2.0, capacity_kwh=4.0, terminal_value_per_kwh=1.0)],
        **quiet(4),
        **GAP,
    )
    made = finish(problem, solved(problem))
    assert calm(problem, made.dispatch).switches <= calm(problem, solved(problem).dispatch).switches


@pytest.mark.parametrize(
    ("objective", "bound", "room"),
    [
        (10.0, 10.0, 0.025),
        (10.0, 9.96, 0.01),
        (10.0, 9.95, 0.0),
        (10.0, 9.0, 0.0),
        (10.0, None, 0.0),
    ],
)
def test_at_most_half_of_what_the_gap_leaves_is_spent(
    objective: float, bound: float | None, room: float
) -> None:
    problem = a_problem([1.0], **GAP)
    assert spare(problem, objective, bound) == pytest.approx(room, abs=2e-6)


def test_heaters_cars_and_loads_stay_as_they_are() -> None:
    problem = a_problem(
        [1.0, 1.001, 1.0, 1.001, 1.0, 1.001, 2.0, 2.0],
        batteries=[a_battery()],
        evs=[a_battery(id="car", target_kwh=6.0, max_discharge_kw=0.0, max_charge_kw=2.0)],
        heaters=[a_heater(daily_min_kwh=3.0)],
        deferrables=[{"id": "washer", "power_kw": 1.0, "hours": 2.0}],
        **GAP,
    )
    found = solved(problem)
    made = finish(problem, found)
    assert made.dispatch.loads == found.dispatch.loads
    was, now = (one.dispatch.storages["car"].charge_kw for one in (found, made))
    assert all(kw <= 1e-6 for kw, before in zip(now, was, strict=True) if before == 0)


def test_marginal_prices_are_those_of_the_money() -> None:
    problem = a_night([1.0, 1.0005, 1.0, 1.0005, 1.0, 1.0005])
    found = solved(problem)
    prices = [slot.marginal_price for slot in plan(problem).slots]
    assert prices == pytest.approx(found.marginal_price, abs=1e-9)


@pytest.mark.parametrize(
    ("problem", "charge_kw", "wrong"),
    [
        # dearer, as the accounts count it
        (a_night([1.0, 3.0, 1.0, 1.0]), (2.0, 0.0, 2.0, 2.0), a_night([1.0] * 4)),
        # at a power that the battery does not have
        (a_night([1.0] * 4, max_charge_kw=1.0), (2.0, 0.0, 2.0, 2.0), a_night([1.0] * 4)),
        # not calmer
        (a_night([1.0] * 4), (2.0, 2.0, 2.0, 0.0), a_night([1.0, 3.0, 1.0, 1.0])),
        # short of the target
        (a_night([1.0] * 4), (2.0, 0.0, 2.0, 2.0), a_night([1.0] * 4, stored_kwh=3.0)),
    ],
    ids=["dear", "unsound", "restless", "short"],
)
def test_at_the_least_fault_the_plan_comes_back(
    problem: Problem, charge_kw: Sequence[float], wrong: Problem
) -> None:
    other, found = solved(wrong), charging(problem, charge_kw)
    confused = replace(found, model=other.model, linear=other.linear)
    assert finish(problem, confused) is confused


def test_without_the_model_the_plan_comes_back() -> None:
    problem = a_night([1.0] * 4)
    bare = replace(charging(problem, (2.0, 0.0, 2.0, 2.0)), model=None, linear=None)
    assert finish(problem, bare) is bare


@settings(max_examples=80, deadline=None)
@given(problem=problems())
def test_calm_costs_no_more_than_it_may_and_breaks_nothing(problem: Problem) -> None:
    options = problem.options.model_copy(update={"absolute_gap": 0.05})
    problem = problem.model_copy(update={"options": options})
    found = solved(problem)
    made = finish(problem, found)
    before, after = accounts(problem, found.dispatch), accounts(problem, made.dispatch)
    room = spare(problem, before.objective, found.bound)
    assert after.objective <= before.objective + room + 2e-6
    assert {(one.what, one.slot) for one in after.violations} <= {
        (one.what, one.slot) for one in before.violations
    }
    assert check(problem, made.dispatch, after.violations).problems == ()
    assert made.dispatch.loads == found.dispatch.loads
    was, now = calm(problem, found.dispatch), calm(problem, made.dispatch)
    assert (now.switches, now.moved_kw) <= (was.switches, was.moved_kw + 1e-6)


@settings(max_examples=80, deadline=None)
@given(problem=problems())
def test_the_gap_stays_within_the_one_that_was_wanted(problem: Problem) -> None:
    options = problem.options.model_copy(update={"absolute_gap": 0.05})
    made = plan(problem.model_copy(update={"options": options}))
    assert made.status == "optimal"
    assert made.gap is not None
    assert made.gap <= 0.05 + 1e-5
