"""Whatever a brand makes of its settings: each physical order by hand, and what holds for all."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.simulator.houses import ROUND, START, STOCKHOLM, a_house, at_soc

from darkstar_simulator.core.control import Control, Orders
from darkstar_simulator.core.house import House, HouseState, advance, flows_now, initial_state
from darkstar_simulator.core.inverter import Flows
from darkstar_simulator.core.parameters import HouseParameters
from darkstar_simulator.core.series import HouseSeries

HOUR = timedelta(hours=1)
SELF_USE = Control(
    charge_kw=9.0, discharge_kw=9.0, export_kw=9.0, floor_percent=20.0, ceiling_percent=100.0
)

kwh = st.floats(0, 4, allow_subnormal=False)
power = st.one_of(st.just(0.0), st.floats(0, 12, allow_subnormal=False))
share = st.one_of(st.sampled_from([0.0, 50.0, 95.0, 100.0]), st.integers(0, 100).map(float))
controls = st.builds(
    Control,
    pv_to=st.sampled_from(["battery", "grid"]),
    battery_serves=st.sampled_from(["house", "grid", "nobody"]),
    grid_charging=st.booleans(),
    charge_kw=power,
    discharge_kw=power,
    export_kw=power,
    floor_percent=share,
    ceiling_percent=share,
    full_percent=share,
    grid_setpoint_kw=st.one_of(st.none(), st.floats(-9, 9, allow_subnormal=False)),
)
some_slots = st.lists(st.tuples(kwh, kwh), min_size=1, max_size=12)
cuts = st.lists(st.integers(1, 6 * 3_600_000), max_size=8).map(sorted)
socs = st.one_of(share, st.floats(0, 100))


def told(**changes: Any) -> Orders:
    """Self-consumption with changes, the heater cold."""
    return Orders(control=replace(SELF_USE, **changes), water_setpoint_c=20.0)


def now(soc: float, orders: Orders, *, load: float = 1.0, pv: float = 0.0) -> tuple[float, ...]:
    """Charge, discharge, import, export and curtailed at this moment [kW]."""
    found = flows_now(at_soc(soc), a_house(load_kw=load, pv_kw=pv), orders)
    return _figures(found)


def _figures(found: Flows) -> tuple[float, ...]:
    return (
        found.charge_kw,
        found.discharge_kw,
        found.import_kw,
        found.export_kw,
        found.curtailed_kw,
    )


@pytest.mark.parametrize(
    ("soc", "changes", "load", "pv", "expected"),
    [
        # charge, discharge, import, export, curtailed
        pytest.param(50, {}, 1, 3, (2, 0, 0, 0, 0), id="self-consumption stores"),
        pytest.param(50, {}, 3, 1, (0, 2, 0, 0, 0), id="self-consumption serves"),
        pytest.param(50, {"charge_kw": 0.5}, 1, 3, (0.5, 0, 0, 1.5, 0), id="little is charged"),
        pytest.param(50, {"discharge_kw": 0.5}, 3, 1, (0, 0.5, 1.5, 0, 0), id="little is given"),
        pytest.param(
            50, {"charge_kw": 0.5, "export_kw": 0.5}, 1, 3, (0.5, 0, 0, 0.5, 1), id="curtails"
        ),
        pytest.param(50, {"pv_to": "grid"}, 1, 3, (0, 0, 0, 2, 0), id="sells the sun first"),
        pytest.param(
            50, {"pv_to": "grid", "export_kw": 0.5}, 1, 3, (1.5, 0, 0, 0.5, 0), id="stores the rest"
        ),
        pytest.param(50, {"battery_serves": "nobody"}, 3, 1, (0, 0, 2, 0, 0), id="holds"),
        pytest.param(
            50, {"battery_serves": "nobody"}, 1, 3, (2, 0, 0, 0, 0), id="holds and stores"
        ),
        pytest.param(
            50, {"battery_serves": "grid", "discharge_kw": 3.0}, 1, 0, (0, 3, 0, 2, 0), id="sells"
        ),
        pytest.param(
            50, {"battery_serves": "grid", "discharge_kw": 3.0}, 1, 2, (0, 3, 0, 4, 0),
            id="a battery that feeds the grid is not charged",
        ),
        pytest.param(
            50, {"battery_serves": "grid", "discharge_kw": 0.0}, 1, 3, (2, 0, 0, 0, 0),
            id="one that may not feed it is",
        ),
        pytest.param(
            50, {"grid_charging": True, "charge_kw": 3.0}, 1, 0, (3, 0, 4, 0, 0), id="grid charges"
        ),
        pytest.param(
            50, {"grid_charging": True, "charge_kw": 3.0}, 1, 2, (3, 0, 2, 0, 0), id="sun and grid"
        ),
        pytest.param(
            50, {"grid_charging": True, "battery_serves": "grid", "charge_kw": 3.0}, 1, 0,
            (3, 0, 4, 0, 0), id="charging goes before selling",
        ),
        pytest.param(
            60, {"grid_charging": True, "ceiling_percent": 60.0}, 1, 0, (0, 0, 1, 0, 0),
            id="held at the ceiling",
        ),
        pytest.param(
            60, {"grid_charging": True, "ceiling_percent": 60.0}, 1, 2, (1, 0, 0, 0, 0),
            id="sun charges beyond the ceiling",
        ),
        pytest.param(
            61, {"grid_charging": True, "ceiling_percent": 60.0}, 1, 0, (0, 1, 0, 0, 0),
            id="above the ceiling it serves",
        ),
        pytest.param(
            60, {"ceiling_percent": 60.0}, 1, 0, (0, 1, 0, 0, 0), id="no ceiling but of grid charge"
        ),
        pytest.param(80, {"full_percent": 80.0}, 1, 3, (0, 0, 0, 2, 0), id="full before 100 %"),
        pytest.param(80, {"full_percent": 80.0}, 3, 1, (0, 2, 0, 0, 0), id="and yet it serves"),
        pytest.param(
            80, {"full_percent": 80.0, "grid_charging": True}, 1, 0, (0, 0, 1, 0, 0),
            id="nor does the grid charge a full one",
        ),
        pytest.param(20, {}, 3, 1, (0, 0, 2, 0, 0), id="held at the floor"),
        pytest.param(20, {"battery_serves": "grid"}, 1, 2, (0, 0, 0, 1, 0),
                     id="at the floor of a sale the sun is sold"),
    ],
)  # fmt: skip
def test_each_order(
    soc: float, changes: dict[str, Any], load: float, pv: float, expected: tuple[float, ...]
) -> None:
    assert now(soc, told(**changes), load=load, pv=pv) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("setpoint", "changes", "load", "pv", "expected"),
    [
        pytest.param(0.0, {}, 1, 3, (2, 0, 0, 0, 0), id="nothing at the meter: stores"),
        pytest.param(0.0, {}, 3, 1, (0, 2, 0, 0, 0), id="nothing at the meter: serves"),
        pytest.param(-1.0, {}, 1, 3, (1, 0, 0, 1, 0), id="feeds in from the sun"),
        pytest.param(-2.0, {"battery_serves": "grid"}, 1, 0, (0, 3, 0, 2, 0), id="and the battery"),
        pytest.param(-2.0, {}, 1, 0, (0, 1, 0, 0, 0), id="unless it serves the house only"),
        pytest.param(-2.0, {"battery_serves": "nobody"}, 1, 0, (0, 0, 1, 0, 0), id="or nobody"),
        pytest.param(-3.0, {"battery_serves": "grid", "export_kw": 1.0}, 1, 0, (0, 2, 0, 1, 0),
                     id="at most the export limit"),
        pytest.param(3.0, {"grid_charging": True}, 1, 0, (2, 0, 3, 0, 0), id="buys"),
        pytest.param(3.0, {"grid_charging": True}, 1, 2, (4, 0, 3, 0, 0), id="buys beside the sun"),
        pytest.param(3.0, {}, 1, 0, (0, 0, 1, 0, 0), id="does not buy where it may not"),
        pytest.param(0.5, {"grid_charging": True}, 2, 0, (0, 1.5, 0.5, 0, 0),
                     id="below the ceiling it serves, too"),
        pytest.param(3.0, {"grid_charging": True, "ceiling_percent": 50.0}, 1, 0, (0, 0, 1, 0, 0),
                     id="buys nothing at the ceiling"),
        pytest.param(0.5, {"grid_charging": True, "ceiling_percent": 50.0}, 2, 0,
                     (0, 1.5, 0.5, 0, 0), id="serves at the ceiling"),
        pytest.param(3.0, {"grid_charging": True, "charge_kw": 1.0}, 1, 0, (1, 0, 2, 0, 0),
                     id="within its limit"),
    ],
)  # fmt: skip
def test_a_meter_that_is_held(
    setpoint: float,
    changes: dict[str, Any],
    load: float,
    pv: float,
    expected: tuple[float, ...],
) -> None:
    orders = told(grid_setpoint_kw=setpoint, **changes)
    assert now(50, orders, load=load, pv=pv) == pytest.approx(expected)


def test_floor_and_ceiling_apart() -> None:
    orders = told(grid_charging=True, ceiling_percent=60.0, charge_kw=1.0)
    state = advance(at_soc(50), a_house(load_kw=1.0), orders, START + 3 * HOUR)
    assert state.stored_kwh == 6.0
    state = advance(state, a_house(load_kw=1.0), told(), START + 20 * HOUR)
    assert state.stored_kwh == 2.0


def test_a_sale_ends_at_its_floor_to_the_second() -> None:
    orders = told(battery_serves="grid", discharge_kw=4.0, floor_percent=30.0)
    # 2 kWh of store are 1.6 kWh, which 4 kW sell in 24 min
    state = advance(at_soc(50), a_house(), orders, START + HOUR)
    assert state.stored_kwh == 3.0
    assert state.counters.export_kwh == pytest.approx(1.6)


def test_sun_fills_to_full_and_no_further() -> None:
    lossy = replace(ROUND, battery=replace(ROUND.battery, standby_kw=0.09))
    house = a_house(load_kw=1.0, pv_kw=4.0, parameters=lossy)
    state = advance(at_soc(75), house, told(full_percent=80.0), START + 5 * HOUR)
    assert state.stored_kwh == 8.0
    sunk = advance(at_soc(90), house, told(full_percent=80.0), START + 30 * HOUR)
    assert sunk.stored_kwh == pytest.approx(8.0)


@pytest.mark.parametrize(
    "wrong", [{"charge_kw": -1.0}, {"floor_percent": 101.0}, {"export_kw": float("nan")}]
)
def test_an_order_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="no power may be negative and no share outside"):
        told(**wrong)


def lived(
    slots: list[tuple[float, float]],
    control: Control,
    moments: list[datetime],
    soc: float,
    *,
    islanded: bool = False,
) -> tuple[list[HouseState], House]:
    """The house at each of `moments`, beginning with the start."""
    parameters = HouseParameters(initial_soc_percent=soc)
    series = HouseSeries(
        start=START,
        load_kwh=tuple(load for load, _ in slots),
        pv_kwh=tuple(pv for _, pv in slots),
        spot_per_kwh=(None,) * len(slots),
    )
    house = House(series=series, timezone=STOCKHOLM, parameters=parameters)
    states = [initial_state(START, parameters)]
    orders = Orders(control=control, islanded=islanded)
    for moment in moments:
        states.append(advance(states[-1], house, orders, moment))
    return states, house


def steps(at: list[int]) -> list[datetime]:
    return [START + timedelta(milliseconds=one) for one in at]


@settings(max_examples=200, deadline=None)
@given(slots=some_slots, control=controls, at=cuts, soc=socs, islanded=st.booleans())
def test_energy_is_conserved_under_any_control(
    *, slots: list[tuple[float, float]], control: Control, at: list[int], soc: float, islanded: bool
) -> None:
    moments = [*steps(at), START + 6 * HOUR]
    states, house = lived(slots, control, moments, soc, islanded=islanded)
    begun, state, cell = states[0], states[-1], house.parameters.battery
    c = state.counters
    brought = c.pv_kwh + c.discharge_kwh + c.import_kwh
    assert brought == pytest.approx(c.load_kwh + c.own_kwh + c.charge_kwh + c.export_kwh, abs=1e-6)
    assert state.stored_kwh - begun.stored_kwh == pytest.approx(
        c.charge_kwh * cell.charge_efficiency
        - c.discharge_kwh / cell.discharge_efficiency
        - c.standby_kwh,
        abs=1e-6,
    )
    assert 0 <= state.stored_kwh <= cell.capacity_kwh
    if islanded:
        assert (c.import_kwh, c.export_kwh, c.water_kwh) == (0, 0, 0)


@settings(max_examples=150, deadline=None)
@given(slots=some_slots, control=controls, at=cuts, soc=socs)
def test_under_any_control_asking_more_often_changes_nothing(
    slots: list[tuple[float, float]], control: Control, at: list[int], soc: float
) -> None:
    end = START + 6 * HOUR
    once, often = (lived(slots, control, [*way, end], soc)[0][-1] for way in ([], steps(at)))
    assert often.stored_kwh == pytest.approx(once.stored_kwh, abs=1e-6)
    for name in ("import_kwh", "export_kwh", "charge_kwh", "discharge_kwh", "curtailed_kwh"):
        seen, wanted = (getattr(one.counters, name) for one in (often, once))
        assert seen == pytest.approx(wanted, abs=1e-6)


@settings(max_examples=150, deadline=None)
@given(slots=some_slots, control=controls, at=cuts, soc=socs)
def test_no_boundary_is_overrun(
    slots: list[tuple[float, float]], control: Control, at: list[int], soc: float
) -> None:
    states, house = lived(slots, control, [*steps(at), START + 6 * HOUR], soc)
    capacity = house.parameters.battery.capacity_kwh
    begun = states[0].stored_kwh
    lowest = min(begun, control.floor_percent / 100 * capacity)
    highest = max(begun, control.full_percent / 100 * capacity)
    for state in states:
        assert lowest - 1e-9 <= state.stored_kwh <= highest + 1e-9
    c = states[-1].counters
    if control.battery_serves == "nobody":
        assert c.discharge_kwh == 0
    if not control.grid_charging:
        assert c.charge_kwh <= c.pv_kwh + 1e-9


@settings(max_examples=200, deadline=None)
@given(
    control=controls, soc=socs, load=st.floats(0, 12), pv=st.floats(0, 12), standby=st.booleans()
)
def test_any_moment_under_any_control_keeps_the_limits(
    *, control: Control, soc: float, load: float, pv: float, standby: bool
) -> None:
    parts = replace(ROUND, battery=replace(ROUND.battery, standby_kw=0.05 if standby else 0.0))
    orders = Orders(control=control, water_setpoint_c=20.0)
    found = flows_now(at_soc(soc), a_house(load, pv, parts), orders)
    assert min(_figures(found)) >= 0
    assert found.pv_kw + found.curtailed_kw == pytest.approx(pv, abs=1e-9)
    assert found.charge_kw <= min(control.charge_kw, 5.0) + 1e-9
    assert found.discharge_kw <= min(control.discharge_kw, 5.0) + 1e-9
    assert found.export_kw <= min(control.export_kw, 10.0) + 1e-9
    assert abs(found.pv_kw + found.discharge_kw - found.charge_kw) <= 6 + 1e-9
    assert found.import_kw <= max(10.0, load + found.own_kw) + 1e-9
    assert found.charge_kw == 0 or found.discharge_kw == 0
    assert found.import_kw == 0 or found.export_kw == 0
    if soc <= control.floor_percent or control.battery_serves == "nobody":
        assert found.discharge_kw == 0
    if control.battery_serves != "grid":
        assert found.export_kw == 0 or found.discharge_kw == 0
    if soc >= min(control.ceiling_percent, control.full_percent) or not control.grid_charging:
        assert found.charge_kw <= pv + 1e-9
    if found.curtailed_kw > 1e-9:
        carried = found.pv_kw + found.discharge_kw - found.charge_kw
        assert found.export_kw >= min(control.export_kw, 10.0) - 1e-9 or carried >= 6 - 1e-9
