"""Faults on request: what can be wrong with a sensor or with the answer to a command."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from darkstar_simulator.core.entities import Device, Entity

EVERYTHING = "*"
CLEAR = "clear"
_DELAY_SECONDS = 5.0


class FaultKind(StrEnum):
    """What can be asked for."""

    UNAVAILABLE = "unavailable"
    FROZEN = "frozen"
    RESET = "reset"
    NAN = "nan"
    IGNORE_COMMANDS = "ignore_commands"
    REFUSE_COMMANDS = "refuse_commands"
    SLOW = "slow"
    GRID_OUTAGE = "grid_outage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A request to begin or end a fault.

    Attributes:
        kind: which; None ends all that are active.
        target: an entity's object id, a device (`inverter`), or `*` for all.
        on: begin or end.
        delay_seconds: of `slow`: how much later commands act and are answered [s].
    """

    kind: FaultKind | None
    target: str = EVERYTHING
    on: bool = True
    delay_seconds: float = _DELAY_SECONDS


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """The request changes nothing; `reason` says what would be understood."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """The faults that are active.

    Attributes:
        active: target by target, each fault with its delay [s].
        frozen: the texts that frozen sensors keep showing, by object id.
        zeros: what reset counters had counted at their reset, by object id [kWh].
    """

    active: Mapping[tuple[FaultKind, str], float] = field(default_factory=dict)
    frozen: Mapping[str, str] = field(default_factory=dict)
    zeros: Mapping[str, float] = field(default_factory=dict)

    def has(self, kind: FaultKind, entity: Entity) -> bool:
        """Whether the entity suffers from `kind`."""
        return any((kind, target) in self.active for target in _names(entity))

    def delay_seconds(self, entity: Entity) -> float:
        """How much later a command to the entity acts [s]."""
        return max(self.active.get((FaultKind.SLOW, name), 0.0) for name in _names(entity))

    def offline(self, device: Device) -> bool:
        """Whether the whole device is unreachable."""
        return any((FaultKind.UNAVAILABLE, name) in self.active for name in (EVERYTHING, device))

    @property
    def no_grid(self) -> bool:
        """Whether the grid is gone."""
        return (FaultKind.GRID_OUTAGE, EVERYTHING) in self.active

    def text(self, entity: Entity, text: str) -> str:
        """What the entity shows instead of `text`."""
        if (FaultKind.UNAVAILABLE, entity.object_id) in self.active:
            return "unavailable"
        if not entity.is_setting and self.has(FaultKind.NAN, entity):
            return "nan"
        if self.has(FaultKind.FROZEN, entity):
            return self.frozen.get(entity.object_id, text)
        return text

    def counted(self, entity: Entity, value: float) -> float:
        """What is left of a counter's value since it was reset [kWh]."""
        return value - self.zeros.get(entity.object_id, 0.0)

    def changed(
        self,
        fault: Fault,
        entities: Iterable[Entity],
        *,
        texts: Mapping[str, str],
        counters: Mapping[str, float],
    ) -> Faults:
        """The faults after `fault` began or ended.

        Args:
            fault: the request.
            entities: all of the house.
            texts: what each entity shows now, for those that freeze.
            counters: what each counter has truly counted, for those that are reset.
        """
        if fault.kind is None:
            return replace(self, active={}, frozen={})
        hit = [one.object_id for one in entities if fault.target in _names(one)]
        if fault.kind is FaultKind.RESET:
            zeros = {name: count for name, count in self.zeros.items() if name not in hit}
            fresh = {name: counters[name] for name in hit if name in counters} if fault.on else {}
            return replace(self, zeros=zeros | fresh)
        active = {key: delay for key, delay in self.active.items() if key != _key(fault)}
        if not fault.on:
            return replace(self, active=active)
        kept = (
            {name: texts[name] for name in hit if name in texts}
            if fault.kind is FaultKind.FROZEN
            else {}
        )
        return replace(
            self,
            active=active | {_key(fault): fault.delay_seconds},
            frozen={**self.frozen, **kept},
        )


def parse_fault(payload: bytes, entities: Iterable[Entity]) -> Fault | NotUnderstood:
    """Reads a fault request: JSON, or a bare word as in `frozen` or `frozen inverter_battery_soc`.

    Args:
        payload: of `simulator/<node>/fault/set`.
        entities: whose object ids and devices may be named.
    """
    text = payload.decode("utf-8", errors="replace").strip()
    words: Any
    try:
        words = json.loads(text)
    except ValueError:
        name, _, target = text.partition(" ")
        words = {"fault": name, "target": target.strip() or EVERYTHING}
    if not isinstance(words, dict):
        words = {"fault": words}
    return _checked(words, tuple(entities))


def _checked(words: dict[str, Any], entities: tuple[Entity, ...]) -> Fault | NotUnderstood:
    name = str(words.get("fault", ""))
    target = words.get("target", EVERYTHING)
    on = words.get("on", True)
    delay = words.get("delay_seconds", _DELAY_SECONDS)
    hit = [one for one in entities if target in _names(one)]
    unknown = ", ".join(sorted(set(words) - {"fault", "target", "on", "delay_seconds"}))
    problems = (
        (unknown, f"unknown key {unknown}"),
        (name not in (*FaultKind, CLEAR), f"{name!r} is no fault"),
        (not hit, f"{target!r} is no entity or device of this house"),
        (not isinstance(on, bool), f"on must be true or false, not {on!r}"),
        (not _sensible(delay), f"delay_seconds must be a number from 0 to 86400, not {delay!r}"),
        (
            name == FaultKind.RESET and not any(one.is_counter for one in hit),
            f"{target} is no counter, so it cannot be reset",
        ),
        (
            name == FaultKind.GRID_OUTAGE and target != EVERYTHING,
            f"a grid_outage is of the whole house, not of {target}",
        ),
    )
    for wrong, sentence in problems:
        if wrong:
            return _misunderstood(sentence)
    kind = None if name == CLEAR else FaultKind(name)
    return Fault(kind=kind, target=target, on=on, delay_seconds=float(delay))


def _sensible(delay: Any) -> bool:
    if isinstance(delay, bool) or not isinstance(delay, int | float):
        return False
    return math.isfinite(delay) and 0 <= delay <= 86400  # noqa: PLR2004 (a day)


def _misunderstood(what: str) -> NotUnderstood:
    known = ", ".join((*FaultKind, CLEAR))
    example = '{"fault": "frozen", "target": "inverter_battery_soc", "on": true}'
    return NotUnderstood(f"{what}; understood are {known}, for example {example}")


def _names(entity: Entity) -> tuple[str, str, str]:
    return entity.object_id, entity.device, EVERYTHING


def _key(fault: Fault) -> tuple[FaultKind, str]:
    return FaultKind(fault.kind or ""), fault.target
