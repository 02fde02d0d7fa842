"""Counters that stood still for long and then caught up in one jump.

Readings kept coming with one value, and then one with all the energy of that time. It is
divided over the time in which the counter stood, like that of a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from darkstar_common.slots import SLOT
from darkstar_recorder.core.counters import Step, growth, possible
from darkstar_recorder.core.flags import LUMP, RESET
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.readings import Reading

LOAD = "load"
LOAD_RESTS = timedelta(hours=4)
"""No house uses nothing for so long, and then so much at once:"""
LOAD_KWH = 1.0
OTHER_KWH = 0.5
"""A smaller jump of a counter says nothing of the time before it:"""
BESIDE_KWH = 0.01
"""unless the load's jumped with it, after standing with it for at least so long."""
STOOD = timedelta(minutes=10)
_AT_ONCE = SLOT
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lump:
    """A counter stood from `start` on, and jumped between `still` and `end`."""

    start: datetime
    still: datetime
    end: datetime
    kwh: float
    reset: int = 0
    """The flag, where it started again meanwhile and shows what it counted since."""


def standstills(readings: Sequence[Reading]) -> Iterator[Lump]:
    """Each time that one value was read repeatedly, and then some energy more.

    More than ever before: values of before that stand between newer ones, as of a clock that
    was ahead, were counted when they were shown first.
    """
    first: Reading | None = None
    highest = 0.0
    for before, new in pairwise(readings):
        first = first or before
        highest = max(highest, before.value)
        grown, flags = growth(highest, new.value)
        highest = new.value if flags == RESET else highest
        if new.value == before.value:
            continue
        if grown > 0 and first is not before:
            yield Lump(
                start=first.measured_at,
                still=before.measured_at,
                end=new.measured_at,
                kwh=grown,
                reset=flags & RESET,
            )
        first = None


def lumps(readings: Mapping[str, Sequence[Reading]], limits: Limits) -> dict[str, tuple[Lump, ...]]:
    """The jumps, by channel, that carry the energy of the time before them.

    A jump that the house cannot have made, a jump of the load after hours of nothing at all,
    and whatever other counter jumped with the load after standing with it.
    """
    found = {
        channel: tuple(one for one in standstills(some) if _proven(channel, one, limits))
        for channel, some in readings.items()
    }
    load = found.get(LOAD, ())
    for channel, some in readings.items():
        if channel != LOAD and load:
            beside = tuple(
                one
                for still in standstills(some)
                if limits.is_more_than_a_step(channel, still.kwh)
                for one in _beside(still, load)
            )
            sure = tuple(one for one in found[channel] if all(one.end != b.end for b in beside))
            found[channel] = tuple(sorted((*sure, *beside), key=lambda one: one.end))
    return found


def _proven(channel: str, one: Lump, limits: Limits) -> bool:
    if not limits.possible(channel, one.kwh, (one.end - one.still) / _HOUR):
        return limits.possible(channel, one.kwh, (one.end - one.start) / _HOUR)
    rested = one.still - one.start >= LOAD_RESTS and one.kwh >= LOAD_KWH
    return channel == LOAD and rested and limits.is_more_than_a_step(channel, one.kwh)


def stood_beside(one: Lump) -> bool:
    """Whether it is one that may have stood with the load's."""
    return one.kwh >= BESIDE_KWH and one.still - one.start >= STOOD


def _beside(one: Lump, load: Sequence[Lump]) -> Iterator[Lump]:
    """`one`, from when the load stood as well, if it ended with it."""
    for other in load:
        together = abs(one.end - other.end) <= _AT_ONCE and stood_beside(one)
        if together and one.start <= other.start + _HOUR and one.still > other.start:
            start = max(one.start, other.start)
            yield replace(one, start=start)


def redistributed(steps: Sequence[Step], found: Sequence[Lump]) -> Iterator[Step]:
    """The steps of a counter with each lump over the whole time it stood."""
    for step in steps:
        inside = next((one for one in found if one.start <= step.start < one.end), None)
        if inside is None:
            yield step
        elif step.end == inside.end:
            flags = inside.reset | (LUMP if inside.end - inside.start > SLOT else 0)
            yield Step(start=inside.start, end=inside.end, kwh=inside.kwh, flags=flags)


def odd(before: Sequence[Reading], new: Reading, limits: Limits) -> bool:
    """Whether `new` after `before` may change how earlier readings are judged."""
    last = before[-1]
    if new.value < last.value or not possible(last, new, limits):
        return True
    if new.value - last.value < OTHER_KWH or len(before) == 1:
        return False
    return before[-2].value == last.value
