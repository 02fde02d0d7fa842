"""The nights on which the predecessor had no plan."""

from __future__ import annotations

from typing import Any

import pytest
from unit.planner.problems import a_battery, a_heater, a_problem

from darkstar_planner.core.plan import plan
from darkstar_planner.core.problem import Problem

PRICES = [1.0 + (t % 96) / 96 for t in range(140)]
BATTERY = a_battery(capacity_kwh=34.2, stored_kwh=17.0, min_kwh=4.1)


def a_night(start: str, **fields: Any) -> Problem:
    """35 hours from a Swedish winter night on, with the predecessor's own water heater."""
    heater = a_heater(
        power_kw=3.0,
        daily_min_kwh=6.0,
        defer_hours=6.0,
        max_gap_hours=8.0,
        gap_penalty_per_hour=0.5,
        min_spacing_hours=5.0,
        start_penalty=3.0,
    )
    return a_problem(
        PRICES,
        **{
            "start": start,
            "slot_hours": 0.25,
            "timezone": "Europe/Stockholm",
            "batteries": [BATTERY],
            "heaters": [heater],
            "options": {"absolute_gap": 0.05},
        }
        | fields,
    )


def heated(problem: Problem, *, before: str) -> float:
    """Heat planned before a time [kWh]."""
    made = plan(problem)
    assert made.status == "optimal"
    assert made.checks.problems == ()
    return sum(one.heaters["heater"] * 0.25 for one in made.slots if one.start.isoformat() < before)


@pytest.mark.parametrize(
    ("start", "fits"),
    [
        pytest.param("2026-01-12T03:15:00Z", 5.25, id="04:15 local, 7 slots left of the day"),
        pytest.param("2026-01-12T04:30:00Z", 1.5, id="05:30 local, 2 slots left"),
        pytest.param("2026-01-12T04:45:00Z", 0.75, id="05:45 local, one slot left"),
    ],
)
def test_what_still_fits_before_six_is_heated_and_the_rest_reported(
    start: str, fits: float
) -> None:
    problem = a_night(start)
    assert heated(problem, before="2026-01-12T05:00:00") == pytest.approx(fits)
    missing = [one for one in plan(problem).violations if one.what == "daily_min_kwh heater"]
    assert [one.slot for one in missing] == [0]
    assert missing[0].amount == pytest.approx(6 - fits)


def test_what_was_heated_yesterday_evening_counts_for_the_day_before_six() -> None:
    fields = {"heaters": [a_night("2026-01-12T03:15:00Z").heaters[0].model_dump()]}
    fields["heaters"][0] |= {"heated_today_kwh": 6.0}
    del fields["heaters"][0]["locked_on"]
    problem = a_night("2026-01-12T03:15:00Z", **fields)
    made = plan(problem)
    assert not [one for one in made.violations if one.what == "daily_min_kwh heater"]


def test_at_half_past_eleven_two_slots_of_six_kwh_fit() -> None:
    heater = a_heater(power_kw=3.0, daily_min_kwh=6.0)
    problem = a_night("2026-01-12T22:30:00Z", heaters=[heater])
    assert heated(problem, before="2026-01-12T23:00:00") == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("stored_kwh", "limit", "name"),
    [(32.5, {"max_kwh": 30.8}, "max_kwh"), (1.0, {"min_kwh": 4.1}, "min_kwh")],
)
def test_a_battery_found_outside_its_limits_comes_back(
    stored_kwh: float, limit: dict[str, float], name: str
) -> None:
    battery = BATTERY | {"stored_kwh": stored_kwh} | limit
    made = plan(a_night("2026-01-12T11:00:00Z", batteries=[battery], heaters=[]))
    assert made.status == "optimal"
    assert made.checks.problems == ()
    assert {one.what for one in made.violations} <= {f"{name} battery"}
    later = [one.batteries["battery"].stored_kwh for one in made.slots[8:]]
    assert min(later) >= 4.1 - 1e-4
    assert max(later) <= limit.get("max_kwh", 34.2) + 1e-4


def test_the_last_state_is_not_pinned_to_a_target() -> None:
    target = {"target_kwh": 15.0, "target_penalty_per_kwh": 8.0, "terminal_value_per_kwh": 5.0}
    made = plan(a_night("2026-01-12T11:00:00Z", batteries=[BATTERY | target], heaters=[]))
    assert made.slots[-1].batteries["battery"].stored_kwh == pytest.approx(34.2)


def test_an_hour_late_costs_an_hour_and_not_every_window_it_touches() -> None:
    # a slot of heat costs about 1, eight hours of waiting 0.4: 27 of the 35 hours are late
    heater = a_heater(
        power_kw=3.0, max_gap_hours=8.0, gap_penalty_per_hour=0.05, off_before_slots=0
    )
    fields = {"load_kw": [0.0] * 140, "batteries": [], "heaters": [heater]}
    (late,) = plan(a_night("2026-01-12T11:00:00Z", **fields)).violations
    assert (late.what, late.amount, late.unit) == ("max_gap_hours heater", 27.0, "h")
    assert late.penalty == pytest.approx(27 * 0.05)
