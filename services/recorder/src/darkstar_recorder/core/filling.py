"""How far a backfill has come, and the slots that each of its pieces makes.

A channel is fetched in pieces, oldest first. The last slot of a piece may go on in the next one,
so it is left to that; the last reading before it is kept with the mark. A backfill that was
interrupted goes on from there, and makes the slots that it would have made at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from darkstar_common.slots import slot_start
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.readings import SOC, Reading, by_channel
from darkstar_recorder.core.slots import SlotEnergy, energies

RAW = timedelta(days=10)
"""So long Home Assistant keeps its history, unless it is told otherwise."""
Memory: TypeAlias = Literal["history", "statistics"]
HISTORY: Memory = "history"
STATISTICS: Memory = "statistics"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Slots of [`start`, `until`) of a channel are fetched, as far as there was anything.

    Attributes:
        memory: Which of the two it is fetched from.
        first_at: When the first reading was taken; None: there is none yet.
        last: The last reading at or before `until`; None: there was none.
    """

    channel: str
    entity: str
    memory: Memory
    start: datetime
    until: datetime
    first_at: datetime | None = None
    last: Reading | None = None

    def serves(self, entity: str, start: datetime) -> bool:
        """Whether a backfill of `entity` from `start` on may go on from here."""
        return self.entity == entity and self.start <= start <= self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What the readings of a piece make of the slots, and how far each channel is then."""

    rows: tuple[SlotEnergy, ...]
    marks: Mapping[str, Mark]


def edges(start: datetime, end: datetime, length: timedelta) -> tuple[datetime, ...]:
    """The ends of the pieces of [`start`, `end`), on a grid that is the same on every day.

    Example:
        >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
        >>> [one.day for one in edges(noon, noon + timedelta(days=2), timedelta(days=1))]
        [2, 3, 3]
    """
    found = []
    while start < end:
        start = min(_EPOCH + ((start - _EPOCH) // length + 1) * length, end)
        found.append(start)
    return tuple(found)


def hour_after(moment: datetime) -> datetime:
    """The full hour at or after `moment`."""
    hour = timedelta(hours=1)
    return _EPOCH - ((_EPOCH - moment) // hour) * hour


def piece(
    marks: Mapping[str, Mark],
    fetched: Mapping[str, Iterable[Reading]],
    *,
    limits: Limits,
    hourly: bool,
) -> Piece:
    """The slots that are whole with `fetched`, on top of what the marks carry."""
    gathered = by_channel(
        reading
        for channel, mark in marks.items()
        for reading in (*(() if mark.last is None else (mark.last,)), *fetched.get(channel, ()))
    )
    after = {channel: _further(mark, gathered.get(channel, ())) for channel, mark in marks.items()}
    spans = {channel: (marks[channel].until, after[channel].until) for channel in marks}
    rows = (
        _within(row, spans) for row in energies(gathered, limits=limits, hourly=hourly).values()
    )
    return Piece(
        rows=tuple(
            row
            for row in rows
            if row.kwh or row.soc_percent_start is not None or row.soc_percent_end is not None
        ),
        marks=after,
    )


def _further(mark: Mark, readings: Sequence[Reading]) -> Mark:
    """The mark behind the last slot that `readings` cover."""
    if not readings:
        return mark
    until = max(mark.until, slot_start(readings[-1].measured_at))
    carried = [one for one in readings if one.measured_at <= until]
    return replace(
        mark,
        until=until,
        first_at=mark.first_at or readings[0].measured_at,
        last=carried[-1] if carried else mark.last,
    )


def _within(row: SlotEnergy, spans: Mapping[str, tuple[datetime, datetime]]) -> SlotEnergy:
    """`row` without the channels whose piece it is not in."""
    of_it = {one for one, (start, end) in spans.items() if start <= row.start < end}
    charged = SOC in of_it
    return SlotEnergy(
        start=row.start,
        kwh={channel: kwh for channel, kwh in row.kwh.items() if channel in of_it},
        flags={channel: mask for channel, mask in row.flags.items() if channel in of_it},
        soc_percent_start=row.soc_percent_start if charged else None,
        soc_percent_end=row.soc_percent_end if charged else None,
    )
