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
"""A counter that is back where it was within this time was not there meanwhile."""


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
    grown = new.value - before.value
    return grown <= limits.at_once(new.channel) or limits.possible(
        new.channel, grown, hours(before, new)
    )


def rejected(readings: Sequence[Reading], limits: Limits) -> frozenset[datetime]:
    """When one counter showed what cannot be: those before and after agree without it.

    A high reading that could not be reached and is left again, or a low one that starts no
    new count, since the counter could not be back from it as fast as it was, or was back with
    the next one: who starts again does not show more than ever with the second reading.
    """
    found: set[datetime] = set()
    place = 1
    while place < len(readings):
        if _is_plain(readings[place - 1], readings[place], limits):
            place += 1
            continue
        back = _back(readings, place, limits)
        found.update(one.measured_at for one in readings[place : back or place])
        place = (back or place) + 1
    return frozenset(found)


def _is_plain(before: Reading, new: Reading, limits: Limits) -> bool:
    return new.value >= RESET_SHARE * before.value and possible(before, new, limits)


def _back(readings: Sequence[Reading], place: int, limits: Limits) -> int | None:
    """The place at which a counter that errs from `place` on is right again."""
    before, odd = readings[place - 1], readings[place]
    low = odd.value < RESET_SHARE * before.value
    for number in range(place + 1, len(readings)):
        last, new = readings[number - 1], readings[number]
        if new.measured_at - before.measured_at > GLITCH:
            return None
        agrees = new.value >= before.value and possible(before, new, limits)
        jumps = new.value < odd.value
        if low:
            jumps = number == place + 1 or not possible(last, new, limits)
        if agrees and jumps:
            return number
    return None


def steps(readings: Sequence[Reading], limits: Limits, apart: timedelta = SLOT) -> Iterator[Step]:
    """The energies between the readings of one counter, in order.

    A counter that has started again counts with what it shows now (`reset`); after a small
    step back (`dip`) it counts on from the highest it has shown. Two readings that are more
    than `apart` leave a `gap`: how its energy divides over the slots is assumed. What the
    house cannot have used in the time may be of the slot before, told late (`lump`); what it
    cannot have used then either (`spike`) is left out, and the slot `partial`.
    """
    highest: Reading | None = None
    for place, (before, new) in enumerate(pairwise(readings), start=1):
        since = None
        last = highest or before
        grown, flags = growth(last.value, new.value)
        highest = last if flags == DIP else new
        # Not since a dip: an old value may be told again just before a new one.
        most = limits.at_once(new.channel)
        if grown > most and not limits.possible(new.channel, grown, hours(last, new)):
            since = None if flags else _told_late(readings, place, limits)
            grown, flags = (grown, LUMP) if since else (0.0, flags | SPIKE | PARTIAL)
        if grown > 0 and new.measured_at - before.measured_at > apart:
            flags |= GAP
        start, end = before.measured_at, new.measured_at
        yield Step(start=start, end=end, kwh=grown, flags=flags, since=since)


def _told_late(readings: Sequence[Reading], place: int, limits: Limits) -> datetime | None:
    """Since when the energy of a jump can have flowed, from the slot before it on."""
    new, first = readings[place], place - 1
    begin = slot_start(readings[first].measured_at) - SLOT
    earlier = first
    while earlier > 0 and readings[earlier - 1].value <= readings[earlier].value:
        earlier -= 1
        if readings[earlier].measured_at < begin:
            break
        first = earlier
    start = readings[earlier if first == place - 1 else first]
    return start.measured_at if possible(start, new, limits) else None


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
