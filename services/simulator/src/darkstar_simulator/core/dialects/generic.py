"""A house whose owner wrote the automation: a select with Darkstar's intents, figures in kW.

What each word means is written in docs/profiles.md, under "Intents"; this is the program that the
owner would write. Battery and grid power are in kW, positive for discharge and import.
"""

from __future__ import annotations

from datetime import datetime

from darkstar_simulator.core.control import Control
from darkstar_simulator.core.dialects.dialect import Dialect, Values
from darkstar_simulator.core.entities import Device, Entity, energy, power
from darkstar_simulator.core.parameters import HouseParameters

_INTENTS = (
    "self_consume", "charge_from_grid", "charge_from_pv", "discharge", "export", "hold", "curtail",
    "idle",
)  # fmt: skip
_UNLIMITED_KW = 100.0


def _entities(parameters: HouseParameters) -> tuple[Entity, ...]:
    return (*_SENSORS, *_settings(parameters))


def _control(values: Values, parameters: HouseParameters, now: datetime) -> Control:  # noqa: ARG001 (of its kind)
    """What the owner's program makes of the words."""
    intent = values["battery_intent"]
    rests = intent == "hold"
    return Control(
        pv_to="grid" if intent == "idle" else "battery",
        battery_serves="nobody" if rests else "grid" if intent == "export" else "house",
        grid_charging=intent == "charge_from_grid",
        charge_kw=0.0 if intent == "idle" else float(values["battery_charge_power"]),
        discharge_kw=0.0 if rests else float(values["battery_discharge_power"]),
        export_kw=float(values["grid_export_limit"]),
        floor_percent=float(values["battery_min_soc"]),
        ceiling_percent=float(values["battery_max_soc"]),
    )


def _power(key: str, name: str, reads: str, *, sign: float = 1.0) -> Entity:
    return power(
        Device.INVERTER, key, name, reads, factor=sign, unit="kW", decimals=3, named=key
    )  # fmt: skip


def _energy(key: str, name: str, reads: str) -> Entity:
    return energy(Device.INVERTER, key, name, reads, named=key)


_SENSORS = (
    Entity(
        device=Device.INVERTER, key="battery_soc", named="battery_soc", component="sensor",
        name="Battery SoC", unit="%", device_class="battery", state_class="measurement",
        decimals=1, reads="soc_percent",
    ),
    _power("battery_power", "Battery power", "battery_kw", sign=-1.0),
    _power("pv_power", "PV power", "pv_kw"),
    _power("load_power", "Load power", "load_kw"),
    _power("grid_power", "Grid power", "grid_kw"),
    Entity(
        device=Device.INVERTER, key="grid_voltage", named="grid_voltage", component="sensor",
        name="Grid voltage", unit="V", device_class="voltage", state_class="measurement",
        decimals=1, reads="voltage_v",
    ),
    _energy("load_energy", "Load energy", "load_kwh"),
    _energy("pv_energy", "PV energy", "pv_kwh"),
    _energy("import_energy", "Import energy", "import_kwh"),
    _energy("export_energy", "Export energy", "export_kwh"),
    _energy("battery_charge_energy", "Battery charge energy", "charge_kwh"),
    _energy("battery_discharge_energy", "Battery discharge energy", "discharge_kwh"),
)  # fmt: skip


def _settings(parameters: HouseParameters) -> tuple[Entity, ...]:
    def most_kw(key: str, name: str, kilowatts: float) -> Entity:
        return Entity(
            device=Device.INVERTER, key=key, named=key, component="number", name=name, unit="kW",
            device_class="power", maximum=_UNLIMITED_KW, step=0.01, default=kilowatts,
        )  # fmt: skip

    def share(key: str, name: str, percent: float) -> Entity:
        return Entity(
            device=Device.INVERTER, key=key, named=key, component="number", name=name, unit="%",
            maximum=100, default=percent,
        )  # fmt: skip

    cell = parameters.battery
    return (
        Entity(
            device=Device.INVERTER, key="battery_intent", named="battery_intent",
            component="select", name="Battery intent", options=_INTENTS, default="self_consume",
        ),
        most_kw("grid_export_limit", "Grid export limit", parameters.inverter.fuse_kw),
        most_kw("battery_charge_power", "Battery charge power", cell.max_charge_kw),
        most_kw("battery_discharge_power", "Battery discharge power", cell.max_discharge_kw),
        share("battery_min_soc", "Battery minimum SoC", 12.0),
        share("battery_max_soc", "Battery maximum SoC", 100.0),
    )  # fmt: skip


GENERIC = Dialect(name="generic", entities=_entities, control=_control)
