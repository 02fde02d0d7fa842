"""An entity of Home Assistant in the words of MQTT discovery, for the executor alone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from darkstar_common.contract import STATUS, Service
from darkstar_common.contract.bridge import BridgeTopics
from darkstar_gateway.core.bridge.showing import Shown

COMPONENTS: Mapping[str, str] = MappingProxyType({
    "sensor": "sensor", "binary_sensor": "binary_sensor",
    "number": "number", "input_number": "number",
    "select": "select", "input_select": "select",
    "switch": "switch", "input_boolean": "switch",
    "button": "button", "input_button": "button",
    "text": "text", "input_text": "text",
    "time": "time", "input_datetime": "time",
    "climate": "climate", "water_heater": "water_heater",
    "alarm_control_panel": "alarm_control_panel",
})  # fmt: skip
"""Domains that a role can be played by, and what they are in MQTT discovery."""
SETTABLE = frozenset(COMPONENTS) - {"sensor", "binary_sensor", "alarm_control_panel"}
THERMOSTATS = frozenset({"climate", "water_heater"})
ORIGIN = "Darkstar bridge"
_OURS = "darkstar_"
_ENTITY_ID = re.compile(r"[a-z_]+\.[a-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Announcement:
    """A discovery message and its topic."""

    topic: str
    payload: str


def unfit(entity_id: str) -> str | None:
    """What keeps the bridge from taking an entity of that name; None: nothing."""
    domain, _, own = entity_id.partition(".")
    if not _ENTITY_ID.fullmatch(entity_id):
        return f"{entity_id} is no entity id; it looks like number.inverter_charge_current"
    if domain not in COMPONENTS:
        return f"{entity_id}: nothing in the house can be read of or set by a {domain}"
    if own.startswith(_OURS):
        return f"{entity_id} is Darkstar's own: it would follow itself"
    return None


def place_of(entity_id: str) -> str:
    """The level of its topic that stands for the entity."""
    return BridgeTopics("+").announcement("", entity_id).split("/")[-2]


def left_behind(topic: str, payload: str, topics: BridgeTopics) -> tuple[str, ...]:
    """All that is retained of an entity that was announced on `topic`."""
    try:
        raw = json.loads(payload)
    except (ValueError, RecursionError):
        return (topic,)
    entity_id = raw.get("default_entity_id") if isinstance(raw, dict) else None
    if not isinstance(entity_id, str) or unfit(entity_id) is not None:
        return (topic,)
    said = (topics.state(entity_id), topics.current(entity_id), topics.reachable(entity_id))
    return (topic, *said)


def announcement(
    entity_id: str, shown: Shown, topics: BridgeTopics, *, degrees: Literal["C", "F"]
) -> Announcement:
    """How the executor is told of it.

    Args:
        entity_id: One that is not `unfit`.
        shown: What Home Assistant shows of it.
        topics: Of the house.
        degrees: Those of Home Assistant's thermostats.
    """
    domain = entity_id.partition(".")[0]
    component, attributes = COMPONENTS[domain], shown.attributes
    raw = {
        "name": attributes.get("friendly_name"),
        "unique_id": f"bridge:{entity_id}",
        "default_entity_id": entity_id,
        "device_class": attributes.get("device_class"),
        "device": {"name": "Home Assistant", "identifiers": [ORIGIN]},
        "origin": {"name": ORIGIN},
        "availability": _vouchers(entity_id, topics),
        "availability_mode": "all",
        **_places(entity_id, domain, topics),
        **_own(component, attributes, degrees),
    }
    kept = {key: value for key, value in raw.items() if value is not None}
    return Announcement(topics.announcement(component, entity_id), json.dumps(kept))


def payloads(entity_id: str, shown: Shown, topics: BridgeTopics) -> dict[str, str]:
    """What is said of its state, by topic."""
    if entity_id.partition(".")[0] not in THERMOSTATS:
        return {topics.state(entity_id): shown.state}
    of = {topics.state(entity_id): "temperature", topics.current(entity_id): "current_temperature"}
    return {topic: _word(shown.attributes.get(name)) for topic, name in of.items()}


def _word(value: object) -> str:
    return "unknown" if value is None else str(value)


def _vouchers(entity_id: str, topics: BridgeTopics) -> list[dict[str, str]]:
    """The gateway, its line to Home Assistant, and Home Assistant for the device: all of them."""
    return [
        {
            "topic": STATUS[Service.GATEWAY].topic(topics.site),
            "value_template": "{{ 'online' if value_json.online else 'offline' }}",
        },
        {"topic": topics.availability},
        {"topic": topics.reachable(entity_id)},
    ]


def _places(entity_id: str, domain: str, topics: BridgeTopics) -> dict[str, str]:
    """Where it is read and set."""
    state, command = topics.state(entity_id), topics.command(entity_id)
    if domain in THERMOSTATS:
        return {
            "temperature_state_topic": state,
            "temperature_command_topic": command,
            "current_temperature_topic": topics.current(entity_id),
        }
    places = {"command_topic": command} if domain in SETTABLE else {}
    return places if COMPONENTS[domain] == "button" else {"state_topic": state, **places}


def _own(
    component: str, attributes: Mapping[str, Any], degrees: Literal["C", "F"]
) -> dict[str, Any]:
    """What is particular of its kind."""
    match component:
        case "number":
            return {
                "unit_of_measurement": attributes.get("unit_of_measurement"),
                "min": attributes.get("min"),
                "max": attributes.get("max"),
                "step": attributes.get("step"),
            }
        case "select":
            return {"options": attributes.get("options")}
        case "switch" | "binary_sensor":
            return {"payload_on": "on", "payload_off": "off"}
        case "climate" | "water_heater":
            return {
                "temperature_unit": degrees,
                "min_temp": attributes.get("min_temp"),
                "max_temp": attributes.get("max_temp"),
                "temp_step": attributes.get("target_temp_step"),
            }
    return {"unit_of_measurement": attributes.get("unit_of_measurement")}
