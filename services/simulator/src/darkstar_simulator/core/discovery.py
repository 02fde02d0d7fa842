"""Home Assistant's MQTT discovery of the house's entities.

The gateways write it in three manners that real ones have: inverter and wallbox in full words with
one topic per entity, the grid meter with one JSON topic and value templates, the water heater in
abbreviations with `~` for its base topic.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from darkstar_simulator.core.entities import (
    Device,
    Entity,
    availability_topic,
    base_topic,
    bridge_topic,
    command_topic,
    state_topic,
)

_MODELS: Mapping[Device, str] = {
    Device.INVERTER: "Hybrid inverter",
    Device.GRID_METER: "Grid meter",
    Device.WATER_HEATER: "Water heater",
    Device.WALLBOX: "Wallbox",
}
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?"
_ABBREVIATED: Mapping[str, str] = {
    "unique_id": "uniq_id",
    "object_id": "obj_id",
    "default_entity_id": "def_ent_id",
    "state_topic": "stat_t",
    "command_topic": "cmd_t",
    "unit_of_measurement": "unit_of_meas",
    "device_class": "dev_cla",
    "state_class": "stat_cla",
    "availability": "avty",
    "availability_mode": "avty_mode",
    "topic": "t",
    "device": "dev",
    "identifiers": "ids",
    "manufacturer": "mf",
    "model": "mdl",
}


def discovery(
    entities: Iterable[Entity], node: str, *, prefix: str = "homeassistant"
) -> dict[str, str]:
    """Retained payload by topic, one for each entity.

    Args:
        entities: what the house shows.
        node: names this house in topics and unique ids.
        prefix: Home Assistant's discovery prefix.
    """
    found: dict[str, str] = {}
    for entity in entities:
        config = _MANNERS[entity.device](entity, node)
        topic = f"{prefix}/{entity.domain}/{entity.device}_{node}/{entity.key}/config"
        found[topic] = json.dumps(config, ensure_ascii=False)
    return found


def _plain(entity: Entity, node: str) -> dict[str, Any]:
    config: dict[str, Any] = {
        "name": entity.name,
        "unique_id": f"{node}_{entity.object_id}",
        "object_id": entity.object_id,
        "default_entity_id": f"{entity.domain}.{entity.object_id}",
        **({"state_topic": state_topic(entity, node)} if entity.has_state else {}),
        **_described(entity),
        **_commandable(entity, node),
        "availability": [
            {"topic": bridge_topic(node)},
            {"topic": availability_topic(entity.device, node)},
        ],
        "availability_mode": "all",
        "device": {
            "identifiers": [f"{entity.device}_{node}"],
            "name": _MODELS[entity.device],
            "manufacturer": "Darkstar",
            "model": f"Simulated {_MODELS[entity.device].lower()}",
        },
    }
    return config


def _described(entity: Entity) -> dict[str, Any]:
    words = {
        "unit_of_measurement": entity.unit,
        "device_class": entity.device_class,
        "state_class": entity.state_class,
    }
    return {word: value for word, value in words.items() if value is not None}


def _commandable(entity: Entity, node: str) -> dict[str, Any]:
    if not entity.is_setting:
        return {}
    span = {"min": entity.minimum, "max": entity.maximum}
    words: Mapping[str, dict[str, Any]] = {
        "number": {**span, "step": entity.step, "mode": "box"},
        "select": {"options": list(entity.options)},
        "switch": {"payload_on": "ON", "payload_off": "OFF"},
        "button": {"payload_press": "PRESS"},
        "time": {"min": 5, "max": 8, "pattern": _CLOCK},
        "text": {**span},
    }
    return {"command_topic": command_topic(entity, node), **words[entity.component]}


def _json_state(entity: Entity, node: str) -> dict[str, Any]:
    return _plain(entity, node) | {"value_template": f"{{{{ value_json.{entity.key} }}}}"}


def _abbreviated(entity: Entity, node: str) -> dict[str, Any]:
    base = base_topic(entity.device, node)
    short: dict[str, Any] = _shorten(_plain(entity, node), base)
    return {"~": base} | short


def _shorten(value: Any, base: str) -> Any:
    if isinstance(value, dict):
        return {_ABBREVIATED.get(word, word): _shorten(one, base) for word, one in value.items()}
    if isinstance(value, list):
        return [_shorten(one, base) for one in value]
    if isinstance(value, str) and value.startswith(f"{base}/"):
        return "~" + value.removeprefix(base)
    return value


_MANNERS: Mapping[Device, Callable[[Entity, str], dict[str, Any]]] = {
    Device.INVERTER: _plain,
    Device.GRID_METER: _json_state,
    Device.WATER_HEATER: _abbreviated,
    Device.WALLBOX: _plain,
}
