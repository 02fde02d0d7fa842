"""A heater of several powers: off, or at one of them, in each slot."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.planner.problems import a_document, a_heater, a_problem, quiet

from darkstar_planner.core.accounts import accounts
from darkstar_planner.core.check import check
from darkstar_planner.core.devices import Heater
from darkstar_planner.core.errors import ProblemError
from darkstar_planner.core.heating_path import heating_rules
from darkstar_planner.core.model.draft import Exclusive
from darkstar_planner.core.model.kepler import kepler
from darkstar_planner.core.plan import plan, planned_by_rule
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.reading import read_problem
from darkstar_planner.core.single_power import hold_blocks, single_powers
from darkstar_planner.core.solution import Solution
from darkstar_planner.core.solve import solve
from darkstar_planner.core.solver import Solved

EVENING = "2026-01-01T20:00:00Z"
"""Four hours before midnight: a heater's day that lies whole within four slots."""


def a_tank(**fields: Any) -> dict[str, Any]:
    """3 kW in steps of 1 kW."""
    return a_heater(power_kw=3.0, max_kw_steps=3) | fields


def powers(made: Solution) -> list[float]:
    return [round(one.heaters["heater"], 6) for one in made.slots]


@pytest.mark.parametrize(
    ("steps", "allowed"),
    [
        (None, (3.0,)),
        (1, (3.0,)),
        (2, (1.5, 3.0)),
        (3, (1.0, 2.0, 3.0)),
        ([2.0], (2.0,)),
        ([3.0, 0.5, 3.0], (0.5, 3.0)),
    ],
)
def test_a_number_means_equal_steps_and_a_list_the_powers(
    steps: Any, allowed: tuple[float, ...]
) -> None:
    heater = Heater.model_validate_json(json.dumps(a_tank(max_kw_steps=steps)))
    assert heater.powers_kw == pytest.approx(allowed)
    assert heater.full_kw == pytest.approx(allowed[-1])


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([1.0, 4.0], "heaters[0]: max_kw_steps has 4.0 kW, above power_kw 3.0"),
        ([], "heaters[0].max_kw_steps: Tuple should have at least 1 item"),
        (0, "heaters[0].max_kw_steps: Input should be greater than or equal to 1, got 0"),
        ([0.0], "heaters[0].max_kw_steps[0]: Input should be greater than 0, got 0.0"),
    ],
)
def test_powers_it_cannot_have_are_named(steps: Any, said: str) -> None:
    document = a_document((1.0,), heaters=[a_tank(max_kw_steps=steps)])
    with pytest.raises(ProblemError) as error:
        read_problem(json.dumps(document))
    assert str(error.value).startswith(said)


def test_it_heats_with_the_sun_there_is() -> None:
    # 2 kWh: at 3 kW an hour buys 3 − 1 of sun; at 1 kW two hours of sun carry it all
    fields = {"pv_kw": [1.0, 1.0, 0.0, 0.0], "start": EVENING} | quiet(4)
    stepped = plan(a_problem((1.0,) * 4, heaters=[a_tank(daily_min_kwh=2.0)], **fields))
    whole = a_heater(power_kw=3.0, daily_min_kwh=2.0)
    assert stepped.cost == pytest.approx(0.0)
    assert powers(stepped) == [1.0, 1.0, 0.0, 0.0]
    assert plan(a_problem((1.0,) * 4, heaters=[whole], **fields)).cost == pytest.approx(2.0)


def test_a_day_takes_whole_steps() -> None:
    # 3.5 kWh are 4 of 1 kWh: 3 in the cheapest hour, 1 in the next
    fields = {"start": EVENING} | quiet(4)
    made = plan(a_problem((1.0, 2.0, 4.0, 4.0), heaters=[a_tank(daily_min_kwh=3.5)], **fields))
    assert made.cost == pytest.approx(3 * 1 + 1 * 2)
    assert powers(made) == [3.0, 1.0, 0.0, 0.0]
    assert made.violations == ()


def test_what_does_not_fit_is_missing_by_what_does_not_fit() -> None:
    # the fuse leaves 1 kW in the first two hours: 2 of 2.5 kWh
    problem = a_problem(
        (1.0,) * 4,
        load_kw=[0.0, 0.0, 1.0, 1.0],
        grid={"max_import_kw": 1.0},
        start=EVENING,
        heaters=[a_tank(daily_min_kwh=2.5, max_kw_steps=[1.0])],
    )
    found = solve(problem)
    assert isinstance(found, Solved)
    money = accounts(problem, found.dispatch)
    assert [one.what for one in money.violations] == ["daily_min_kwh heater"]
    assert money.violations[0].amount == pytest.approx(0.5)
    assert found.objective == pytest.approx(money.objective, abs=1e-4)


def test_a_change_of_power_is_no_start() -> None:
    fields = {"start": EVENING} | quiet(4)
    heater = a_tank(daily_min_kwh=6.0, start_penalty=5.0)
    made = plan(a_problem((1.0, 2.0, 1.5, 9.0), heaters=[heater], **fields))
    # 3 at 1 and 3 at 1.5 need two starts; through the hour between at 1 kW they are one block
    assert made.cost == pytest.approx(3 * 1 + 1 * 2 + 2 * 1.5 + 5)
    assert powers(made) == [3.0, 1.0, 2.0, 0.0]


def test_any_power_ends_a_rest_and_keeps_a_lock() -> None:
    fields = {"start": EVENING, "pv_kw": [0.0, 0.5, 0.0, 0.0]} | quiet(4)
    heater = a_tank(max_kw_steps=[0.5, 3.0], locked_on=[1], min_spacing_hours=2.0)
    made = plan(a_problem((1.0,) * 4, heaters=[heater | {"off_before_slots": 9}], **fields))
    assert powers(made) == [0.0, 0.5, 0.0, 0.0]
    gap = a_tank(
        max_kw_steps=[0.5, 3.0], max_gap_hours=1.0, gap_penalty_per_hour=9.0, off_before_slots=0
    )
    made = plan(a_problem((1.0,) * 4, heaters=[gap], **({"start": EVENING} | quiet(4))))
    assert powers(made) == [0.0, 0.5, 0.0, 0.5] or powers(made) == [0.5, 0.0, 0.5, 0.0]
    assert made.cost == pytest.approx(1.0)


def test_on_by_hand_means_full_power() -> None:
    block = {"slot": 1, "device": "heater", "on": True}
    heater = a_tank(max_kw_steps=[1.0, 2.5])
    made = plan(a_problem((1.0,) * 3, heaters=[heater], fixed=[block], **quiet(3)))
    assert made.violations == ()
    assert powers(made) == [0.0, 2.5, 0.0]


@pytest.mark.parametrize("steps", [None, 1, [3.0]])
def test_one_power_is_still_planned_as_whole_paths(steps: Any) -> None:
    problem = a_problem((1.0,), heaters=[a_tank(max_kw_steps=steps)])
    assert heating_rules(problem, problem.heaters[0]) is not None


@pytest.mark.parametrize("steps", [2, [2.0]])
def test_other_powers_are_planned_slot_by_slot(steps: Any) -> None:
    problem = a_problem((1.0,), heaters=[a_tank(max_kw_steps=steps)])
    assert heating_rules(problem, problem.heaters[0]) is None


def test_the_rules_heat_at_the_highest_power() -> None:
    heater = a_tank(daily_min_kwh=4.0, max_kw_steps=[1.0, 2.0])
    problem = a_problem((3.0, 1.0, 1.0, 3.0), heaters=[heater], start=EVENING)
    made = planned_by_rule(problem, "tried")
    assert made.checks.problems == ()
    assert powers(made) == [0.0, 2.0, 2.0, 0.0]


def test_the_checker_sees_a_power_that_is_none() -> None:
    problem = a_problem((1.0,), heaters=[a_tank()])
    made = planned_by_rule(problem, "tried")
    assert made.checks.passed
    found = solve(problem)
    assert isinstance(found, Solved)
    wrong = found.dispatch.loads | {"heater": (1.5,)}
    found.dispatch.loads.update(wrong)
    said = check(problem, found.dispatch, ()).problems
    assert "slot 0: heater is neither on nor off by 0.500000" in said


def test_more_powers_are_never_dearer_than_any_one_of_them() -> None:
    tank = a_tank(
        daily_min_kwh=6.0,
        min_spacing_hours=2.0,
        max_gap_hours=4.0,
        gap_penalty_per_hour=1.0,
        start_penalty=0.5,
    )
    count = 64
    problem = a_problem(
        [1.0 + (7 * t % 11) / 10 for t in range(count)],
        slot_hours=0.25,
        pv_kw=[max(0.0, 3.4 - abs(t - 32) / 2.5) for t in range(count)],
        load_kw=[0.4] * count,
        start="2026-01-01T04:00:00Z",
        heaters=[tank],
        options={"time_limit_seconds": 3.0, "absolute_gap": 0.01},
    )
    made = plan(problem)
    assert made.checks.problems == ()
    ones = [plan(one) for one in single_powers(problem)]
    assert made.objective <= min(one.objective for one in ones) + 1e-6
    # the sun is there at every power between
    assert made.objective < min(one.objective for one in ones) - 0.1


def test_blocks_are_held_as_they_are() -> None:
    problem = a_problem((1.0,) * 3, heaters=[a_tank()])
    model = kepler(problem, Exclusive())
    found = solve(problem)
    assert isinstance(found, Solved)
    found.dispatch.loads["heater"] = (0.0, 2.0, 3.0)
    hold_blocks(model.heaters, found.dispatch)
    bounds = [(one.lower_bound, one.upper_bound) for one in model.heaters["heater"]]
    assert bounds == [(0.0, 0.0), (1.0, 1.0), (1.0, 1.0)]


quarters = st.integers(-2, 8).map(lambda n: n / 4)


@st.composite
def tanks(draw: st.DrawFn, count: int = 4) -> Problem:
    """Four hours that are one whole heating day, with any rules."""

    def series(values: st.SearchStrategy[float]) -> list[float]:
        return draw(st.lists(values, min_size=count, max_size=count))

    heater = a_tank(
        max_kw_steps=draw(st.sampled_from([2, 3, [0.5, 3.0], [1.0]])),
        daily_min_kwh=draw(st.sampled_from([0.0, 2.0, 3.7, 7.0])),
        start_penalty=draw(st.sampled_from([0.0, 0.7])),
        min_spacing_hours=draw(st.sampled_from([0.0, 2.0])),
        max_gap_hours=draw(st.sampled_from([1.0, 2.0])),
        gap_penalty_per_hour=draw(st.sampled_from([0.0, 0.6])),
        off_before_slots=draw(st.sampled_from([1, 2, 9])),
    )
    return a_problem(
        series(quarters),
        export_price=series(quarters),
        load_kw=series(st.sampled_from([0.0, 0.4])),
        pv_kw=series(st.sampled_from([0.0, 0.8, 2.0])),
        start=EVENING,
        heaters=[heater],
    )


def cheapest_by_trying(problem: Problem) -> float:
    """The least objective over every sequence of powers, by the rules' own words [currency]."""
    heater = problem.heaters[0]
    best = float("inf")
    for run in product((0.0, *heater.powers_kw), repeat=problem.count):
        rest: float | None = float(heater.off_before_slots or 0)
        cost, allowed = 0.0, True
        late = heater.gap_penalty_per_hour
        # overdue hours before the horizon are paid for whatever happens
        for t, kw in enumerate(run):
            if kw and rest is not None:
                allowed &= rest >= heater.min_spacing_hours
                cost += heater.start_penalty + late * max(0.0, rest - (heater.max_gap_hours or 0))
                rest = None
            elif not kw:
                rest = 1.0 if rest is None else rest + 1.0
            sun, buy, sell = problem.pv_kw[t], problem.import_price[t], problem.export_price[t]
            needed = problem.load_kw[t] + kw
            # all the sun, none of it, or as much as is needed: the price is linear in between
            nets = (needed - sun, needed, max(0.0, needed - sun))
            cost += min(net * (buy if net > 0 else sell) for net in nets)
        if rest is not None:
            cost += late * max(0.0, rest - (heater.max_gap_hours or 0))
        short = heater.daily_min_kwh - sum(run)
        if allowed and short <= 1e-9:
            best = min(best, cost)
    return best


@settings(max_examples=60, deadline=None)
@given(problem=tanks())
def test_no_way_to_heat_is_cheaper(problem: Problem) -> None:
    found = solve(problem)
    assert isinstance(found, Solved)
    made = accounts(problem, found.dispatch)
    assert check(problem, found.dispatch, made.violations).problems == ()
    assert made.objective == pytest.approx(found.objective, abs=1e-4)
    best = cheapest_by_trying(problem)
    if best < float("inf"):
        # a grid that takes more than it costs is not tried in the search above
        assert made.objective <= best + 1e-4
        if all(b >= s for b, s in zip(problem.import_price, problem.export_price, strict=True)):
            assert made.objective == pytest.approx(best, abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(problem=tanks())
def test_the_rules_obey_the_steps_and_are_never_better(problem: Problem) -> None:
    by_rule = planned_by_rule(problem, "tried")
    assert by_rule.checks.problems == ()
    assert plan(problem).objective <= by_rule.objective + 1e-4
