"""What arrives on a command topic: a value for the setting, or a refusal with a reason."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from darkstar_simulator.core.entities import Component, Entity, Value

_NO_LIMIT = -1.0
"""The minimum of a limit that can be none; its steps begin at 0."""
_LONGEST = 64
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(:[0-5]\d)?")


@dataclass(frozen=True, slots=True)
class Applied:
    """The command holds from now on: the setting is to have `value`, a button was pressed."""

    entity: Entity
    value: Value


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing changed; `reason` is a sentence."""

    entity: Entity
    reason: str


Outcome: TypeAlias = Applied | Refused


def command(entity: Entity, payload: bytes) -> Outcome:
    """What becomes of `payload` on the command topic of `entity`.

    Numbers are snapped to the entity's step, as an inverter's register does it.
    """
    text = payload[:_LONGEST].decode("utf-8", errors="replace").strip()
    reader = _READERS.get(entity.component)
    if reader is None:
        return Refused(entity, f"{entity.object_id} is a sensor and takes no command")
    value = reader(entity, text)
    return value if isinstance(value, Refused) else Applied(entity, value)


def _number(entity: Entity, text: str) -> Value | Refused:
    span = f"{entity.minimum:g} to {entity.maximum:g} {entity.unit or ''}".strip()
    try:
        value = float(text)
    except ValueError:
        return Refused(entity, f"{text!r} is not a number; {entity.object_id} takes {span}")
    if not math.isfinite(value) or not entity.minimum <= value <= entity.maximum:
        return Refused(entity, f"{text} is out of range; {entity.object_id} takes {span}")
    base = 0.0 if entity.minimum == _NO_LIMIT and value >= 0 else entity.minimum
    steps = math.floor((value - base) / entity.step + 0.5)
    return min(base + steps * entity.step, entity.maximum)


def _option(entity: Entity, text: str) -> Value | Refused:
    if text not in entity.options:
        known = ", ".join(entity.options)
        return Refused(entity, f"{text!r} is no option; {entity.object_id} takes {known}")
    return text


def _switch(entity: Entity, text: str) -> Value | Refused:
    if text not in {"ON", "OFF"}:
        return Refused(entity, f"{text!r} is no switch state; {entity.object_id} takes ON or OFF")
    return text == "ON"


def _button(entity: Entity, text: str) -> Value | Refused:
    if text != "PRESS":
        return Refused(entity, f"{text!r} presses nothing; {entity.object_id} takes PRESS")
    return True


def _words(entity: Entity, text: str) -> Value | Refused:
    if not entity.minimum <= len(text) <= entity.maximum:
        span = f"{entity.minimum:g} to {entity.maximum:g} characters"
        return Refused(entity, f"{text!r} does not fit; {entity.object_id} takes {span}")
    return text


def _clock(entity: Entity, text: str) -> Value | Refused:
    if not _CLOCK.fullmatch(text):
        return Refused(entity, f"{text!r} is no time of day; {entity.object_id} takes HH:MM")
    return text[:5]


_READERS: Mapping[Component, Callable[[Entity, str], Value | Refused]] = {
    "number": _number,
    "select": _option,
    "switch": _switch,
    "button": _button,
    "text": _words,
    "time": _clock,
}
