"""What arrives on a command topic: applied to the settings, or refused with a reason."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from darkstar_simulator.core.entities import Component, Entity
from darkstar_simulator.core.settings import Settings, WorkMode

_LONGEST = 64


@dataclass(frozen=True, slots=True)
class Applied:
    """The command holds from now on."""

    entity: Entity
    settings: Settings


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing changed; `reason` is a sentence."""

    entity: Entity
    reason: str


Outcome: TypeAlias = Applied | Refused


def command(entity: Entity, payload: bytes, settings: Settings) -> Outcome:
    """What becomes of `payload` on the command topic of `entity`.

    Numbers are snapped to the entity's step, as an inverter's register does it.
    """
    text = payload[:_LONGEST].decode("utf-8", errors="replace").strip()
    if entity.setting is None:
        return Refused(entity, f"{entity.object_id} is a sensor and takes no command")
    value = _READERS[entity.component](entity, text)
    if isinstance(value, Refused):
        return value
    changes: dict[str, Any] = {entity.setting: value}
    return Applied(entity, replace(settings, **changes))


def _number(entity: Entity, text: str) -> float | Refused:
    span = f"{entity.minimum:g} to {entity.maximum:g} {entity.unit}"
    try:
        value = float(text)
    except ValueError:
        return Refused(entity, f"{text!r} is not a number; {entity.object_id} takes {span}")
    if not math.isfinite(value) or not entity.minimum <= value <= entity.maximum:
        return Refused(entity, f"{text} is out of range; {entity.object_id} takes {span}")
    steps = math.floor((value - entity.minimum) / entity.step + 0.5)
    return min(entity.minimum + steps * entity.step, entity.maximum)


def _option(entity: Entity, text: str) -> WorkMode | Refused:
    if text not in entity.options:
        known = ", ".join(entity.options)
        return Refused(entity, f"{text!r} is no option; {entity.object_id} takes {known}")
    return WorkMode(text)


def _switch(entity: Entity, text: str) -> bool | Refused:
    if text not in {"ON", "OFF"}:
        return Refused(entity, f"{text!r} is no switch state; {entity.object_id} takes ON or OFF")
    return text == "ON"


_READERS: Mapping[Component, Callable[[Entity, str], Any]] = {
    "number": _number,
    "select": _option,
    "switch": _switch,
}
