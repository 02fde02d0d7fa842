"""Which entity plays which role of the house, and what keeps a role from being played.

A role is resolved from what was discovered, by entity id, unique id, or `device/object`. A
unit or an option that does not fit leaves the role unbound: it is refused, never guessed.
"""

from __future__ import annotations

import difflib
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from darkstar_common.config import Config
from darkstar_executor.core.entities import Entity
from darkstar_executor.core.names import slug
from darkstar_executor.core.units import SCALES, Quantity

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
        components=frozenset({"sensor", "number"}),
        quantities=(quantity,),
        needed_for=needed_for,
    )


def _setting(
    meaning: str,
    component: str,
    *quantities: Quantity,
    needed_for: Part | None = None,
    unless: str | None = None,
) -> Role:
    return Role(
        meaning=meaning,
        components=frozenset({component}),
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
                               "switch", "binary_sensor"),
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
    "work_mode": _setting("Work mode of the inverter", "select", needed_for="battery"),
    "grid_charging": _setting("Charging from the grid, on or off", "switch", needed_for="battery"),
    "max_charge_current": _setting("Most the battery is charged with", "number", "current",
                                   "power"),
    "max_discharge_current": _setting("Most the battery is discharged with", "number", "current",
                                      "power"),
    "export_limit": _setting("Most that is fed into the grid", "number", "power"),
    "soc_target": _setting("Ceiling of grid charging, floor of discharging", "number", "share",
                           needed_for="battery"),
    "water_setpoint": _setting("Set-point of the water heater", "number", "temperature",
                               needed_for="water", unless="water_switch"),
    "water_switch": _setting("Relay of the water heater: off, it does not heat", "switch"),
})  # fmt: skip


EV_ROLES: Mapping[str, Role] = MappingProxyType(
    {
        "charging": _setting("Charging, on or off", "switch"),
        "current": _setting("What the charger may give", "number", "current", "power"),
        "power": _sensor("Power into the vehicle", "power"),
        "connected": _word("Whether it is plugged in", "binary_sensor"),
        "soc": _sensor("State of charge of the vehicle", "share"),
    }
)
"""Roles of each vehicle: `{id}/charging` and so on."""


def roles_of(profile: Profile, config: Config) -> Mapping[str, Role]:
    """Every role there is in this house: its sensors, its inverter's settings, its vehicles."""
    vehicles = {f"{ev.id}/{name}": role for ev in config.evs for name, role in EV_ROLES.items()}
    return {**ROLES, **profile.roles, **vehicles}


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A role and the entity that plays it; `entity` is None unless the status is bound.

    Attributes:
        setting: Whether Darkstar writes it.
        optional: The house runs without it.
    """

    role: str
    wanted: str | None
    status: Status
    entity: Entity | None = None
    quantity: Quantity | None = None
    setting: bool = False
    optional: bool = False
    detail: str = ""


def bind(
    wanted: Mapping[str, str],
    entities: Iterable[Entity],
    *,
    roles: Mapping[str, Role] = ROLES,
    parts: frozenset[Part],
    asked: Container[str] | None = None,
    modes: frozenset[str] = frozenset(),
) -> dict[str, Binding]:
    """A binding for each role that is wanted, and for each that the house needs.

    Args:
        wanted: Role to entity: the profile's, then the configuration's.
        entities: What was discovered.
        roles: Those that there are, from `roles_of`.
        parts: What the house has; their essential roles are reported when missing.
        asked: Roles that the configuration names itself, not only the profile; None: all.
        modes: Options that the entity in role work_mode must offer besides.
    """
    named = _by_name(entities)
    needed = {
        name
        for name, role in roles.items()
        if role.needed_for in parts and role.unless not in wanted
    }
    found: dict[str, Binding] = {}
    for name in dict.fromkeys([*wanted, *(one for one in roles if one in needed)]):
        binding = _bind(name, wanted.get(name), named, roles, modes)
        role = roles.get(name)
        required = name in needed or role is None or asked is None or name in asked
        found[name] = replace(
            binding, optional=not required, setting=role is not None and role.setting
        )
    return found


def suggestion(binding: Binding, entities: Iterable[Entity]) -> str:
    """A sentence that names discovered entities which the config may have meant, or nothing."""
    role = ROLES.get(binding.role)
    if binding.status != "missing" or role is None:
        return ""
    fitting = tuple(one.entity_id for one in entities if _fits(role, one))
    close = _closest(binding.wanted or binding.role, fitting)
    return f"; did you mean {' or '.join(close)}?" if close else ""


@lru_cache(maxsize=64)  # milliseconds for hundreds of entities, asked again every minute
def _closest(wanted: str, fitting: tuple[str, ...]) -> list[str]:
    return difflib.get_close_matches(wanted, fitting, n=3, cutoff=0.4)


def names(entity: Entity) -> frozenset[str]:
    """What the config may call `entity`."""
    place = f"{slug(entity.device)}/{entity.object_id}"
    return frozenset(one for one in (entity.entity_id, entity.unique_id, place) if one)


def _by_name(entities: Iterable[Entity]) -> dict[str, list[Entity]]:
    found: dict[str, list[Entity]] = {}
    for entity in entities:
        for name in names(entity):
            found.setdefault(name, []).append(entity)
    return found


def _bind(
    name: str,
    wanted: str | None,
    named: Mapping[str, list[Entity]],
    roles: Mapping[str, Role],
    modes: frozenset[str],
) -> Binding:
    def unbound(status: Status, detail: str) -> Binding:
        return Binding(role=name, wanted=wanted, status=status, detail=detail)

    role = roles.get(name)
    if role is None:
        close = difflib.get_close_matches(name, roles, n=1)
        known = f"did you mean {close[0]}?" if close else f"known are {', '.join(roles)}"
        return unbound("missing", f"{name} is no role; {known}")
    if not wanted:
        return unbound("missing", f"executor.roles names no entity for {name}")
    found = named.get(wanted, [])
    if not found:
        return unbound("missing", f"{wanted} was not discovered")
    if len(found) > 1:
        return unbound(
            "ambiguous", f"{wanted} was announced {len(found)} times; name it by its unique id"
        )
    return _checked(name, role, wanted, found[0], modes)


def _checked(name: str, role: Role, wanted: str, entity: Entity, modes: frozenset[str]) -> Binding:
    def unbound(status: Status, detail: str) -> Binding:
        return Binding(role=name, wanted=wanted, status=status, detail=detail)

    if entity.component not in role.components:
        kinds = " or ".join(sorted(role.components))
        return unbound("missing", f"{wanted} is a {entity.component}, {name} needs a {kinds}")
    topic = entity.command_topic if role.setting else entity.state_topic
    if topic is None:
        way = "command_topic" if role.setting else "state_topic"
        return unbound("missing", f"{wanted} announced no {way}")
    quantity = _quantity(role, entity)
    if role.quantities and quantity is None:
        units = ", ".join(unit for one in role.quantities for unit in SCALES[one])
        return unbound(
            "wrong_unit", f"{wanted} is in {entity.unit or 'no unit'}, {name} needs {units}"
        )
    words = role.words | modes if name == "work_mode" else role.words
    lacking = sorted(words - set(entity.options))
    if lacking:
        return unbound(
            "wrong_options", f"{wanted} has no {', '.join(lacking)}; it has {entity.options}"
        )
    return Binding(role=name, wanted=wanted, status="bound", entity=entity, quantity=quantity)


def _quantity(role: Role, entity: Entity) -> Quantity | None:
    return next((one for one in role.quantities if entity.unit in SCALES[one]), None)


def _fits(role: Role, entity: Entity) -> bool:
    return entity.component in role.components and (
        not role.quantities or _quantity(role, entity) is not None
    )
