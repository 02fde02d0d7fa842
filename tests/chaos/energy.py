"""Whether the recorder lost or doubled energy, by the simulated house's own account."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

CHANNELS = ("load", "pv", "import", "export", "charge", "discharge", "water")
HOUR = timedelta(hours=1)
ALLOWED_KWH = 0.05
"""What an hour, or the whole, may be off by on a machine that has nothing else to do [kWh]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """What the recorder says of a slot, and what is true of it.

    Attributes:
        start: of the slot.
        seen: by channel; None: unknown [kWh].
        true: by channel [kWh].
        flagged: channels of which the recorder says itself that it guessed.
    """

    start: datetime
    seen: Mapping[str, float | None]
    true: Mapping[str, float]
    flagged: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How far the recorder is off in one channel [kWh]; positive: it has too much."""

    channel: str
    kwh: float
    hour: datetime | None = None

    def __str__(self) -> str:
        what = "doubled" if self.kwh > 0 else "lost"
        when = "in all" if self.hour is None else f"in the hour of {self.hour:%Y-%m-%d %H:%M}"
        return f"{abs(self.kwh):.3f} kWh of {self.channel} {what} {when}"


def slots(
    rows: Mapping[str, Sequence[object]], truth: Mapping[datetime, Mapping[str, float]]
) -> tuple[Slot, ...]:
    """Every true slot with what was recorded of it; one that was not recorded is unknown.

    Args:
        rows: The columns of a history answer about slots.
        truth: By start of the slot, energies by channel [kWh].
    """
    starts = [datetime.fromisoformat(str(one)) for one in rows["start"]]
    places = {start: number for number, start in enumerate(starts)}
    return tuple(
        _slot(start, true, rows, places.get(start)) for start, true in sorted(truth.items())
    )


def _slot(
    start: datetime,
    true: Mapping[str, float],
    rows: Mapping[str, Sequence[object]],
    place: int | None,
) -> Slot:
    if place is None:
        return Slot(start=start, seen=dict.fromkeys(CHANNELS), true=true)
    seen = {one: _number(rows[f"{one}_kwh"][place]) for one in CHANNELS}
    flags = rows["flags"][place]
    flagged = frozenset(flags) if isinstance(flags, Mapping) else frozenset()
    return Slot(start=start, seen=seen, true=true, flagged=flagged)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def hourly(
    some: Iterable[Slot],
    *,
    apart: Collection[datetime] = (),
    joined: Collection[datetime] = (),
    allowed: float,
) -> tuple[Difference, ...]:
    """The hours that are off by more than `allowed` and of which nothing says so.

    Args:
        some: Slots in their order.
        apart: Hours that are not judged, since the recorder's own clock was wrong in them.
        joined: Hours that are judged together with the one before: nobody could hear the meters
            at the time between the two, so what flowed then is booked when they are heard again.
        allowed: Of each channel [kWh].
    """

    def hour_of(one: Slot) -> datetime:
        hour = one.start.replace(minute=0)
        while hour in joined:
            hour -= HOUR
        return hour

    found = []
    for hour, those in groupby(some, hour_of):
        if hour not in apart:
            found += [one for one in _of_hour(hour, tuple(those)) if abs(one.kwh) > allowed]
    return tuple(found)


def _of_hour(hour: datetime, some: Sequence[Slot]) -> list[Difference]:
    return [
        Difference(channel=channel, kwh=_off(some, channel), hour=hour)
        for channel in CHANNELS
        if not any(channel in one.flagged for one in some)
    ]


def total(some: Sequence[Slot], *, allowed: float) -> tuple[Difference, ...]:
    """The channels that are off by more than `allowed` in all, flagged or not [kWh]."""
    sums = [Difference(channel=one, kwh=_off(some, one)) for one in CHANNELS]
    return tuple(one for one in sums if abs(one.kwh) > allowed)


def worst(some: Sequence[Slot]) -> float:
    """How far the worst channel is off in all [kWh]."""
    return max((abs(_off(some, one)) for one in CHANNELS), default=0.0)


def _off(some: Iterable[Slot], channel: str) -> float:
    return sum((one.seen[channel] or 0.0) - one.true[channel] for one in some)


def repeated(ids: Iterable[object]) -> tuple[str, ...]:
    """The ids that are there more than once."""
    counts: dict[str, int] = {}
    for one in ids:
        counts[str(one)] = counts.get(str(one), 0) + 1
    return tuple(sorted(one for one, count in counts.items() if count > 1))
