"""What an entity of the house is, the topics it lives on, and those that no brand has a say in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

from darkstar_simulator.core.parameters import HouseParameters, WallboxParameters

Component = Literal[
    "sensor", "binary_sensor", "number", "select", "switch", "button", "text", "time"
]
Value: TypeAlias = float | str | bool


class Device(StrEnum):
    """The gateways of the house; the value is the first level of their topics."""

    INVERTER = "inverter"
    GRID_METER = "grid_meter"
    WATER_HEATER = "water_heater"
    WALLBOX = "wallbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One entity of Home Assistant.

    Attributes:
        device: whose it is.
        key: its name within the device.
        component: what kind of entity; a `time` is a text of the form `HH:MM`, and announced as
            a text.
        name: as people read it.
        named: the entity id without its domain, where it is not `device_key`.
        unit, device_class, state_class: as Home Assistant names them; None where there is none.
        decimals: how many its readings have.
        reads: of a sensor: which of the house's quantities (`readings.QUANTITIES`) it shows.
        factor: of a sensor: its unit and sign; the quantity [kW, kWh, %, …] times this is shown.
        minimum, maximum, step: of a number, in its unit; of a text, the least and most characters.
        options: of a select.
        default: of a setting: its value in a house just switched on. A button has none.
    """

    device: Device
    key: str
    component: Component
    name: str
    named: str | None = None
    unit: str | None = None
    device_class: str | None = None
    state_class: str | None = None
    decimals: int = 0
    reads: str | None = None
    factor: float = 1.0
    minimum: float = 0.0
    maximum: float = 0.0
    step: float = 1.0
    options: tuple[str, ...] = ()
    default: Value | None = None

    @property
    def object_id(self) -> str:
        """The entity id without its domain."""
        return self.named or f"{self.device}_{self.key}"

    @property
    def domain(self) -> str:
        """The component as Home Assistant has it."""
        return "text" if self.component == "time" else self.component

    @property
    def setting(self) -> str:
        """The name of its value among the settings: the key, with the device's unless a brand's."""
        own = self.device in {Device.INVERTER, Device.GRID_METER}
        return self.key if own else f"{self.device}_{self.key}"

    @property
    def is_setting(self) -> bool:
        """Whether it takes commands."""
        return self.component not in {"sensor", "binary_sensor"}

    @property
    def has_state(self) -> bool:
        """Whether it shows anything; a button does not."""
        return self.component != "button"

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


def power(
    device: Device, key: str, name: str, reads: str, *, factor: float = 1000.0,
    unit: str = "W", decimals: int = 0, named: str | None = None,
) -> Entity:  # fmt: skip
    """A sensor of a power; in W unless said otherwise, and `factor` gives the sign."""
    return Entity(
        device=device, key=key, component="sensor", name=name, named=named, unit=unit,
        device_class="power", state_class="measurement", decimals=decimals,
        reads=reads, factor=factor,
    )  # fmt: skip


def energy(
    device: Device, key: str, name: str, reads: str, *, factor: float = 1.0,
    unit: str = "kWh", decimals: int = 3, named: str | None = None,
) -> Entity:  # fmt: skip
    """A counter of an energy; in kWh unless said otherwise."""
    return Entity(
        device=device, key=key, component="sensor", name=name, named=named, unit=unit,
        device_class="energy", state_class="total_increasing", decimals=decimals,
        reads=reads, factor=factor,
    )  # fmt: skip


def common_entities(parameters: HouseParameters) -> tuple[Entity, ...]:
    """What stands in the house whatever the inverter's brand: heater, grid relay, wallbox."""
    box = parameters.wallbox
    return (*_HOUSE, *(() if box is None else _wallbox(box)))


_HOUSE = (
    Entity(
        device=Device.INVERTER, key="grid_status", named="inverter_grid_status",
        component="binary_sensor", name="Grid status", device_class="power", reads="grid_there",
    ),
    Entity(
        device=Device.WATER_HEATER, key="temperature", component="sensor", name="Temperature",
        unit="°C", device_class="temperature", state_class="measurement", decimals=1,
        reads="water_c",
    ),
    power(Device.WATER_HEATER, "power", "Power", "water_kw"),
    energy(Device.WATER_HEATER, "energy", "Energy", "water_kwh"),
    Entity(
        device=Device.WATER_HEATER, key="setpoint", component="number", name="Setpoint",
        unit="°C", device_class="temperature", minimum=30, maximum=85, default=60.0,
    ),
    Entity(
        device=Device.WATER_HEATER, key="power_switch", component="switch", name="Power switch",
        default=True,
    ),
)  # fmt: skip


def _wallbox(box: WallboxParameters) -> tuple[Entity, ...]:
    return (
        power(Device.WALLBOX, "power", "Power", "ev_kw"),
        energy(Device.WALLBOX, "energy", "Energy", "ev_kwh"),
        Entity(
            device=Device.WALLBOX, key="soc", component="sensor", name="Car SoC", unit="%",
            device_class="battery", state_class="measurement", decimals=1, reads="ev_soc_percent",
        ),
        Entity(
            device=Device.WALLBOX, key="connected", component="binary_sensor", name="Connected",
            device_class="plug", reads="ev_connected",
        ),
        Entity(
            device=Device.WALLBOX, key="charging", component="switch", name="Charging",
            default=True,
        ),
        Entity(
            device=Device.WALLBOX, key="current", component="number", name="Current", unit="A",
            device_class="current", minimum=box.min_current_a, maximum=box.max_current_a,
            default=box.max_current_a,
        ),
    )  # fmt: skip
