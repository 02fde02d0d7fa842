"""An entity of the house, as Home Assistant's MQTT discovery describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from darkstar_executor.core.templates import render

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
        return {self.available: True, self.not_available: False}.get(word or "")


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
    """One sensor or setting: where it is read, where it is written, what it takes."""

    entity_id: str
    component: str
    name: str = ""
    device: str = ""
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
    availability: Availability = Availability()
    expire_after: timedelta | None = None
    qos: int = 0
    retain: bool = False

    def read(self, payload: str) -> str | None:
        """The state in `payload`, or None when it says that there is none."""
        text = render(self.value_template, payload) if self.value_template else payload
        if text is None or text.strip().lower() in MISSING_WORDS:
            return None
        return text.strip()

    def is_on(self, text: str) -> bool | None:
        """Whether the state `text` means on; None when it means neither."""
        return {self.state_on: True, self.state_off: False}.get(text)

    def spell(self, value: float | str | bool) -> str | None:
        """The payload that sets `value`, or None when the command template fails."""
        if isinstance(value, bool):
            text = self.payload_on if value else self.payload_off
        elif isinstance(value, str):
            text = value
        else:
            text = f"{round(value, 6):.10g}"
        return render(self.command_template, text) if self.command_template else text
