"""A few futures instead of one expectation."""

from __future__ import annotations

from itertools import pairwise
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.planner.houses import PLAIN
from unit.planner.outlooks import at_level, outlook, quantiles, triples

from darkstar_common.config import Config
from darkstar_planner.core.problem import Problem, Scenario
from darkstar_planner.core.strategy import strategy
from darkstar_planner.core.strategy.futures import COMMON, futures
from darkstar_planner.core.strategy.uncertainty import LOAD, PV, Net, belief


def weighing(count: int) -> Config:
    planner = PLAIN.planner.model_copy(update={"scenarios": count})
    return PLAIN.model_copy(update={"planner": planner})


def net_of(load: list[list[float]], pv: list[list[float]]) -> Net:
    return Net(load=belief(quantiles(load), LOAD), pv=belief(quantiles(pv), PV))


SOME = net_of([[2.0, 3.0, 4.0]] * 96, [[2.0, 3.0, 4.0]] * 96)


def needed(one: Scenario) -> float:
    return sum(one.load_kw) - sum(one.pv_kw)


@pytest.mark.parametrize(("count", "others"), [(1, 0), (3, 2), (5, 4)])
def test_the_expected_future_is_one_of_the_count(count: int, others: int) -> None:
    made = futures(SOME, count)
    assert len(made) == others
    rest = 1 - sum(one.probability for one in made)
    assert rest == pytest.approx({0: 1.0, 2: 0.4, 4: 0.2}[others])


@pytest.mark.parametrize("count", [3, 5])
def test_together_they_are_as_unsure_as_the_forecast(count: int) -> None:
    made = futures(SOME, count)
    sums = [(one.probability, needed(one) - SOME.sum_kw) for one in made]
    assert sum(share * by for share, by in sums) == pytest.approx(0, abs=1e-9)
    # but for the first hour, which is the same in all
    variance = sum(share * by**2 for share, by in sums)
    assert variance == pytest.approx(SOME.sum_sigma**2, rel=0.1)


@pytest.mark.parametrize("count", [3, 5])
def test_the_hour_whose_decisions_are_common_is_as_planned_in_all(count: int) -> None:
    planned = SOME.load.mean_kw[:COMMON], SOME.pv.mean_kw[:COMMON]
    for one in futures(SOME, count):
        assert (one.load_kw[:COMMON], one.pv_kw[:COMMON]) == planned
        assert one.load_kw[COMMON] != SOME.load.mean_kw[COMMON]


def test_two_of_five_need_the_same_at_another_time() -> None:
    low, high, early, late = futures(SOME, 5)
    assert needed(low) < SOME.sum_kw < needed(high)
    for one in (early, late):
        assert needed(one) == pytest.approx(
            SOME.sum_kw, abs=2 * COMMON * abs(needed(low) - needed(high)) / 96
        )
    halves = [sum(one.load_kw[:48]) - sum(one.pv_kw[:48]) for one in (early, late)]
    assert halves[0] > SOME.sum_kw / 2 > halves[1]


def test_a_slot_follows_its_neighbours() -> None:
    # a future is low or high for hours on end, not slot by slot
    for one in futures(SOME, 5):
        by = [kw - usual for kw, usual in zip(one.load_kw, SOME.load.mean_kw, strict=True)]
        turns = sum(a * b < 0 for a, b in pairwise(by))
        assert turns <= 1


def test_no_slot_strays_further_than_slots_do() -> None:
    sigma = SOME.load.sigma_kw[0]
    for one in futures(SOME, 5):
        assert all(abs(kw - 3.0) < sqrt(2.5) * sigma for kw in one.load_kw)


@given(
    slots=st.lists(st.tuples(triples, triples), min_size=1, max_size=100),
    count=st.sampled_from([1, 3, 5]),
)
def test_every_future_is_one_that_a_problem_takes(
    slots: list[tuple[list[float], list[float]]], count: int
) -> None:
    net = net_of([load for load, _ in slots], [pv for _, pv in slots])
    made = futures(net, count)
    assert all(min(*one.load_kw, *one.pv_kw) >= 0 for one in made)
    Problem(
        start=outlook(count=1).starts[0],
        import_price=(1.0,) * len(slots),
        export_price=(0.0,) * len(slots),
        load_kw=net.load.mean_kw,
        pv_kw=net.pv.mean_kw,
        scenarios=made,
    )


def test_nothing_else_can_happen_where_the_forecast_is_sure() -> None:
    assert futures(net_of([[1, 1, 1]], [[0, 0, 0]]), 5) == ()
    view = strategy(weighing(5), at_level(3), outlook(load=(1, 1, 1), pv=None))
    assert "scenarios" not in {one.rule for one in view.rules}


@pytest.mark.parametrize(
    ("count", "changed", "reason"),
    [
        (3, "for 3 futures at once", "less or more than expected"),
        (5, "for 5 futures at once", "less or more than expected, early or late"),
    ],
)
def test_the_rule_says_how_many(count: int, changed: str, reason: str) -> None:
    view = strategy(weighing(count), at_level(3), outlook())
    assert len(view.scenarios) == count - 1
    (rule,) = [one for one in view.rules if one.rule == "scenarios"]
    assert rule.changed.endswith(changed)
    assert rule.reason.endswith(reason)


def test_one_future_is_no_rule() -> None:
    view = strategy(weighing(1), at_level(3), outlook())
    assert view.scenarios == ()
    assert "scenarios" not in {one.rule for one in view.rules}


def test_futures_lie_around_what_the_dial_plans_for() -> None:
    careful, bold = (strategy(weighing(3), at_level(level), outlook()) for level in (1, 5))
    assert needed(careful.scenarios[0]) > needed(bold.scenarios[0])
