"""Power flows one way at a time, also where flowing both ways would pay or cost nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.planner.problems import a_battery, a_heater, a_problem, quiet

from darkstar_planner.core.accounts import accounts
from darkstar_planner.core.check import check
from darkstar_planner.core.dispatch import Dispatch, StorageDispatch
from darkstar_planner.core.exclusivity import both_ways, exclusive
from darkstar_planner.core.model.draft import Exclusive
from darkstar_planner.core.one_way import one_way, straightened
from darkstar_planner.core.plan import plan
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solver import Solved

FULL = a_battery(stored_kwh=10.0, charge_efficiency=0.9, discharge_efficiency=0.9)
BUS = {"dc_coupled": True, "efficiency": 0.9}
LOSSY = a_battery(charge_efficiency=0.8, discharge_efficiency=0.5, stored_kwh=5.0)


def a_dispatch(charge: float, discharge: float, stored: float, **flows: float) -> Dispatch:
    """One slot with one battery."""
    battery = StorageDispatch(charge_kw=(charge,), discharge_kw=(discharge,), stored_kwh=(stored,))
    meter = {"import_kw": 0.0, "export_kw": 0.0, "curtailed_kw": 0.0, "unserved_kw": 0.0} | flows
    one = {name: (value,) for name, value in meter.items()}
    return Dispatch(
        import_kw=one["import_kw"],
        export_kw=one["export_kw"],
        curtailed_kw=one["curtailed_kw"],
        unserved_kw=one["unserved_kw"],
        storages={"battery": battery},
    )


@pytest.mark.parametrize(
    ("fields", "burns", "then"),
    [
        # 2 in and 0.3 out store 1 kWh, as do 1.25 in: 0.45 less is bought
        pytest.param(
            {}, a_dispatch(2.0, 0.3, 6.0, import_kw=3.7), {"import_kw": 3.25}, id="buys less"
        ),
        # 1 in and 1 out lose 1.2 kWh, as do 0.6 out: the house buys 1.4 instead of 2
        pytest.param(
            {}, a_dispatch(1.0, 1.0, 3.8, import_kw=2.0), {"import_kw": 1.4}, id="gives net"
        ),
        pytest.param(
            {"pv_kw": [9.0], "export_price": [0.5]},
            a_dispatch(2.0, 0.3, 6.0, export_kw=5.3),
            {"export_kw": 5.75},
            id="sells more",
        ),
        pytest.param(
            {"pv_kw": [9.0]},
            a_dispatch(2.0, 0.3, 6.0, curtailed_kw=5.3),
            {"curtailed_kw": 5.75},
            id="or leaves it in the sun, when nobody pays",
        ),
        pytest.param(
            {"pv_kw": [9.0], "export_price": [0.5], "grid": {"max_export_kw": 5.5}},
            a_dispatch(2.0, 0.3, 6.0, export_kw=5.3),
            {"export_kw": 5.5, "curtailed_kw": 0.25},
            id="or beyond what the grid takes",
        ),
    ],
)
def test_what_is_not_burnt_is_saved_sold_or_cut(
    fields: dict[str, Any], burns: Dispatch, then: dict[str, float]
) -> None:
    problem = a_problem((1.0,), batteries=[LOSSY], **fields)
    made = one_way(problem, burns, frozenset({0}))
    assert check(problem, made, ()).problems == ()
    assert made.storages["battery"].stored_kwh == burns.storages["battery"].stored_kwh
    for name, value in then.items():
        assert getattr(made, name) == pytest.approx((value,))


def test_an_inverter_runs_one_way_too() -> None:
    # 1 kW to the bus and 0.64 back, with an empty battery that does nothing
    problem = a_problem(
        (1.0,), inverter={"dc_coupled": True, "efficiency": 0.8}, batteries=[a_battery()]
    )
    made = one_way(problem, a_dispatch(0.0, 0.0, 0.0, import_kw=2.36), frozenset({0}))
    assert made.import_kw == pytest.approx((2.0,))


def test_what_may_not_be_sold_is_left_in_the_sun() -> None:
    # 1 in and 1 out lose 1.2 kWh, as do 0.6 out: that much less sun is used
    problem = a_problem(
        (1.0,), pv_kw=[2.0], export_price=[0.5], batteries=[LOSSY | {"discharge_to_grid": False}]
    )
    made = one_way(problem, a_dispatch(1.0, 1.0, 3.8), frozenset({0}))
    assert check(problem, made, ()).problems == ()
    assert made.export_kw == (0.0,)
    assert made.curtailed_kw == pytest.approx((0.6,))


def test_sun_that_is_left_is_counted_before_the_inverter() -> None:
    # 4 kW of sun are 3.2 at the house, which uses 2: 1.2 there are 1.5 on the bus
    problem = a_problem(
        (1.0,),
        pv_kw=[5.0],
        inverter={"dc_coupled": True, "efficiency": 0.8},
        batteries=[a_battery()],
    )
    made = one_way(problem, a_dispatch(0.0, 0.0, 0.0, curtailed_kw=1.0), frozenset({0}))
    assert check(problem, made, ()).problems == ()
    assert made.curtailed_kw == pytest.approx((2.5,))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, set()),
        ({"fixed": [{"slot": 1, "device": "battery", "charge_kw": 4.0}]}, {1}),
        ({"fixed": [{"slot": 0, "device": "grid", "export_kw": 0.0}]}, {0}),
        ({"batteries": [FULL | {"terminal_value_per_kwh": -0.1}]}, {0, 1}),
        ({"batteries": [FULL | {"terminal_value_curve": [[4.0, 1.0], [9.0, -0.1]]}]}, {0, 1}),
        ({"pv_kw": [9.0, 0.0], "curtailable": False, "grid": {"max_export_kw": 1.0}}, {0}),
    ],
)
def test_what_may_pay_is_known_beforehand(fields: dict[str, Any], told: set[int]) -> None:
    problem = a_problem((1.0, 2.0), **({"batteries": [FULL]} | fields))
    assert exclusive(problem).storage == told
    hybrid = a_problem((1.0, 2.0), **({"batteries": [FULL], "inverter": BUS} | fields))
    assert exclusive(hybrid).inverter == told


def test_other_slots_stay_as_they_are() -> None:
    problem = a_problem((1.0,), batteries=[LOSSY])
    burns = a_dispatch(2.0, 0.3, 6.0, import_kw=3.7)
    assert one_way(problem, burns, frozenset()) == burns


def test_what_may_not_be_cut_has_nowhere_to_go() -> None:
    problem = a_problem(
        (1.0,),
        pv_kw=[3.7],
        batteries=[LOSSY | {"min_charge_kw": 1.5}],
        grid={"max_export_kw": 0.0},
    )
    found = Solved(
        dispatch=a_dispatch(2.0, 0.3, 6.0),
        objective=0.0,
        bound=0.0,
        finished=True,
        solver="tried",
        marginal_price=None,
        seconds=0.0,
    )
    # 1.25 kW is below what the battery can charge at
    assert straightened(problem, found, Exclusive(storage=frozenset({0}))) is None


@pytest.mark.parametrize(
    ("price", "fields"),
    [
        pytest.param((-1.0,), {}, id="paid to use power"),
        pytest.param(
            (1.0,), {"fixed": [{"slot": 0, "device": "battery", "charge_kw": 4.0}]}, id="by hand"
        ),
        pytest.param(
            (1.0,),
            {
                "fixed": [{"slot": 0, "device": "grid", "export_kw": 0.0}],
                "pv_kw": [5.0],
                "curtailable": False,
            },
            id="nothing out by hand",
        ),
        pytest.param(
            (1.0,),
            {"pv_kw": [9.0], "curtailable": False, "inverter": {"max_ac_kw": 3.0}},
            id="more sun than passes the inverter",
        ),
        pytest.param(
            (1.0,),
            {"pv_kw": [9.0], "curtailable": False, "grid": {"max_export_kw": 1.0}},
            id="more sun than the grid takes",
        ),
        pytest.param(
            (1.0,),
            {"pv_kw": [9.0], "curtailable": False, "export_price": [-1.0]},
            id="sun that somebody is paid to take",
        ),
        pytest.param(
            (1.0, 1.0),
            {"batteries": [FULL | {"max_kwh": 6.0}], "grid": {"max_export_kw": 0.0}},
            id="more stored than should be",
        ),
        pytest.param(
            (1.0, 1.0),
            {"batteries": [FULL | {"terminal_value_per_kwh": -2.0}], "grid": {"max_export_kw": 0}},
            id="stored energy that is a burden",
        ),
        pytest.param(
            (1.0,),
            {
                "batteries": [FULL | {"stored_kwh": 5.0, "min_charge_kw": 3.0, "max_kwh": 6.0}],
                "pv_kw": [2.5],
                **quiet(1),
            },
            id="a least power that does not fit",
        ),
    ],
)
def test_nothing_is_burnt_where_that_would_pay(
    price: tuple[float, ...], fields: dict[str, Any]
) -> None:
    problem = a_problem(price, **({"batteries": [FULL]} | fields))
    made = plan(problem)
    assert made.status == "optimal"
    assert made.checks.problems == ()


def test_a_house_without_such_a_reason_needs_no_binaries() -> None:
    problem = a_problem(
        (1.0, 2.0),
        pv_kw=[5.0, 0.0],
        batteries=[FULL],
        heaters=[a_heater()],
        grid={"max_export_kw": 1.0},
        fixed=[{"slot": 0, "device": "heater", "on": True}],
    )
    assert exclusive(problem) == Exclusive()


def test_a_battery_above_its_maximum_is_told_while_it_comes_down() -> None:
    # 4 kWh too much, and the house takes 2 an hour
    high = FULL | {"max_kwh": 6.0}
    closed = a_problem((1.0,) * 6, batteries=[high], grid={"max_export_kw": 0.0})
    assert exclusive(closed).storage == {0, 1}
    free = a_problem((1.0,) * 6, batteries=[high])
    assert exclusive(free).storage == {0}


powers = st.sampled_from([0.0, 0.5, 1.0, 2.0])


@settings(max_examples=100, deadline=None)
@given(charge=powers, discharge=powers, pv=powers, price=powers)
def test_it_is_never_dearer_where_prices_are_positive(
    charge: float, discharge: float, pv: float, price: float
) -> None:
    problem: Problem = a_problem((2.0,), batteries=[LOSSY], pv_kw=[pv], export_price=[price])
    net = 2.0 - pv + charge - discharge
    stored = 5.0 + 0.8 * charge - discharge / 0.5
    burns = a_dispatch(charge, discharge, stored, import_kw=max(0.0, net), export_kw=max(0.0, -net))
    made = one_way(problem, burns, frozenset({0}))
    assert check(problem, made, ()).problems == ()
    assert both_ways(problem, made) == Exclusive()
    assert accounts(problem, made).objective <= accounts(problem, burns).objective + 1e-9
