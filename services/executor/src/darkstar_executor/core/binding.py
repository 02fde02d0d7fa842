"""Which entity plays which role, and what keeps a role from being played.

A role is resolved from what was discovered, by entity id, unique id, or `device/object`. A
unit or an option that does not fit leaves the role unbound: it is refused, never guessed.
"""

from __future__ import annotations

import difflib
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace

from darkstar_common.config import Config
from darkstar_executor.core.entities import Entity
from darkstar_executor.core.names import slug
from darkstar_executor.core.profile import Profile
from darkstar_executor.core.roles import Binding, Part, Role, Status, parts_of, roles_of
from darkstar_executor.core.units import Quantity, scale, units_of

OWN_PREFIX = "darkstar_"
"""Unique ids of the entities that Darkstar announces itself."""
_NO_UNITS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Names:
    """Entities by all that the configuration may call them.

    Attributes:
        first: By entity id, unique id and `device/object`.
        also: By ids that other releases of Home Assistant give them.
    """

    first: Mapping[str, list[Entity]]
    also: Mapping[str, list[Entity]]

    def called(self, name: str) -> list[Entity]:
        """Those that go by `name`; one that is announced twice alike counts once."""
        found = self.first.get(name) or self.also.get(name) or []
        settable = [one for one in found if not one.streamed]  # the stream is but its echo
        direct = [one for one in settable if not one.bridged]  # and the bridge a detour
        places: dict[object, Entity] = {}
        for one in direct or settable or found:
            place = (one.state_topic, one.command_topic, one.value_template, one.command_template)
            places.setdefault(place, one)
        return list(places.values())


def bound(entities: Iterable[Entity], profile: Profile, config: Config) -> dict[str, Binding]:
    """A binding for each role of this house."""
    found = bind(
        {**profile.entities, **config.executor.roles},
        entities,
        roles=roles_of(profile, config),
        parts=parts_of(config),
        asked=config.executor.roles,
        units=config.executor.units,
    )
    return {role: _wide_enough(binding, profile, config) for role, binding in found.items()}


def bind(
    wanted: Mapping[str, str],
    entities: Iterable[Entity],
    *,
    roles: Mapping[str, Role],
    parts: frozenset[Part],
    asked: Container[str] | None = None,
    units: Mapping[str, str] = _NO_UNITS,
) -> dict[str, Binding]:
    """A binding for each role that is wanted, and for each that the house needs.

    Args:
        wanted: Role to entity: the profile's, then the configuration's.
        entities: What was discovered.
        roles: Those that there are, from `roles_of`.
        parts: What the house has; their essential roles are reported when missing.
        asked: Roles that the configuration names itself, not only the profile; None: all.
        units: Role to unit, for entities that declare none.
    """
    named = by_name(entities)
    needed = {
        name
        for name, role in roles.items()
        if role.needed_for in parts and role.unless not in wanted
    }
    found: dict[str, Binding] = {}
    for name in dict.fromkeys([*wanted, *(one for one in roles if one in needed)]):
        binding = _bind(name, wanted.get(name), named, roles, units.get(name))
        role = roles.get(name)
        required = name in needed or role is None or asked is None or name in asked
        found[name] = replace(binding, optional=not required, kind=role)
    return found


def names(entity: Entity) -> frozenset[str]:
    """What the config may call `entity`."""
    place = f"{slug(entity.device)}/{entity.object_id}"
    given = (entity.entity_id, entity.unique_id, place, *entity.also)
    return frozenset(one for one in given if one)


def by_name(entities: Iterable[Entity]) -> Names:
    """The entities by their names."""
    first: dict[str, list[Entity]] = {}
    also: dict[str, list[Entity]] = {}
    for entity in entities:
        for name in names(entity):
            table = also if name in entity.also else first
            table.setdefault(name, []).append(entity)
    return Names(first, also)


def fits(role: Role, entity: Entity) -> bool:
    """Whether `entity` could play `role`."""
    return (
        entity.component in role.components
        and (not role.quantities or quantity(role, entity) is not None)
        and role.words <= frozenset(entity.options)
        and not _is_own(entity)
    )


def quantity(role: Role, entity: Entity) -> Quantity | None:
    """What the entity measures or sets, by its unit; None for a wrong one."""
    return next((one for one in role.quantities if scale(one, entity.unit) is not None), None)


def _wide_enough(binding: Binding, profile: Profile, config: Config) -> Binding:
    """`binding`, unless it is a bound that cannot be set as far as the configured limit.

    Nothing forced is to rest on such a one if Darkstar dies.
    """
    entity, battery = binding.entity, config.battery
    setting = profile.settings.get(binding.role)
    if entity is None or battery is None or setting is None or not setting.narrow:
        return binding
    bounds = profile.terms(binding.role)
    detail = ""
    if (
        "$floor" in bounds
        and entity.maximum is not None
        and (entity.maximum < battery.min_soc_percent)
    ):
        detail = (
            f"{entity.entity_id} takes at most {entity.maximum:g} %, battery.min_soc_percent is "
            f"{battery.min_soc_percent:g}: lower that"
        )
    if (
        "$ceiling" in bounds
        and entity.minimum is not None
        and (entity.minimum > battery.max_soc_percent)
    ):
        detail = (
            f"{entity.entity_id} takes at least {entity.minimum:g} %, battery.max_soc_percent is "
            f"{battery.max_soc_percent:g}: raise that"
        )
    if not detail:
        return binding
    return replace(binding, status="wrong_options", detail=detail, entity=None, quantity=None)


def _is_own(entity: Entity) -> bool:
    return (entity.unique_id or "").startswith(OWN_PREFIX)


def _bind(
    name: str, wanted: str | None, named: Names, roles: Mapping[str, Role], unit: str | None
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
    found = named.called(wanted)
    if not found:
        return unbound("missing", f"{wanted} was not discovered")
    if len(found) > 1:
        ids = " or ".join(one.unique_id or f"{slug(one.device)}/{one.object_id}" for one in found)
        way = f"name it by its unique id: {ids}"
        return unbound("ambiguous", f"{wanted} was announced {len(found)} times; {way}")
    entity = found[0]
    if entity.unit is None and unit is not None:
        entity = replace(entity, unit=unit)
    status, detail = _objection(name, role, wanted, entity)
    if detail:
        return unbound(status, detail)
    return Binding(
        role=name, wanted=wanted, status="bound", entity=entity, quantity=quantity(role, entity)
    )


def _objection(name: str, role: Role, wanted: str, entity: Entity) -> tuple[Status, str]:
    """What keeps `entity` from playing the role; no words if it can."""
    way = "command_topic" if role.setting else "state_topic"
    if _is_own(entity):
        return "missing", f"{wanted} is Darkstar's own: it would follow itself"
    if entity.component not in role.components:
        kinds = " or ".join(sorted(role.components))
        return "missing", f"{wanted} is a {entity.component}, {name} needs a {kinds}"
    if role.setting and entity.streamed:
        return "missing", (
            f"{wanted} comes from Home Assistant's mqtt_statestream, where it can be read but not "
            f"written; {name} needs an entity that is on MQTT itself, or in home_assistant.bridge"
        )
    if (entity.command_topic if role.setting else entity.state_topic) is None:
        return "missing", f"{wanted} announced no {way}"
    return _misfit(name, role, wanted, entity)


def _misfit(name: str, role: Role, wanted: str, entity: Entity) -> tuple[Status, str]:
    """What is wrong with its unit or its options; no words if nothing is."""
    if role.quantities and quantity(role, entity) is None:
        known = ", ".join(dict.fromkeys(unit for one in role.quantities for unit in units_of(one)))
        way = "" if entity.unit else f"; set executor.units.{name} to the one it means"
        return "wrong_unit", f"{wanted} is in {entity.unit or 'no unit'}, {name} needs {known}{way}"
    lacking = sorted(role.words - frozenset(entity.options))
    if lacking:
        has = ", ".join(entity.options) or "none"
        return "wrong_options", (
            f"{wanted} has no option {', '.join(lacking)}; it has {has}: "
            "is inverter.profile the right one?"
        )
    return "bound", ""
