"""Entities of Home Assistant that are not on MQTT, as its `mqtt_statestream` shows them.

It publishes `<base>/<domain>/<object>/state`, and each attribute as JSON below
`<base>/<domain>/<object>/` when `publish_attributes` is on. They can be read, never written.
Only what the configuration names is listened to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from darkstar_common.config import Config
from darkstar_executor.core.discovery import Registry
from darkstar_executor.core.entities import Entity
from darkstar_executor.core.legible import from_json

_ENTITY_ID = re.compile(r"[a-z_]+\.[a-z0-9_]+")
_STATE, _UNIT = "state", "unit_of_measurement"


def topics(config: Config) -> tuple[str, ...]:
    """What to listen to from the start: state and unit of each entity that a role names."""
    base = config.mqtt.statestream_prefix
    if base is None:
        return ()
    return tuple(
        f"{base.rstrip('/')}/{entity_id.replace('.', '/')}/{what}"
        for entity_id in sorted(_named(config.executor.roles.values()))
        for what in (_STATE, _UNIT)
    )


def is_state(topic: str) -> bool:
    """Whether `topic`, one of them, has the state and not an attribute."""
    return topic.endswith(f"/{_STATE}")


def updated(registry: Registry, topic: str, payload: str) -> Registry:
    """The registry after a message on one of those topics: an entity there, or its unit known.

    Its state is read like that of any other entity. An empty payload takes it back.
    """
    place, _, what = topic.rpartition("/")
    base, _, object_id = place.rpartition("/")
    component = base.rpartition("/")[2]
    known = registry.by_topic.get(place, ())
    entity = known[0] if known else _entity(component, object_id, place)
    if what == _UNIT:
        return registry.with_announced(place, (replace(entity, unit=_unit(payload)),))
    if what == _STATE:
        return registry.with_announced(place, (entity,) if payload else ())
    return registry


def _named(wanted: Iterable[str]) -> set[str]:
    return {one for one in wanted if _ENTITY_ID.fullmatch(one)}


def _entity(component: str, object_id: str, place: str) -> Entity:
    return Entity(
        entity_id=f"{component}.{object_id}",
        component=component,
        object_id=object_id,
        state_topic=f"{place}/{_STATE}",
        state_on="on",
        state_off="off",
        streamed=True,
    )


def _unit(payload: str) -> str | None:
    """An attribute as JSON; bare text is taken as it is."""
    try:
        unit = from_json(payload)
    except (ValueError, RecursionError):
        unit = payload
    return unit.strip() or None if isinstance(unit, str) else None
