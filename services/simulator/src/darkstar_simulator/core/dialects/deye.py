"""Deye, as its sunsynk gateway shows it: two work modes, currents, one SoC target for both ends.

*Zero Export To CT*: PV serves the house, then the battery, then the grid up to the export limit;
the battery serves the house while SoC is above the target and never the grid.
*Export First*: PV serves the house, then the grid up to the export limit, then the battery; the
battery serves both while SoC is above the target.
In both modes grid charging fills the battery up to the target.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from darkstar_simulator.core.control import Control
from darkstar_simulator.core.dialects.dialect import Dialect, Values
from darkstar_simulator.core.entities import Device, Entity, energy, power
from darkstar_simulator.core.parameters import HouseParameters

_KILO = 1000.0


class WorkMode(StrEnum):
    """The two work modes of a Deye-kind inverter that matter here."""

    EXPORT_FIRST = "Export First"
    ZERO_EXPORT = "Zero Export To CT"


def _entities(parameters: HouseParameters) -> tuple[Entity, ...]:
    return (*_SENSORS, *_settings(parameters))


def _control(values: Values, parameters: HouseParameters, now: datetime) -> Control:  # noqa: ARG001 (of its kind)
    selling = values["work_mode"] == WorkMode.EXPORT_FIRST
    target = float(values["battery_soc_target"])
    cell = parameters.battery
    return Control(
        pv_to="grid" if selling else "battery",
        battery_serves="grid" if selling else "house",
        grid_charging=bool(values["battery_grid_charging"]),
        charge_kw=cell.kilowatts(float(values["battery_max_charging_current"])),
        discharge_kw=cell.kilowatts(float(values["battery_max_discharging_current"])),
        export_kw=float(values["export_surplus_power"]) / _KILO,
        floor_percent=target,
        ceiling_percent=target,
    )


_SENSORS = (
    Entity(
        device=Device.INVERTER, key="battery_soc", component="sensor", name="Battery SoC", unit="%",
        device_class="battery", state_class="measurement", decimals=1, reads="soc_percent",
    ),
    power(Device.INVERTER, "battery_power", "Battery power", "battery_kw", factor=-_KILO),
    power(Device.INVERTER, "pv_power", "PV power", "pv_kw"),
    power(Device.INVERTER, "load_power", "Load power", "load_kw"),
    Entity(
        device=Device.INVERTER, key="grid_voltage", component="sensor", name="Grid voltage",
        unit="V", device_class="voltage", state_class="measurement", decimals=1, reads="voltage_v",
    ),
    energy(Device.INVERTER, "total_pv", "Total PV", "pv_kwh"),
    energy(Device.INVERTER, "total_load", "Total load", "load_kwh"),
    energy(Device.INVERTER, "total_battery_charge", "Total battery charge", "charge_kwh"),
    energy(Device.INVERTER, "total_battery_discharge", "Total battery discharge", "discharge_kwh"),
    power(Device.GRID_METER, "power", "Power", "grid_kw"),
    energy(Device.GRID_METER, "import_energy", "Import", "import_kwh"),
    energy(Device.GRID_METER, "export_energy", "Export", "export_kwh"),
)  # fmt: skip


def _settings(parameters: HouseParameters) -> tuple[Entity, ...]:
    inverter = parameters.inverter
    return (
        Entity(
            device=Device.INVERTER, key="work_mode", component="select", name="Work mode",
            options=tuple(WorkMode), default=WorkMode.ZERO_EXPORT.value,
        ),
        Entity(
            device=Device.INVERTER, key="battery_grid_charging", component="switch",
            name="Battery grid charging", default=False,
        ),
        Entity(
            device=Device.INVERTER, key="battery_max_charging_current", component="number",
            name="Battery max charging current", unit="A", device_class="current",
            maximum=inverter.max_current_a, default=inverter.max_current_a,
        ),
        Entity(
            device=Device.INVERTER, key="battery_max_discharging_current", component="number",
            name="Battery max discharging current", unit="A", device_class="current",
            maximum=inverter.max_current_a, default=inverter.max_current_a,
        ),
        Entity(
            device=Device.INVERTER, key="export_surplus_power", component="number",
            name="Export surplus power", unit="W", device_class="power",
            maximum=inverter.fuse_kw * _KILO, default=inverter.fuse_kw * _KILO,
        ),
        Entity(
            device=Device.INVERTER, key="battery_soc_target", component="number",
            name="Battery SoC target", unit="%", maximum=100, default=12.0,
        ),
    )  # fmt: skip


DEYE = Dialect(name="deye", entities=_entities, control=_control)
