"""A Victron ESS with DVCC, as the Victron GX integration shows it; PV is coupled on the AC side.

The battery steers the meter to the AC power setpoint: PV and battery serve the house, a surplus
goes into the battery and then into the grid; a positive setpoint charges from the grid, a negative
one sells. Discharging ends at the minimum SoC and is limited by the inverter's limit, charging by
the charge current; what is fed in by its limit. -1 is no limit.
The first charge schedule is set to the whole of every day. While it is enabled, the battery below
its SoC is charged from the grid, with all that may go in; from it on the battery is held: PV may
charge it, and nothing is taken out. A SoC of 100 % is never reached: the grid goes on charging.
"""

from __future__ import annotations

from datetime import datetime

from darkstar_simulator.core.control import BatteryServes, Control
from darkstar_simulator.core.dialects.dialect import Dialect, Values
from darkstar_simulator.core.entities import Device, Entity, energy, power
from darkstar_simulator.core.parameters import HouseParameters

_KILO = 1000.0
_NONE = -1.0
_SETPOINT, _FEED_IN = "ac_power_setpoint", "ess_max_feed_in_power"
_SCHEDULE = "ess_batterylife_schedule_charge_0"
_AMPERES, _INVERTER = "ess_max_charge_current", "ess_max_inverter_power_limit"


def _entities(parameters: HouseParameters) -> tuple[Entity, ...]:
    return (*_SENSORS, *_settings(parameters))


def _control(values: Values, parameters: HouseParameters, now: datetime) -> Control:  # noqa: ARG001 (of its kind)
    """What the settings make the inverters do."""
    cell, setpoint = parameters.battery, float(values[_SETPOINT]) / _KILO
    scheduled, amperes = bool(values[f"{_SCHEDULE}_enabled"]), float(values[_AMPERES])
    serves: BatteryServes = "grid" if setpoint < 0 else "house"
    return Control(
        battery_serves="nobody" if scheduled else serves,
        grid_charging=scheduled or setpoint > 0,
        charge_kw=cell.max_charge_kw if amperes < 0 else amperes * cell.nominal_voltage_v / _KILO,
        discharge_kw=_limit(values, _INVERTER, cell.max_discharge_kw),
        export_kw=_limit(values, _FEED_IN, parameters.inverter.fuse_kw),
        floor_percent=float(values["ess_min_soc_limit"]),
        ceiling_percent=float(values[f"{_SCHEDULE}_soc"]) if scheduled else 100.0,
        grid_setpoint_kw=None if scheduled or setpoint == 0 else setpoint,
    )


def _limit(values: Values, key: str, without: float) -> float:
    """A limit [kW], or what holds `without` one."""
    watts = float(values[key])
    return without if watts < 0 else watts / _KILO


def _power(key: str, name: str, reads: str) -> Entity:
    return power(Device.INVERTER, key, name, reads, named=f"gx_device_{key}")


def _energy(key: str, name: str, reads: str) -> Entity:
    return energy(Device.INVERTER, key, name, reads, named=f"gx_device_{key}")


_SENSORS = (
    Entity(
        device=Device.INVERTER, key="dc_battery_charge", named="gx_device_dc_battery_charge",
        component="sensor", name="DC battery charge", unit="%", device_class="battery",
        state_class="measurement", decimals=1, reads="soc_percent",
    ),
    _power("dc_battery_power", "DC battery power", "battery_kw"),
    _power("pv_power", "PV power", "pv_kw"),
    _power("consumption_power_l1", "Consumption power L1", "load_kw"),
    power(Device.INVERTER, "power", "Power", "grid_kw", named="et112_power"),
    energy(Device.INVERTER, "consumption", "Consumption", "import_kwh", named="et112_consumption"),
    energy(Device.INVERTER, "feed_in", "Feed-in", "export_kwh", named="et112_feed_in"),
    Entity(
        device=Device.INVERTER, key="voltage_on_l1", named="et112_voltage_on_l1",
        component="sensor", name="Voltage on L1", unit="V", device_class="voltage",
        state_class="measurement", decimals=1, reads="voltage_v",
    ),
    _energy("pv_energy", "PV energy", "pv_kwh"),
    _energy("dc_battery_charge_energy", "DC battery charge energy", "charge_kwh"),
    _energy("dc_battery_discharge_energy", "DC battery discharge energy", "discharge_kwh"),
)  # fmt: skip


def _settings(parameters: HouseParameters) -> tuple[Entity, ...]:
    def share(key: str, name: str, percent: float) -> Entity:
        return Entity(
            device=Device.INVERTER, key=key, named=f"gx_device_{key}", component="number",
            name=name, unit="%", maximum=100, step=5, default=percent,
        )  # fmt: skip

    def watts(key: str, name: str, least: float, most: float, step: float) -> Entity:
        return Entity(
            device=Device.INVERTER, key=key, named=f"gx_device_{key}", component="number",
            name=name, unit="W", device_class="power", minimum=least, maximum=most, step=step,
            default=_NONE if least == _NONE else 0.0,
        )  # fmt: skip

    reach = round(parameters.inverter.fuse_kw) * _KILO
    slot, named = "ESS BatteryLife schedule charge 0", f"gx_device_{_SCHEDULE}_enabled"
    return (
        watts(_SETPOINT, "AC power setpoint", -reach, reach, 10),
        watts(_INVERTER, "ESS max inverter power limit", _NONE, 1_000_000, 50),
        watts(_FEED_IN, "ESS max feed-in power", _NONE, 1_000_000, 100),
        share("ess_min_soc_limit", "ESS min SoC limit", 10.0),
        Entity(
            device=Device.INVERTER, key=f"{_SCHEDULE}_enabled", named=named, component="switch",
            name=f"{slot} enabled", default=False,
        ),
        share(f"{_SCHEDULE}_soc", f"{slot} SoC", 100.0),
        Entity(
            device=Device.INVERTER, key=_AMPERES, named=f"gx_device_{_AMPERES}",
            component="number", name="ESS max charge current", unit="A", device_class="current",
            minimum=_NONE, maximum=1000, default=_NONE,
        ),
    )  # fmt: skip


VICTRON = Dialect(name="victron", entities=_entities, control=_control)
