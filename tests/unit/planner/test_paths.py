"""Heaters as whole paths: what is proven holds for every plan, and nothing is lost."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.planner.problems import a_battery, a_heater, a_problem

from darkstar_planner.core.branching import raise_bound
from darkstar_planner.core.budget import Budget
from darkstar_planner.core.columns import Bound, Line, Master, mixing, price_paths
from darkstar_planner.core.exclusivity import exclusive
from darkstar_planner.core.heating_path import cheapest_path, heating_rules
from darkstar_planner.core.model.kepler import Kepler, kepler
from darkstar_planner.core.near_paths import paths_within
from darkstar_planner.core.path_arcs import arcs_of
from darkstar_planner.core.plan import plan
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solve import solve
from darkstar_planner.core.solver import Solved, solve_model

SLOTS = 10
EXACT = 1e-6

heaters = st.builds(
    a_heater,
    power_kw=st.sampled_from([1.0, 3.0]),
    daily_min_kwh=st.sampled_from([0.0, 4.0, 10.0, 30.0]),
    heated_today_kwh=st.sampled_from([0.0, 1.0]),
    defer_hours=st.sampled_from([0.0, 3.0]),
    max_gap_hours=st.sampled_from([None, 1.0, 2.0]),
    gap_penalty_per_hour=st.sampled_from([0.0, 0.7]),
    min_spacing_hours=st.sampled_from([0.0, 1.0, 2.0]),
    start_penalty=st.sampled_from([0.0, 0.5]),
    off_before_slots=st.sampled_from([None, 0, 2]),
    locked_on=st.sampled_from([(), (0,), (3, 4)]),
)


@st.composite
def sunny_houses(draw: st.DrawFn) -> Problem:
    """A house with sun, a battery that is soon full or empty, and one or two heaters."""
    prices = draw(st.lists(st.integers(1, 30), min_size=SLOTS, max_size=SLOTS))
    sun = draw(st.lists(st.integers(0, 12), min_size=SLOTS, max_size=SLOTS))
    first, second = draw(heaters), draw(st.none() | heaters)
    both = [first] if second is None else [first, second | {"id": "other", "power_kw": 2.0}]
    battery = a_battery(capacity_kwh=4.0, stored_kwh=1.0, charge_efficiency=0.9, max_charge_kw=2.0)
    return a_problem(
        [price / 10 for price in prices],
        start=f"2026-01-01T{draw(st.integers(0, 23)):02d}:00:00Z",
        export_price=[0.05] * SLOTS,
        load_kw=[1.0] * SLOTS,
        pv_kw=[kw / 3 for kw in sun],
        batteries=[battery],
        heaters=both,
    )


def lines_of(problem: Problem, model: Kepler) -> list[Line]:
    lines = []
    for heater in problem.heaters:
        rules = heating_rules(problem, heater)
        assert rules is not None
        choice = model.choices[heater.id]
        lines.append(Line(draft=model.draft, choice=choice, rules=rules))
        lines[-1].start(np.array(problem.import_price) * heater.power_kw)
    return lines


def by_slots(problem: Problem) -> Solved:
    """The best plan as the model of slots has it, solved to the end."""
    found = solve_model(kepler(problem, exclusive(problem)), seconds=30.0, gap=EXACT)
    assert isinstance(found, Solved)
    return found


def priced(problem: Problem) -> tuple[Kepler, list[Line], Bound]:
    model = kepler(problem, exclusive(problem), by_path=True)
    lines = lines_of(problem, model)
    with mixing(model, lines, Budget(limit=30.0)) as master:
        bound = price_paths(master)
    assert bound is not None
    return model, lines, bound


@settings(max_examples=25, deadline=None)
@given(problem=sunny_houses())
def test_paths_and_slots_find_the_same_best_plan(problem: Problem) -> None:
    made, best = solve(problem), by_slots(problem)
    assert isinstance(made, Solved)
    assert made.finished
    assert made.objective == pytest.approx(best.objective, abs=1e-4)


@settings(max_examples=25, deadline=None)
@given(problem=sunny_houses())
def test_the_bound_of_priced_paths_is_above_no_plan(problem: Problem) -> None:
    _, _, bound = priced(problem)
    assert bound.value <= by_slots(problem).objective + 1e-5


@settings(max_examples=25, deadline=None)
@given(problem=sunny_houses())
def test_branching_proves_the_best_plan_and_not_more(problem: Problem) -> None:
    model, lines, bound = priced(problem)
    best = by_slots(problem).objective
    with mixing(model, lines, Budget(limit=30.0)) as master:
        raised = raise_bound(master, bound, goal=best - 1e-4, margin=1e-4)
    assert bound.value - EXACT <= raised <= best + 1e-5
    assert raised >= best - 2e-4


@settings(max_examples=25, deadline=None)
@given(problem=sunny_houses())
def test_a_goal_out_of_reach_is_not_proven(problem: Problem) -> None:
    model, lines, bound = priced(problem)
    best = by_slots(problem).objective
    with mixing(model, lines, Budget(limit=30.0)) as master:
        raised = raise_bound(master, bound, goal=best + 1.0, margin=1e-4)
    assert raised <= best + 1e-4


def test_branching_stops_when_the_time_is_up() -> None:
    problem = sunny(daily_min_kwh=24.0)
    model, lines, bound = priced(problem)
    with mixing(model, lines, Budget(limit=0.0)) as master:
        assert raise_bound(master, bound, goal=bound.value + 9.0, margin=0.01) == bound.value


@settings(max_examples=40, deadline=None)
@given(problem=sunny_houses(), seed=st.integers(0, 99))
def test_the_pieces_of_a_path_cost_what_it_costs(problem: Problem, seed: int) -> None:
    price = np.random.default_rng(seed).normal(0.5, 1.0, SLOTS)
    for heater in problem.heaters:
        rules = heating_rules(problem, heater)
        assert rules is not None
        path = cheapest_path(rules, price)
        pieces = arcs_of(rules, path.on)
        own = path.cost - float(price @ np.array(path.on))
        assert sum(one.cost for one in pieces) == pytest.approx(own, abs=1e-7)
        on = {t for one in pieces for t in range(one.first, one.ends)}
        assert on == {t for t in range(SLOTS) if path.on[t]}
        assert [one.leads for one in pieces[:-1]] == [one.begins for one in pieces[1:]]


@settings(max_examples=40, deadline=None)
@given(
    problem=sunny_houses(),
    seed=st.integers(0, 99),
    wanted=st.dictionaries(st.integers(0, SLOTS - 1), st.booleans(), max_size=3),
)
def test_a_forced_path_is_the_cheapest_that_obeys(
    problem: Problem, seed: int, wanted: dict[int, bool]
) -> None:
    price = np.random.default_rng(seed).normal(0.5, 1.0, SLOTS)
    rules = heating_rules(problem, problem.heaters[0])
    assert rules is not None
    model = kepler(problem, exclusive(problem), by_path=True)
    line = Line(draft=model.draft, choice=model.choices["heater"], rules=rules, forced=wanted)
    path = line.cheapest(price)
    every = paths_within(rules, price, 1e9, limit=2**SLOTS)
    assert every is not None
    obey = [one.cost for one in every if all(one.on[t] == on for t, on in wanted.items())]
    if path is None:
        assert not obey
    else:
        assert path.cost == pytest.approx(min(obey), abs=1e-6)


def sunny(**heater: Any) -> Problem:
    """Sun for half of the heater in every slot, and no battery to keep it."""
    return a_problem(
        [1.0] * 6,
        load_kw=[0.0] * 6,
        pv_kw=[1.0] * 6,
        heaters=[a_heater(power_kw=2.0, **heater)],
    )


def test_a_mix_of_paths_takes_no_more_sun_than_a_plan() -> None:
    # on in three of six slots: each buys the half that the sun lacks
    problem = sunny(daily_min_kwh=24.0)
    model, _, bound = priced(problem)
    assert model.surplus
    assert bound.value == pytest.approx(3.0, abs=EXACT)


def test_without_that_row_it_would() -> None:
    problem = sunny(daily_min_kwh=24.0)
    model = kepler(problem, exclusive(problem), by_path=True)
    for row in model.surplus:
        row.lower_bound = 0.0
        model.draft.model.delete_linear_constraint(row)
    lines = lines_of(problem, model)
    with mixing(model, lines, Budget(limit=30.0)) as master:
        bound = price_paths(master)
    assert bound is not None
    assert bound.value == pytest.approx(0.0, abs=EXACT)


@pytest.mark.parametrize("surplus", [0.5, 1.0, 1.5, 2.5, 3.5])
def test_the_rows_of_a_surplus_hold_for_all_whole_decisions_and_touch_them(surplus: float) -> None:
    heaters = [a_heater(power_kw=2.0), a_heater(id="other", power_kw=1.0)]
    problem = a_problem([1.0], load_kw=[0.0], pv_kw=[surplus], heaters=heaters)
    model = kepler(problem, exclusive(problem), by_path=True)
    for on in product((0, 1), repeat=2):
        needed = max(0.0, 2.0 * on[0] + on[1] - surplus)
        least = 0.0
        for row in model.surplus:
            asked = sum(
                row.get_coefficient(model.heaters[name][0]) * one
                for name, one in zip(("heater", "other"), on, strict=True)
            )
            least = max(least, row.lower_bound - asked)
        assert least == pytest.approx(needed)


def test_the_worth_of_a_kwh_is_whole_where_the_sun_is_just_used_up() -> None:
    # on in the one slot it may be, all it lacks is bought at 1
    problem = sunny(daily_min_kwh=8.0, locked_on=[0], start_penalty=9.0)
    made = plan(problem)
    assert made.slots[0].import_kw == pytest.approx(1.0)
    assert made.slots[0].marginal_price == pytest.approx(1.0)


def test_a_hint_is_where_pricing_begins() -> None:
    problem = sunny(daily_min_kwh=24.0)
    model = kepler(problem, exclusive(problem), by_path=True)
    rules = heating_rules(problem, problem.heaters[0])
    assert rules is not None
    line = Line(draft=model.draft, choice=model.choices["heater"], rules=rules)
    hinted = (False, True, True, True, False, False)
    line.start(np.ones(6), hinted)
    assert hinted in line.choice.known


def test_a_hint_may_be_silent_of_some_slots() -> None:
    problem = sunny(daily_min_kwh=24.0)
    model = kepler(problem, exclusive(problem), by_path=True)
    rules = heating_rules(problem, problem.heaters[0])
    assert rules is not None
    line = Line(draft=model.draft, choice=model.choices["heater"], rules=rules)
    line.start(np.arange(6.0), (None, None, None, None, None, True))
    assert (True, True, False, False, False, True) in line.choice.known


def test_time_counts_from_outside_or_as_the_solvers_say() -> None:
    alone, told = Budget(limit=5.0), Budget(limit=5.0, elapsed=lambda: 4.0)
    alone.take(2.0)
    told.take(2.0)
    assert (alone.left, told.left) == (3.0, 1.0)


def test_when_the_time_is_up_there_is_a_plan_and_an_honest_gap() -> None:
    problem = sunny(daily_min_kwh=24.0)
    made = plan(problem, elapsed=lambda: 1e6)
    assert made.checks.problems == ()
    assert made.gap is None or made.gap >= 0


@settings(max_examples=25, deadline=None)
@given(problem=sunny_houses())
def test_a_plan_this_close_to_its_bound_is_optimal(problem: Problem) -> None:
    made = plan(problem)
    assert made.gap is not None
    assert (made.status == "optimal") == (made.gap <= problem.options.absolute_gap + 1e-5)


def test_no_half_is_left_when_a_master_has_no_paths_that_obey() -> None:
    # locked on in slot 0, so the half that forces it off is empty
    problem = sunny(daily_min_kwh=2.0, locked_on=[0])
    model, lines, bound = priced(problem)
    with mixing(model, lines, Budget(limit=30.0)) as master:
        lines[0].forced[0] = False
        assert isinstance(master, Master)
        assert master.bound(bound.prices, bound.house) is None
