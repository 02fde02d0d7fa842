"""What `house/devices` says: who plays which role, and the way out where nobody does."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import lru_cache

from darkstar_common.contract import RoleBinding
from darkstar_executor.core.binding import fits
from darkstar_executor.core.discovery import Registry
from darkstar_executor.core.ears import Ears
from darkstar_executor.core.entities import Entity
from darkstar_executor.core.roles import Binding

_MOST = 3


def role_bindings(ears: Ears, registry: Registry) -> tuple[RoleBinding, ...]:
    """A row for each role that is configured, needed, or known to the profile."""
    return tuple(_row(binding, ears, registry) for binding in ears.bindings.values())


def discovered(registry: Registry) -> tuple[str, ...]:
    """Entity ids seen in discovery, sorted."""
    return tuple(sorted({entity.entity_id for entity in registry.entities}))


def suggestion(binding: Binding, entities: Iterable[Entity]) -> str:
    """What may have been meant, or what to look at; nothing where the detail says it all."""
    if binding.kind is None or binding.status == "ambiguous":
        return ""
    seen = list(entities)
    if not seen:
        return "; nothing was discovered yet: is the gateway running, with MQTT discovery on?"
    fitting = tuple(sorted(one.entity_id for one in seen if fits(binding.kind, one)))
    close = _closest(binding.wanted or "", binding.role, fitting)
    if close:
        return f"; did you mean {' or '.join(close)}?"
    if binding.status == "missing" and not fitting:
        return f"; no entity that was discovered could be {binding.role}"
    return ""


def _row(binding: Binding, ears: Ears, registry: Registry) -> RoleBinding:
    entity = binding.entity
    if entity is None:
        return RoleBinding(
            role=binding.role,
            status=binding.status,
            entity=binding.wanted,
            detail=binding.detail + suggestion(binding, registry.entities),
            optional=binding.optional,
        )
    reachable = binding.role not in ears.unavailable
    return RoleBinding(
        role=binding.role,
        status="bound" if reachable else "unavailable",
        entity=entity.entity_id,
        state_topic=entity.state_topic,
        command_topic=entity.command_topic,
        unit=entity.unit,
        minimum=entity.minimum,
        maximum=entity.maximum,
        step=entity.step,
        options=entity.options,
        detail="" if reachable else _unreachable(entity, ears),
        optional=binding.optional,
    )


def _unreachable(entity: Entity, ears: Ears) -> str:
    """Which topic says so, or is silent."""
    topics = entity.availability.topics
    silent = [one.topic for one in topics if one not in ears.vouched]
    gone = [one.topic for one in topics if ears.vouched.get(one) is False]
    if gone:
        return f"{entity.entity_id} is unavailable: {', '.join(gone)} says so"
    return f"{entity.entity_id} is unavailable: nothing was heard on {', '.join(silent)}"


@lru_cache(maxsize=256)  # milliseconds for hundreds of entities, asked again every minute
def _closest(wanted: str, role: str, fitting: tuple[str, ...]) -> tuple[str, ...]:
    """Those of `fitting` whose ids are nearest, else those that speak most of the role."""
    near = difflib.get_close_matches(wanted, fitting, n=_MOST, cutoff=0.8) if wanted else []
    if near:
        return tuple(near)
    words = set(role.replace("/", "_").split("_"))
    shared = {one: len(words & set(one.partition(".")[2].split("_"))) for one in fitting}
    most = max(shared.values(), default=0)
    return tuple(one for one in fitting if most and shared[one] == most)[:_MOST]
