"""Small houses for the simulator's tests, with round numbers to calculate by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from darkstar_simulator.core.control import Orders
from darkstar_simulator.core.dialects.deye import DEYE
from darkstar_simulator.core.entities import Value
from darkstar_simulator.core.house import House, HouseState, initial_state
from darkstar_simulator.core.memory import recall
from darkstar_simulator.core.parameters import (
    BatteryParameters,
    HouseParameters,
    InverterParameters,
    TankParameters,
)
from darkstar_simulator.core.series import DAY, HouseSeries
from darkstar_simulator.core.simulation import Simulation, default_settings, orders_of

STOCKHOLM = ZoneInfo("Europe/Stockholm")
START = datetime(2026, 5, 4, 12, tzinfo=UTC)
ROUND = HouseParameters(
    battery=BatteryParameters(
        capacity_kwh=10.0,
        max_charge_kw=5.0,
        max_discharge_kw=5.0,
        charge_efficiency=0.9,
        discharge_efficiency=0.8,
        standby_kw=0.0,
        nominal_voltage_v=50.0,
        taper=(),
    ),
    inverter=InverterParameters(ac_limit_kw=6.0, own_kw=0.0, fuse_kw=10.0),
    tank=TankParameters(draw_kwh_per_day=0.0),
    initial_tank_c=59.0,
)


def constant_series(load_kw: float = 0.0, pv_kw: float = 0.0, *, slots: int = DAY) -> HouseSeries:
    """The same load and PV for ever."""
    return HouseSeries(
        start=START,
        load_kwh=(load_kw / 4,) * slots,
        pv_kwh=(pv_kw / 4,) * slots,
        spot_per_kwh=(1.0,) * slots,
    )


def a_house(load_kw: float = 0.0, pv_kw: float = 0.0, parameters: HouseParameters = ROUND) -> House:
    """A house with constant surroundings."""
    return House(series=constant_series(load_kw, pv_kw), timezone=STOCKHOLM, parameters=parameters)


def at_soc(percent: float, parameters: HouseParameters = ROUND) -> HouseState:
    """A house as first switched on, with that much in the battery."""
    begun = initial_state(START, parameters)
    return HouseState(
        at=begun.at,
        stored_kwh=percent / 100 * parameters.battery.capacity_kwh,
        tank=begun.tank,
        opened_at=begun.opened_at,
    )


def a_simulation(house: House | None = None) -> Simulation:
    """A new house on node `sim1`."""
    return recall(None, house or a_house(load_kw=1.0), node="sim1", now=START)


def deye(parameters: HouseParameters = ROUND, /, **settings: Value) -> Orders:
    """The orders of a house with a Deye and these settings, the others as they are by default."""
    values = default_settings(DEYE, parameters)
    unknown = set(settings) - set(values)
    assert not unknown, f"the house has no {unknown}"
    return orders_of(DEYE, a_house(parameters=parameters), values | settings, START)
