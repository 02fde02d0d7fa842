"""How far a backfill has come, and the slots that each of its pieces makes.

A channel is fetched in pieces, oldest first. The last slot of a piece may go on in the next one,
so it is left to that; the last reading before it is kept with the mark. So is the time in which a
counter stands still at the end of a piece, for it may jump in the next one. A backfill that was
interrupted goes on from there, and makes the slots that it would have made at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from darkstar_common.slots import slot_start
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.readings import SOC, Reading, by_channel
from darkstar_recorder.core.slots import SlotEnergy, energies
from darkstar_recorder.core.sums import lifted
from darkstar_recorder.core.usual import Usual

RAW = timedelta(days=10)
"""So long Home Assistant keeps its history, unless it is told otherwise."""
STANDS = timedelta(days=2)
"""A counter that has stood still for longer is not waited for."""
LOAD_STANDS = timedelta(hours=2)
"""A load that has stood still for so long is waited for at the end of all, too."""
_LOAD = "load"
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
    usual: Usual | None = None,
    more: Collection[str] = (),
) -> Piece:
    """The slots that are whole with `fetched`, on top of what the marks carry.

    Args:
        marks: How far each channel is.
        fetched: What comes after, and maybe some of before.
        limits: What the house can do at most.
        hourly: They are sums of long-term statistics, not what a counter showed.
        usual: How what is not known closer divides over the day; None: evenly.
        more: Channels of which another piece follows; what stands still is left to that.
    """
    told = {
        channel: (*(() if mark.last is None else (mark.last,)), *fetched.get(channel, ()))
        for channel, mark in marks.items()
    }
    sums = {channel: lifted(some) for channel, some in told.items() if hourly and channel != SOC}
    gathered = by_channel(
        reading
        for channel, some in told.items()
        for reading in (sums[channel].readings if channel in sums else some)
    )
    stands = _standing(gathered, more)
    after = {
        channel: _further(mark, told[channel], gathered.get(channel, ()), stands.get(channel))
        for channel, mark in marks.items()
    }
    spans = {channel: (marks[channel].until, after[channel].until) for channel in marks}
    unknown = {channel: one.broken for channel, one in sums.items()}
    rows = energies(gathered, limits=limits, usual=usual, hourly=hourly).values()
    found = (_within(row, spans, unknown) for row in rows)
    return Piece(rows=tuple(row for row in found if _says_something(row)), marks=after)


def _says_something(row: SlotEnergy) -> bool:
    return bool(row.kwh) or not (row.soc_percent_start is None and row.soc_percent_end is None)


def _standing(
    readings: Mapping[str, Sequence[Reading]], more: Collection[str]
) -> dict[str, datetime]:
    """Since when each counter has shown what it shows last, of those to wait for.

    At the end of all it is written that a counter stands, unless the load's stands with it.
    """
    since = {channel: _since(some) for channel, some in readings.items() if channel != SOC and some}
    stood = {channel: readings[channel][-1].measured_at - start for channel, start in since.items()}
    frozen = stood.get(_LOAD, timedelta()) >= LOAD_STANDS
    return {
        channel: start if channel in more else max(start, since[_LOAD])
        for channel, start in since.items()
        if timedelta() < stood[channel] <= STANDS and (channel in more or frozen)
    }


def _since(readings: Sequence[Reading]) -> datetime:
    place = len(readings) - 1
    while place > 0 and readings[place - 1].value == readings[-1].value:
        place -= 1
    return readings[place].measured_at


def _further(
    mark: Mark, told: Sequence[Reading], readings: Sequence[Reading], stands: datetime | None
) -> Mark:
    """The mark behind the last slot that `readings` cover, or before it `stands` still.

    It carries a reading as it was `told`.
    """
    if not readings:
        return mark
    ended = readings[-1].measured_at if stands is None else stands
    until = max(mark.until, slot_start(ended))
    carried = [one for one in readings if one.measured_at <= until]
    at = carried[-1].measured_at if carried else None
    return replace(
        mark,
        until=until,
        first_at=mark.first_at or readings[0].measured_at,
        last=next((one for one in told if one.measured_at == at), mark.last),
    )


def _within(
    row: SlotEnergy,
    spans: Mapping[str, tuple[datetime, datetime]],
    unknown: Mapping[str, Sequence[tuple[datetime, datetime]]],
) -> SlotEnergy:
    """`row` without the channels whose piece it is not in, or that are not known in it."""
    of_it = set(_known(row.start, spans, unknown))
    charged = SOC in of_it
    return SlotEnergy(
        start=row.start,
        kwh={channel: kwh for channel, kwh in row.kwh.items() if channel in of_it},
        flags={channel: mask for channel, mask in row.flags.items() if channel in of_it},
        soc_percent_start=row.soc_percent_start if charged else None,
        soc_percent_end=row.soc_percent_end if charged else None,
    )


def _known(
    slot: datetime,
    spans: Mapping[str, tuple[datetime, datetime]],
    unknown: Mapping[str, Sequence[tuple[datetime, datetime]]],
) -> Iterator[str]:
    for channel, (start, end) in spans.items():
        broken = any(begin <= slot < over for begin, over in unknown.get(channel, ()))
        if start <= slot < end and not broken:
            yield channel
