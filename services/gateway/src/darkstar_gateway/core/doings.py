"""What the executor did: its records as objects, and what a week of them comes to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field

from darkstar_common.contract import Command, Override, Part, Seen, Write

_AS_TEXT = ("planned", "commanded", "writes", "override", "before", "after")
"""Columns that the recorder keeps as JSON."""


class Doing(Part):
    """One record of the executor, opened."""

    message_id: str
    caused_by: str | None = None
    emitted_at: AwareDatetime
    kind: str | None = None
    slot_start: AwareDatetime | None = None
    rule: str
    reason: str
    planned: Command | None = None
    commanded: Command | None = None
    writes: tuple[Write, ...] = ()
    override: Override | None = None
    before: Seen | None = None
    after: Seen | None = None
    skipped: str | None = None
    soc_percent: float | None = None
    planned_soc_percent: float | None = None
    ticks: int | None = None
    version: str | None = None
    success: bool
    duration_seconds: float | None = None

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Self:
        """From a row of the recorder's actions."""
        return cls.model_validate({**record, **_opened(record)})


def _opened(record: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that are JSON, as what they say; what is null there is left out."""
    texts = {name: record.get(name) for name in _AS_TEXT}
    found = {name: json.loads(text) for name, text in texts.items() if text is not None}
    return {name: None for name in _AS_TEXT if name != "writes"} | {
        name: value for name, value in found.items() if value is not None
    }


class Doings(Part):
    """Records of the executor, newest first."""

    rows: tuple[Doing, ...]
    complete: bool = Field(description="False: there are older ones; ask with `end` at the last")


class EntityWrites(Part):
    """What became of the writes to one entity."""

    entity: str
    role: str
    written: int = Field(ge=0)
    confirmed: int = Field(ge=0)
    not_confirmed: int = Field(ge=0)


class DayOfDoings(Part):
    """One local day in numbers."""

    day: date
    changes: int = Field(ge=0)
    writes: int = Field(ge=0)
    failures: int = Field(ge=0)


class Stats(Part):
    """Some days of the executor in numbers."""

    days: int
    start: AwareDatetime
    end: AwareDatetime
    changes: int = Field(ge=0, description="Changes of what is commanded, or of the reason")
    writes: int = Field(ge=0)
    confirmed: int = Field(ge=0)
    failures: int = Field(ge=0, description="Writes that were not confirmed in the end")
    overrides: int = Field(ge=0, description="Wishes of people that were begun")
    shadow_share: float | None = Field(description="Share of records in shadow; null: no records")
    rules: dict[str, int] = Field(description="Slots by the rule that decided")
    entities: tuple[EntityWrites, ...] = Field(description="Most written first")
    by_day: tuple[DayOfDoings, ...] = Field(description="Oldest first")


def stats(
    doings: Sequence[Doing], days: Sequence[date], span: tuple[datetime, datetime], zone: ZoneInfo
) -> Stats:
    """What `doings` (oldest first) come to over `days`, which make up `span`.

    A write is counted where it is made, its end where that is known: the record of a change
    says what was written, a later one of kind `settled` what came of it.
    """
    changes = [one for one in doings if one.kind in {"change", None}]
    written = [(_day(one, zone), write) for one in changes for write in _with(one, "written")]
    settled = [one for one in doings if one.kind == "settled"]
    confirmed = [write for one in settled for write in _with(one, "confirmed")]
    failed = [(_day(one, zone), write) for one in settled for write in _with(one, "not_confirmed")]
    shadow = sum(one.skipped == "shadow mode" for one in doings)
    return Stats(
        days=len(days),
        start=span[0],
        end=span[1],
        changes=len(changes),
        writes=len(written),
        confirmed=len(confirmed),
        failures=len(failed),
        overrides=_overrides(doings),
        shadow_share=shadow / len(doings) if doings else None,
        rules=Counter(one.rule for one in doings if one.kind == "slot"),
        entities=_entities(
            [write for _, write in written], confirmed, [write for _, write in failed]
        ),
        by_day=_by_day(days, Counter(_day(one, zone) for one in changes), written, failed),
    )


def _with(doing: Doing, result: str) -> Iterable[Write]:
    return (write for write in doing.writes if write.result == result)


def _day(doing: Doing, zone: ZoneInfo) -> date:
    return doing.emitted_at.astimezone(zone).date()


def _overrides(doings: Sequence[Doing]) -> int:
    """How often a wish stood that had not stood in the record before; its end may be moved."""
    actions = [one.override.action if one.override else None for one in doings]
    before = [None, *actions]
    return sum(
        one is not None and one != other for one, other in zip(actions, before, strict=False)
    )


def _entities(
    written: Sequence[Write], confirmed: Sequence[Write], failed: Sequence[Write]
) -> tuple[EntityWrites, ...]:
    counts = [
        Counter((one.entity, one.role) for one in some) for some in (written, confirmed, failed)
    ]
    named = {key for count in counts for key in count if key[0] is not None}
    rows = (
        EntityWrites(
            entity=str(key[0]),
            role=key[1],
            written=counts[0][key],
            confirmed=counts[1][key],
            not_confirmed=counts[2][key],
        )
        for key in named
    )
    return tuple(sorted(rows, key=lambda one: (-one.written, one.entity, one.role)))


def _by_day(
    days: Iterable[date],
    changes: Mapping[date, int],
    written: Sequence[tuple[date, Write]],
    failed: Sequence[tuple[date, Write]],
) -> tuple[DayOfDoings, ...]:
    writes, failures = (Counter(day for day, _ in some) for some in (written, failed))
    return tuple(
        DayOfDoings(
            day=day, changes=changes.get(day, 0), writes=writes[day], failures=failures[day]
        )
        for day in days
    )
