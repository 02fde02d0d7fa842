"""An entity of the house, as Home Assistant's MQTT discovery describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from darkstar_executor.core.templates import SILENT, Said, command, render

MISSING_WORDS = frozenset({"", "unavailable", "unknown", "none", "null", "nan", "inf", "-inf"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailabilityTopic:
    """One topic that tells whether the device behind an entity can be reached."""

    topic: str
    available: str = "online"
    not_available: str = "offline"
    template: str | None = None

    def says(self, payload: str) -> bool | None:
        """True for available, False for not, None for a payload that is neither."""
        word = render(self.template, payload) if self.template else payload
        if not isinstance(word, str):
            return None
        return {self.available: True, self.not_available: False}.get(word)


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """All the topics that must, may, or last did vouch for an entity."""

    topics: tuple[AvailabilityTopic, ...] = ()
    mode: Literal["all", "any", "latest"] = "latest"

    def holds(self, vouched: Mapping[AvailabilityTopic, bool]) -> bool:
        """Whether the entity is available.

        An entity that names no topic always is; one whose topics are silent is not.

        Args:
            vouched: What topics said, the last to speak at the end.
        """
        if not self.topics:
            return True
        own = [word for one, word in vouched.items() if one in self.topics]
        if self.mode == "latest":
            return bool(own) and own[-1]
        return any(own) if self.mode == "any" else len(own) == len(self.topics) and all(own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One sensor or setting: where it is read, where it is written, what it takes.

    Attributes:
        also: Other names it may go by in Home Assistant.
        payload_press: What presses a button.
        streamed: It comes from `mqtt_statestream`, and cannot be written.
        bridged: It comes from the gateway's bridge to Home Assistant.
    """

    entity_id: str
    component: str
    also: frozenset[str] = frozenset()
    name: str = ""
    device: str = ""
    device_class: str | None = None
    unique_id: str | None = None
    object_id: str | None = None
    state_topic: str | None = None
    command_topic: str | None = None
    value_template: str | None = None
    command_template: str | None = None
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    options: tuple[str, ...] = ()
    payload_on: str = "ON"
    payload_off: str = "OFF"
    state_on: str = "ON"
    state_off: str = "OFF"
    payload_press: str = "PRESS"
    payload_reset: str = "None"
    availability: Availability = Availability()
    expire_after: timedelta | None = None
    qos: int = 0
    retain: bool = False
    streamed: bool = False
    bridged: bool = False

    def read(self, payload: str) -> Said:
        """The state in `payload`, None when it says that there is none, SILENT for nothing."""
        text = render(self.value_template, payload) if self.value_template else payload
        if not isinstance(text, str):
            word = payload.strip().lower()
            return None if text is SILENT and word in MISSING_WORDS else text
        text = text.strip()
        return None if text.lower() in MISSING_WORDS or text == self.payload_reset else text

    def is_on(self, text: str) -> bool | None:
        """Whether the state `text` means on; None when it means neither."""
        return {self.state_on: True, self.state_off: False}.get(text)

    def spell(self, value: float | str | bool) -> str | None:
        """The payload that sets `value`, or None when the command template fails."""
        plain: float | str
        if self.component == "button":
            plain = self.payload_press
        elif isinstance(value, bool):
            plain = self.payload_on if value else self.payload_off
        elif isinstance(value, str):
            plain = value
        else:
            rounded = round(value, 6)
            plain = int(rounded) if float(rounded).is_integer() else rounded
        if self.command_template:
            return command(self.command_template, plain, entity_id=self.entity_id, name=self.name)
        return plain if isinstance(plain, str) else f"{plain:.10g}"
