"""PV and batteries on a DC bus: what passes the inverter loses, what stays there does not."""

from __future__ import annotations

import json
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.planner.problems import a_battery, a_document, a_heater, a_problem, quiet

from darkstar_planner.core.accounts import accounts
from darkstar_planner.core.check import check
from darkstar_planner.core.dispatch import Dispatch, StorageDispatch
from darkstar_planner.core.exclusivity import both_ways
from darkstar_planner.core.plan import plan, planned_by_rule
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solve import solve
from darkstar_planner.core.solver import Solved

HYBRID = {"dc_coupled": True, "efficiency": 0.8}
FULL = a_battery(stored_kwh=10.0)
CAR = {"id": "car", "capacity_kwh": 40.0, "stored_kwh": 10.0, "max_charge_kw": 4.0}


@pytest.mark.parametrize(
    ("price", "fields", "cost"),
    [
        pytest.param((1.0,), {"pv_kw": [5.0]}, -2.0, id="5 kW of sun are 4 at the house"),
        pytest.param((1.0,), {"pv_kw": [2.5]}, 0.0, id="2.5 kW of sun carry 2 kW of house"),
        pytest.param(
            (9.0, 3.0),
            {"batteries": [a_battery()], "pv_kw": [5.0, 0.0]},
            # 2.5 of the sun go to the house, the rest waits without a loss: 2 kWh at 3
            0.0,
            id="sun into the battery loses nothing",
        ),
        pytest.param(
            (1.0, 3.0),
            {"batteries": [a_battery()]},
            # 2 kWh at the house need 2.5 on the bus, and those 3.125 from the grid
            2.0 + 3.125,
            id="grid into the battery and out again loses twice",
        ),
        pytest.param(
            (1.0, 1.5), {"batteries": [a_battery()]}, 5.0, id="which 1.5 for 1 does not pay"
        ),
        pytest.param(
            (3.0,),
            {"batteries": [a_battery(stored_kwh=2.0)]},
            (2.0 - 2.0 * 0.8) * 3,
            id="2 kWh in the battery are 1.6 at the house",
        ),
        pytest.param(
            (3.0,),
            {"batteries": [a_battery(stored_kwh=2.0, discharge_efficiency=0.5)]},
            (2.0 - 2.0 * 0.5 * 0.8) * 3,
            id="after the battery's own loss",
        ),
        pytest.param(
            (1.0,),
            {
                "batteries": [FULL, FULL | {"id": "second"}],
                "export_price": [1.0],
                "grid": {"max_export_kw": 20.0},
            },
            2.0 - 10.0 * 0.8,
            id="two batteries on one bus",
        ),
        pytest.param(
            (1.0,),
            {
                "batteries": [FULL],
                "export_price": [1.0],
                "inverter": HYBRID | {"max_ac_kw": 3.0},
            },
            2.0 - 3.0,
            id="max_ac_kw is at the house: 3 kW of 5 · 0.8",
        ),
        pytest.param(
            (1.0, 9.0),
            {
                "batteries": [a_battery()],
                "inverter": HYBRID | {"max_ac_kw": 2.0},
                "load_kw": [0.0, 1.28],
            },
            # at most 2 kW in at the house, 1.6 on the bus, 1.28 back at the house
            2.0,
            id="and holds on the way in",
        ),
        pytest.param(
            (9.0, 9.0),
            {
                "batteries": [a_battery()],
                "pv_kw": [5.0, 0.0],
                "load_kw": [0.0, 3.2],
                "export_price": [1.0, 1.0],
                "inverter": HYBRID | {"max_ac_kw": 0.8},
            },
            # 4 kWh into the battery and 0.8 sold; at night the inverter lets 0.8 pass
            -0.8 + (3.2 - 0.8) * 9,
            id="sun into the battery does not pass the inverter",
        ),
        pytest.param((1.0,), {"evs": [CAR | {"target_kwh": 14.0}]}, 6.0, id="a car is no battery"),
        pytest.param(
            (1.0,),
            {"evs": [CAR | {"target_kwh": 14.0}], "pv_kw": [5.0]},
            2.0 + 4.0 - 4.0,
            id="its sun passes the inverter",
        ),
        pytest.param(
            (3.0,),
            {"evs": [CAR | {"max_discharge_kw": 2.0}]},
            0.0,
            id="what a car gives does not",
        ),
    ],
)
def test_the_cost(price: tuple[float, ...], fields: dict[str, Any], cost: float) -> None:
    some = {"inverter": HYBRID, "export_price": [0.0] * len(price)} | fields
    if "pv_kw" in fields and "export_price" not in fields:
        some["export_price"] = [1.0, 0.0][: len(price)]
    made = plan(a_problem(price, **some))
    assert made.checks.problems == ()
    assert made.violations == ()
    assert made.cost == pytest.approx(cost, abs=1e-5)


def test_a_lossless_bus_is_no_bus_at_all() -> None:
    fields = {"batteries": [a_battery()], "pv_kw": [3.0, 0.0, 1.0]}
    apart = plan(a_problem((1.0, 4.0, 2.0), **fields))
    joined = plan(a_problem((1.0, 4.0, 2.0), **fields, inverter={"dc_coupled": True}))
    assert joined.objective == pytest.approx(apart.objective)


def test_paid_for_using_power_the_inverter_does_not_burn_it_both_ways() -> None:
    # at -1 the house takes all it can: 2 kW of load, and 5 kW into the battery, 6.25 at the house
    problem = a_problem((-1.0,), batteries=[a_battery()], inverter=HYBRID)
    made = plan(problem)
    assert made.checks.problems == ()
    assert made.cost == pytest.approx(-(2.0 + 5.0 / 0.8), abs=1e-5)
    # a full battery can take nothing, and the inverter cannot heat the air
    full = plan(a_problem((-1.0,), batteries=[FULL | {"max_discharge_kw": 0.0}], inverter=HYBRID))
    assert full.cost == pytest.approx(-2.0, abs=1e-5)


def test_sun_that_may_not_be_cut_is_not_burnt_in_the_inverter() -> None:
    some = {"pv_kw": [5.0], "curtailable": False, "export_price": [-1.0], "inverter": HYBRID}
    made = plan(a_problem((1.0,), batteries=[FULL], **some))
    assert made.checks.problems == ()
    assert made.slots[0].export_kw == pytest.approx(5 * 0.8 - 2.0, abs=1e-5)
    assert made.cost == pytest.approx(2.0, abs=1e-5)


def test_a_closed_grid_does_not_make_it_burn_either() -> None:
    some = {"pv_kw": [5.0], "curtailable": False, "grid": {"max_export_kw": 0.0}}
    problem = a_problem((1.0,), batteries=[FULL], inverter=HYBRID, **some)
    made = plan(problem)
    assert made.checks.problems == ()
    # 2.5 kW of sun carry the house; the other 2.5 have nowhere to go, and the plan says so
    assert [(one.what, one.amount) for one in made.violations] == [("curtailable", 2.5)]


@pytest.mark.parametrize(
    ("fields", "price", "cost"),
    [
        # the sun gives 2 of 3 kW; 1 is bought at 1, where all at night would be 3 at 0.6
        pytest.param({}, (1.0, 0.6), 1.0, id="alone"),
        # 1.25 kW of the battery are the third one, where all at night would be 2 at 0.2
        pytest.param(
            {"batteries": [a_battery(stored_kwh=1.25, max_charge_kw=0.0)]},
            (1.0, 0.2),
            0.0,
            id="with a battery",
        ),
    ],
)
def test_a_heater_takes_the_sun_of_the_bus(
    fields: dict[str, Any], price: tuple[float, ...], cost: float
) -> None:
    heater = a_heater(power_kw=3.0, daily_min_kwh=3.0)
    some = {"start": "2026-01-01T22:00:00Z", "pv_kw": [2.5, 0.0], "inverter": HYBRID} | quiet(2)
    made = plan(a_problem(price, heaters=[heater], **some, **fields))
    assert made.status == "optimal"
    assert [one.heaters["heater"] for one in made.slots] == [3.0, 0.0]
    assert made.cost == pytest.approx(cost, abs=1e-5)


def test_power_both_ways_is_seen_in_a_dispatch() -> None:
    problem = a_problem((1.0,), inverter=HYBRID, batteries=[a_battery()], **quiet(1))
    still = StorageDispatch(charge_kw=(0.0,), discharge_kw=(0.0,), stored_kwh=(0.0,))
    burns = Dispatch(
        import_kw=(1.0,),
        export_kw=(0.0,),
        curtailed_kw=(0.0,),
        unserved_kw=(0.0,),
        storages={"battery": still},
    )
    assert both_ways(problem, burns).inverter == {0}
    checked = check(problem, burns, ())
    assert [one.startswith("slot 0: power balance is off") for one in checked.problems] == [True]


def test_the_rules_count_the_loss_as_well() -> None:
    # sun on the bus: 2.5 for the house, 2.5 kept for the evening's 2 kW
    problem = a_problem(
        (1.0, 3.0), batteries=[a_battery()], pv_kw=[5.0, 0.0], inverter=HYBRID | {"max_ac_kw": 4.0}
    )
    made = planned_by_rule(problem, "tried")
    assert made.checks.problems == ()
    assert made.slots[0].batteries["battery"].charge_kw == pytest.approx(2.5)
    assert made.slots[1].batteries["battery"].discharge_kw == pytest.approx(2.5)
    assert made.cost == pytest.approx(0.0, abs=1e-9)


def test_the_rules_keep_sun_the_inverter_cannot_pass() -> None:
    problem = a_problem(
        (1.0,), batteries=[a_battery()], pv_kw=[5.0], inverter=HYBRID | {"max_ac_kw": 1.6}
    )
    made = planned_by_rule(problem, "tried")
    assert made.checks.problems == ()
    # 2 kW pass as 1.6, the house buys 0.4, and the 3 kW left are stored
    assert made.slots[0].import_kw == pytest.approx(0.4)
    assert made.slots[0].batteries["battery"].charge_kw == pytest.approx(3.0)
    assert made.slots[0].curtailed_kw == pytest.approx(0.0)


quarters = st.integers(-4, 12).map(lambda n: n / 4)
powers = st.sampled_from([0.0, 0.3, 1.0, 2.5, 7.0])


@st.composite
def hybrids(draw: st.DrawFn) -> Problem:
    """Any weather and prices for one or two batteries, perhaps a car, on a hybrid inverter."""
    count = draw(st.integers(1, 6))

    def series(values: st.SearchStrategy[float]) -> list[float]:
        return draw(st.lists(values, min_size=count, max_size=count))

    def minus(**fields: Any) -> dict[str, Any]:
        return {name: value for name, value in fields.items() if value is not None}

    battery = st.fixed_dictionaries(
        {
            "stored_kwh": st.sampled_from([0.0, 4.0, 10.0]),
            "charge_efficiency": st.sampled_from([1.0, 0.9]),
            "discharge_efficiency": st.sampled_from([1.0, 0.8]),
            "charge_from_grid": st.booleans(),
            "discharge_to_grid": st.booleans(),
            "min_charge_kw": st.sampled_from([0.0, 1.0]),
            "max_charge_kw": st.sampled_from([1.0, 5.0]),
        }
    )
    some = draw(st.lists(battery, min_size=0, max_size=2))
    return Problem.model_validate_json(
        json.dumps(
            a_document(series(quarters))
            | {
                "export_price": series(quarters),
                "load_kw": series(powers),
                "pv_kw": series(powers),
                "slot_hours": draw(st.sampled_from([1.0, 0.25])),
                "curtailable": draw(st.booleans()),
                "grid": minus(
                    max_import_kw=draw(st.sampled_from([None, 4.0])),
                    max_export_kw=draw(st.sampled_from([None, 0.0, 4.0])),
                ),
                "inverter": {
                    "dc_coupled": True,
                    "efficiency": draw(st.sampled_from([1.0, 0.95, 0.6])),
                }
                | minus(max_ac_kw=draw(st.sampled_from([None, 0.0, 3.0]))),
                "batteries": [a_battery(**one) | {"id": f"b{n}"} for n, one in enumerate(some)],
                "evs": [CAR | {"max_discharge_kw": 2.0}] if draw(st.booleans()) else [],
            }
        )
    )


@settings(max_examples=80, deadline=None)
@given(problem=hybrids())
def test_every_plan_obeys_the_bus_and_costs_what_was_minimised(problem: Problem) -> None:
    found = solve(problem)
    assert isinstance(found, Solved)
    made = accounts(problem, found.dispatch)
    assert check(problem, found.dispatch, made.violations).problems == ()
    assert made.objective == pytest.approx(found.objective, abs=1e-2, rel=1e-5)


@settings(max_examples=60, deadline=None)
@given(problem=hybrids())
def test_the_rules_obey_the_bus_too_and_are_never_better(problem: Problem) -> None:
    by_rule = planned_by_rule(problem, "tried")
    assert by_rule.checks.problems == ()
    assert plan(problem).objective <= by_rule.objective + 1e-3 + 1e-6 * abs(by_rule.objective)


STEPS = (-2.0, -1.0, 0.0, 1.0, 2.0)


def cheapest_by_trying(problem: Problem, efficiency: float) -> float:
    """The least cost over every sequence of whole powers of the battery [currency].

    Import or export follows from each; sun is cut where that is the cheaper.
    """
    best = float("inf")
    for powers in product(STEPS, repeat=problem.count):
        stored = [problem.batteries[0].stored_kwh]
        for power in powers:
            stored.append(stored[-1] + power)
        if min(stored) < 0 or max(stored) > problem.batteries[0].capacity_kwh:
            continue
        cost = 0.0
        for t, (before, after) in enumerate(pairwise(stored)):
            ways = []
            for cut in (0.0, 0.5, 1.0, 1.5, 2.0):
                sun = problem.pv_kw[t] - cut
                bus = sun - (after - before)
                house = bus * efficiency if bus > 0 else bus / efficiency
                net = problem.load_kw[t] - house
                price = problem.import_price[t] if net > 0 else problem.export_price[t]
                if sun >= 0:
                    ways.append(net * price)
            cost += min(ways)
        best = min(best, cost)
    return best


@settings(max_examples=40, deadline=None)
@given(data=st.data(), efficiency=st.sampled_from([1.0, 0.8, 0.5]))
def test_no_way_to_use_the_battery_is_cheaper(data: st.DataObject, efficiency: float) -> None:
    def series(values: list[float]) -> list[float]:
        return data.draw(st.lists(st.sampled_from(values), min_size=4, max_size=4))

    problem = a_problem(
        series([-1.0, 0.5, 1.0, 3.0]),
        export_price=series([-0.5, 0.0, 0.5]),
        load_kw=series([0.0, 1.0, 3.0]),
        pv_kw=series([0.0, 1.0, 2.0]),
        inverter={"dc_coupled": True, "efficiency": efficiency},
        batteries=[a_battery(capacity_kwh=4.0, stored_kwh=1.0, max_charge_kw=2.0)],
    )
    made = plan(problem)
    assert made.checks.problems == ()
    # the plan may use powers in between, so it can only be cheaper
    assert made.cost <= cheapest_by_trying(problem, efficiency) + 1e-5
