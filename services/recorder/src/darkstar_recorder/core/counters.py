"""Cumulative counters, and the energy between two of their readings.

A counter only grows, so a reading that was missed costs nothing but resolution: the next
one carries its energy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from darkstar_common.slots import SLOT, slots_between
from darkstar_recorder.core.flags import DIP, GAP, RESET
from darkstar_recorder.core.readings import Reading

RESET_SHARE = 0.9
"""A counter that shows less than this share of its last value has started again; a smaller
step back is rounding. Home Assistant's rule for `total_increasing`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a counter grew by between two of its readings."""

    start: datetime
    end: datetime
    kwh: float
    """[kWh], never negative."""
    flags: int = 0


def steps(readings: Sequence[Reading]) -> Iterator[Step]:
    """The energies between the readings of one counter, in order.

    A counter that has started again counts with what it shows now (`reset`); after a small
    step back (`dip`) it counts on from the highest it has shown. More than a slot between
    two readings is a `gap`: how its energy divides over the slots is assumed.
    """
    highest = readings[0].value if readings else 0.0
    for before, new in pairwise(readings):
        grown, flags = _growth(highest, new.value)
        highest = max(highest, new.value) if flags != RESET else new.value
        if grown > 0 and new.measured_at - before.measured_at > SLOT:
            flags |= GAP
        yield Step(start=before.measured_at, end=new.measured_at, kwh=grown, flags=flags)


def _growth(before: float, now: float) -> tuple[float, int]:
    """Energy counted between two values [kWh], and what is odd about it."""
    if now >= before:
        return now - before, 0
    return (now, RESET) if now < RESET_SHARE * before else (0.0, DIP)


def spread(step: Step) -> Iterator[tuple[datetime, float]]:
    """The step's energy by slot [kWh], evenly over its time."""
    firsts = slots_between(step.start, step.end)
    edges = (step.start, *firsts[1:], step.end)
    span = step.end - step.start
    reached = [step.kwh * ((edge - step.start) / span) for edge in edges[:-1]] + [step.kwh]
    for first, (before, after) in zip(firsts, pairwise(reached), strict=True):
        yield first, after - before
