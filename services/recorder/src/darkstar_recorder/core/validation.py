"""What was recorded beside what another memory says of the same hours, and why they differ.

Hours, because that is how long-term statistics count. What a difference may come from is looked
for in what the recorder itself knows of its slots; a difference without such a cause is a defect,
here or there, and somebody should look.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from darkstar_recorder.core.filling import hour_after
from darkstar_recorder.core.flags import HOURLY, names
from darkstar_recorder.core.readings import Reading

HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_IN_AN_HOUR = 4
_SEASONS = {"winter": (12, 1, 2), "spring": (3, 4, 5), "summer": (6, 7, 8), "autumn": (9, 10, 11)}

Hours = Mapping[datetime, float]
"""Energy by the start of the hour [kWh]; what is not there is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """What was recorded of a slot."""

    start: datetime
    kwh: Mapping[str, float]
    flags: Mapping[str, int] = field(default_factory=dict)
    source: str = "counters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """An hour of a channel in which the two say something else.

    Attributes:
        recorded: None: the hour is not, or not wholly, recorded [kWh].
        other: What the other memory says; None: nothing [kWh].
        cause: Why; None: nobody knows.
    """

    hour: datetime
    channel: str
    recorded: float | None
    other: float | None
    cause: str | None

    hours: int = 1
    """So many in a row, all of them alike in what is unknown."""

    def __str__(self) -> str:
        recorded, other = (
            "unknown" if one is None else f"{one:.3f} kWh" for one in (self.recorded, self.other)
        )
        end = self.hour + self.hours * HOUR
        until = f" to {end:%Y-%m-%d %H:%M}" if self.hours > 1 else ""
        return (
            f"{self.hour:%Y-%m-%d %H:%M}{until} {self.channel}: recorded {recorded}, "
            f"there {other}: {self.cause or 'unexplained'}"
        )


def in_rows(found: Iterable[Difference]) -> Iterator[Difference]:
    """Differences, with those in a row of which only one side knows anything as one."""
    last: Difference | None = None
    for one in found:
        if last is not None and _goes_on(last, one):
            last = replace(
                last,
                recorded=_sum(last.recorded, one.recorded),
                other=_sum(last.other, one.other),
                hours=last.hours + one.hours,
            )
            continue
        if last is not None:
            yield last
        last = one
    if last is not None:
        yield last


def _goes_on(last: Difference, one: Difference) -> bool:
    return (
        (last.channel, last.cause, last.recorded is None, last.other is None)
        == (one.channel, one.cause, one.recorded is None, one.other is None)
        and (one.recorded is None or one.other is None)
        and last.hour + last.hours * HOUR == one.hour
    )


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other


def hours_of_sums(readings: Sequence[Reading]) -> dict[datetime, float]:
    """The energy of each hour between the sums at its two ends [kWh]."""
    return {
        before.measured_at: after.value - before.value
        for before, after in pairwise(sorted(readings, key=lambda one: one.measured_at))
        if after.measured_at - before.measured_at == HOUR
    }


def hours_of_slots(slots: Iterable[tuple[datetime, float]]) -> dict[datetime, float]:
    """The energy of each hour of which all four slots are there [kWh]."""
    found: dict[datetime, list[float]] = {}
    for start, kwh in slots:
        found.setdefault(start.replace(minute=0), []).append(kwh)
    return {hour: sum(some) for hour, some in found.items() if len(some) == _IN_AN_HOUR}


def hours_between(start: datetime, end: datetime) -> Iterator[datetime]:
    """The full hours that start in [`start`, `end`)."""
    hour = hour_after(start)
    while hour < end:
        yield hour
        hour += HOUR


def differences(
    recorded: Sequence[Slot],
    other: Mapping[str, Hours],
    *,
    tolerance: float,
    looked_at: Collection[datetime],
) -> Iterator[Difference]:
    """Every hour that differs by more than `tolerance` [kWh], by channel and time.

    Args:
        recorded: The slots of the time looked at.
        other: What the other memory says, by channel.
        tolerance: So much does not count [kWh].
        looked_at: The hours to compare; where nothing is recorded of one, it is missing.
    """
    for channel, there in sorted(other.items()):
        own = hours_of_slots(
            (one.start, one.kwh[channel]) for one in recorded if channel in one.kwh
        )
        off = {hour: own[hour] - kwh for hour, kwh in there.items() if hour in own}
        for hour in sorted((own.keys() | there.keys()) & set(looked_at)):
            here, else_ = own.get(hour), there.get(hour)
            if max(here or 0.0, else_ or 0.0) <= tolerance or (
                hour in off and abs(off[hour]) <= tolerance
            ):
                continue
            slots = [one for one in recorded if hour <= one.start < hour + HOUR]
            yield Difference(
                hour=hour,
                channel=channel,
                recorded=here,
                other=else_,
                cause=_cause(channel, hour, slots, off=off, there=there, tolerance=tolerance),
            )


def _cause(
    channel: str,
    hour: datetime,
    slots: Sequence[Slot],
    *,
    off: Mapping[datetime, float],
    there: Hours,
    tolerance: float,
) -> str | None:
    known = sum(channel in one.kwh for one in slots)
    if known < _IN_AN_HOUR:
        return f"not covered: {known} of 4 slots are recorded"
    if hour not in there:
        return "not covered: nothing is said of this hour there"
    mask = 0
    for one in slots:
        # whole hours are what is compared, so how an hour was divided explains nothing
        mask |= one.flags.get(channel, 0) & ~HOURLY
    if mask:
        return ", ".join(names(mask))
    if any("import" in one.source for one in slots):
        return "source differs: imported from a file"
    if any(abs(off[hour] + off.get(near, 0.0)) <= tolerance for near in (hour - HOUR, hour + HOUR)):
        return "hourly rounding: counted in the hour beside it"
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day that could be looked at."""

    day: date
    load_kwh: float = 0.0
    pv_kwh: float = 0.0


def days_of(slots: Iterable[tuple[date, Slot]]) -> tuple[Day, ...]:
    """The days of `slots` with what was used and produced on them, in order."""
    found: dict[date, list[float]] = {}
    for day, slot in slots:
        sums = found.setdefault(day, [0.0, 0.0])
        sums[0] += slot.kwh.get("load", 0.0)
        sums[1] += slot.kwh.get("pv", 0.0)
    return tuple(
        Day(day=day, load_kwh=load, pv_kwh=pv) for day, (load, pv) in sorted(found.items())
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Local days of which nothing is recorded.

    Attributes:
        first: The first of them.
        last: The last of them.
        there: What the other memory says of all of them, by channel [kWh].
    """

    first: date
    last: date
    there: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        days = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        if not self.there:
            return f"{days}: nothing is recorded: not covered, and nothing is known there either"
        known = ", ".join(f"{name} {kwh:.3f}" for name, kwh in sorted(self.there.items()))
        return f"{days}: nothing is recorded, there {known} kWh: not covered"


def missing_days(
    recorded: Collection[date], last: date, since: date = date.min
) -> tuple[Missing, ...]:
    """The days from the first one recorded up to `last` that are not, those in a row together.

    Those before `since` are left out.

    Example:
        >>> [one] = missing_days({date(2026, 5, 1), date(2026, 5, 4)}, date(2026, 5, 4))
        >>> (one.first.day, one.last.day)
        (2, 3)
    """
    found: list[Missing] = []
    day = max(min(recorded, default=last), since)
    while day <= last:
        if day not in recorded:
            goes_on = bool(found) and found[-1].last == day - _DAY
            first = found.pop().first if goes_on else day
            found.append(Missing(first=first, last=day))
        day += _DAY
    return tuple(found)


def representative(days: Sequence[Day], count: int) -> dict[date, str]:
    """At most `count` days that are unlike each other, in order, and why each was chosen.

    The most recent ones, the extremes of load and of PV, and a middling day of each season; of
    what is left the days in between, evenly.
    """
    if not days:
        return {}
    by_load = sorted(days, key=lambda one: one.load_kwh)
    by_pv = sorted(days, key=lambda one: one.pv_kwh)
    wanted = [
        (days[-1], "recent"), (by_load[-1], "high load"), (by_load[0], "low load"),
        (by_pv[-1], "high PV"), (by_pv[0], "low PV"),
    ]  # fmt: skip
    for season, months in _SEASONS.items():
        some = [one for one in by_load if one.day.month in months]
        if some:
            wanted.append((some[len(some) // 2], season))
    chosen: dict[date, str] = {}
    for one, why in wanted:
        if len(chosen) < count:
            chosen.setdefault(one.day, why)
    left = [one.day for one in days if one.day not in chosen]
    more = min(count - len(chosen), len(left))
    for number in range(more):
        chosen[left[number * len(left) // more]] = "in between"
    return dict(sorted(chosen.items()))
