"""Entities that only Home Assistant has, as the gateway's bridge announces them.

They are announced in the words of MQTT discovery, and keep the ids that they have there: an
`input_number` is a number on MQTT, yet people know it as `input_number.…`.
"""

from __future__ import annotations

from dataclasses import replace

from darkstar_common.contract.bridge import BridgeTopics
from darkstar_executor.core.discovery import announced_by
from darkstar_executor.core.entities import Entity

_MARK = "bridge:"
"""What the unique id of such an entity begins with; its id in Home Assistant follows."""


def bridged_by(topic: str, payload: str, topics: BridgeTopics) -> tuple[Entity, ...]:
    """The entities that a message of the bridge announces; none if it takes them back."""
    component = topic.removeprefix(f"{topics.discovery}/").partition("/")[0]
    found = announced_by(topic, payload, topics.discovery)
    return tuple(_known(one, component) for one in found)


def _known(entity: Entity, component: str) -> Entity:
    """`entity` by the name that it has in Home Assistant.

    What a thermostat measures is a sensor of our own making, and keeps its name.
    """
    marked = replace(entity, bridged=True, also=frozenset())
    name = (entity.unique_id or "").removeprefix(_MARK)
    if entity.component != component or "." not in name:
        return marked
    return replace(marked, entity_id=name)
