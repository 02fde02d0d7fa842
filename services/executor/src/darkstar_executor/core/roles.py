"""The roles that entities of a house play: its sensors, its settings, its vehicles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from darkstar_common.config import Config
from darkstar_executor.core.entities import Entity
from darkstar_executor.core.units import Quantity

if TYPE_CHECKING:  # a profile is made of roles
    from darkstar_executor.core.profile import Profile

Part = Literal["battery", "water", "house"]
Status = Literal["bound", "missing", "ambiguous", "wrong_unit", "wrong_options"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One part to play: what kind of entity can, and in which units.

    Without `quantities` it is a word (a mode) or a switch. A setting is written, not only read.

    Attributes:
        needed_for: Part of the house that cannot be worked without it.
        words: Options that a select must offer.
        unless: A role that makes this one unnecessary, where it is configured.
    """

    meaning: str
    components: frozenset[str]
    quantities: tuple[Quantity, ...] = ()
    setting: bool = False
    needed_for: Part | None = None
    words: frozenset[str] = frozenset()
    unless: str | None = None


def _sensor(meaning: str, quantity: Quantity, needed_for: Part | None = None) -> Role:
    return Role(
        meaning=meaning,
        components=frozenset({"sensor", "number", "input_number"}),
        quantities=(quantity,),
        needed_for=needed_for,
    )


def _setting(
    meaning: str,
    component: str | frozenset[str],
    *quantities: Quantity,
    needed_for: Part | None = None,
    unless: str | None = None,
) -> Role:
    return Role(
        meaning=meaning,
        components=frozenset({component}) if isinstance(component, str) else component,
        quantities=quantities,
        setting=True,
        needed_for=needed_for,
        unless=unless,
    )


def _word(meaning: str, *components: str) -> Role:
    return Role(meaning=meaning, components=frozenset(components))


ROLES: Mapping[str, Role] = MappingProxyType({
    "battery_soc": _sensor("State of charge", "share", "battery"),
    "battery_power": _sensor("Power of the battery, signed", "power"),
    "battery_charge_power": _sensor("Power into the battery (one of two sensors)", "power"),
    "battery_discharge_power": _sensor("Power out of the battery (the other one)", "power"),
    "pv_power": _sensor("PV production", "power"),
    "load_power": _sensor("Consumption of the house, heater included", "power"),
    "grid_power": _sensor("Grid power, signed (net meter)", "power"),
    "import_power": _sensor("Grid import (dual meter)", "power"),
    "export_power": _sensor("Grid export (dual meter)", "power"),
    "grid_voltage": _sensor("Grid voltage", "voltage"),
    "grid_status": _word("Whether the grid is there", "binary_sensor", "sensor", "switch"),
    "automation_switch": _word("A switch of the house: off takes Darkstar's hands away",
                               "switch", "binary_sensor", "input_boolean"),
    "alarm": _word("The alarm that guards the house while nobody is there",
                   "alarm_control_panel", "binary_sensor", "switch", "input_boolean"),
    "water_power": _sensor("Power of the water heater", "power"),
    "water_temperature": _sensor("Temperature of the tank", "temperature"),
    "ev_power": _sensor("Power into all electric vehicles", "power"),
    "load_energy": _sensor("Consumed since some past", "energy"),
    "pv_energy": _sensor("Produced by PV since some past", "energy"),
    "import_energy": _sensor("Imported since some past", "energy"),
    "export_energy": _sensor("Exported since some past", "energy"),
    "charge_energy": _sensor("Charged since some past", "energy"),
    "discharge_energy": _sensor("Discharged since some past", "energy"),
    "water_energy": _sensor("Into the water heater since some past", "energy"),
    "ev_energy": _sensor("Into electric vehicles since some past", "energy"),
    "water_setpoint": _setting("Set-point of the water heater",
                               frozenset({"number", "climate", "water_heater"}), "temperature",
                               needed_for="water", unless="water_switch"),
    "water_switch": _setting("Relay of the water heater: off, it does not heat", "switch"),
})  # fmt: skip


EV_ROLES: Mapping[str, Role] = MappingProxyType(
    {
        "charging": _setting("Charging, on or off", "switch"),
        "current": _setting("What the charger may give", "number", "current", "power"),
        "power": _sensor("Power into the vehicle", "power"),
        "connected": _word("Whether it is plugged in", "binary_sensor", "input_boolean"),
        "soc": _sensor("State of charge of the vehicle", "share"),
    }
)
"""Roles of each vehicle: `{id}/charging` and so on."""


def parts_of(config: Config) -> frozenset[Part]:
    """What the house has; the essential roles of each part are reported when missing."""
    there: dict[Part, bool] = {
        "house": True,
        "battery": config.battery is not None,
        "water": config.water_heater is not None,
    }
    return frozenset(part for part, is_there in there.items() if is_there)


def roles_of(profile: Profile, config: Config) -> Mapping[str, Role]:
    """Every role there is in this house: its sensors, its inverter's settings, its vehicles."""
    vehicles = {f"{ev.id}/{name}": role for ev in config.evs for name, role in EV_ROLES.items()}
    return {**ROLES, **profile.roles, **vehicles}


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A role and the entity that plays it; `entity` is None unless the status is bound.

    Attributes:
        wanted: The entity as the configuration, or else the profile, names it.
        kind: What the role asks for; None for a role that there is not.
        optional: The house runs without it, and the configuration does not ask for it.
    """

    role: str
    wanted: str | None
    status: Status
    entity: Entity | None = None
    quantity: Quantity | None = None
    kind: Role | None = None
    optional: bool = False
    detail: str = ""

    @property
    def setting(self) -> bool:
        """Whether Darkstar writes it."""
        return self.kind is not None and self.kind.setting
