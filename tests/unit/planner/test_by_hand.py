"""Where the cheapest plan can be worked out by hand, that is what it costs."""

from __future__ import annotations

from typing import Any

import pytest
from unit.planner.problems import a_battery, a_heater, a_problem, quiet

from darkstar_planner.core.plan import plan

LOSSY = a_battery(charge_efficiency=0.8, discharge_efficiency=0.5)
FULL = a_battery(stored_kwh=10.0)


@pytest.mark.parametrize(
    ("price", "fields", "cost"),
    [
        pytest.param((1.0, 3.0), {}, 8.0, id="no battery: buys as it goes"),
        pytest.param(
            (1.0, 3.0), {"batteries": [a_battery()]}, 4.0, id="rising price: buys it all at 1"
        ),
        pytest.param(
            (3.0, 1.0), {"batteries": [a_battery()]}, 8.0, id="falling price: nothing to gain"
        ),
        pytest.param(
            (-1.0, 1.0), {"batteries": [a_battery()]}, -7.0, id="negative price: paid for 7 kWh"
        ),
        pytest.param(
            (1.0, 3.0), {"batteries": [LOSSY]}, 2 + 2 / 0.4, id="losses: 5 kWh in for 2 kWh out"
        ),
        pytest.param(
            (1.0, 2.4), {"batteries": [LOSSY]}, 6.8, id="losses that cost more than they save"
        ),
        pytest.param(
            (1.0, 3.0),
            {"batteries": [a_battery(wear_cost_per_kwh=0.5)]},
            5.0,
            id="wear of 2 kWh at 0.5",
        ),
        pytest.param(
            (1.0, 3.0),
            {"batteries": [a_battery(wear_cost_per_kwh=2.5)]},
            8.0,
            id="wear dearer than the spread",
        ),
        pytest.param(
            (1.0, 3.0),
            {"batteries": [a_battery(max_charge_kw=1.0)]},
            6.0,
            id="charges 1 kWh in the hour",
        ),
        pytest.param(
            (1.0, 3.0),
            {"batteries": [a_battery(max_discharge_kw=0.5)]},
            2.5 + 4.5,
            id="discharges half a kWh in the hour",
        ),
        pytest.param(
            (1.0, 3.0),
            {"batteries": [a_battery()], "grid": {"max_import_kw": 3.0}},
            6.0,
            id="the fuse leaves 1 kW to charge",
        ),
        pytest.param(
            (1.0, 3.0),
            {"batteries": [a_battery()], "slot_hours": [0.5, 1.0]},
            3.0,
            id="half an hour, then an hour",
        ),
        pytest.param(
            (1.0, 1.0),
            {"batteries": [FULL], "export_price": [0.0, 3.0]},
            -9.0,
            id="sells 3 of 5 kW where it pays most",
        ),
        pytest.param(
            (1.0, 1.0),
            {"batteries": [FULL], "export_price": [0.0, 3.0], "grid": {"max_export_kw": 0.0}},
            0.0,
            id="export forbidden",
        ),
        pytest.param(
            (1.0, 1.0),
            {
                "batteries": [FULL],
                "export_price": [0.0, 3.0],
                "inverter": {"max_ac_kw": 4.0},
            },
            -6.0,
            id="the inverter carries 4 kW",
        ),
        pytest.param(
            (1.0,),
            {"batteries": [FULL | {"discharge_to_grid": False}], "export_price": [3.0]},
            0.0,
            id="a battery that may not sell",
        ),
        pytest.param(
            (1.0, 3.0),
            {"batteries": [a_battery(charge_from_grid=False)]},
            8.0,
            id="a battery that may not buy",
        ),
        pytest.param(
            (1.0, 3.0),
            {"batteries": [a_battery(charge_from_grid=False)], "pv_kw": [3.0, 0.0]},
            3.0,
            id="it takes the surplus",
        ),
        pytest.param(
            (1.0, 3.0),
            {"batteries": [a_battery(min_charge_kw=3.0)]},
            2 + 3.0,
            id="at least 3 kW or nothing",
        ),
        pytest.param(
            (1.0,), {"pv_kw": [5.0], "export_price": [-1.0]}, 0.0, id="cuts PV nobody pays for"
        ),
        pytest.param(
            (1.0,),
            {"pv_kw": [5.0], "export_price": [-1.0], "curtailable": False},
            3.0,
            id="PV that may not be cut is sold at a loss",
        ),
        pytest.param(
            (1.0,), {"export_price": [4.0]}, 2.0, id="no export out of import, however dear"
        ),
        pytest.param(
            (1.0, 3.0),
            {"batteries": [a_battery(stored_kwh=4.0, standby_kw=1.0)]},
            2.0,
            id="standby eats what could have been used",
        ),
        pytest.param(
            (1.0, 3.0),
            {"batteries": [a_battery(charge_taper=[[0.0, 5.0], [0.5, 5.0], [10.0, 0.0]])]},
            4.0,
            id="a taper that does not bind yet",
        ),
        pytest.param(
            (1.0, 3.0),
            {"batteries": [a_battery(charge_taper=[[0.0, 1.0], [10.0, 0.0]])]},
            6.0,
            id="a taper that leaves 1 kW",
        ),
        pytest.param(
            (3.0, 3.0),
            {"batteries": [a_battery(stored_kwh=2.0, discharge_taper=[[0.0, 0.0], [4.0, 2.0]])]},
            3.0 + 4.5,
            id="discharging power falls with what is left: 1, then 0.5 kW",
        ),
    ],
)
def test_the_cost(price: tuple[float, ...], fields: dict[str, Any], cost: float) -> None:
    made = plan(a_problem(price, **fields))
    assert made.checks.problems == ()
    assert made.violations == ()
    assert made.cost == pytest.approx(cost, abs=1e-5)


@pytest.mark.parametrize(
    ("fields", "objective"),
    [
        pytest.param({"terminal_value_per_kwh": 1.5}, 2 + 5 - 7.5, id="5 kWh kept at 1.5"),
        pytest.param({"terminal_value_per_kwh": 0.9}, 2.0, id="not worth its price"),
        pytest.param(
            {"terminal_value_curve": [[2.0, 3.0], [4.0, 1.5], [6.0, 0.5]]},
            2 + 4 - 6 - 3,
            id="a curve: 2 kWh at 3, 2 at 1.5, the rest at less than it costs",
        ),
        pytest.param(
            {"target_kwh": 3.0, "target_penalty_per_kwh": 4.0}, 5.0, id="a target worth its price"
        ),
        pytest.param(
            {"target_kwh": 3.0, "target_penalty_per_kwh": 0.5}, 2 + 1.5, id="a target that is not"
        ),
        pytest.param(
            {"target_kwh": 7.0, "target_penalty_per_kwh": 4.0},
            2 + 5 + 8,
            id="a target out of reach",
        ),
        pytest.param(
            {"goals": [{"slot": 0, "kwh": 2.0, "penalty_per_kwh": 9.0}]}, 4.0, id="a goal"
        ),
    ],
)
def test_what_is_left_counts(fields: dict[str, Any], objective: float) -> None:
    made = plan(a_problem((1.0,), batteries=[a_battery(**fields)]))
    assert made.objective == pytest.approx(objective, abs=1e-5)


def test_a_departing_car_is_charged_in_its_cheap_hours_here() -> None:
    car = {
        "id": "car",
        "capacity_kwh": 40.0,
        "stored_kwh": 10.0,
        "max_charge_kw": 5.0,
        "charge_efficiency": 1.0,
        "available": [True, False, True, True],
        "departure_slot": 3,
        "target_kwh": 18.0,
    }
    made = plan(a_problem((2.0, 1.0, 3.0, 1.0), evs=[car], **quiet(4)))
    assert made.cost == pytest.approx(5 * 2 + 3 * 3, abs=1e-5)
    assert made.slots[2].evs["car"].stored_kwh == pytest.approx(18.0)


@pytest.mark.parametrize(
    ("load", "cost"),
    [
        pytest.param({"hours": 2.0}, 1.0 + 3.0, id="in one piece"),
        pytest.param({"hours": 2.0, "contiguous": False}, 1.0 + 1.0, id="in pieces"),
        pytest.param({"kwh": 1.5}, 1.0 + 0.5 * 3, id="half a slot at the end"),
        pytest.param({"kwh": 1.5, "contiguous": False}, 1.5, id="half a slot anywhere"),
        pytest.param({"hours": 1.0, "earliest_slot": 1, "deadline_slot": 3}, 3.0, id="a window"),
    ],
)
def test_a_deferrable_load(load: dict[str, Any], cost: float) -> None:
    one = {"id": "washer", "power_kw": 1.0} | load
    made = plan(a_problem((1.0, 3.0, 4.0, 1.0), deferrables=[one], **quiet(4)))
    assert made.violations == ()
    assert made.cost == pytest.approx(cost, abs=1e-5)


def test_a_change_of_power_costs() -> None:
    fields = {"batteries": [a_battery()], "ramp_penalty_per_kw": 0.1, "previous_power_kw": 2.0}
    made = plan(a_problem((1.0, 3.0), **fields))
    # 2 kW as before, then 2 kW the other way: a change of 4
    assert made.objective == pytest.approx(4.0 + 0.4, abs=1e-5)


def test_a_soft_import_limit_is_broken_at_its_price() -> None:
    grid = {"import_limit_kw": 1.5, "import_limit_penalty_per_kwh": 7.0}
    made = plan(a_problem((1.0,), grid=grid))
    assert made.cost == pytest.approx(2.0)
    assert made.objective == pytest.approx(2.0 + 3.5)
    assert [(one.what, one.slot) for one in made.violations] == [("grid.import_limit_kw", 0)]


def test_load_beyond_the_fuse_is_unserved_and_said() -> None:
    made = plan(a_problem((1.0,), grid={"max_import_kw": 0.5}))
    assert made.slots[0].unserved_kw == pytest.approx(1.5)
    assert [(one.what, one.amount) for one in made.violations] == [("unserved", 1.5)]


@pytest.mark.parametrize(
    ("block", "cost", "kept"),
    [
        pytest.param({"device": "battery", "charge_kw": 4.0}, 12 + 0.0, True, id="charge"),
        pytest.param({"device": "battery", "charge_kw": 9.0}, 14 + 0.0, False, id="too much"),
        pytest.param({"device": "battery", "discharge_kw": 0.0}, 8.0, True, id="hold"),
        pytest.param({"device": "heater", "on": True}, 11.0, True, id="heat"),
        pytest.param({"device": "grid", "export_kw": 1.0}, 8.0, False, id="nothing to export"),
    ],
)
def test_manual_blocks_are_kept_or_reported(block: dict[str, Any], cost: float, kept: bool) -> None:
    falling = a_problem(
        (3.0, 1.0),
        batteries=[a_battery(max_discharge_kw=0.0)],
        heaters=[a_heater()],
        load_kw=[0.0, 0.0] if "charge_kw" in block else [2.0, 2.0],
        fixed=[{"slot": 0} | block],
    )
    made = plan(falling)
    assert (made.violations == ()) == kept
    if "charge_kw" in block:
        cost = min(block["charge_kw"], 5.0) * 3.0
    assert made.cost == pytest.approx(cost, abs=1e-5)


def test_the_marginal_price_is_what_one_more_kwh_costs() -> None:
    fields = {"batteries": [a_battery(charge_efficiency=0.5)]}
    made = plan(a_problem((1.0, 3.0), **fields))
    # more load in the dear hour is charged for in the cheap one, at half the efficiency
    assert [one.marginal_price for one in made.slots] == pytest.approx([1.0, 2.0])
