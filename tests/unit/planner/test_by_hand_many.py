"""Several devices at once: the cheapest plan by hand where they compete or work together."""

from __future__ import annotations

from typing import Any

import pytest
from unit.planner.problems import a_battery, a_heater, a_problem, quiet

from darkstar_planner.core.plan import plan, planned_by_rule
from darkstar_planner.core.solution import Solution

CAR: dict[str, Any] = {
    "id": "car",
    "capacity_kwh": 40.0,
    "stored_kwh": 10.0,
    "max_charge_kw": 5.0,
}
EVENING = {"start": "2026-01-01T20:00:00Z"}


def powers(made: Solution, name: str) -> list[float]:
    """What the battery or car `name` charges, less what it discharges [kW]."""
    stores = [(slot.batteries | slot.evs)[name] for slot in made.slots]
    return [round(one.charge_kw - one.discharge_kw, 4) + 0.0 for one in stores]


@pytest.mark.parametrize(
    ("price", "fields", "cost"),
    [
        pytest.param(
            (1.0, 3.0),
            {"batteries": [a_battery(max_charge_kw=1.0), a_battery(id="b", max_charge_kw=0.5)]},
            2 + 1.5 + 0.5 * 3,
            id="two batteries together buy 1.5 kWh ahead",
        ),
        pytest.param(
            (1.0, 3.0),
            {"batteries": [a_battery(charge_efficiency=0.5), a_battery(id="b", max_charge_kw=1.5)]},
            2 + 1.5 + 0.5 / 0.5,
            id="the one that loses less comes first",
        ),
        pytest.param(
            (3.0,),
            {
                "batteries": [
                    a_battery(stored_kwh=1.5, wear_cost_per_kwh=0.2),
                    a_battery(id="b", stored_kwh=9.0, wear_cost_per_kwh=1.0),
                ]
            },
            1.5 * 0.2 + 0.5 * 1.0,
            id="and the one that wears less",
        ),
        pytest.param(
            (3.0,),
            {
                "batteries": [
                    a_battery(stored_kwh=1.5, terminal_value_per_kwh=2.0),
                    a_battery(
                        id="b", stored_kwh=9.0, terminal_value_per_kwh=4.0, max_charge_kw=0.0
                    ),
                ]
            },
            0.5 * 3.0,
            id="and the one whose energy is worth less later",
        ),
        pytest.param(
            (1.0,),
            {
                "batteries": [a_battery(stored_kwh=10.0), a_battery(id="b", stored_kwh=10.0)],
                "export_price": [2.0],
                "inverter": {"max_ac_kw": 6.0},
            },
            -(6.0 - 2.0) * 2,
            id="they share the inverter",
        ),
        pytest.param(
            (1.0, 9.0),
            {"evs": [CAR | {"max_discharge_kw": 3.0}]},
            0.0,
            id="a car gives the house what it needs",
        ),
        pytest.param(
            (1.0, 9.0),
            {"evs": [CAR | {"max_discharge_kw": 3.0, "target_kwh": 10.0, "departure_slot": 2}]},
            2 * 1.0 + 2 * 1.0,
            id="and is filled again ahead",
        ),
        pytest.param(
            (9.0, 1.0),
            {"evs": [CAR | {"max_discharge_kw": 3.0, "departure_slot": 1, "stored_kwh": 40.0}]},
            0.0 + 2 * 1.0,
            id="as long as it is here",
        ),
        pytest.param(
            (1.0, 9.0),
            {
                "evs": [CAR | {"target_kwh": 14.0, "departure_slot": 2}],
                "batteries": [a_battery()],
                "grid": {"max_import_kw": 6.0},
            },
            # 8 kWh of house and car, 6 of which fit into the cheap hour
            6 * 1.0 + 2 * 9.0,
            id="car and battery share the fuse",
        ),
        pytest.param(
            (1.0, 9.0, 3.0),
            {
                "evs": [CAR | {"target_kwh": 14.0, "departure_slot": 3}],
                "batteries": [a_battery(max_charge_kw=2.0)],
                "grid": {"max_import_kw": 6.0},
            },
            # the first hour has 4 kW to share: 2 into the battery save 9, and 2 into the car 3
            6 * 1.0 + 0 * 9.0 + 4 * 3.0,
            id="and the one whose energy would be dearer goes first",
        ),
        pytest.param(
            (1.0, 1.0),
            {
                "evs": [CAR | {"target_kwh": 12.0, "min_charge_kw": 1.5, "max_charge_kw": 1.8}],
                "load_kw": [0.0, 0.0],
            },
            3.0,
            id="a car charges at 1.5 kW or more: 2 kWh are 1.5 and 1.5",
        ),
        pytest.param(
            (1.0, 3.0, 4.0, 4.0),
            {
                "heaters": [
                    a_heater(power_kw=2.0, daily_min_kwh=2.0),
                    a_heater(id="second", power_kw=2.0, daily_min_kwh=2.0),
                ],
                "grid": {"max_import_kw": 2.0},
            }
            | EVENING
            | quiet(4),
            2 * 1.0 + 2 * 3.0,
            id="two heaters take turns under a fuse",
        ),
        pytest.param(
            (1.0, 2.0, 4.0),
            {
                "deferrables": [
                    {"id": "dishes", "power_kw": 2.0, "hours": 1.0, "deadline_slot": 1},
                    {"id": "clothes", "power_kw": 2.0, "hours": 1.0},
                ],
                "grid": {"max_import_kw": 2.0},
            }
            | quiet(3),
            2 * 1.0 + 2 * 2.0,
            id="two loads too, the one with a deadline first",
        ),
    ],
)
def test_the_cost(price: tuple[float, ...], fields: dict[str, Any], cost: float) -> None:
    made = plan(a_problem(price, **fields))
    assert made.checks.problems == ()
    assert [one.what for one in made.violations] == []
    assert made.cost == pytest.approx(cost, abs=1e-5)


def test_the_ramp_is_that_of_all_batteries_together() -> None:
    # each is full after an hour at its only power, so they take turns at what was before
    one = a_battery(capacity_kwh=2.0, max_charge_kw=2.0, min_charge_kw=2.0, max_discharge_kw=0.0)
    fields = {"ramp_penalty_per_kw": 3.0, "previous_power_kw": 2.0}
    made = plan(a_problem((0.5, 0.5), batteries=[one, one | {"id": "b"}], **fields))
    both = zip(powers(made, "battery"), powers(made, "b"), strict=True)
    assert [sum(each) for each in both] == [2.0, 2.0]
    assert made.objective == pytest.approx(2 * 4 * 0.5)


def test_a_car_that_has_left_does_not_charge_even_when_paid_to() -> None:
    made = plan(a_problem((1.0, -1.0), evs=[CAR | {"departure_slot": 1}]))
    assert powers(made, "car") == [0.0, 0.0]
    back = CAR | {"departure_slot": 1, "available": [True, True]}
    assert powers(plan(a_problem((1.0, -1.0), evs=[back])), "car") == [0.0, 5.0]
    by_rule = planned_by_rule(a_problem((1.0, 1.0), evs=[CAR | {"departure_slot": 1}]), "tried")
    assert powers(by_rule, "car") == [5.0, 0.0]


def test_a_target_out_of_reach_is_charged_for_all_the_same_and_said() -> None:
    car = CAR | {"target_kwh": 30.0, "departure_slot": 2}
    made = plan(a_problem((1.0, 2.0), evs=[car], **quiet(2)))
    assert powers(made, "car") == [5.0, 5.0]
    assert [(one.what, one.slot, one.amount) for one in made.violations] == [("goal car", 1, 10.0)]


def test_by_rule_a_car_in_no_hurry_stays_below_limit_and_peak() -> None:
    grid = {"import_limit_kw": 4.0}
    slow = planned_by_rule(a_problem((1.0,) * 5, evs=[CAR | {"target_kwh": 20.0}], grid=grid), "x")
    # 2 kW beside the house is all that the limit leaves, and five hours of it do
    assert powers(slow, "car") == [2.0] * 5
    soon = CAR | {"target_kwh": 20.0, "departure_slot": 2}
    assert powers(planned_by_rule(a_problem((1.0,) * 5, evs=[soon], grid=grid), "x"), "car") == [
        5.0,
        5.0,
        0.0,
        0.0,
        0.0,
    ]
    peak = {"peak": {"price_per_kw": 50.0, "already_kw": 3.0, "hours": [0, 1]}}
    calm = planned_by_rule(a_problem((1.0,) * 5, evs=[CAR | {"target_kwh": 20.0}], grid=peak), "x")
    assert powers(calm, "car") == [1.0, 1.0, 5.0, 3.0, 0.0]
