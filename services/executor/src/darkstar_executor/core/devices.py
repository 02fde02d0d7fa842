"""What `house/devices` says: who plays which role, and the way out where nobody does."""

from __future__ import annotations

from darkstar_common.contract import RoleBinding
from darkstar_executor.core.discovery import Registry
from darkstar_executor.core.ears import Ears
from darkstar_executor.core.roles import Binding, suggestion


def role_bindings(ears: Ears, registry: Registry) -> tuple[RoleBinding, ...]:
    """A row for each role that is configured or needed."""
    return tuple(_row(binding, ears, registry) for binding in ears.bindings.values())


def discovered(registry: Registry) -> tuple[str, ...]:
    """Entity ids seen in discovery, sorted."""
    return tuple(sorted({entity.entity_id for entity in registry.entities}))


def _row(binding: Binding, ears: Ears, registry: Registry) -> RoleBinding:
    entity = binding.entity
    if entity is None:
        return RoleBinding(
            role=binding.role,
            status=binding.status,
            entity=binding.wanted,
            detail=binding.detail + suggestion(binding, registry.entities),
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
        detail="" if reachable else f"{entity.entity_id} says it is unavailable",
    )
