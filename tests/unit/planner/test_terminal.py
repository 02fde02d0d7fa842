"""What is left at the end is worth what it will replace."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.config import Battery, Config
from darkstar_planner.core.devices import Battery as ProblemBattery
from darkstar_planner.core.terminal import Curve, terminal_value

DAY = 96
BATTERY = Battery(
    capacity_kwh=20.0,
    min_soc_percent=10.0,
    charge_efficiency=0.8,
    discharge_efficiency=0.5,
    wear_cost_per_kwh=0.1,
)
HOUSE = Config(battery=BATTERY)


def dear_mornings(count: int = 2 * DAY) -> list[float]:
    """A quarter of each day at 0.3, the first half otherwise at 2.1, the rest at 1.1."""
    return [0.3 if t % 4 == 0 else (2.1 if t % DAY < DAY // 2 else 1.1) for t in range(count)]


def is_near(curve: Curve, *steps: tuple[float, float]) -> bool:
    flat = [number for step in curve for number in step]
    return bool(flat == pytest.approx([number for step in steps for number in step]))


def test_without_a_battery_nothing_is_left_to_value() -> None:
    assert terminal_value(Config(battery=None), [1.0], [1.0]) == ()


def test_it_first_covers_the_twelve_hours_after_the_end_at_their_own_prices() -> None:
    net = [0.4] * 2 * DAY
    # 12 hours of 0.4 kW through a discharge efficiency of one half, above a floor of 2 kWh
    mornings = 0.25 * 0.3 + 0.75 * 2.1
    assert is_near(
        terminal_value(HOUSE, dear_mornings(), net),
        (2.0 + 4.8 / 0.5, 0.5 * (mornings - 0.1)),
        (20.0, 0.5 * (0.3 - 0.1)),
    )


def test_the_hours_of_the_day_decide_not_the_mean_of_the_horizon() -> None:
    net = [0.4] * 2 * DAY
    evening_end = dear_mornings()[: 2 * DAY - DAY // 2]
    later = terminal_value(HOUSE, evening_end, net[: len(evening_end)])
    afternoons = 0.25 * 0.3 + 0.75 * 1.1
    assert later[0][1] == pytest.approx(0.5 * (afternoons - 0.1))


def test_only_what_is_drawn_counts_and_not_what_the_sun_covers() -> None:
    sunny = [0.4 if t % DAY < 12 else -0.4 for t in range(2 * DAY)]
    curve = terminal_value(HOUSE, [1.0] * 2 * DAY, sunny)
    assert curve[0][0] == pytest.approx(2.0 + 1.2 / 0.5)


def test_what_keeps_the_sun_out_is_worth_what_the_sun_is_sold_for() -> None:
    # 3 hours of 0.4 kW drawn, then 9 of 1 kW left over: 7.2 kWh would be stored of it
    sunny = [0.4 if t % DAY < 12 else -1.0 for t in range(2 * DAY)]
    curve = terminal_value(HOUSE, [1.5] * 2 * DAY, sunny, [0.4] * 2 * DAY)
    assert is_near(curve, (2.0 + 1.2 / 0.5, 0.5 * 1.4), (20.0 - 7.2, 0.5 * 1.4), (20.0, 0.4 / 0.8))


def test_unsellable_sun_makes_the_last_room_worthless() -> None:
    sunny = [-1.0] * 2 * DAY
    free = terminal_value(HOUSE, [1.5] * 2 * DAY, sunny, [-0.2] * 2 * DAY)
    assert free[-1] == (20.0, 0.0)


def test_after_the_sun_has_refilled_it_nothing_more_is_carried() -> None:
    strong = [0.4 if t % DAY < 4 else (-8.0 if t % DAY < 24 else 0.4) for t in range(2 * DAY)]
    curve = terminal_value(HOUSE, [1.0] * 2 * DAY, strong)
    assert curve[0][0] == pytest.approx(2.0 + 0.4 / 0.5)


def test_a_short_horizon_takes_what_it_does_not_know_for_its_mean() -> None:
    curve = terminal_value(HOUSE, [1.0, 3.0], [0.2, 0.6])
    assert is_near(curve, (2.0 + 12 * 0.4 / 0.5, 0.5 * 1.9), (20.0, 0.5 * 0.9))


def test_a_house_that_draws_much_values_all_of_it_alike() -> None:
    assert is_near(terminal_value(HOUSE, [1.0] * DAY, [5.0] * DAY), (20.0, 0.45))


def test_negative_prices_make_nothing_worth_less_than_nothing() -> None:
    curve = terminal_value(HOUSE, [-0.5] * DAY, [0.4] * DAY)
    assert [value for _, value in curve] == [0.0, 0.0]


@given(
    slots=st.lists(
        st.tuples(st.floats(-1, 5), st.floats(-6, 6), st.floats(-1, 4)), min_size=1, max_size=200
    ),
    capacity=st.floats(0.5, 60),
    floor=st.floats(0, 99),
)
def test_any_curve_falls_ends_at_the_top_and_is_one_the_planner_takes(
    slots: list[tuple[float, float, float]], capacity: float, floor: float
) -> None:
    battery = BATTERY.model_copy(update={"capacity_kwh": capacity, "min_soc_percent": floor})
    prices, net, sold = zip(*slots, strict=True)
    curve = terminal_value(Config(battery=battery), prices, net, sold)
    assert curve[-1][0] == capacity
    assert all(after[0] > before[0] for before, after in pairwise(curve))
    assert all(after[1] <= before[1] for before, after in pairwise(curve))
    assert all(value >= 0 for _, value in curve)
    ProblemBattery(
        id="battery",
        capacity_kwh=capacity,
        stored_kwh=0.0,
        max_charge_kw=1.0,
        max_discharge_kw=1.0,
        terminal_value_curve=curve,
    )
