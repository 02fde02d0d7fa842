"""How Darkstar's own entities are announced to Home Assistant, by its MQTT discovery.

Either each entity has a retained message of its own, which all releases of Home Assistant read,
or all of them are in one for the device, which needs 2024.12. State topics and command topics
are Darkstar's own, so that nothing stands between the two. Written from Home Assistant's
documentation of MQTT discovery.
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
DEVICE = "device"
"""What stands for a component in the topic of a whole device."""
MIGRATE = json.dumps({"migrate_discovery": True})
"""Published where entities were announced in the other way, before they are in the new one: so
Home Assistant keeps what people have changed of them, such as names and areas."""
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
    """The retained discovery messages of `entities` in the way of `config`, by topic."""
    if config.gateway.discovery == "device":
        components = {
            one.key: {"platform": one.component, **_described(one, config)} for one in entities
        }
        whole = {**_whose(config, version), "components": components}
        return {_device_topic(config): json.dumps(whole, ensure_ascii=False)}
    return {
        _topic(one, config): json.dumps(
            {**_described(one, config), **_whose(config, version)}, ensure_ascii=False
        )
        for one in entities
    }


def discovery_filter(config: Config) -> str:
    """What all of our discovery topics match, those of other sites too."""
    return f"{config.mqtt.discovery_prefix}/+/{NODE}/+/config"


def mark_topic(config: Config) -> str:
    """A topic that `discovery_filter` matches and that never announces anything."""
    return f"{config.mqtt.discovery_prefix}/sensor/{NODE}/{config.site}-nothing/config"


def announced_here(payload: bytes, config: Config) -> bool:
    """Whether `payload` is a discovery message that this site's gateway sent, now or long ago."""
    try:
        device = json.loads(payload).get("device", {})
        return bool(device.get("identifiers") == [_identifier(config)])
    except (AttributeError, ValueError, RecursionError):
        return False


def announced_otherwise(topic: str, config: Config) -> bool:
    """Whether entities are announced at `topic` in the way that is not the one of `config`."""
    whole = topic.split("/")[-4] == DEVICE
    return whole is not (config.gateway.discovery == "device")


def _device_topic(config: Config) -> str:
    return f"{config.mqtt.discovery_prefix}/{DEVICE}/{NODE}/{config.site}/config"


def _topic(entity: Entity, config: Config) -> str:
    where = f"{config.mqtt.discovery_prefix}/{entity.component}/{NODE}"
    return f"{where}/{config.site}-{entity.key}/config"


def _described(entity: Entity, config: Config) -> dict[str, Any]:
    named = f"{_slug(config)}_{entity.key}".replace("-", "_")
    return {
        "name": entity.name,
        "unique_id": f"{_identifier(config)}_{entity.key}",
        # the one is for releases from 2025.10 on, the other for those before
        "default_entity_id": f"{entity.component}.{named}",
        "object_id": named,
        **entity.words,
        **_availability(entity, config),
    }


def _whose(config: Config, version: str) -> dict[str, Any]:
    return {
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
