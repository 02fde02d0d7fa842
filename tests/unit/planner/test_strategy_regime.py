"""Calm and wild prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.planner.houses import NOON, PLAIN
from unit.planner.outlooks import day_of_prices, outlook

from darkstar_common.config import Config, Planner
from darkstar_planner.core.strategy import View, Wishes, strategy
from darkstar_planner.core.strategy.regime import ramp_penalty, regime, spreads
from darkstar_planner.core.strategy.view import Regime

MIDNIGHT = datetime(2025, 12, 31, 23, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Stockholm")


def planner(**changes: float) -> Planner:
    return Planner().model_copy(update=changes)


def view_of(prices: Sequence[float], config: Config = PLAIN) -> View:
    ahead = outlook(count=len(prices), start=MIDNIGHT)
    return strategy(config, Wishes(), replace(ahead, prices=day_of_prices(prices, start=MIDNIGHT)))


def day(spread: float) -> list[float]:
    return [1.0] * 48 + [1.0 + spread] * 48


@pytest.mark.parametrize(
    ("spread", "kind"),
    [
        ([0.4], "narrow"),
        ([0.5], "usual"),
        ([1.5], "usual"),
        ([1.6], "wide"),
        ([0.1, 0.4], "narrow"),
        ([0.1, 1.0], "usual"),
        ([0.1, 9.0], "usual"),
        ([1.6, 9.0], "wide"),
    ],
)
def test_a_horizon_is_what_all_its_days_are(spread: list[float], kind: str) -> None:
    assert regime(spread, Planner()) == kind


def test_the_thresholds_are_configured() -> None:
    assert regime([1.0], planner(narrow_spread_per_kwh=1.1)) == "narrow"
    assert regime([1.0], planner(wide_spread_per_kwh=0.9)) == "wide"


def test_days_are_local_and_the_rest_of_one_says_nothing() -> None:
    values = [*day(1.0), *day(2.0), 50.0]
    assert spreads(day_of_prices(values, start=MIDNIGHT), ZONE) == pytest.approx([1.0, 2.0])
    assert spreads(day_of_prices([1.0, 4.0], start=NOON), ZONE) == [3.0]


@given(values=st.lists(st.floats(-5, 20), min_size=1, max_size=250))
def test_a_spread_is_never_negative(values: list[float]) -> None:
    assert min(spreads(day_of_prices(values), ZONE)) >= 0


def test_calm_days_spare_the_battery() -> None:
    view = view_of(day(0.2))
    assert view.price_regime == "narrow"
    assert view.wear_cost_per_kwh == pytest.approx(0.1)
    assert view.ramp_penalty_per_kw == 0
    (rule,) = [one for one in view.rules if one.rule == "price_regime"]
    assert rule.changed == "a kWh discharged counts 0.1 in wear instead of 0.05"
    assert rule.reason == "prices of a day differ by 0.20 at most: little to earn"


def test_wild_days_work_it() -> None:
    view = view_of(day(2.0))
    assert view.price_regime == "wide"
    assert view.wear_cost_per_kwh == pytest.approx(0.025)
    (rule,) = [one for one in view.rules if one.rule == "price_regime"]
    assert rule.changed == "a kWh discharged counts 0.025 in wear instead of 0.05"
    assert rule.reason == "prices of each day differ by 2.00 or more: much to earn"


def test_usual_days_are_as_configured_and_say_nothing() -> None:
    view = view_of(day(1.0))
    assert view.price_regime == "usual"
    assert view.wear_cost_per_kwh == 0.05
    assert view.ramp_penalty_per_kw == 0
    assert "price_regime" not in {one.rule for one in view.rules}


def test_what_costs_nothing_cannot_change() -> None:
    assert PLAIN.battery is not None
    free = PLAIN.battery.model_copy(update={"wear_cost_per_kwh": 0.0})
    view = view_of(day(2.0), PLAIN.model_copy(update={"battery": free}))
    assert view.price_regime == "wide"
    assert "price_regime" not in {one.rule for one in view.rules}


@pytest.mark.parametrize(("kind", "price"), [("narrow", 0.2), ("usual", 0.1), ("wide", 0.05)])
def test_the_configured_ramp_penalty_is_scaled(kind: Regime, price: float) -> None:
    assert ramp_penalty(kind, planner(ramp_penalty_per_kw=0.1)) == pytest.approx(price)


def test_a_wilder_horizon_values_what_is_left_by_what_it_wears() -> None:
    # the worth at the end counts with the wear that the plan counts with
    never = PLAIN.planner.model_copy(update={"wide_spread_per_kwh": 9.0})
    usual = view_of(day(2.0), PLAIN.model_copy(update={"planner": never}))
    wide = view_of(day(2.0))
    assert (wide.terminal_value_per_kwh or 0) > (usual.terminal_value_per_kwh or 0)


def test_a_house_without_battery_has_no_regime() -> None:
    view = view_of(day(9.0), PLAIN.model_copy(update={"battery": None}))
    assert view.price_regime == "usual"
    assert view.ramp_penalty_per_kw == 0
