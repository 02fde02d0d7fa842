"""How much is wanted in the battery at the end, and what it is worth there."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.planner.houses import PLAIN
from unit.planner.outlooks import at_level, day_of_prices, outlook, real_outlooks, weather

from darkstar_common.config import Battery
from darkstar_planner.core.devices import Battery as ProblemBattery
from darkstar_planner.core.plan import plan
from darkstar_planner.core.problem import Options, Problem
from darkstar_planner.core.strategy import strategy
from darkstar_planner.core.strategy.target import (
    ADJUSTMENT,
    adjustment,
    insurance,
    reserve,
    target_percent,
    target_rule,
    uncovered,
)

LEVELS = (1, 2, 3, 4, 5)
USUAL = Battery(capacity_kwh=34.2, min_soc_percent=12, max_soc_percent=100)
limits = (
    st.tuples(st.floats(0, 100), st.floats(0, 100))
    .map(sorted)
    .filter(lambda pair: pair[1] - pair[0] >= 1)
)


@pytest.mark.parametrize(
    ("level", "adjusted", "percent"),
    [(1, 0, 47), (2, 0, 32), (3, 0, 22), (4, 0, 15), (3, 8, 30), (3, -8, 14), (1, 8, 55)],
)
def test_the_buffer_is_over_the_minimum(level: int, adjusted: float, percent: float) -> None:
    assert target_percent(USUAL, level, adjusted) == pytest.approx(percent)


@given(limits=limits, adjusted=st.floats(-ADJUSTMENT, ADJUSTMENT))
def test_each_level_wants_more_than_the_next_on_the_same_days(
    limits: list[float], adjusted: float
) -> None:
    low, high = limits
    battery = Battery(min_soc_percent=low, max_soc_percent=high)
    wanted = [target_percent(battery, level, adjusted) for level in LEVELS]
    assert all(more > less for more, less in pairwise(wanted))
    assert wanted[0] <= high + 1e-9
    assert wanted[-1] >= low


@given(adjusted=st.floats(-ADJUSTMENT, ADJUSTMENT))
def test_the_boldest_level_stays_at_the_floor(adjusted: float) -> None:
    assert 12 <= target_percent(USUAL, 5, adjusted) < 13.3


@given(level=st.sampled_from(LEVELS), one=st.floats(-8, 8), other=st.floats(-8, 8))
def test_harder_days_ahead_never_want_less(level: int, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert target_percent(USUAL, level, low) <= target_percent(USUAL, level, high)


@given(
    load=st.lists(st.floats(0, 20), min_size=1, max_size=200),
    pv=st.floats(0, 30),
    celsius=st.none() | st.floats(-40, 45),
    restless=st.none() | st.floats(0, 1),
    has_solar=st.booleans(),
)
def test_the_days_ahead_move_it_by_eight_points_at_most(
    load: list[float],
    pv: float,
    celsius: float | None,
    restless: float | None,
    has_solar: bool,
) -> None:
    known = weather([None] * len(load), [celsius] * len(load))
    points = adjustment(load, [pv] * len(load), known, restless, has_solar=has_solar)
    assert -ADJUSTMENT <= points <= ADJUSTMENT


@pytest.mark.parametrize(
    ("pv", "celsius", "restless", "points"),
    [
        (0.0, None, None, 6.0),
        (1.0, None, None, 0.0),
        (1.5, None, None, -3.0),
        (2.0, None, None, -6.0),
        (9.0, None, None, -6.0),
        (1.0, 2.5, None, 3.0),
        (1.0, 20.0, None, 0.0),
        (1.0, -10.0, None, 6.0),
        (1.0, -30.0, None, 6.0),
        (1.5, None, 1.0, -4.2),
        (0.0, -30.0, None, 8.0),
        (9.0, None, 1.0, -8.0),
    ],
)
def test_what_sun_and_cold_are_worth(
    pv: float, celsius: float | None, restless: float | None, points: float
) -> None:
    known = weather([None] * 96, [celsius] * 96)
    found = adjustment([1.0] * 96, [pv] * 96, known, restless, has_solar=True)
    assert found == pytest.approx(points)


def test_the_last_day_of_the_horizon_counts() -> None:
    sunny_then_dark = [2.0] * 96 + [0.0] * 96
    assert adjustment([1.0] * 192, sunny_then_dark, (), None, has_solar=True) == 6.0
    warm_then_cold = weather([None] * 192, [15.0] * 96 + [-10.0] * 96)
    assert adjustment([1.0] * 192, [1.0] * 192, warm_then_cold, None, has_solar=True) == 6.0


def test_without_panels_the_lack_of_sun_changes_nothing() -> None:
    assert adjustment([1.0] * 96, [0.0] * 96, (), None, has_solar=False) == 0


def test_a_house_without_load_wants_no_more_for_it() -> None:
    assert adjustment([0.0] * 96, [0.0] * 96, (), None, has_solar=True) == -6.0


@given(price=st.lists(st.floats(-5, 20), min_size=1, max_size=200), level=st.sampled_from(LEVELS))
def test_the_reserve_is_worth_less_than_prices_differ(price: list[float], level: int) -> None:
    worth = insurance(price, level)
    assert 0 <= worth <= 0.5 * (max(price) - min(price)) + 1e-9
    assert level == 5 or worth >= insurance(price, level + 1)


@given(level=st.sampled_from((3, 4, 5)), some=st.floats(0, 1), more=st.floats(0, 1))
def test_beyond_the_careful_levels_the_sun_is_insurance_enough(
    level: int, some: float, more: float
) -> None:
    some, more = sorted((some, more))
    price = [1.0, 2.0, 3.0, 4.0]
    assert insurance(price, level, 0.0) == 0
    assert insurance(price, level, some) <= insurance(price, level, more)
    assert insurance(price, 2, some) == insurance(price, 2, more) > insurance(price, 3, more)


def test_what_the_sun_leaves_is_of_the_last_day() -> None:
    assert uncovered([1.0] * 192, [0.0] * 96 + [0.25] * 96) == pytest.approx(0.75)
    assert uncovered([1.0] * 96, [3.0] * 96) == 0
    assert uncovered([0.0] * 96, [0.0] * 96) == 0


@pytest.mark.parametrize(("pv", "insured"), [(0.0, True), (3.0, False)])
def test_a_sunny_house_has_a_reserve_but_pays_nothing_for_it(pv: float, insured: bool) -> None:
    view = strategy(PLAIN, at_level(3), outlook(load=(1, 1, 1), pv=(pv, pv, pv)))
    assert (view.target_soc_percent or 0) > 12
    assert ((view.target_penalty_per_kwh or 0) > 0) == insured
    assert ("target_soc" in {one.rule for one in view.rules}) == insured


def ending(penalty: float, evening: float) -> float:
    """Stored energy at the end, when the last hour costs `evening` [kWh]."""
    wanted = reserve(Battery(capacity_kwh=10, min_soc_percent=10), 1, 0, [1.0, evening])
    problem = Problem(
        start=outlook().starts[0],
        slot_hours=1.0,
        import_price=(1.0, evening),
        export_price=(0.0, 0.0),
        load_kw=(0.0, 4.0),
        pv_kw=(0.0, 0.0),
        batteries=(
            ProblemBattery(
                id="battery",
                capacity_kwh=10.0,
                stored_kwh=5.0,
                min_kwh=1.0,
                max_charge_kw=0.0,
                max_discharge_kw=5.0,
                terminal_value_per_kwh=1.0,
                target_kwh=wanted.kwh,
                target_penalty_per_kwh=penalty,
            ),
        ),
        options=Options(absolute_gap=0.0),
    )
    return plan(problem).slots[-1].batteries["battery"].stored_kwh


def test_a_dear_evening_breaks_the_reserve_and_a_dull_one_does_not() -> None:
    # 4.5 kWh are wanted of the 5; the evening could use 4
    for evening, left in ((1.2, 4.5), (4.0, 1.0)):
        penalty = insurance([1.0, 1.0, 2.0, 2.0], 1)
        assert ending(penalty, evening) == pytest.approx(left, abs=0.01)


def test_more_than_the_target_is_never_thrown_away_for_it() -> None:
    assert ending(0.5, 0.5) == pytest.approx(5.0, abs=0.01)


def test_the_rule_says_what_is_wanted_and_why() -> None:
    view = strategy(PLAIN, at_level(2), outlook(load=(1, 1, 1), pv=(0, 0, 0)))
    (rule,) = [one for one in view.rules if one.rule == "target_soc"]
    assert rule.changed == "wants 38 % at the end, each kWh missing counts 0.50"
    assert rule.reason == (
        "risk appetite 2 keeps +20 points over the minimum of 12 %; little sun or cold ahead adds 6"
    )
    assert view.target_soc_percent == pytest.approx(38)
    assert view.target_kwh == pytest.approx(3.8)
    assert view.target_penalty_per_kwh == pytest.approx(0.5)


def test_much_sun_is_said_too() -> None:
    view = strategy(PLAIN, at_level(2), outlook(load=(1, 1, 1), pv=(2, 2, 2)))
    (rule,) = [one for one in view.rules if one.rule == "target_soc"]
    assert rule.reason.endswith("; much sun ahead takes 6")


def test_a_target_at_the_floor_changes_nothing_and_is_not_said() -> None:
    wanted = reserve(USUAL, 5, -8.0, [1.0, 3.0])
    assert target_rule(USUAL, 5, wanted) == []


def test_prices_that_never_change_insure_nothing() -> None:
    ahead = replace(outlook(count=4), prices=day_of_prices([2.0] * 4))
    view = strategy(PLAIN, at_level(1), ahead)
    assert view.target_penalty_per_kwh == 0
    assert "target_soc" not in {one.rule for one in view.rules}


@pytest.mark.realdata
def test_on_real_days_the_levels_stay_in_order() -> None:
    for ahead, _ in real_outlooks():
        views = [strategy(PLAIN, at_level(level), ahead) for level in LEVELS]
        kwh = [one.target_kwh or 0.0 for one in views]
        assert all(more > less for more, less in pairwise(kwh))
        assert kwh[-1] >= 1.2
