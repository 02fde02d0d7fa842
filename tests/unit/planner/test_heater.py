"""The heater's rules, against every plan there is."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from unit.planner.problems import a_heater, a_problem, quiet

from darkstar_planner.core.accounts import accounts
from darkstar_planner.core.check import check
from darkstar_planner.core.dispatch import Dispatch
from darkstar_planner.core.plan import plan
from darkstar_planner.core.problem import Problem

HOURS_OF_SLOTS = (0.25, 0.5, 1.0)


def every_plan(problem: Problem) -> list[Dispatch]:
    """Each way to switch the one heater of a house that uses nothing else."""
    power = problem.heaters[0].power_kw
    none = (0.0,) * problem.count
    return [
        Dispatch(
            import_kw=tuple(power * one for one in on),
            export_kw=none,
            curtailed_kw=none,
            unserved_kw=none,
            loads={"heater": tuple(power * one for one in on)},
        )
        for on in product((0.0, 1.0), repeat=problem.count)
    ]


def cheapest(problem: Problem) -> float:
    """The least objective of all plans that keep the rules or say what they break."""
    found = []
    for one in every_plan(problem):
        money = accounts(problem, one)
        if check(problem, one, money.violations).passed and not breaks_rest(problem, money):
            found.append(money.objective)
    return min(found)


def breaks_rest(problem: Problem, money: Any) -> bool:
    """Whether it starts too soon where no lock asks for it, which no plan may."""
    locked = problem.heaters[0].locked_on
    return any(
        one.what == "min_spacing_hours heater" and one.slot not in locked
        for one in money.violations
    )


heaters = st.builds(
    a_heater,
    power_kw=st.sampled_from([1.0, 3.0]),
    daily_min_kwh=st.sampled_from([0.0, 0.7, 2.0, 3.0, 50.0]),
    heated_today_kwh=st.sampled_from([0.0, 0.5, 4.0]),
    max_gap_hours=st.sampled_from([None, 0.0, 0.5, 1.0, 1.3, 2.0]),
    gap_penalty_per_hour=st.sampled_from([0.0, 0.3, 2.0]),
    min_spacing_hours=st.sampled_from([0.0, 0.5, 1.0, 1.6, 3.0]),
    start_penalty=st.sampled_from([0.0, 0.2, 3.0]),
    on_before_slots=st.sampled_from([0, 0, 2]),
    off_before_slots=st.sampled_from([None, 0, 1, 3, 9]),
    locked_on=st.sampled_from([(), (), (0,), (0, 1), (2, 3), (1, 4), (40,)]),
)


@settings(max_examples=150, deadline=None)
@given(
    heater=heaters,
    price=st.lists(st.integers(-3, 9).map(lambda n: n / 4), min_size=1, max_size=9),
    hours=st.sampled_from(HOURS_OF_SLOTS),
)
@example(
    heater=a_heater(max_gap_hours=1.0, gap_penalty_per_hour=2.0, off_before_slots=9),
    price=[1.0] * 5,
    hours=0.25,
)
def test_no_plan_there_is_beats_it(
    heater: dict[str, Any], price: list[float], hours: float
) -> None:
    heater = heater | {"locked_on": list(heater.get("locked_on", ()))}
    problem = a_problem(price, slot_hours=hours, heaters=[heater], **quiet(len(price)))
    made = plan(problem)
    assert made.status == "optimal"
    assert made.objective == pytest.approx(cheapest(problem), abs=2e-5)
