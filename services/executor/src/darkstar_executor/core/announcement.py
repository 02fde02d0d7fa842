"""One discovery message, its keys in full, into the entity it describes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from darkstar_executor.core import abbreviations, names
from darkstar_executor.core.entities import Availability, AvailabilityTopic, Entity

COMPONENTS = frozenset({"sensor", "binary_sensor", "number", "select", "switch"})


class _Loose(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True, allow_inf_nan=False)


class _Device(_Loose):
    name: str = ""


class _Vouch(_Loose):
    topic: str
    payload_available: str = "online"
    payload_not_available: str = "offline"
    value_template: str | None = None


class _Config(_Loose):
    """A discovery message of one entity, its keys in full."""

    name: str | None = None
    unique_id: str | None = None
    object_id: str | None = None
    default_entity_id: str | None = None
    device: _Device = _Device()
    state_topic: str | None = None
    command_topic: str | None = None
    value_template: str | None = None
    command_template: str | None = None
    unit_of_measurement: str | None = None
    min: float | None = None
    max: float | None = None
    step: float | None = Field(default=None, gt=0)
    options: tuple[str, ...] = ()
    payload_on: str = "ON"
    payload_off: str = "OFF"
    state_on: str | None = None
    state_off: str | None = None
    availability: tuple[_Vouch, ...] = ()
    availability_topic: str | None = None
    availability_template: str | None = None
    payload_available: str = "online"
    payload_not_available: str = "offline"
    availability_mode: Literal["all", "any", "latest"] = "latest"
    expire_after: float = Field(default=0, ge=0, le=1e8)
    qos: int = Field(default=0, ge=0, le=2)
    retain: bool = False


def entity_of(component: str, key: str, raw: Mapping[str, Any]) -> Entity | None:
    """The entity that `raw` announces; None for one that cannot be read or is of no use here.

    Args:
        component: Such as sensor or number.
        key: Its object id, the last level of its topic.
        raw: The message, its keys in full.
    """
    if component not in COMPONENTS:
        return None
    try:
        config = _Config.model_validate(_normal(raw))
    except ValidationError:
        return None
    return Entity(
        entity_id=_entity_id(component, key, config),
        component=component,
        name=config.name or "",
        device=config.device.name,
        unique_id=config.unique_id,
        object_id=key,
        state_topic=config.state_topic,
        command_topic=config.command_topic,
        value_template=config.value_template,
        command_template=config.command_template,
        unit=config.unit_of_measurement,
        minimum=_assumed(component, config.min, 1.0),
        maximum=_assumed(component, config.max, 100.0),
        step=_assumed(component, config.step, 1.0),
        options=config.options,
        payload_on=config.payload_on,
        payload_off=config.payload_off,
        state_on=config.state_on or config.payload_on,
        state_off=config.state_off or config.payload_off,
        availability=_availability(config),
        expire_after=timedelta(seconds=config.expire_after) if config.expire_after else None,
        qos=config.qos,
        retain=config.retain,
    )


def _entity_id(component: str, key: str, config: _Config) -> str:
    name = config.name if config.name is not None or config.device.name else key
    wanted = config.default_entity_id or config.object_id
    return names.entity_id(component, wanted=wanted, device=config.device.name, name=name)


def _assumed(component: str, said: float | None, otherwise: float) -> float | None:
    """What Home Assistant assumes of a number that does not say."""
    return otherwise if said is None and component == "number" else said


def _normal(raw: Mapping[str, Any]) -> dict[str, Any]:
    """`raw` with its base topic put in, nulls left out and one availability made a list."""
    base = raw.get("~")
    found = {
        key: _based(value, base) if key.endswith("_topic") else value
        for key, value in raw.items()
        if value is not None
    }
    vouchers = found.get("availability", [])
    vouchers = [vouchers] if isinstance(vouchers, dict) else vouchers
    if isinstance(vouchers, list):
        full = [
            abbreviations.spelled_out(one, abbreviations.AVAILABILITY)
            for one in vouchers
            if isinstance(one, dict)
        ]
        found["availability"] = [one | {"topic": _based(one.get("topic"), base)} for one in full]
    return found


def _based(topic: object, base: object) -> object:
    if not isinstance(topic, str) or not isinstance(base, str):
        return topic
    if topic.startswith("~"):
        return base + topic[1:]
    return topic[:-1] + base if topic.endswith("~") else topic


def _availability(config: _Config) -> Availability:
    listed = [
        AvailabilityTopic(
            topic=one.topic,
            available=one.payload_available,
            not_available=one.payload_not_available,
            template=one.value_template,
        )
        for one in config.availability
    ]
    if config.availability_topic and not listed:
        listed = [
            AvailabilityTopic(
                topic=config.availability_topic,
                available=config.payload_available,
                not_available=config.payload_not_available,
                template=config.availability_template,
            )
        ]
    return Availability(topics=tuple(listed), mode=config.availability_mode)
