"""Discovery messages into entities: per entity, or whole devices at once.

`homeassistant/<component>/[<node>/]<object>/config` announces one entity and
`homeassistant/device/<id>/config` a device with all of its own. An empty payload takes back
what its topic announced. Written from Home Assistant's documentation of MQTT discovery.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from darkstar_executor.core import abbreviations
from darkstar_executor.core.announcement import entity_of
from darkstar_executor.core.entities import Entity

_SHARED = frozenset({
    "availability", "availability_mode", "availability_template", "availability_topic",
    "command_topic", "device", "encoding", "payload_available", "payload_not_available", "qos",
    "state_topic",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Registry:
    """Every entity that is announced now, by the topic that announced it."""

    by_topic: Mapping[str, tuple[Entity, ...]] = field(default_factory=dict)

    def updated(self, topic: str, payload: str, prefix: str) -> Registry:
        """The registry after a discovery message; unreadable ones announce nothing."""
        announced = announced_by(topic, payload, prefix)
        if announced == self.by_topic.get(topic, ()):
            return self
        others = {key: value for key, value in self.by_topic.items() if key != topic}
        return Registry(others | ({topic: announced} if announced else {}))

    @property
    def entities(self) -> Iterator[Entity]:
        """All of them."""
        return (entity for announced in self.by_topic.values() for entity in announced)


def announced_by(topic: str, payload: str, prefix: str) -> tuple[Entity, ...]:
    """The entities that a discovery message announces; none if it takes them back."""
    parts = topic.removeprefix(prefix + "/").split("/")
    if not topic.startswith(prefix + "/") or parts[-1] != "config" or len(parts) not in (3, 4):
        return ()
    raw = _json_object(payload)
    if parts[0] == "device":
        found = [entity_of(*one) for one in _members(raw)]
    else:
        found = [entity_of(parts[0], parts[-2], raw)] if raw else []
    return tuple(entity for entity in found if entity is not None)


def _json_object(payload: str) -> dict[str, Any]:
    try:
        raw = json.loads(payload) if payload.strip() else {}
    except (json.JSONDecodeError, RecursionError):
        return {}
    return abbreviations.spelled_out(raw, abbreviations.ENTITY) if isinstance(raw, dict) else {}


def _members(raw: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Component, key and discovery message of each entity of a device."""
    shared = {key: value for key, value in raw.items() if key in _SHARED or key == "~"}
    members = raw.get("components")
    for key, own in members.items() if isinstance(members, dict) else ():
        if isinstance(own, dict):
            full = abbreviations.spelled_out(own, abbreviations.ENTITY)
            if len(full) > 1:  # the platform alone takes the entity back
                yield str(full.get("platform", "")), str(key), shared | full
