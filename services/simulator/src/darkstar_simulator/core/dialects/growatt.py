"""Growatt SPH storage inverters, as the Growatt Modbus integration shows them.

The priority is *Load First* unless a period of another priority is on and its window holds now.
*Load First*: PV serves the house, then the battery, then the grid; the battery serves the house
down to the Load First minimum SoC. No rate limits it.
*Battery First*: the battery is charged and not discharged, with the charge power rate at most;
while AC charge is enabled the grid helps, up to the charge stop SoC.
*Grid First*: PV and the battery, with the discharge power rate, feed house and grid down to the
discharge stop SoC; the battery is not charged.
Rates are percent of the battery's greatest power, the export limit of the inverter's. What two
periods at once do is not said anywhere; here Battery First wins. A window that ends at 23:59
leaves the last minute of the day out.
"""

from __future__ import annotations

from datetime import datetime

from darkstar_simulator.core.control import Control
from darkstar_simulator.core.dialects.dialect import Dialect, Values
from darkstar_simulator.core.entities import Device, Entity, energy, power
from darkstar_simulator.core.parameters import HouseParameters

_PER_CENT = 100.0
_OFF, _ON = "Disabled", "Enabled"
_BATTERY_FIRST, _GRID_FIRST = "time_period_1", "grid_first_time_period_7"


def _entities(parameters: HouseParameters) -> tuple[Entity, ...]:  # noqa: ARG001 (of its kind)
    return (*_SENSORS, *_SETTINGS)


def _control(values: Values, parameters: HouseParameters, now: datetime) -> Control:
    """What the settings make the inverter do at `now`."""
    cell = parameters.battery
    export_kw = _part(values, "export_limit_power") * parameters.inverter.ac_limit_kw
    if values["export_limit_mode"] == _OFF:
        export_kw = parameters.inverter.fuse_kw
    if _rules(values, _BATTERY_FIRST, now):
        return Control(
            battery_serves="nobody",
            grid_charging=values["ac_charge_enable"] == _ON,
            charge_kw=_part(values, "charge_power_rate") * cell.max_charge_kw,
            discharge_kw=0.0,
            export_kw=export_kw,
            floor_percent=float(values["discharge_stopped_soc"]),
            ceiling_percent=float(values["charge_stopped_soc"]),
        )
    if _rules(values, _GRID_FIRST, now):
        return Control(
            pv_to="grid",
            battery_serves="grid",
            charge_kw=0.0,
            discharge_kw=_part(values, "discharge_power_rate") * cell.max_discharge_kw,
            export_kw=export_kw,
            floor_percent=float(values["discharge_stopped_soc"]),
            ceiling_percent=float(values["charge_stopped_soc"]),
        )
    return Control(
        charge_kw=cell.max_charge_kw,
        discharge_kw=cell.max_discharge_kw,
        export_kw=export_kw,
        floor_percent=float(values["load_first_battery_minimum_soc"]),
        ceiling_percent=float(values["charge_stopped_soc"]),
    )


def _part(values: Values, key: str) -> float:
    return float(values[key]) / _PER_CENT


def _rules(values: Values, period: str, now: datetime) -> bool:
    """Whether `period` is on and holds `now`; it may run over midnight."""
    start, end = str(values[f"{period}_start"]), str(values[f"{period}_end"])
    clock = f"{now:%H:%M}"
    inside = start <= clock < end if start <= end else clock >= start or clock < end
    return values[f"{period}_enable"] == _ON and inside


def _power(key: str, name: str, reads: str) -> Entity:
    return power(Device.INVERTER, key, name, reads, named=f"growatt_{key}")


def _energy(key: str, name: str, reads: str) -> Entity:
    return energy(Device.INVERTER, key, name, reads, decimals=1, named=f"growatt_{key}")


def _share(key: str, name: str, *, least: float = 0.0, default: float) -> Entity:
    return Entity(
        device=Device.INVERTER, key=key, named=f"growatt_{key}", component="number", name=name,
        unit="%", minimum=least, maximum=100, default=default,
    )  # fmt: skip


def _choice(key: str, name: str, *options: str) -> Entity:
    return Entity(
        device=Device.INVERTER, key=key, named=f"growatt_{key}", component="select", name=name,
        options=options, default=options[0],
    )  # fmt: skip


def _time(key: str, name: str) -> Entity:
    return Entity(
        device=Device.INVERTER, key=key, named=f"growatt_{key}", component="time", name=name,
        default="00:00",
    )  # fmt: skip


_SENSORS = (
    Entity(
        device=Device.INVERTER, key="battery_soc", named="growatt_battery_soc",
        component="sensor", name="Battery SOC", unit="%", device_class="battery",
        state_class="measurement", decimals=1, reads="soc_percent",
    ),
    _power("battery_charge_power", "Battery Charge Power", "charge_kw"),
    _power("battery_discharge_power", "Battery Discharge Power", "discharge_kw"),
    _power("solar_total_power", "Solar Total Power", "pv_kw"),
    _power("house_consumption", "House Consumption", "load_kw"),
    _power("grid_import_power", "Grid Import Power", "import_kw"),
    _power("grid_export_power", "Grid Export Power", "export_kw"),
    Entity(
        device=Device.INVERTER, key="ac_voltage", named="growatt_ac_voltage", component="sensor",
        name="AC Voltage", unit="V", device_class="voltage", state_class="measurement",
        decimals=1, reads="voltage_v",
    ),
    _energy("energy_total", "Energy Total", "pv_kwh"),
    _energy("load_energy_total", "Load Energy Total", "load_kwh"),
    _energy("energy_to_user_total", "Energy to User Total", "import_kwh"),
    _energy("energy_to_grid_total", "Energy to Grid Total", "export_kwh"),
    _energy("charge_energy_total", "Charge Energy Total", "charge_kwh"),
    _energy("discharge_energy_total", "Discharge Energy Total", "discharge_kwh"),
)  # fmt: skip

_SETTINGS = (
    _choice("ac_charge_enable", "AC Charge Enable", _OFF, _ON),
    _choice(f"{_BATTERY_FIRST}_enable", "Battery First Period 1 Enable", _OFF, _ON),
    _choice(f"{_GRID_FIRST}_enable", "Grid First Period 1 Enable", _OFF, _ON),
    _time(f"{_BATTERY_FIRST}_start", "Battery First Period 1 Start"),
    _time(f"{_BATTERY_FIRST}_end", "Battery First Period 1 End"),
    _time(f"{_GRID_FIRST}_start", "Grid First Period 1 Start"),
    _time(f"{_GRID_FIRST}_end", "Grid First Period 1 End"),
    _share("charge_power_rate", "AC Charge Power Rate", default=100.0),
    _share("charge_stopped_soc", "AC Charge Stop SOC", default=100.0),
    _share("discharge_power_rate", "Discharge Power Rate", default=100.0),
    _share("discharge_stopped_soc", "Discharge Stopped SOC", default=20.0),
    _share("load_first_battery_minimum_soc", "Load First Battery Minimum SOC", least=10,
           default=20.0),
    _choice("export_limit_mode", "Export Limit Mode", "RS485 External Meter", _OFF,
            "RS232 External Meter", "CT Clamp Limit"),
    _share("export_limit_power", "Export Limit Power", default=100.0),
)  # fmt: skip


GROWATT = Dialect(name="growatt", entities=_entities, control=_control, timed=True)
