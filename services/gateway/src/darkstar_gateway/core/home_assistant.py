"""How Darkstar's own entities are announced to Home Assistant, by its MQTT discovery.

Each entity has a retained message of its own, which all releases of Home Assistant read; its
state topics and command topics are Darkstar's own, so that nothing stands between the two.
Written from Home Assistant's documentation of MQTT discovery.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from darkstar_common.config import Config
from darkstar_common.contract import STATUS, Service

Component = Literal["binary_sensor", "button", "number", "select", "sensor", "switch"]
NODE = "darkstar"
"""The level of all our discovery topics that nobody else uses."""
ONLINE = "{{ 'online' if value_json.online else 'offline' }}"
PLAIN_SITE = "home"
"""The site whose entities need no more than Darkstar's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One thing that people see or press in Home Assistant."""

    component: Component
    key: str
    """Names it among Darkstar's own; it stays the same over releases."""
    name: str
    words: Mapping[str, Any]
    """The rest of its discovery message."""
    needs: Service | None = None
    """It is unavailable while this service is not there; None: it always is."""


def discovery(entities: Iterable[Entity], config: Config, *, version: str) -> dict[str, str]:
    """The retained discovery message of each of `entities`, by its topic."""
    return {
        _topic(one, config): json.dumps(_message(one, config, version), ensure_ascii=False)
        for one in entities
    }


def discovery_filter(config: Config) -> str:
    """What all of our discovery topics match, those of other sites too."""
    return f"{config.mqtt.discovery_prefix}/+/{NODE}/+/config"


def announced_here(payload: bytes, config: Config) -> bool:
    """Whether `payload` is a discovery message that this site's gateway sent, now or long ago."""
    try:
        device = json.loads(payload).get("device", {})
        return bool(device.get("identifiers") == [_identifier(config)])
    except (AttributeError, ValueError, RecursionError):
        return False


def _topic(entity: Entity, config: Config) -> str:
    where = f"{config.mqtt.discovery_prefix}/{entity.component}/{NODE}"
    return f"{where}/{config.site}-{entity.key}/config"


def _message(entity: Entity, config: Config, version: str) -> dict[str, Any]:
    named = f"{_slug(config)}_{entity.key}".replace("-", "_")
    return {
        "name": entity.name,
        "unique_id": f"{_identifier(config)}_{entity.key}",
        # the one is for releases from 2025.10 on, the other for those before
        "default_entity_id": f"{entity.component}.{named}",
        "object_id": named,
        **entity.words,
        **_availability(entity, config),
        "device": {
            "identifiers": [_identifier(config)],
            "name": "Darkstar" if config.site == PLAIN_SITE else f"Darkstar {config.site}",
            "manufacturer": "Darkstar",
            "model": "Home energy",
            "sw_version": version,
        },
        "origin": {"name": "Darkstar", "sw_version": version},
    }


def _availability(entity: Entity, config: Config) -> dict[str, Any]:
    if entity.needs is None:
        return {}
    return {
        "availability_topic": STATUS[entity.needs].topic(config.site),
        "availability_template": ONLINE,
    }


def _identifier(config: Config) -> str:
    return f"darkstar_{config.site}"


def _slug(config: Config) -> str:
    return "darkstar" if config.site == PLAIN_SITE else _identifier(config)
