"""Desired settings against known ones: what to write, what to leave, what has failed.

On change only, past a threshold, not more often than a minimum interval, within the entity's
own range; read back, tried again a few times, then reported and left alone for a while.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from darkstar_common.contract import Write
from darkstar_executor.core.ears import Ears, number
from darkstar_executor.core.entities import Entity
from darkstar_executor.core.setting import Setting, Value

CONFIRM_WITHIN = timedelta(seconds=60)
"""How long an inverter may take to show a setting, times the attempts; gateways poll slowly."""
ATTEMPTS = 3
REST_AFTER_FAILURE = timedelta(minutes=15)
"""After the last attempt nothing is tried for so long, unless something else is wanted."""

Result = Literal["written", "unchanged", "shadow", "held_back", "unbound", "not_confirmed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The last write to the entity in one role.

    Attributes:
        attempts: How often in a row this value was sent.
        confirmed: Whether the entity has shown it since.
        failed: Whether the attempts are used up.
    """

    value: Value
    at: datetime
    attempts: int = 1
    confirmed: bool = False
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How to write at this moment.

    Attributes:
        threshold_percent: Smaller changes, as a share of the entity's range, are not written.
        min_interval: Between two writes to one entity.
        urgent: A person asked, or we are leaving; the interval holds nothing back.
        shadow: Nothing is sent; the outcome says what would have been.
    """

    threshold_percent: float
    min_interval: timedelta
    urgent: bool = False
    shadow: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A payload for a command topic."""

    role: str
    entity: Entity
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What to send, what to record, and what is known of each role afterwards."""

    orders: tuple[Order, ...] = ()
    writes: tuple[Write, ...] = ()
    sent: Mapping[str, Sent] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def failed(self) -> frozenset[str]:
        """Roles whose entity does not take what it is told."""
        return frozenset(role for role, sent in self.sent.items() if sent.failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One setting, and all that is known about its entity."""

    setting: Setting
    entity: Entity
    value: Value
    shown: Value | None
    last: Sent | None
    reachable: bool
    manners: Manners

    @property
    def pending(self) -> bool:
        """Whether a write waits to be shown."""
        return self.last is not None and not self.last.confirmed and not self.last.failed

    @property
    def standing(self) -> Value | None:
        """What the entity is set to, as far as is known."""
        if self.last is not None and (self.pending or self.manners.shadow or self.shown is None):
            return self.last.value
        return self.shown

    def near(self, other: Value | None) -> bool:
        """Whether `other` is as good as the value wanted."""
        if other is None or isinstance(self.value, bool | str) or isinstance(other, bool | str):
            return other is not None and other == self.value
        return abs(other - self.value) <= max(
            _half_step(self.entity), 0.0 if self.setting.exact else self._threshold()
        )

    def _threshold(self) -> float:
        low, high = self.entity.minimum, self.entity.maximum
        reach = high - low if low is not None and high is not None else 0.0
        return reach * self.manners.threshold_percent / 100


def clamped(value: float, entity: Entity) -> float:
    """`value` on the entity's own steps, within its own range; twice is the same as once."""
    low = -math.inf if entity.minimum is None else entity.minimum
    high = math.inf if entity.maximum is None else entity.maximum
    inside = min(max(value, low), high)
    if not entity.step:
        return inside
    base = low if math.isfinite(low) else 0.0
    steps = round((inside - base) / entity.step)
    if base + steps * entity.step > high:
        steps -= 1
    return max(round(base + steps * entity.step, 9), low)


def plan_writes(
    wanted: tuple[Setting, ...],
    ears: Ears,
    sent: Mapping[str, Sent],
    manners: Manners,
    now: datetime,
) -> Outcome:
    """What to do about each of `wanted`, which stand in the order of writing.

    Args:
        wanted: Settings by role.
        ears: Bindings, and what the entities show.
        sent: The last write to each role.
        manners: How to write.
        now: The moment.
    """
    memory, writes, orders = dict(sent), [], []
    for setting in wanted:
        binding = ears.bindings.get(setting.role)
        entity = binding.entity if binding else None
        if entity is None:
            detail = binding.detail if binding else f"executor.roles has no {setting.role}"
            writes.append(_unbound(setting, detail))
            continue
        case = _case(setting, entity, ears, sent.get(setting.role), manners)
        result, detail = _verdict(case, now)
        payload = entity.spell(case.value) if result == "written" else None
        if result == "written" and payload is None:
            result, detail = "held_back", f"the command template of {entity.entity_id} fails"
        known = _known(case, result, now)
        if known is not None:
            memory[setting.role] = known
        if payload is not None and not manners.shadow:
            orders.append(Order(role=setting.role, entity=entity, payload=payload))
        writes.append(_record(case, result, detail))
    return Outcome(orders=tuple(orders), writes=tuple(writes), sent=memory)


def shown(entity: Entity, text: str | None) -> Value | None:
    """What an entity of a setting says it is set to, or None if it does not say."""
    if text is None:
        return None
    if entity.component == "switch":
        return {entity.state_on: True, entity.state_off: False}.get(text)
    return number(text) if entity.component == "number" else text


def _case(
    setting: Setting, entity: Entity, ears: Ears, last: Sent | None, manners: Manners
) -> _Case:
    value = setting.value
    if not isinstance(value, bool | str):
        value = clamped(value, entity)
    now_shown = shown(entity, ears.shows(setting.role))
    if last is not None and _same(now_shown, last.value, entity):
        last = replace(last, confirmed=True, failed=False)
    return _Case(
        setting=setting,
        entity=entity,
        value=value,
        shown=now_shown,
        last=last,
        reachable=setting.role not in ears.unavailable,
        manners=manners,
    )


def _verdict(case: _Case, now: datetime) -> tuple[Result, str]:
    entity, last = case.entity, case.last
    passed = abs(now - last.at) if last else timedelta.max  # a clock may be set back
    if last is not None and not last.confirmed and case.near(last.value):
        return _resting(case, last, passed) if last.failed else _waiting(case, last, passed)
    if case.near(case.standing):
        return "unchanged", ""
    if not case.reachable:
        return "held_back", f"{entity.entity_id} says it is unavailable"
    if passed < case.manners.min_interval and not case.manners.urgent:
        return "held_back", f"written {passed.total_seconds():.0f} s ago"
    return "written", ""


def _resting(case: _Case, last: Sent, passed: timedelta) -> tuple[Result, str]:
    if passed < REST_AFTER_FAILURE or not case.reachable:
        return "not_confirmed", _not_shown(case, last.attempts)
    return "written", "tried again after a rest"


def _waiting(case: _Case, last: Sent, passed: timedelta) -> tuple[Result, str]:
    if passed < CONFIRM_WITHIN * last.attempts:
        return "unchanged", "sent, not shown yet"
    if not case.reachable:
        return "held_back", f"{case.entity.entity_id} says it is unavailable"
    if last.attempts < ATTEMPTS:
        return "written", f"attempt {last.attempts + 1} of {ATTEMPTS}"
    return "not_confirmed", _not_shown(case, last.attempts)


def _not_shown(case: _Case, attempts: int) -> str:
    seen = "nothing" if case.shown is None else f"{case.shown}"
    return f"{case.entity.entity_id} was set to {case.value} {attempts} times and shows {seen}"


def _known(case: _Case, result: Result, now: datetime) -> Sent | None:
    """What is to be remembered of the role after `result`."""
    last = case.last
    if result == "not_confirmed" and last is not None:
        return replace(last, failed=True, at=last.at if last.failed else now)
    if result != "written":
        return last
    if last is not None and last.failed and case.near(last.value):
        return replace(last, value=case.value, at=now, attempts=last.attempts + 1)
    again = last is not None and case.pending and case.near(last.value)
    unseen = case.manners.shadow or case.entity.state_topic is None
    return Sent(
        value=case.value,
        at=now,
        attempts=last.attempts + 1 if last is not None and again else 1,
        confirmed=unseen,
    )


def _record(case: _Case, result: Result, detail: str) -> Write:
    return Write(
        role=case.setting.role,
        entity=case.entity.entity_id,
        before=case.shown,
        wanted=case.value,
        result="shadow" if result == "written" and case.manners.shadow else result,
        detail=detail,
    )


def _unbound(setting: Setting, detail: str) -> Write:
    return Write(role=setting.role, wanted=setting.value, result="unbound", detail=detail)


def _same(one: Value | None, other: Value, entity: Entity) -> bool:
    if one is None or isinstance(one, bool | str) or isinstance(other, bool | str):
        return one == other
    return abs(one - other) <= _half_step(entity)


def _half_step(entity: Entity) -> float:
    return (entity.step or 0.0) / 2 + 1e-9
