"""SolarEdge with a battery, as SolarEdge Modbus Multi shows it: the storage control options.

Only in the control mode *Remote Control* a command mode holds, for as many seconds as the command
timeout says since a mode or a limit was last told; then the default mode does, without limits.
*Solar Power Only (Off)*: the battery rests. *Charge from Clipped Solar Power* is the same here.
*Charge from Solar Power*: the battery takes PV and gives nothing. *Charge from Solar Power and
Grid*: it is charged with the charge limit, from the grid what PV lacks, if the AC charge policy
allows it, until it is full. *Discharge to Maximize Export*: it gives the discharge limit to house
and grid. *Discharge to Minimize Import*: it serves the house and takes nothing. *Maximize Self
Consumption*: PV serves the house, then the battery, then the grid; the battery serves the house.
Discharging ends at the backup reserve. The site limit holds for what is fed in.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from darkstar_simulator.core.control import BatteryServes, Control
from darkstar_simulator.core.dialects.dialect import Dialect, Values
from darkstar_simulator.core.entities import Device, Entity, Value, power
from darkstar_simulator.core.parameters import HouseParameters

_KILO = 1000.0
_MOST = 1_000_000.0
_MODES = (
    "Solar Power Only (Off)", "Charge from Clipped Solar Power", "Charge from Solar Power",
    "Charge from Solar Power and Grid", "Discharge to Maximize Export",
    "Discharge to Minimize Import", "Maximize Self Consumption",
)  # fmt: skip
_OFF, _CLIPPED, _SUN, _GRID, _EXPORT, _IMPORT, _SELF = _MODES
_CONTROLS = (
    "Disabled", "Maximize Self Consumption", "Time of Use", "Backup Only", "Remote Control",
)  # fmt: skip
_POLICIES = ("Disabled", "Always Allowed", "Fixed Energy Limit", "Percent of Production")
_COMMAND, _TIMEOUT = "storage_command_mode", "storage_command_timeout"
_CHARGE, _DISCHARGE = "storage_charge_limit", "storage_discharge_limit"
_REMOTE = frozenset({_COMMAND, _TIMEOUT, _CHARGE, _DISCHARGE, "storage_default_mode"})
"""What can be told in the control mode Remote Control alone."""
_SERVES: dict[str, BatteryServes] = {_EXPORT: "grid", _IMPORT: "house", _SELF: "house"}


def _entities(parameters: HouseParameters) -> tuple[Entity, ...]:
    return (*_SENSORS, *_settings(parameters))


def _take(values: Values, key: str, value: Value, now: datetime) -> Values:
    """The settings after a command: one of a mode or a limit holds anew."""
    if key in _REMOTE and not _remote(values):
        return values
    told = {"_told": now.isoformat()} if key in {_COMMAND, _CHARGE, _DISCHARGE} else {}
    return {**values, **told, key: value}


def _control(values: Values, parameters: HouseParameters, now: datetime) -> Control:
    """What the settings make the inverter do."""
    cell, mode, holds = parameters.battery, _mode(values, now), _holds(values, now)
    allowed = values["ac_charge_policy"] == "Always Allowed"
    most_in = min(_kw(values, _CHARGE), cell.max_charge_kw) if holds else cell.max_charge_kw
    most_out = (
        min(_kw(values, _DISCHARGE), cell.max_discharge_kw) if holds else cell.max_discharge_kw
    )
    return Control(
        battery_serves=_SERVES.get(mode, "nobody"),
        grid_charging=mode == _GRID and allowed,
        charge_kw=most_in if mode in {_SUN, _GRID, _SELF} else 0.0,
        discharge_kw=most_out,
        export_kw=_kw(values, "site_limit"),
        floor_percent=float(values["backup_reserve"]),
        ceiling_percent=100.0,
    )


def _mode(values: Values, now: datetime) -> str:
    """What the battery does now; in the other control modes it is plain self-consumption."""
    if not _remote(values):
        return _SELF
    return str(values[_COMMAND if _holds(values, now) else "storage_default_mode"])


def _holds(values: Values, now: datetime) -> bool:
    """Whether what was told last is not too old."""
    told = values.get("_told")
    if told is None or not _remote(values):
        return False
    return now < datetime.fromisoformat(str(told)) + timedelta(seconds=float(values[_TIMEOUT]))


def _remote(values: Values) -> bool:
    return values["storage_control_mode"] == "Remote Control"


def _kw(values: Values, key: str) -> float:
    return float(values[key]) / _KILO


def _power(named: str, name: str, reads: str, *, factor: float = _KILO) -> Entity:
    return power(Device.INVERTER, named, name, reads, factor=factor, named=named)


_SENSORS = (
    Entity(
        device=Device.INVERTER, key="b1_state_of_energy", named="solaredge_i1_b1_state_of_energy",
        component="sensor", name="State of Energy", unit="%", device_class="battery",
        state_class="measurement", decimals=1, reads="soc_percent",
    ),
    _power("solaredge_i1_b1_dc_power", "B1 DC Power", "battery_kw"),
    _power("solaredge_i1_m1_ac_power", "M1 AC Power", "grid_kw", factor=-_KILO),
    _power("solar_panel_production_w", "Solar Panel Production W", "pv_kw"),
    _power("solar_house_consumption_w", "Solar House Consumption W", "load_kw"),
    Entity(
        device=Device.INVERTER, key="ac_voltage_an", named="solaredge_i1_ac_voltage_an",
        component="sensor", name="AC Voltage A-N", unit="V", device_class="voltage",
        state_class="measurement", decimals=1, reads="voltage_v",
    ),
)  # fmt: skip


def _settings(parameters: HouseParameters) -> tuple[Entity, ...]:
    def select(key: str, name: str, options: tuple[str, ...], default: str) -> Entity:
        return Entity(
            device=Device.INVERTER, key=key, named=f"solaredge_i1_{key}", component="select",
            name=name, options=options, default=default,
        )  # fmt: skip

    def number(key: str, name: str, unit: str, most: float, default: float) -> Entity:
        return Entity(
            device=Device.INVERTER, key=key, named=f"solaredge_i1_{key}", component="number",
            name=name, unit=unit, device_class={"W": "power", "s": "duration"}.get(unit),
            maximum=most, default=default,
        )  # fmt: skip

    cell = parameters.battery
    return (
        select("storage_control_mode", "Storage Control Mode", _CONTROLS, _CONTROLS[1]),
        select("storage_default_mode", "Storage Default Mode", _MODES, _SELF),
        select(_COMMAND, "Storage Command Mode", _MODES, _SELF),
        select("ac_charge_policy", "AC Charge Policy", _POLICIES, _POLICIES[0]),
        number("backup_reserve", "Backup Reserve", "%", 100, 10.0),
        number(_TIMEOUT, "Storage Command Timeout", "s", 86_400, 3600.0),
        number(_CHARGE, "Storage Charge Limit", "W", _MOST, round(cell.max_charge_kw * _KILO)),
        number(
            _DISCHARGE, "Storage Discharge Limit", "W", _MOST,
            round(cell.max_discharge_kw * _KILO),
        ),
        number("site_limit", "Site Limit", "W", _MOST, _MOST),
    )  # fmt: skip


SOLAREDGE = Dialect(name="solaredge", entities=_entities, control=_control, take=_take, timed=True)
