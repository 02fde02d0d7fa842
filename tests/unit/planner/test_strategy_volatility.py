"""Restless weather makes everything less sure."""

from __future__ import annotations

from math import pi, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.planner.houses import NOON, PLAIN
from unit.planner.outlooks import at_level, outlook, weather

from darkstar_common.config import Config
from darkstar_common.slots import SLOT
from darkstar_planner.core.strategy import strategy
from darkstar_planner.core.strategy.volatility import volatility, widening

NONE = [None] * 192
RESTLESS = weather([0.0, 100.0] * 96, NONE)
NO_BATTERY = PLAIN.model_copy(update={"battery": None})


@given(
    cloud=st.lists(st.none() | st.floats(0, 100), min_size=1, max_size=300),
    swing=st.none() | st.floats(-40, 40),
)
def test_it_lies_between_none_and_all(cloud: list[float | None], swing: float | None) -> None:
    celsius = [None if swing is None else swing * (t % 7) for t in range(len(cloud))]
    found = volatility(weather(cloud, celsius), NOON)
    assert found is None or 0 <= found <= 1


def test_it_is_unknown_where_the_weather_is() -> None:
    assert volatility((), NOON) is None
    assert volatility(weather(NONE, NONE), NOON) is None
    assert volatility(weather([50.0] * 4, [1.0] * 4), NOON) is None


def test_clouds_that_come_and_go_are_restless_and_a_grey_sky_is_not() -> None:
    assert volatility(weather([100.0] * 192, NONE), NOON) == 0
    assert volatility(weather([30.0, 70.0] * 96, NONE), NOON) == pytest.approx(0.5)
    assert volatility(RESTLESS, NOON) == 1


def test_a_warm_day_and_a_cold_night_are_no_unrest() -> None:
    daily = [10 + 8 * sin(2 * pi * t / 96) for t in range(192)]
    assert volatility(weather(NONE, daily), NOON) == pytest.approx(0)
    front = [one - (6 if t >= 96 else 0) for t, one in enumerate(daily)]
    assert volatility(weather(NONE, front), NOON) == pytest.approx(3 / 5)


def test_the_larger_of_the_two_counts() -> None:
    front = [10.0] * 96 + [4.0] * 96
    assert volatility(weather([30.0, 70.0] * 96, front), NOON) == pytest.approx(0.6)


def test_only_the_next_two_days_count() -> None:
    calm_then_wild = weather([50.0] * 192 + [0.0, 100.0] * 96, [None] * 384)
    assert volatility(calm_then_wild, NOON) == 0
    assert volatility(calm_then_wild, NOON + 192 * SLOT) == 1


@given(restless=st.none() | st.floats(0, 1))
def test_it_widens_by_two_fifths_at_most(restless: float | None) -> None:
    assert 1 <= widening(restless) <= 1.4


def test_restless_weather_moves_the_dial_further() -> None:
    calm, wild = (strategy(PLAIN, at_level(1), outlook(weather=known)) for known in ((), RESTLESS))
    assert sum(wild.load_kw) > sum(calm.load_kw)
    assert sum(wild.pv_kw) < sum(calm.pv_kw)
    assert wild.weather_volatility == 1
    assert calm.weather_volatility is None


def test_the_expectation_stays() -> None:
    calm, wild = (strategy(PLAIN, at_level(3), outlook(weather=known)) for known in ((), RESTLESS))
    assert calm.load_kw == wild.load_kw
    # what the days ahead add to the reserve grows
    assert (wild.target_soc_percent or 0) > (calm.target_soc_percent or 0)


def test_the_rule_says_what_it_changed() -> None:
    rules = {one.rule: one for one in strategy(PLAIN, at_level(1), outlook(weather=RESTLESS)).rules}
    assert rules["weather_volatility"].changed == "takes forecasts for 40 % less sure"
    assert rules["weather_volatility"].reason == "clouds and temperature ahead are 100 % restless"


@pytest.mark.parametrize(
    ("config", "level", "said"),
    [(PLAIN, 1, True), (PLAIN, 3, True), (NO_BATTERY, 3, False), (NO_BATTERY, 1, True)],
)
def test_it_is_said_where_it_changed_something(config: Config, level: int, said: bool) -> None:
    rules = strategy(config, at_level(level), outlook(weather=RESTLESS)).rules
    assert ("weather_volatility" in {one.rule for one in rules}) == said
