"""What is told of each deed: one record for a change, one for its end, one for each slot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from darkstar_common.contract import ActionRecord, Override, Seen, Service, Write
from darkstar_common.slots import slot_start
from darkstar_executor.core.clamping import same
from darkstar_executor.core.decide import Decision
from darkstar_executor.core.measured import Measured
from darkstar_executor.core.setting import Setting
from darkstar_executor.core.writes import Outcome

UNSEEN = Measured()
DEEDS = frozenset({"written", "shadow"})
_WRONG = frozenset({"not_confirmed", "unbound"})
_GIVEN_UP = timedelta(minutes=3)
"""A write that nobody follows any more, as the hands were taken away, had so long to be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One deed: what was decided, on which ground, and what it is a consequence of.

    Attributes:
        settings: What the roles are to be set to, in the order of writing.
        slot_start: Of the schedule's slot in force.
        soc_percent: Measured [%].
        planned_soc_percent: By the schedule at the end of its slot [%].
        measured: The house at this moment.
        override: A person's wish in force.
        urgent: A person, or the fuse, cannot wait for the minimum interval.
        shadow: Nothing is sent.
        again: All settings are written again: the house does not follow them.
        at_once: We are leaving: nobody will be there to see anything shown.
    """

    decision: Decision
    settings: tuple[Setting, ...]
    slot_start: datetime | None
    soc_percent: float | None
    caused_by: UUID | None
    urgent: bool
    shadow: bool
    planned_soc_percent: float | None = None
    measured: Measured = UNSEEN
    override: Override | None = None
    again: bool = False
    at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at the house, and what came of it.

    Attributes:
        seconds: How long it took [s].
        version: Of the executor.
    """

    act: Act
    outcome: Outcome
    now: datetime
    seconds: float
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diary:
    """What was told already, and what is still to be told.

    Attributes:
        told: The decision of the last record.
        slot: For which the last slot's record was made.
        ticks: Looks since the record before in which nothing was to be done.
        open: Writes that have not come to an end, by entity.
        done: Those of the same change that have.
        begun: The look that made the first of them.
    """

    told: tuple[object, ...] = ()
    slot: datetime | None = None
    ticks: int = 0
    open: Mapping[str, Write] = field(default_factory=lambda: MappingProxyType({}))
    done: tuple[Write, ...] = ()
    begun: Look | None = None


NEW_DIARY = Diary()


def seen(measured: Measured) -> Seen:
    """The house as a record tells it."""
    return Seen(**{name: getattr(measured, name) for name in Seen.model_fields})


def skipped(act: Act, writes: tuple[Write, ...]) -> str | None:
    """Why nothing was written; None when something was."""
    if any(one.result == "written" for one in writes):
        return None
    if act.shadow:
        return "shadow mode"
    if not act.settings:
        return "automation is off" if act.decision.rule == "off" else "there is nothing to set"
    for result in ("held_back", "not_confirmed", "unbound"):
        for one in writes:
            if one.result == result:
                return f"{one.role}: {one.detail}"
    return "already set"


def noted(before: Diary, look: Look) -> tuple[Diary, tuple[ActionRecord, ...]]:
    """The diary after `look`, and the records it gives rise to."""
    diary, records = _settled(before, look)
    decision, slot = look.act.decision, slot_start(look.now)
    if slot != diary.slot:
        records.append(_record("slot", look, diary))
        diary = replace(diary, slot=slot, ticks=0)
    told = (decision.command, decision.rule, look.act.override, look.outcome.failed)
    deeds = any(one.result in DEEDS for one in look.outcome.writes)
    if told == diary.told and not deeds:
        return replace(diary, ticks=diary.ticks + 1), tuple(records)
    records.append(_record("change", look, diary))
    return _opened(replace(diary, told=told, ticks=0), look), tuple(records)


def _opened(diary: Diary, look: Look) -> Diary:
    """With the writes of `look` to follow; of one entity only the latest."""
    made = {
        one.entity: one
        for one in look.outcome.writes
        if one.result == "written" and one.entity is not None
    }
    if not made:
        return diary
    return replace(
        diary,
        open={**diary.open, **made},
        done=tuple(one for one in diary.done if one.entity not in made),
        begun=diary.begun or look,
    )


def _settled(diary: Diary, look: Look) -> tuple[Diary, list[ActionRecord]]:
    """Once every open write has come to its end, a record of that."""
    begun = diary.begun
    if begun is None:
        return diary, []
    ends = {name: _end(one, look, begun.now) for name, one in diary.open.items()}
    done = (*diary.done, *(one for one in ends.values() if one is not None))
    still = {name: one for name, one in diary.open.items() if ends[name] is None}
    if still:
        return replace(diary, open=still, done=done), []
    record = _record("settled", look, diary).model_copy(
        update={
            "caused_by": begun.act.caused_by,
            "writes": done,
            "skipped": None,
            "before": seen(begun.act.measured),
            "after": seen(look.act.measured),
            "success": not any(one.result in _WRONG for one in done),
            "duration_seconds": max((look.now - begun.now).total_seconds(), 0.0),
        }
    )
    return Diary(told=diary.told, slot=diary.slot), [record]


def _end(write: Write, look: Look, begun: datetime) -> Write | None:
    """`write` with what came of it; None while that is not known."""
    entity = look.outcome.entities.get(write.role)
    if entity is None or entity.entity_id != write.entity or entity.state_topic is None:
        return write.model_copy(update={"detail": "it cannot be read back"})
    value = look.outcome.shows.get(write.role)
    if same(value, write.wanted, entity):
        return write.model_copy(update={"result": "confirmed", "after": value, "detail": ""})
    sent = look.outcome.sent.get(entity.entity_id)
    over = sent.failed if sent else abs(look.now - begun) >= _GIVEN_UP
    if not over:
        return None
    detail = next((one.detail for one in look.outcome.writes if one.role == write.role), "")
    return write.model_copy(update={"result": "not_confirmed", "after": value, "detail": detail})


def _record(kind: Literal["change", "settled", "slot"], look: Look, diary: Diary) -> ActionRecord:
    act, writes = look.act, look.outcome.writes
    return ActionRecord(
        sender=Service.EXECUTOR,
        emitted_at=look.now,
        caused_by=act.caused_by,
        kind=kind,
        slot_start=act.slot_start,
        rule=act.decision.rule,
        reason=act.decision.reason,
        planned=act.decision.planned,
        commanded=act.decision.command,
        writes=writes,
        soc_percent=act.soc_percent,
        planned_soc_percent=act.planned_soc_percent,
        override=act.override,
        before=seen(act.measured),
        skipped=skipped(act, writes),
        ticks=diary.ticks,
        version=look.version,
        success=not any(one.result in _WRONG for one in writes),
        duration_seconds=look.seconds,
    )
