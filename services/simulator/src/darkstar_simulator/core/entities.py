"""The entities that the house shows, one row each, and the topics they live on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from darkstar_simulator.core.parameters import HouseParameters
from darkstar_simulator.core.settings import WorkMode

Component = Literal["sensor", "number", "select", "switch"]


class Device(StrEnum):
    """The three gateways of the house; the value is the first level of their topics."""

    INVERTER = "inverter"
    GRID_METER = "grid_meter"
    WATER_HEATER = "water_heater"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One entity of Home Assistant.

    Attributes:
        device: whose it is.
        key: its name within the device; the entity id is `component.device_key`.
        component: what kind of entity.
        name: as people read it.
        unit, device_class, state_class: as Home Assistant names them; None where there is none.
        decimals: how many its readings have.
        minimum, maximum, step: of a number, in its unit.
        options: of a select.
        setting: which field of `Settings` it commands; None for a sensor.
    """

    device: Device
    key: str
    component: Component
    name: str
    unit: str | None = None
    device_class: str | None = None
    state_class: str | None = None
    decimals: int = 0
    minimum: float = 0.0
    maximum: float = 0.0
    step: float = 1.0
    options: tuple[str, ...] = ()
    setting: str | None = None

    @property
    def object_id(self) -> str:
        """The entity id without its domain."""
        return f"{self.device}_{self.key}"

    @property
    def is_counter(self) -> bool:
        """Whether it only ever grows, until it is reset."""
        return self.state_class == "total_increasing"


def base_topic(device: Device, node: str) -> str:
    """What all topics of a device begin with."""
    return f"{device}/{node}"


def state_topic(entity: Entity, node: str) -> str:
    """Where the entity's state is; the grid meter has one JSON object for all of them."""
    key = "state" if entity.device is Device.GRID_METER else entity.key
    return f"{base_topic(entity.device, node)}/{key}"


def command_topic(entity: Entity, node: str) -> str:
    """Where a command to the entity goes."""
    return f"{base_topic(entity.device, node)}/{entity.key}/set"


def availability_topic(device: Device, node: str) -> str:
    """Where the device says whether it is reachable."""
    return f"{base_topic(device, node)}/availability"


def bridge_topic(node: str) -> str:
    """Where the whole simulated gateway says whether it is running; carries the last will."""
    return f"simulator/{node}/availability"


def entities(parameters: HouseParameters) -> tuple[Entity, ...]:
    """All entities of the house."""
    return (*_SENSORS, *_commanded(parameters))


def _power(device: Device, key: str, name: str) -> Entity:
    return Entity(
        device=device, key=key, component="sensor", name=name, unit="W",
        device_class="power", state_class="measurement",
    )  # fmt: skip


def _energy(device: Device, key: str, name: str) -> Entity:
    return Entity(
        device=device, key=key, component="sensor", name=name, unit="kWh",
        device_class="energy", state_class="total_increasing", decimals=3,
    )  # fmt: skip


_SENSORS = (
    Entity(
        device=Device.INVERTER, key="battery_soc", component="sensor", name="Battery SoC", unit="%",
        device_class="battery", state_class="measurement", decimals=1,
    ),
    _power(Device.INVERTER, "battery_power", "Battery power"),
    _power(Device.INVERTER, "pv_power", "PV power"),
    _power(Device.INVERTER, "load_power", "Load power"),
    Entity(
        device=Device.INVERTER, key="grid_voltage", component="sensor", name="Grid voltage",
        unit="V", device_class="voltage", state_class="measurement", decimals=1,
    ),
    _energy(Device.INVERTER, "total_pv", "Total PV"),
    _energy(Device.INVERTER, "total_load", "Total load"),
    _energy(Device.INVERTER, "total_battery_charge", "Total battery charge"),
    _energy(Device.INVERTER, "total_battery_discharge", "Total battery discharge"),
    _power(Device.GRID_METER, "power", "Power"),
    _energy(Device.GRID_METER, "import_energy", "Import"),
    _energy(Device.GRID_METER, "export_energy", "Export"),
    Entity(
        device=Device.WATER_HEATER, key="temperature", component="sensor", name="Temperature",
        unit="°C", device_class="temperature", state_class="measurement", decimals=1,
    ),
    _power(Device.WATER_HEATER, "power", "Power"),
    _energy(Device.WATER_HEATER, "energy", "Energy"),
)  # fmt: skip


def _commanded(parameters: HouseParameters) -> tuple[Entity, ...]:
    inverter = parameters.inverter
    return (
        Entity(
            device=Device.INVERTER, key="work_mode", component="select", name="Work mode",
            options=tuple(WorkMode), setting="work_mode",
        ),
        Entity(
            device=Device.INVERTER, key="battery_grid_charging", component="switch",
            name="Battery grid charging", setting="grid_charging",
        ),
        Entity(
            device=Device.INVERTER, key="battery_max_charging_current", component="number",
            name="Battery max charging current", unit="A", device_class="current",
            maximum=inverter.max_current_a, setting="max_charging_current_a",
        ),
        Entity(
            device=Device.INVERTER, key="battery_max_discharging_current", component="number",
            name="Battery max discharging current", unit="A", device_class="current",
            maximum=inverter.max_current_a, setting="max_discharging_current_a",
        ),
        Entity(
            device=Device.INVERTER, key="export_surplus_power", component="number",
            name="Export surplus power", unit="W", device_class="power",
            maximum=inverter.fuse_kw * 1000, setting="export_limit_w",
        ),
        Entity(
            device=Device.INVERTER, key="battery_soc_target", component="number",
            name="Battery SoC target", unit="%", maximum=100, setting="soc_target_percent",
        ),
        Entity(
            device=Device.WATER_HEATER, key="setpoint", component="number", name="Setpoint",
            unit="°C", device_class="temperature", minimum=30, maximum=85,
            setting="water_setpoint_c",
        ),
    )  # fmt: skip
