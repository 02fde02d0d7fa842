"""Desired settings against known ones: what to write, what to leave, what has failed.

On change only, past a threshold, not more often than a minimum interval and so many times a
day, within the entity's own range; read back, tried again a few times, then reported and left
alone for a while. In an order in which no flow starts before its bounds are shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite
from types import MappingProxyType

from darkstar_common.contract import Write
from darkstar_executor.core import ordering
from darkstar_executor.core.case import Case, Manners
from darkstar_executor.core.clamping import clamped, shown, unfit
from darkstar_executor.core.ears import Ears
from darkstar_executor.core.entities import Entity
from darkstar_executor.core.ledger import NO_LEDGER, Found, Ledger
from darkstar_executor.core.ordering import Step
from darkstar_executor.core.roles import Binding
from darkstar_executor.core.sent import Sent
from darkstar_executor.core.setting import Setting, Value
from darkstar_executor.core.verdict import Verdict, held_back, judge, remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A payload for a command topic."""

    role: str
    entity: Entity
    payload: str
    wears: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What to send, what to record, and what is known afterwards.

    Attributes:
        sent: The last write to each entity, by its id.
        ledger: Writes of the day, and settings as they were found.
        failed: Roles whose entity has not taken what it was told, and none since.
        resting: Those that are left alone for that now.
        worn: Roles whose entity was written as often as it may be today, and wanted more.
        due: Buttons that are still to be pressed.
        shows: What each setting's entity shows, by role.
        entities: Who plays each role that can be set.
    """

    orders: tuple[Order, ...] = ()
    writes: tuple[Write, ...] = ()
    sent: Mapping[str, Sent] = field(default_factory=lambda: MappingProxyType({}))
    ledger: Ledger = NO_LEDGER
    failed: frozenset[str] = frozenset()
    resting: frozenset[str] = frozenset()
    worn: frozenset[str] = frozenset()
    due: frozenset[str] = frozenset()
    shows: Mapping[str, Value | None] = field(default_factory=lambda: MappingProxyType({}))
    entities: Mapping[str, Entity] = field(default_factory=lambda: MappingProxyType({}))


NOTHING_DONE = Outcome()


def plan_writes(
    wanted: tuple[Setting, ...],
    ears: Ears,
    before: Outcome,
    manners: Manners,
    now: datetime,
) -> Outcome:
    """What to do about each of `wanted`, which stand in the order of writing.

    Args:
        wanted: Settings by role.
        ears: Bindings, and what the entities show.
        before: What is known since the last time.
        manners: How to write.
        now: The moment.
    """
    sheet = _Sheet(ears, before, manners, now)
    for setting in wanted:
        sheet.deal_with(setting)
    return sheet.outcome()


class _Sheet:
    """The outcome while it is made."""

    def __init__(self, ears: Ears, before: Outcome, manners: Manners, now: datetime) -> None:
        self._ears, self._manners, self._now = ears, manners, now
        self._sent = noticed(before.sent, ears, now)
        self._ledger = before.ledger.on(manners.day)
        self._last_word = max((one.at for one in ears.said.values() if one.at), default=None)
        self._orders: list[Order] = []
        self._writes: list[Write] = []
        self._steps: list[Step] = []
        self._due = set(before.due)
        self._entities = {
            role: binding.entity
            for role, binding in ears.bindings.items()
            if binding.entity is not None and binding.setting
        }

    def deal_with(self, setting: Setting) -> None:
        """Judge one setting, and remember what follows from it."""
        binding = self._ears.bindings.get(setting.role)
        if binding is None or binding.entity is None:
            self._steps.append(ordering.lost(setting))
            self._writes.append(_unbound(setting, binding))
            return
        case = self._case(setting, binding.entity)
        verdict, payload = self._spelt(case, self._verdict(case))
        if payload is not None and not self._manners.shadow:
            self._send(case, verdict, payload)
        known = remembered(case, verdict)
        if known is not None:
            self._sent[case.entity.entity_id] = known
        self._steps.append(ordering.step(case, verdict))
        self._writes.append(_row(case, verdict))

    def outcome(self) -> Outcome:
        """All of it."""
        known = {
            role: self._sent[binding.entity.entity_id]
            for role, binding in self._ears.bindings.items()
            if binding.entity is not None and binding.entity.entity_id in self._sent
        }
        return Outcome(
            orders=tuple(self._orders),
            writes=tuple(self._writes),
            sent=self._sent,
            ledger=self._ledger,
            failed=frozenset(role for role, sent in known.items() if sent.troubled),
            resting=frozenset(role for role, sent in known.items() if sent.rests(self._now)),
            worn=frozenset(
                role
                for role, entity in self._entities.items()
                if entity.entity_id in self._ledger.worn
            ),
            due=frozenset(self._due),
            shows=showing(self._ears),
            entities=self._entities,
        )

    def _case(self, setting: Setting, entity: Entity) -> Case:
        value = setting.value
        if not isinstance(value, bool | str) and unfit(value, entity) is None:
            value = clamped(value, entity, setting.sense)
        last = self._sent.get(entity.entity_id)
        return Case(
            setting=setting,
            entity=entity,
            value=value,
            shown=shown(entity, self._ears.shows(setting.role)),
            last=last,
            reachable=setting.role not in self._ears.unavailable,
            heard=last is None or (self._last_word is not None and self._last_word > last.at),
            today=self._ledger.counts.get(entity.entity_id, 0),
            manners=self._manners,
            now=self._now,
        )

    def _verdict(self, case: Case) -> Verdict:
        if case.setting.after:
            return self._press(case)
        verdict = judge(case)
        if not verdict.sends:
            if verdict.worn:
                self._ledger = self._ledger.holding_back(case.entity.entity_id)
            return verdict
        hindrance = ordering.hindrance(case, self._steps)
        return verdict if hindrance is None else held_back(hindrance)

    def _press(self, case: Case) -> Verdict:
        """A button: pressed after a write to its group, and as soon as it can be."""
        role, written = case.setting.role, {one.role for one in self._orders}
        if written.intersection(case.setting.after):
            self._due.add(role)
        if role not in self._due:
            return Verdict(result="unchanged")
        if not case.reachable:
            return held_back(f"{case.entity.entity_id} says it is unavailable")
        self._due.discard(role)
        return Verdict(result="written", sends=True)

    def _spelt(self, case: Case, verdict: Verdict) -> tuple[Verdict, str | None]:
        if not verdict.sends:
            return verdict, None
        payload = case.entity.spell(case.value)
        if payload is None:
            return held_back(f"the command template of {case.entity.entity_id} fails"), None
        return verdict, payload

    def _send(self, case: Case, verdict: Verdict, payload: str) -> None:
        role, entity = case.setting.role, case.entity
        self._orders.append(Order(role=role, entity=entity, payload=payload, wears=verdict.wears))
        if verdict.wears:
            self._ledger = self._ledger.counting((entity.entity_id,))
        if case.shown is not None:
            found = Found(role=role, value=case.shown)
            self._ledger = self._ledger.finding({entity.entity_id: found})


def showing(ears: Ears) -> dict[str, Value | None]:
    """What each setting's entity says it is set to, by role."""
    return {
        role: shown(binding.entity, ears.shows(role))
        for role, binding in ears.bindings.items()
        if binding.entity is not None and binding.setting
    }


def noticed(sent: Mapping[str, Sent], ears: Ears, now: datetime) -> dict[str, Sent]:
    """The last writes, after what the entities show now."""
    made = dict(sent)
    for role, binding in ears.bindings.items():
        entity = binding.entity
        if entity is not None and entity.entity_id in made:
            value = shown(entity, ears.shows(role))
            made[entity.entity_id] = made[entity.entity_id].noticed(value, entity, now)
    return made


def _row(case: Case, verdict: Verdict) -> Write:
    wanted = case.value
    finite = isinstance(wanted, bool | str) or isfinite(wanted)
    return Write(
        role=case.setting.role,
        entity=case.entity.entity_id,
        before=case.shown,
        wanted=wanted if finite else str(wanted),
        result="shadow" if verdict.sends and case.manners.shadow else verdict.result,
        detail=verdict.detail,
    )


def _unbound(setting: Setting, binding: Binding | None) -> Write:
    detail = binding.detail if binding else f"executor.roles has no {setting.role}"
    return Write(role=setting.role, wanted=setting.value, result="unbound", detail=detail)
