"""What cannot have been in the slots of one source, and what is to stand there instead.

For slots whose readings are not kept: those of files, of Home Assistant, and of long ago.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from darkstar_common.slots import SLOT, SLOT_HOURS
from darkstar_recorder.core.counters import Step, spread
from darkstar_recorder.core.flags import HOURLY, LUMP, SPIKE
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.lumps import LOAD, lumps
from darkstar_recorder.core.readings import ENERGIES, Reading
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.core.usual import Usual

LONGEST = 4 * 24 * 7
"""So many slots without a word, and nobody knows what a lump after them is of."""
_A_FULL_HOUR = 45
"""Minute at which the last slot of an hour starts."""

Rows = dict[datetime, SlotEnergy]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """What one energy was that cannot have been, and what became of it."""

    channel: str
    kwh: float
    start: datetime
    """Of the slot that it was in."""
    spread: int = 0
    """Over so many slots, that one the last of them; 0: it was set aside."""

    @property
    def starts(self) -> tuple[datetime, ...]:
        """Of the slots it touches, in order."""
        count = max(self.spread, 1)
        return tuple(self.start - ahead * SLOT for ahead in reversed(range(count)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """Rows that are to be others, and why."""

    rows: Rows = field(default_factory=dict)
    mends: tuple[Mend, ...] = ()


def mended(
    rows: Mapping[datetime, SlotEnergy],
    limits: Limits,
    usual: Usual | None = None,
    since: datetime | None = None,
) -> Mended:
    """What is wrong in rows of one source, in the slots from `since` on.

    A load that stood at zero for hours and then jumped, with what jumped beside it, and what
    is more than the house can do in its slots, is spread over the silence before (`lump`),
    as is usual at these quarters of the day; nothing is lost. What is more than that silence
    can explain, or negative, is set aside: unknown, with the flag `spike`.
    """
    found, mends = dict(rows), list[Mend]()
    first = since or min(rows, default=None)
    if first is None:
        return Mended()
    for start, channel in _negative(found, first):
        mends.append(Mend(channel=channel, kwh=found[start].kwh[channel], start=start))
        _set_aside(found, channel, start)
    for channel, lump in _standstills(found, limits, first):
        slots = _spread(found, channel, lump, limits, usual)
        mends.append(Mend(channel=channel, kwh=lump.kwh, start=slots[-1], spread=len(slots)))
    for start, channel in _impossible(found, limits, first):
        kwh = found[start].kwh[channel]
        silent = _silence(found, channel, start)
        if len(silent) > 1 and limits.possible(channel, kwh / len(silent), SLOT_HOURS):
            lump = Step(start=silent[0], end=start + SLOT, kwh=kwh)
            _spread(found, channel, lump, limits, usual)
            mends.append(Mend(channel=channel, kwh=kwh, start=start, spread=len(silent)))
        else:
            _set_aside(found, channel, start)
            mends.append(Mend(channel=channel, kwh=kwh, start=start))
    changed = {start: found[start] for start in sorted(found) if found[start] != rows.get(start)}
    return Mended(
        rows=changed, mends=tuple(sorted(mends, key=lambda one: (one.start, one.channel)))
    )


def _standstills(
    rows: Mapping[datetime, SlotEnergy], limits: Limits, since: datetime
) -> list[tuple[str, Step]]:
    found = list[tuple[str, Step]]()
    for run in _known_load(rows):
        counted = {channel: some for channel in ENERGIES if (some := _counted(run, channel))}
        found.extend(
            (channel, Step(start=one.start, end=one.end, kwh=one.kwh))
            for channel, stood in lumps(counted, limits).items()
            for one in stood
            if one.end > since
            and (last := run.get(one.end - SLOT))
            and not last.flags.get(channel, 0) & LUMP
        )
    return found


def _known_load(rows: Mapping[datetime, SlotEnergy]) -> list[dict[datetime, SlotEnergy]]:
    """The runs of slots of which the load is known: a silence is no standstill."""
    runs, before = list[dict[datetime, SlotEnergy]](), None
    for start in sorted(rows):
        if LOAD in rows[start].kwh:
            if before is None or before + SLOT != start:
                runs.append({})
            runs[-1][start] = rows[start]
            before = start
    return runs


def _counted(rows: Mapping[datetime, SlotEnergy], channel: str) -> Sequence[Reading]:
    """What a counter would have shown at the ends of the slots; of spread hours at theirs."""
    found, total = list[Reading](), 0.0
    for start in sorted(rows):
        kwh = rows[start].kwh.get(channel)
        if kwh is None:
            continue
        if not found:
            found.append(Reading(channel=channel, measured_at=start, value=total))
        total += kwh
        hourly = rows[start].flags.get(channel, 0) & HOURLY
        if not hourly or start.minute == _A_FULL_HOUR:
            found.append(Reading(channel=channel, measured_at=start + SLOT, value=total))
    return found


def _negative(rows: Rows, since: datetime) -> list[tuple[datetime, str]]:
    return [
        (start, channel)
        for start, row in rows.items()
        for channel, kwh in row.kwh.items()
        if kwh < 0 and start >= since
    ]


def _impossible(rows: Rows, limits: Limits, since: datetime) -> list[tuple[datetime, str]]:
    return [
        (start, channel)
        for start in sorted(rows)
        for channel, kwh in rows[start].kwh.items()
        if start >= since and not limits.possible(channel, kwh, SLOT_HOURS)
    ]


def _silence(rows: Rows, channel: str, start: datetime) -> tuple[datetime, ...]:
    """The slots before `start` that say nothing of `channel`, and it; none if nobody knows."""
    span = [start]
    while len(span) < LONGEST and not _says(rows.get(span[-1] - SLOT), channel):
        span.append(span[-1] - SLOT)
    return tuple(reversed(span)) if len(span) < LONGEST else ()


def _says(row: SlotEnergy | None, channel: str) -> bool:
    """Whether something is known of it; the zero of a meter that stood says nothing."""
    return row is not None and bool(row.kwh.get(channel) or row.flags.get(channel, 0) & SPIKE)


def _spread(
    rows: Rows, channel: str, step: Step, limits: Limits, usual: Usual | None
) -> tuple[datetime, ...]:
    """Divide `step` over its slots; which they are."""
    portions = dict(spread(step, (usual or {}).get(channel)))
    if not all(limits.possible(channel, one, SLOT_HOURS) for one in portions.values()):
        portions = dict(spread(step))
    for start, portion in portions.items():
        row = rows.get(start, SlotEnergy(start=start))
        mask = row.flags.get(channel, 0) | LUMP
        rows[start] = replace(
            row, kwh={**row.kwh, channel: portion}, flags={**row.flags, channel: mask}
        )
    return tuple(portions)


def _set_aside(rows: Rows, channel: str, start: datetime) -> None:
    row = rows[start]
    kwh = {name: value for name, value in row.kwh.items() if name != channel}
    rows[start] = replace(row, kwh=kwh, flags={**row.flags, channel: SPIKE})
