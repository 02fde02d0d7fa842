"""One discovery message, its keys in full, into the entity it describes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from darkstar_executor.core import abbreviations, names
from darkstar_executor.core.entities import Availability, AvailabilityTopic, Entity

_TEMPERATURE = frozenset({"climate", "water_heater"})
COMPONENTS = _TEMPERATURE | {
    "sensor", "binary_sensor", "number", "select", "switch", "button", "text", "time",
    "alarm_control_panel",
}  # fmt: skip
_NUMBER = (0.0, 100.0, 1.0)
_BOILING_C = 100.0

Words = Annotated[str, BeforeValidator(lambda one: str(one) if isinstance(one, bool) else one)]
Topic = Annotated[str, Field(min_length=1, max_length=65_535, pattern=r"^[^+#\x00]+$")]
"""No wildcard: one would make us listen to everybody, or break the connection."""


def _listed(one: object) -> object:
    return [one] if isinstance(one, str | dict) else one


class _Loose(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True, allow_inf_nan=False)


class _Child(_Loose):
    name: str = ""


class _Device(_Child):
    child_device: _Child = _Child()

    @property
    def whole_name(self) -> str:
        """With that of its part, where it has parts."""
        return f"{self.name} {self.child_device.name}".strip()


class _Vouch(_Loose):
    topic: Topic
    payload_available: Words = "online"
    payload_not_available: Words = "offline"
    value_template: str | None = None


class _Config(_Loose):
    """A discovery message of one entity, its keys in full."""

    name: str | None = None
    unique_id: str | None = None
    object_id: str | None = None
    default_entity_id: str | None = None
    device: _Device = _Device()
    device_class: str | None = None
    state_topic: Topic | None = None
    command_topic: Topic | None = None
    value_template: str | None = None
    command_template: str | None = None
    unit_of_measurement: str | None = None
    min: float | None = None
    max: float | None = None
    step: float | None = Field(default=None, gt=0)
    options: Annotated[tuple[Words, ...], BeforeValidator(_listed)] = ()
    payload_on: Words = "ON"
    payload_off: Words = "OFF"
    state_on: Words | None = None
    state_off: Words | None = None
    payload_press: Words = "PRESS"
    payload_reset: Words = "None"
    availability: Annotated[tuple[_Vouch, ...], BeforeValidator(_listed)] = ()
    availability_topic: Topic | None = None
    availability_template: str | None = None
    payload_available: Words = "online"
    payload_not_available: Words = "offline"
    availability_mode: Literal["all", "any", "latest"] = "latest"
    expire_after: float = Field(default=0, ge=0, le=1e8)
    qos: int = Field(default=0, ge=0, le=2)
    retain: bool = False
    current_temperature_topic: Topic | None = None
    current_temperature_template: str | None = None
    temperature_state_topic: Topic | None = None
    temperature_state_template: str | None = None
    temperature_command_topic: Topic | None = None
    temperature_command_template: str | None = None
    temperature_unit: Literal["C", "F"] | None = None
    min_temp: float | None = None
    max_temp: float | None = None
    temp_step: float | None = Field(default=None, gt=0)


def entities_of(component: str, key: str, raw: Mapping[str, Any]) -> tuple[Entity, ...]:
    """The entity that `raw` announces; none for one that cannot be read or is of no use here.

    A climate or a water heater is its set-point, and a sensor of its temperature besides.

    Args:
        component: Such as sensor or number.
        key: Its object id, the last level of its topic.
        raw: The message, its keys in full.
    """
    if component not in COMPONENTS or "migrate_discovery" in raw:
        return ()
    try:
        config = _Config.model_validate(_normal(raw))
    except ValidationError:
        return ()
    if component in _TEMPERATURE:
        return _thermostat(component, key, config, raw)
    low, high, step = _range(component, config)
    if low is not None and high is not None and low > high:
        return ()
    entity = Entity(
        **_common(component, key, config, raw),
        device_class=config.device_class,
        state_topic=config.state_topic,
        command_topic=config.command_topic,
        value_template=config.value_template,
        command_template=config.command_template,
        unit=(config.unit_of_measurement or "").strip() or None,
        minimum=low,
        maximum=high,
        step=step,
        options=config.options,
        payload_on=config.payload_on,
        payload_off=config.payload_off,
        state_on=config.state_on or config.payload_on,
        state_off=config.state_off or config.payload_off,
        payload_press=config.payload_press,
        payload_reset=config.payload_reset,
        expire_after=timedelta(seconds=config.expire_after) if config.expire_after else None,
    )
    return (entity,)


def _thermostat(
    component: str, key: str, config: _Config, raw: Mapping[str, Any]
) -> tuple[Entity, ...]:
    common, unit = _common(component, key, config, raw), _degrees(config)
    set_point = Entity(
        **common,
        state_topic=config.temperature_state_topic,
        command_topic=config.temperature_command_topic,
        value_template=config.temperature_state_template or config.value_template,
        command_template=config.temperature_command_template,
        unit=unit,
        minimum=config.min_temp,
        maximum=config.max_temp,
        step=config.temp_step,
    )
    if config.current_temperature_topic is None:
        return (set_point,)
    ids = (set_point.entity_id, *set_point.also)
    own, *also = (f"sensor.{one.partition('.')[2]}_current_temperature" for one in ids)
    unique = config.unique_id and f"{config.unique_id}_current_temperature"
    measured = common | {
        "component": "sensor", "entity_id": own, "also": frozenset(also), "unique_id": unique,
        "object_id": f"{key}_current_temperature",
    }  # fmt: skip
    sensor = Entity(
        **measured,
        device_class="temperature",
        state_topic=config.current_temperature_topic,
        value_template=config.current_temperature_template or config.value_template,
        unit=unit,
    )
    return (set_point, sensor)


def _degrees(config: _Config) -> str | None:
    """Its unit; without a word Celsius where its range leaves no other, else unknown."""
    if config.temperature_unit is not None:
        return f"°{config.temperature_unit}"
    return "°C" if config.max_temp is not None and config.max_temp < _BOILING_C else None


def _common(component: str, key: str, config: _Config, raw: Mapping[str, Any]) -> dict[str, Any]:
    """What every kind of entity has."""
    device, name = config.device.whole_name, config.name
    if "name" not in raw:  # named by what it measures, else as Home Assistant names it
        kind = (config.device_class or "").replace("_", " ")
        name = kind or (key if not device else f"mqtt {component}")
    ids = _ids(component, config, device, name)
    if component == "text":  # a time, where MQTT knows no times
        ids.extend(one.replace("text.", "time.", 1) for one in tuple(ids))
    return {
        "entity_id": ids[0],
        "also": frozenset(ids[1:]) - {ids[0]},
        "component": component,
        "name": config.name or "",
        "device": device,
        "unique_id": config.unique_id,
        "object_id": key,
        "availability": _availability(config),
        "qos": config.qos,
        "retain": config.retain,
    }


def _ids(component: str, config: _Config, device: str, name: str | None) -> list[str]:
    """What Home Assistant calls it today, then what other releases do.

    Until 2026.4 `object_id` was an id to ask for; long ago a name that begins with the device's
    was shortened.
    """
    ids = [names.named_id(component, device, name), names.shortened_id(component, device, name)]
    if config.object_id:
        ids.append(names.asked_id(component, config.object_id))
    if config.default_entity_id:
        ids.insert(0, names.asked_id(component, config.default_entity_id))
    return ids


def _range(component: str, config: _Config) -> tuple[float | None, float | None, float | None]:
    """Least, most and step; what Home Assistant assumes of a number that does not say."""
    said = (config.min, config.max, config.step)
    if component != "number":
        return said if component == "sensor" else (None, None, None)
    low, high, step = (
        otherwise if one is None else one for one, otherwise in zip(said, _NUMBER, strict=True)
    )
    return low, high, step


def _normal(raw: Mapping[str, Any]) -> dict[str, Any]:
    """`raw` with its base topic put in, nulls left out and availabilities spelled out."""
    base = raw.get("~")
    found = {
        key: _based(value, base) if key.endswith("topic") else value
        for key, value in raw.items()
        if value is not None
    }
    vouchers = _listed(found.get("availability", []))
    if isinstance(vouchers, list):
        full = [
            abbreviations.spelled_out(one, abbreviations.ENTITY)
            for one in vouchers
            if isinstance(one, dict)
        ]
        found["availability"] = [one | {"topic": _based(one.get("topic"), base)} for one in full]
    device = found.get("device")
    if isinstance(device, dict):
        found["device"] = abbreviations.spelled_out(device, abbreviations.DEVICE)
    return found


def _based(topic: object, base: object) -> object:
    """`topic` with the base topic for a `~` at its start and at its end."""
    if not isinstance(topic, str) or not isinstance(base, str):
        return topic
    if topic.startswith("~"):
        topic = base + topic[1:]
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
