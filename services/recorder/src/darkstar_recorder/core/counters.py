"""Cumulative counters, and the energy between two of their readings.

A counter only grows, so a reading that was missed costs nothing but resolution: the next
one carries its energy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from darkstar_common.slots import SLOT, slot_start, slots_between
from darkstar_recorder.core.flags import DIP, GAP, LUMP, PARTIAL, RESET, SPIKE
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.readings import Reading
from darkstar_recorder.core.usual import quarter

RESET_SHARE = 0.9
"""A counter that shows less than this share of its last value has started again; a smaller
step back is rounding. Home Assistant's rule for `total_increasing`."""
GLITCH = timedelta(hours=1)
"""A counter that is back where it was within this time was not there meanwhile; and a jump that
lasts may be of what flowed within it."""
LATELY = GLITCH + SLOT
"""How a step is judged, and how its energy divides, depends on what was read so long before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a counter grew by between two of its readings."""

    start: datetime
    end: datetime
    kwh: float
    """[kWh], never negative."""
    flags: int = 0
    since: datetime | None = None
    """It flowed from here on; None: from `start`."""


def hours(before: Reading, new: Reading) -> float:
    """The time between two readings [h]."""
    return (new.measured_at - before.measured_at) / timedelta(hours=1)


def possible(before: Reading, new: Reading, limits: Limits) -> bool:
    """Whether a counter can have grown from one to the other."""
    return _can_have_counted(new, new.value - before.value, hours(before, new), limits)


def _can_have_counted(new: Reading, kwh: float, within: float, limits: Limits) -> bool:
    """Whether the counter of `new` can have counted `kwh` [kWh] in so many hours [h]."""
    return kwh <= limits.at_once(new.channel) or limits.possible(new.channel, kwh, within)


def rejected(readings: Sequence[Reading], limits: Limits) -> frozenset[datetime]:
    """When one counter showed what cannot be: those before and after agree without it.

    A high reading that could not be reached and is left again, or a low one that starts no new
    count, since the counter is back: from more than can have been counted meanwhile, or faster
    than it can have come back, or with the next reading, since who starts again does not show
    more than ever with the second one; or it is as low again within the hour, as where a clock
    that was wrong put old values between the new ones.
    """
    found: set[datetime] = set()
    low: Reading | None = None
    place = 1
    while place < len(readings):
        if _is_plain(readings[place - 1], readings[place], limits):
            place += 1
            continue
        back = _back(readings, place, limits, low)
        found.update(one.measured_at for one in readings[place : back or place])
        if back is not None and _is_low(readings[place - 1], readings[place]):
            low = readings[back - 1]
        place = (back or place) + 1
    return frozenset(found)


def _is_low(before: Reading, new: Reading) -> bool:
    return new.value < RESET_SHARE * before.value


def _is_plain(before: Reading, new: Reading, limits: Limits) -> bool:
    return not _is_low(before, new) and possible(before, new, limits)


def _back(
    readings: Sequence[Reading], place: int, limits: Limits, rejected_low: Reading | None
) -> int | None:
    """The place at which a counter that errs from `place` on is right again.

    Args:
        readings: In order of time.
        place: Of the first one that is odd.
        limits: What the house can do at most.
        rejected_low: The last one before that was too low.
    """
    before, odd = readings[place - 1], readings[place]
    low = _is_low(before, odd)
    no_count = low and (
        _goes_on(rejected_low, odd)
        or not _can_have_counted(odd, odd.value, hours(before, odd), limits)
    )
    back: int | None = None
    for number in range(place + 1, len(readings)):
        last, new = readings[number - 1], readings[number]
        if new.measured_at - before.measured_at > GLITCH:
            return None
        if back is not None and odd.value <= new.value and _is_low(readings[back], new):
            return back
        agrees = new.value >= before.value and possible(before, new, limits)
        jumps = new.value < odd.value
        if low:
            jumps = no_count or number == place + 1 or not possible(last, new, limits)
            back = number if agrees and back is None else back
        if agrees and jumps:
            return number
    return None


def _goes_on(before: Reading | None, low: Reading) -> bool:
    """Whether a low reading goes on from one `before` that was rejected."""
    if before is None or low.measured_at - before.measured_at > GLITCH:
        return False
    return 0 < before.value <= low.value


def steps(readings: Sequence[Reading], limits: Limits, apart: timedelta = SLOT) -> Iterator[Step]:
    """The energies between the readings of one counter, in order.

    A counter that has started again counts with what it shows now (`reset`); after a small
    step back (`dip`) it counts on from the highest it has shown. Two readings that are more
    than `apart` leave a `gap`: how its energy divides over the slots is assumed. What the
    house cannot have used in the time may have been told late (`lump`): what was cut off and
    comes at last is dated by its arrival. What cannot have flowed within the hour either, nor
    in the silence before (`spike`), is left out, and the slot `partial`; the counter goes on
    from there, as another meter does.
    """
    highest: Reading | None = None
    began = 0
    for place, (before, new) in enumerate(pairwise(readings), start=1):
        since = None
        last = highest or before
        grown, flags = growth(last.value, new.value)
        highest = last if flags == DIP else new
        # Not since a dip: an old value may be told again just before a new one.
        if not _can_have_counted(new, grown, hours(last, new), limits):
            since = None if flags else _told_late(readings[began : place + 1], limits)
            grown, flags = (grown, LUMP) if since else (0.0, flags | SPIKE | PARTIAL)
        began = place if flags & (RESET | SPIKE) else began
        if grown > 0 and new.measured_at - before.measured_at > apart:
            flags |= GAP
        start, end = before.measured_at, new.measured_at
        yield Step(start=start, end=end, kwh=grown, flags=flags, since=since)


def _told_late(readings: Sequence[Reading], limits: Limits) -> datetime | None:
    """Since when the energy of a jump to the last of the readings can have flowed.

    Since the slot before it began, or else since the latest of those readings of the hour that
    are the first or the last of their slots (the others are not kept), or else since the last
    one before that hour.

    Args:
        readings: Of one count, in order of time.
        limits: What the house can do at most.
    """
    *before, new = readings
    begin = slot_start(before[-1].measured_at) - SLOT
    earliest = slot_start(new.measured_at) - GLITCH
    late: Reading | None = None
    for one in _edges_backward(before):
        if one.measured_at >= begin:
            late = one
            continue
        if late is not None and possible(late, new, limits):
            break
        late = one
        if one.measured_at <= earliest:
            break
    return late.measured_at if late is not None and possible(late, new, limits) else None


def _edges_backward(readings: Sequence[Reading]) -> Iterator[Reading]:
    """The last one of each slot and the first one, the newest first."""
    later: datetime | None = None
    for number in range(len(readings) - 1, -1, -1):
        one = readings[number]
        slot = slot_start(one.measured_at)
        is_first = number == 0 or slot_start(readings[number - 1].measured_at) != slot
        if is_first or slot != later:
            yield one
        later = slot


def dips(readings: Iterable[Reading]) -> Iterator[datetime]:
    """When a counter showed a little less than it had, and so makes no energy."""
    highest = 0.0
    for one in readings:
        _, flags = growth(highest, one.value)
        if flags == DIP:
            yield one.measured_at
        highest = max(highest, one.value) if flags != RESET else one.value


def growth(before: float, now: float) -> tuple[float, int]:
    """Energy counted between two values [kWh], and what is odd about it."""
    if now >= before:
        return now - before, 0
    return (now, RESET) if now < RESET_SHARE * before else (0.0, DIP)


def spread(step: Step, usual: Sequence[float] | None = None) -> Iterator[tuple[datetime, float]]:
    """The step's energy by slot [kWh].

    Args:
        step: What is to be divided.
        usual: The usual energy of each quarter of the day [kWh]; None: evenly over its time.
    """
    start = step.since or step.start
    within = slot_start(start)
    if step.end <= within + SLOT:  # as most are
        yield within, step.kwh
        return
    firsts = slots_between(start, step.end)
    edges = (start, *firsts[1:], step.end)
    shares = [(after - before) / SLOT for before, after in pairwise(edges)]
    if usual is not None:
        weighted = [
            share * usual[quarter(first)] for share, first in zip(shares, firsts, strict=True)
        ]
        shares = weighted if sum(weighted) > 0 else shares
    total = sum(shares)
    for first, share in zip(firsts, shares, strict=True):
        yield first, step.kwh * share / total
