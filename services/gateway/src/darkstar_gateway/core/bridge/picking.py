"""What Home Assistant has that is not on MQTT, for those who choose what the bridge takes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from darkstar_common.contract import Part
from darkstar_gateway.core.bridge.announcement import COMPONENTS, SETTABLE, unfit


class BridgeCandidate(Part):
    """An entity of Home Assistant that the bridge could take."""

    entity: str
    component: str
    """As the executor would know it, such as number for an input_number."""
    name: str
    unit: str | None
    device_class: str | None
    settable: bool
    value: str
    bridged: bool
    """Whether `home_assistant.bridge` names it already."""


def candidates(
    states: Iterable[object], registry: Iterable[object], chosen: Collection[str]
) -> tuple[BridgeCandidate, ...]:
    """Entities that could play a role and do not come by MQTT, sorted.

    Args:
        states: The answer to `get_states`.
        registry: The answer to `config/entity_registry/list`; empty: not known.
        chosen: What `home_assistant.bridge` names.
    """
    on_mqtt = {one.get("entity_id") for one in _dictionaries(registry) if _is_mqtt(one)}
    found = [
        _candidate(str(one["entity_id"]), one, chosen)
        for one in _dictionaries(states)
        if "entity_id" in one and one["entity_id"] not in on_mqtt
    ]
    return tuple(sorted((one for one in found if one), key=lambda one: one.entity))


def _candidate(
    entity_id: str, raw: Mapping[str, Any], chosen: Collection[str]
) -> BridgeCandidate | None:
    if unfit(entity_id) is not None:
        return None
    domain, attributes = entity_id.partition(".")[0], raw.get("attributes")
    said = attributes if isinstance(attributes, dict) else {}
    return BridgeCandidate(
        entity=entity_id,
        component=COMPONENTS[domain],
        name=str(said.get("friendly_name") or ""),
        unit=_word(said.get("unit_of_measurement")),
        device_class=_word(said.get("device_class")),
        settable=domain in SETTABLE,
        value=str(raw.get("state", "unknown")),
        bridged=entity_id in chosen,
    )


def _is_mqtt(row: Mapping[str, Any]) -> bool:
    return row.get("platform") == "mqtt"


def _dictionaries(rows: Iterable[object]) -> list[Mapping[str, Any]]:
    return [one for one in rows if isinstance(one, dict)]


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
