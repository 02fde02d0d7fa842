"""Discovery messages into entities: per entity, or whole devices at once.

`homeassistant/<component>/[<node>/]<object>/config` announces one entity and
`homeassistant/device/[<node>/]<id>/config` a device with all of its own. An empty payload, or
`{"migrate_discovery": true}`, takes back what its topic announced. Written from Home Assistant's
documentation of MQTT discovery, and compared with its behaviour (2026.11).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from darkstar_executor.core import abbreviations
from darkstar_executor.core.announcement import entities_of
from darkstar_executor.core.entities import Entity
from darkstar_executor.core.legible import from_json

OURS = {"name": "Darkstar"}
"""The origin of what Darkstar shows of the house itself, which is no part of the house."""
_SHARED = frozenset({
    "availability", "availability_mode", "availability_template", "availability_topic",
    "command_topic", "device", "encoding", "message_expiry_interval", "payload_available",
    "payload_not_available", "qos", "state_topic",
})  # fmt: skip
Member = tuple[str, str, dict[str, Any]]
"""Component, key and discovery message of one entity of a device."""


@dataclass(frozen=True, slots=True)
class Registry:
    """Every entity that is announced now, by the topic that announced it."""

    by_topic: Mapping[str, tuple[Entity, ...]] = field(default_factory=dict)

    def updated(self, topic: str, payload: str, prefix: str) -> Registry:
        """The registry after a discovery message; unreadable ones announce nothing."""
        return self.with_announced(topic, announced_by(topic, payload, prefix))

    def with_announced(self, topic: str, announced: tuple[Entity, ...]) -> Registry:
        """The registry with all that `topic` announces now; `self` where that is no news."""
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
    origin = raw.get("origin")
    if not raw or (isinstance(origin, dict) and OURS.items() <= origin.items()):
        return ()
    members = _members(raw) if parts[0] == "device" else [(parts[0], parts[-2], raw)]
    return tuple(entity for member in members for entity in entities_of(*member))


def _json_object(payload: str) -> dict[str, Any]:
    try:
        raw = from_json(payload) if payload.strip() else {}
    except (ValueError, RecursionError):
        return {}
    return abbreviations.spelled_out(raw, abbreviations.ENTITY) if isinstance(raw, dict) else {}


def _members(raw: dict[str, Any]) -> Iterator[Member]:
    """Each entity of a device and of its parts, with what the device says for all of them."""
    shared = {key: value for key, value in raw.items() if key in _SHARED or key == "~"}
    yield from _components(raw, shared)
    device = raw.get("device")
    parts = raw.get("child_devices")
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, dict) and isinstance(device, dict):
            full = abbreviations.spelled_out(part, abbreviations.ENTITY)
            yield from _components(full, shared | {"device": device | {"child_device": part}})


def _components(raw: Mapping[str, Any], shared: dict[str, Any]) -> Iterator[Member]:
    members = raw.get("components")
    for key, own in members.items() if isinstance(members, dict) else ():
        if isinstance(own, dict):
            full = abbreviations.spelled_out(own, abbreviations.ENTITY)
            if len(full) > 1:  # the platform alone takes the entity back
                yield str(full.get("platform", "")), str(key), shared | full
