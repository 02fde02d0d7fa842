"""What a stored kWh is worth at the end of the horizon."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.planner.houses import PLAIN

from darkstar_planner.core.strategy import strategy, terminal_value

NO_BATTERY = PLAIN.model_copy(update={"battery": None})


def test_what_the_house_will_need_saves_the_mean_price_and_the_rest_the_cheap_one() -> None:
    curve = terminal_value(PLAIN, [1.0, 2.0, 3.0, 4.0], [0.19] * 4)
    (needed, first), (capacity, second) = curve
    # 1.2 kWh that must stay, and twelve hours at 0.19 kW through the discharging losses
    assert needed == pytest.approx(1.2 + 12 * 0.19 / 0.95)
    assert capacity == 10.0
    assert first == pytest.approx(0.95 * (2.5 - 0.05))
    assert second == pytest.approx(0.95 * (1.0 - 0.05))


def test_a_house_that_needs_more_than_the_battery_holds_has_one_price() -> None:
    ((upto, value),) = terminal_value(PLAIN, [2.0, 2.0], [5.0, 5.0])
    assert upto == 10.0
    assert value == pytest.approx(0.95 * 1.95)


@given(
    price=st.lists(st.floats(-5, 20), min_size=1, max_size=200),
    net=st.lists(st.floats(-10, 10), min_size=1, max_size=200),
)
def test_the_curve_falls_and_is_never_negative(price: list[float], net: list[float]) -> None:
    curve = terminal_value(PLAIN, price, net)
    values = [value for _, value in curve]
    assert values == sorted(values, reverse=True)
    assert min(values) >= 0
    assert curve[-1][0] == 10.0
    assert [kwh for kwh, _ in curve] == sorted({kwh for kwh, _ in curve})


def test_each_rule_says_what_it_changed() -> None:
    view = strategy(PLAIN, import_price=[1.0], net_load_kw=[0.2], export_enabled=False)
    assert [one.rule for one in view.rules] == ["terminal_value", "export"]
    assert view.terminal_value_per_kwh == pytest.approx(0.95 * 0.95)


def test_without_a_battery_nothing_is_left() -> None:
    view = strategy(NO_BATTERY, import_price=[1.0], net_load_kw=[0.2], export_enabled=True)
    assert view.rules == ()
    assert view.terminal_value_per_kwh is None
