"""The risk dial: a quantile of what the whole horizon needs."""

from __future__ import annotations

from itertools import pairwise
from math import sqrt
from statistics import NormalDist, fmean

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from unit.planner.houses import PLAIN
from unit.planner.outlooks import at_level, outlook, quantiles, real_outlooks, triples

from darkstar_planner.core.strategy import Outlook, View, strategy
from darkstar_planner.core.strategy.risk import QUANTILE, at_risk, s_index
from darkstar_planner.core.strategy.uncertainty import (
    LOAD,
    PV,
    Belief,
    Correlation,
    Net,
    belief,
    moved,
    sum_sigma,
)

LEVELS = (1, 2, 3, 4, 5)
curves = st.lists(triples, min_size=1, max_size=120)


def net_of(load: list[list[float]], pv: list[list[float]], widened: float = 1.0) -> Net:
    return Net(
        load=belief(quantiles(load), LOAD, widened=widened),
        pv=belief(quantiles(pv), PV, widened=widened),
    )


def view_at(level: int, ahead: Outlook) -> View:
    return strategy(PLAIN, at_level(level), ahead)


def needed(view: View) -> float:
    return sum(view.load_kw) - sum(view.pv_kw)


@given(load=curves, widened=st.floats(1.0, 1.4), data=st.data())
def test_each_level_counts_on_more_than_the_next(
    load: list[list[float]], widened: float, data: st.DataObject
) -> None:
    pv = data.draw(st.lists(triples, min_size=len(load), max_size=len(load)))
    assume(any(high - low > 0.01 for low, _, high in [*load, *pv]))
    net = net_of(load, pv, widened)
    sums = [at_risk(net, level).sum_kw for level in LEVELS]
    assert all(more > less for more, less in pairwise(sums))


@given(load=curves, data=st.data(), level=st.sampled_from(LEVELS))
def test_no_load_and_no_sun_is_ever_negative(
    load: list[list[float]], data: st.DataObject, level: int
) -> None:
    pv = data.draw(st.lists(triples, min_size=len(load), max_size=len(load)))
    planned = at_risk(net_of(load, pv), level)
    assert min(*planned.load.mean_kw, *planned.pv.mean_kw) >= 0


@given(load=curves, pv=triples, level=st.sampled_from((1, 2)))
def test_a_careful_level_plans_for_no_less_load_and_no_more_sun_in_any_slot(
    load: list[list[float]], pv: list[float], level: int
) -> None:
    net = net_of(load, [pv] * len(load))
    planned = at_risk(net, level)
    pairs = zip(planned.load.mean_kw, net.load.mean_kw, strict=True)
    assert all(now >= usual - 1e-9 for now, usual in pairs)
    pairs = zip(planned.pv.mean_kw, net.pv.mean_kw, strict=True)
    assert all(now <= usual + 1e-9 for now, usual in pairs)


@pytest.mark.parametrize(("level", "quantile"), sorted(QUANTILE.items()))
def test_the_sum_lies_at_the_quantile_of_the_level(level: int, quantile: float) -> None:
    net = net_of([[3.0, 4.0, 5.5]] * 96, [[1.0, 2.0, 2.5]] * 96)
    wanted = net.sum_kw + NormalDist().inv_cdf(quantile) * net.sum_sigma
    assert at_risk(net, level).sum_kw == pytest.approx(wanted)


def test_a_slot_moves_in_proportion_to_how_unsure_it_is() -> None:
    net = net_of([[1, 2, 3], [0, 2, 4], [2, 2, 2]], [[0, 0, 0]] * 3)
    before, after = net.load.mean_kw, at_risk(net, 1).load.mean_kw
    by = [now - usual for now, usual in zip(after, before, strict=True)]
    assert by[1] == pytest.approx(2 * by[0])
    assert by[0] > 0
    assert by[2] == 0


def test_level_three_expects() -> None:
    net = net_of([[0.5, 1, 2]] * 4, [[0, 1, 1]] * 4)
    assert at_risk(net, 3) == net


def test_the_expectation_is_a_mean_and_not_a_median() -> None:
    # a load that is mostly small and at times large
    spiky = belief(quantiles([[0.2, 0.3, 2.3]]), LOAD)
    assert spiky.mean_kw == pytest.approx((0.3 * 0.2 + 0.4 * 0.3 + 0.3 * 2.3,))


def test_what_a_forecast_expects_is_counted_on() -> None:
    quiet = quantiles([[0.2, 0.3, 2.3]] * 2)
    told = [quiet[0].model_copy(update={"mean_kw": 1.5}), quiet[1]]
    one, usual = belief(told, LOAD), belief(quiet, LOAD)
    assert one.mean_kw == pytest.approx((1.5, usual.mean_kw[1]))
    assert one.sigma_kw == usual.sigma_kw


@given(slots=curves, factor=st.floats(0, 3))
def test_the_mean_of_a_forecast_moves_the_plan_and_not_how_unsure_it_is(
    slots: list[list[float]], factor: float
) -> None:
    plain = quantiles(slots)
    told = [one.model_copy(update={"mean_kw": factor * one.p50_kw}) for one in plain]
    one = belief(told, LOAD)
    assert one.mean_kw == pytest.approx([factor * slot.p50_kw for slot in plain])
    assert one.sum_sigma == belief(plain, LOAD).sum_sigma


def test_for_a_normal_error_mean_and_deviation_are_those_of_it() -> None:
    ten = NormalDist(5, 1).inv_cdf(0.1)
    one = belief(quantiles([[ten, 5.0, 10 - ten]]), LOAD)
    assert one.mean_kw[0] == pytest.approx(5)
    assert one.sigma_kw[0] == pytest.approx(1, abs=0.01)


@example(sigma=[1.0] * 150, neighbour=0.9, common=0.5)
@given(
    sigma=st.lists(st.floats(-3, 5), min_size=1, max_size=110),
    neighbour=st.floats(0, 1),
    common=st.floats(0, 1),
)
def test_the_deviation_of_a_sum_is_that_of_all_pairs(
    sigma: list[float], neighbour: float, common: float
) -> None:
    correlation = Correlation(neighbour=neighbour, common=common)
    total = 0.0
    for i, one in enumerate(sigma):
        for j, other in enumerate(sigma):
            shared = common if i // 96 == j // 96 else 0.0
            total += one * other * ((1 - common) * neighbour ** abs(i - j) + shared)
    assert sum_sigma(sigma, correlation) == pytest.approx(sqrt(max(0.0, total)), abs=1e-4)


@given(sigma=st.lists(st.floats(0, 5), min_size=2, max_size=200))
def test_slots_err_neither_all_together_nor_each_for_itself(sigma: list[float]) -> None:
    unsure = sum_sigma(sigma, LOAD)
    assert unsure <= sum(sigma) + 1e-9
    assert unsure >= sqrt(sum(one * one for one in sigma)) - 1e-9


@given(
    slots=st.lists(st.tuples(st.floats(0, 9), st.floats(0, 9)), min_size=1, max_size=60),
    by=st.floats(-500, 500),
)
def test_moving_a_curve_moves_its_sum_as_far_as_it_can(
    slots: list[tuple[float, float]], by: float
) -> None:
    mean, weight = (tuple(one) for one in zip(*slots, strict=True))
    after = moved(mean, weight, by)
    unsure = [kw for kw, one in slots if one > 1e-9]
    wanted = sum(mean) + (max(by, -sum(unsure)) if unsure else 0.0)
    assert sum(after) == pytest.approx(wanted, abs=1e-6)
    assert min(after) >= 0
    sure = [t for t, one in enumerate(weight) if one == 0]
    assert [after[t] for t in sure] == [mean[t] for t in sure]


def test_a_forecast_that_is_sure_leaves_the_dial_nothing() -> None:
    ahead = outlook(load=(1, 1, 1), pv=(0.5, 0.5, 0.5))
    assert {needed(view_at(level, ahead)) for level in LEVELS} == {96.0}
    assert "risk_appetite" not in {one.rule for one in view_at(1, ahead).rules}


def test_the_rules_say_what_is_planned_for() -> None:
    rules = {one.rule: one for one in view_at(1, outlook(count=96)).rules}
    assert rules["expected_load"].changed == (
        "counts on 27.6 kWh of load where the median adds up to 24.0"
    )
    assert "peaks" in rules["expected_load"].reason
    assert rules["risk_appetite"].changed.startswith("plans for 24.2 kWh of load less PV")
    assert rules["risk_appetite"].changed.endswith("instead of the expected 15.6")
    assert rules["risk_appetite"].reason == (
        "risk appetite 1: in 85 of 100 cases it takes no more than that"
    )


def test_a_median_above_the_mean_is_said_differently() -> None:
    rules = {one.rule: one for one in view_at(3, outlook(load=(0, 2, 2.1))).rules}
    assert "far below" in rules["expected_load"].reason


def test_level_three_has_no_rule_of_risk() -> None:
    assert "risk_appetite" not in {one.rule for one in view_at(3, outlook()).rules}


def test_the_safety_index_is_planned_over_median_load() -> None:
    ahead = outlook(load=(0.5, 1, 2))
    assert view_at(3, ahead).s_index == pytest.approx(1.15)
    assert (view_at(1, ahead).s_index or 0) > 1.15
    assert s_index((0.2, 0.2), quantiles([[0, 0, 1]] * 2)) is None


def test_without_panels_the_plan_counts_on_no_sun() -> None:
    assert set(view_at(5, outlook(pv=None)).pv_kw) == {0.0}
    # and the dial moves the load alone
    assert needed(view_at(1, outlook(pv=None))) > needed(view_at(2, outlook(pv=None)))


@pytest.mark.realdata
def test_on_real_days_the_dial_moves_and_never_hits_its_stops() -> None:
    days = real_outlooks()
    assert len(days) > 15
    for ahead, _ in days:
        views = {level: view_at(level, ahead) for level in LEVELS}
        sums = [needed(views[level]) for level in LEVELS]
        whole = sums[0] - sums[-1]
        # every step is a good part of the whole way, and no curve is emptied or doubled
        assert min(more - less for more, less in pairwise(sums)) > 0.1 * whole > 0
        usual = sum(views[3].load_kw)
        assert all(0.5 * usual < sum(one.load_kw) < 1.6 * usual for one in views.values())


@pytest.mark.realdata
def test_on_real_days_the_mean_is_nearer_to_what_came_than_the_median() -> None:
    missed: dict[str, list[float]] = {"mean": [], "median": []}
    for ahead, came in real_outlooks():
        missed["mean"].append(sum(view_at(3, ahead).load_kw) - came)
        missed["median"].append(sum(one.p50_kw for one in ahead.load) - came)
    bias = {name: fmean(values) for name, values in missed.items()}
    error = {name: fmean(map(abs, values)) for name, values in missed.items()}
    assert abs(bias["mean"]) < 0.5 * abs(bias["median"])
    assert bias["median"] < 0
    assert error["mean"] < 0.9 * error["median"]


def test_a_belief_knows_its_sum() -> None:
    one = Belief(mean_kw=(1, 1), sigma_kw=(3, 4), correlation=Correlation(neighbour=0, common=0))
    assert one.sum_sigma == pytest.approx(5)
