"""The house over time: conservation, events at their exact moment, each mode by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.simulator.houses import ROUND, START, STOCKHOLM, a_house, at_soc, deye

from darkstar_simulator.core.control import Orders
from darkstar_simulator.core.dialects.deye import WorkMode
from darkstar_simulator.core.entities import Value
from darkstar_simulator.core.house import (
    House,
    HouseState,
    advance,
    advance_slots,
    flows_now,
    initial_state,
    soc_percent,
)
from darkstar_simulator.core.parameters import HouseParameters, TaperBand
from darkstar_simulator.core.series import HouseSeries

HOUR = timedelta(hours=1)
STILL: dict[str, Value] = {"battery_soc_target": 20.0, "water_heater_setpoint": 30.0}
IDLE = deye(**STILL)

kwh = st.floats(0, 4, allow_subnormal=False)
a_settings = st.builds(
    deye,
    work_mode=st.sampled_from(WorkMode),
    battery_grid_charging=st.booleans(),
    battery_max_charging_current=st.integers(0, 185).map(float),
    battery_max_discharging_current=st.integers(0, 185).map(float),
    export_surplus_power=st.integers(0, 16000).map(float),
    battery_soc_target=st.integers(0, 100).map(float),
    water_heater_setpoint=st.integers(30, 85).map(float),
)
some_slots = st.lists(st.tuples(kwh, kwh), min_size=1, max_size=24)
cuts = st.lists(st.integers(1, 86_400_000), max_size=12).map(sorted)


def told(**settings: Value) -> Orders:
    return deye(**STILL | settings)


def lived(
    slots: list[tuple[float, float]],
    orders: Orders,
    moments: list[datetime],
    soc: float,
    *,
    tank_c: float = 55.0,
) -> tuple[HouseState, HouseState, HouseParameters]:
    parameters = HouseParameters(initial_soc_percent=soc, initial_tank_c=tank_c)
    series = HouseSeries(
        start=START,
        load_kwh=tuple(load for load, _ in slots),
        pv_kwh=tuple(pv for _, pv in slots),
        spot_per_kwh=(None,) * len(slots),
    )
    house = House(series=series, timezone=STOCKHOLM, parameters=parameters)
    begun = state = initial_state(START, parameters)
    for moment in moments:
        state = advance(state, house, orders, moment)
    return begun, state, parameters


@settings(max_examples=150, deadline=None)
@given(slots=some_slots, orders=a_settings, at=cuts, soc=st.floats(0, 100), tank=st.floats(15, 80))
def test_energy_is_conserved_whatever_the_steps(
    slots: list[tuple[float, float]], orders: Orders, at: list[int], soc: float, tank: float
) -> None:
    end = START + timedelta(days=1)
    steps = [START + timedelta(milliseconds=one) for one in at]
    begun, state, parts = lived(slots, orders, [*steps, end], soc, tank_c=tank)
    c = state.counters
    house_in = c.pv_kwh + c.discharge_kwh + c.import_kwh
    assert house_in == pytest.approx(c.load_kwh + c.own_kwh + c.charge_kwh + c.export_kwh, abs=1e-6)
    cell = parts.battery
    assert state.stored_kwh - begun.stored_kwh == pytest.approx(
        c.charge_kwh * cell.charge_efficiency
        - c.discharge_kwh / cell.discharge_efficiency
        - c.standby_kwh,
        abs=1e-6,
    )
    warmed = (state.tank.temperature_c - begun.tank.temperature_c) * parts.tank.kwh_per_k
    assert c.water_kwh == pytest.approx(warmed + c.tank_lost_kwh + c.tank_drawn_kwh, abs=1e-6)
    assert 0 <= state.stored_kwh <= cell.capacity_kwh


@settings(max_examples=100, deadline=None)
@given(slots=some_slots, orders=a_settings, at=cuts, soc=st.floats(0, 100))
def test_asking_more_often_changes_nothing(
    slots: list[tuple[float, float]], orders: Orders, at: list[int], soc: float
) -> None:
    end = START + timedelta(days=1)
    steps = [START + timedelta(milliseconds=one) for one in at]
    _, once, _ = lived(slots, orders, [end], soc)
    _, often, _ = lived(slots, orders, [*steps, end], soc)
    assert often.stored_kwh == pytest.approx(once.stored_kwh, abs=1e-6)
    assert often.tank.temperature_c == pytest.approx(once.tank.temperature_c, abs=1e-6)
    for name in ("import_kwh", "export_kwh", "water_kwh", "curtailed_kwh"):
        assert getattr(often.counters, name) == pytest.approx(
            getattr(once.counters, name), abs=1e-6
        )


def test_discharges_to_the_target_and_then_imports() -> None:
    # 1 kWh above target gives 0.8 kWh; the load wants 2 kWh in the hour
    state = advance(at_soc(30), a_house(load_kw=2.0), IDLE, START + HOUR)
    assert soc_percent(state, ROUND) == pytest.approx(20.0)
    assert state.counters.discharge_kwh == pytest.approx(0.8)
    assert state.counters.import_kwh == pytest.approx(1.2)


def test_does_not_discharge_below_a_target_above_it() -> None:
    state = advance(at_soc(30), a_house(load_kw=2.0), told(battery_soc_target=80), END)
    assert soc_percent(state, ROUND) == pytest.approx(30.0)
    assert state.counters.import_kwh == pytest.approx(4.0)


END = START + 2 * HOUR


def test_grid_charges_to_the_target_and_stops_there() -> None:
    orders = told(
        battery_grid_charging=True, battery_soc_target=75, battery_max_charging_current=40
    )
    state = advance(at_soc(30), a_house(load_kw=0.5), orders, START + HOUR)
    # 40 A × 50 V × 0.9 = 1.8 kWh in the first hour
    assert soc_percent(state, ROUND) == pytest.approx(48.0)
    state = advance(state, a_house(load_kw=0.5), orders, START + 10 * HOUR)
    assert soc_percent(state, ROUND) == 75.0
    assert state.counters.charge_kwh == pytest.approx(4.5 / 0.9)
    assert state.counters.import_kwh == pytest.approx(4.5 / 0.9 + 5.0)


def test_pv_charges_beyond_the_target_up_to_full() -> None:
    state = advance(at_soc(90), a_house(load_kw=1.0, pv_kw=3.0), IDLE, START + HOUR)
    assert state.stored_kwh == 10.0
    assert state.counters.charge_kwh == pytest.approx(1 / 0.9)
    assert state.counters.export_kwh == pytest.approx(2 - 1 / 0.9)


def test_export_first_sells_the_battery_down_to_the_target() -> None:
    orders = told(work_mode=WorkMode.EXPORT_FIRST, export_surplus_power=3000)
    state = advance(at_soc(70), a_house(load_kw=1.0), orders, START + HOUR)
    assert state.counters.export_kwh == pytest.approx(3.0)
    assert soc_percent(state, ROUND) == pytest.approx(70 - 4 / 0.8 * 10)
    state = advance(state, a_house(load_kw=1.0), orders, END)
    assert state.counters.export_kwh == pytest.approx(3.0)
    assert state.counters.import_kwh == pytest.approx(1.0)


def test_taper_slows_the_end_of_charging() -> None:
    slow = replace(
        ROUND, battery=replace(ROUND.battery, taper=(TaperBand(from_percent=90, share=0.2),))
    )
    house = a_house(pv_kw=6.0, parameters=slow)
    # 0.9 kWh at 4.5 kW take 12 min, then 0.9 kW for 48 min fill 0.72 kWh
    state = advance(at_soc(81), house, IDLE, START + HOUR)
    assert state.stored_kwh == pytest.approx(9.72)


def test_standby_empties_a_battery_that_nobody_uses() -> None:
    lossy = replace(ROUND, battery=replace(ROUND.battery, standby_kw=0.1))
    house = a_house(parameters=lossy)
    state = advance(at_soc(50), house, IDLE, START + 10 * HOUR)
    assert state.stored_kwh == pytest.approx(4.0)
    assert state.counters.import_kwh == 0.0


@pytest.mark.parametrize("soc", [20, 5])
def test_at_or_below_the_target_the_grid_bears_the_standby_loss(soc: float) -> None:
    lossy = replace(ROUND, battery=replace(ROUND.battery, standby_kw=0.1))
    state = advance(at_soc(soc), a_house(parameters=lossy), IDLE, START + 10 * HOUR)
    assert soc_percent(state, lossy) == pytest.approx(soc)
    assert state.counters.import_kwh == pytest.approx(1.0)
    assert state.counters.standby_kwh == 0.0


@pytest.mark.parametrize(
    ("pv_kw", "soc"), [(0.05, 20.0), (0.105, 20.0), (0.111, 20.0), (0.2, 28.0), (1.0, 100.0)]
)
def test_a_trickle_of_pv_lifts_it_off_the_target_or_does_not(pv_kw: float, soc: float) -> None:
    lossy = replace(ROUND, battery=replace(ROUND.battery, standby_kw=0.1))
    house = a_house(pv_kw=pv_kw, parameters=lossy)
    state = advance(at_soc(20), house, IDLE, START + 10 * HOUR)
    assert soc_percent(state, lossy) == pytest.approx(soc)


def test_a_full_battery_is_held_full_against_its_standby_loss() -> None:
    lossy = replace(ROUND, battery=replace(ROUND.battery, standby_kw=0.09))
    state = advance(at_soc(100), a_house(pv_kw=3.0, parameters=lossy), IDLE, START + HOUR)
    assert state.stored_kwh == 10.0
    assert state.counters.charge_kwh == pytest.approx(0.1)


def test_the_thermostat_switches_at_its_exact_moment() -> None:
    house = a_house()
    begun = replace(at_soc(50), tank=replace(at_soc(50).tank, temperature_c=50.0))
    state = advance(begun, house, told(water_heater_setpoint=60.0), START + 3 * HOUR)
    tank = ROUND.tank
    assert not state.tank.heating
    assert state.tank.temperature_c < 60.0
    heated = state.counters.water_kwh
    assert heated == pytest.approx(
        (state.tank.temperature_c - 50) * tank.kwh_per_k + state.counters.tank_lost_kwh, abs=1e-9
    )
    assert state.counters.load_kwh == pytest.approx(heated)


def test_flows_now_shows_a_heater_that_a_command_has_just_switched() -> None:
    assert flows_now(at_soc(50), a_house(), IDLE).water_kw == 0.0
    assert flows_now(at_soc(50), a_house(), told(water_heater_setpoint=85)).water_kw == 3.0


def test_slots_close_with_their_own_energy() -> None:
    begun = replace(
        at_soc(10), at=START + timedelta(minutes=5), opened_at=START + timedelta(minutes=5)
    )
    state, records = advance_slots(begun, a_house(load_kw=2.0), IDLE, START + timedelta(minutes=47))
    assert [record.complete for record in records] == [False, True, True]
    assert [record.energy.load_kwh for record in records] == pytest.approx([2 / 6, 0.5, 0.5])
    assert records[-1].counters.load_kwh == pytest.approx(4 / 3)
    assert records[-1].start == START + timedelta(minutes=30)
    assert state.at == START + timedelta(minutes=47)
    assert state.counters.since(state.opened).load_kwh == pytest.approx(2 / 30)


def test_time_never_runs_backwards() -> None:
    state = at_soc(50)
    assert advance(state, a_house(1.0), IDLE, START - HOUR) is state


def test_a_relay_that_is_off_keeps_the_heater_cold_whatever_its_setpoint() -> None:
    state = advance(at_soc(50), a_house(), told(water_heater_setpoint=85), START + HOUR)
    assert state.counters.water_kwh > 2
    off = told(water_heater_setpoint=85, water_heater_power_switch=False)
    cold = advance(state, a_house(), off, START + 30 * HOUR)
    assert cold.counters.water_kwh == state.counters.water_kwh
    assert cold.tank.temperature_c < state.tank.temperature_c
    again = advance(cold, a_house(), told(water_heater_setpoint=85), START + 31 * HOUR)
    assert again.counters.water_kwh > cold.counters.water_kwh
