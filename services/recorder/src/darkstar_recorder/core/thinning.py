"""Fewer readings that make the same slots."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from darkstar_common.slots import on_grid, slot_start
from darkstar_recorder.core.counters import dips, possible, rejected
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.lumps import OTHER_KWH, standstills, stood_beside
from darkstar_recorder.core.readings import SOC, Reading


def thinned(readings: Sequence[Reading], before: datetime, limits: Limits) -> tuple[Reading, ...]:
    """One channel's readings without those older than `before` that change no slot.

    The first and the last of each slot stay, for the boundaries are interpolated between
    them, and so do both ends of every step that is judged: back, impossible, large, or after
    a standstill.

    Args:
        readings: In order of time.
        before: Those from here on all stay.
        limits: What the house can do at most.
    """
    counted = [one for one in readings if one.channel != SOC]
    wrong = rejected(counted, limits)
    right = [one for one in counted if one.measured_at not in wrong]
    needed = _of_standstills(right, limits) | _after_low(counted) | _edges(right)
    below = frozenset(dips(right))
    kept: list[Reading] = []
    for number, one in enumerate(readings):
        inner = 0 < number < len(readings) - 1 and one.measured_at < before
        around = readings[number - 1 : number + 2]
        needless = inner and one.measured_at not in needed and _needless(kept[-1], around, limits)
        if needless and (one.measured_at not in below or _tells_of_dip(kept[-1], one, below)):
            continue
        kept.append(one)
    return tuple(kept)


def _needless(kept: Reading, around: Sequence[Reading], limits: Limits) -> bool:
    """Whether the middle one of three can go, after the one that was `kept` last."""
    before, one, after = around
    if len({slot_start(each.measured_at) for each in around}) > 1:
        return False
    if one.channel == SOC:
        return True
    return not (
        _judged(before, one, limits)
        or _judged(one, after, limits)
        or not possible(kept, after, limits)
    )


def _tells_of_dip(kept: Reading, one: Reading, below: frozenset[datetime]) -> bool:
    """Whether the one that was `kept` flags the slot of both."""
    at = kept.measured_at
    return at in below and not on_grid(at) and slot_start(at) == slot_start(one.measured_at)


def _judged(one: Reading, next_one: Reading, limits: Limits) -> bool:
    grown = next_one.value - one.value
    return grown < 0 or grown >= OTHER_KWH or not possible(one, next_one, limits)


def _after_low(readings: Sequence[Reading]) -> frozenset[datetime]:
    """When the next reading after a step back was taken; it tells whether that was one."""
    back = (pair for pair in pairwise(readings) if pair[1].value < pair[0].value)
    low = {new.measured_at for _, new in back}
    return frozenset(
        new.measured_at for before, new in pairwise(readings) if before.measured_at in low
    )


def _edges(right: Sequence[Reading]) -> frozenset[datetime]:
    """The first and the last of each slot that are not rejected."""
    across = (
        pair for pair in pairwise(right) if len({slot_start(e.measured_at) for e in pair}) > 1
    )
    return frozenset(one.measured_at for pair in across for one in pair)


def _of_standstills(readings: Sequence[Reading], limits: Limits) -> frozenset[datetime]:
    """The ends of the times that a counter stood still before a step that is judged.

    The last one may not be over yet.
    """
    if not readings:
        return frozenset()
    still = len(readings) - 1
    while still > 0 and readings[still - 1].value == readings[still].value:
        still -= 1
    found = {readings[still].measured_at}
    for one in standstills(readings):
        at_once = (one.end - one.still) / timedelta(hours=1)
        judged = not limits.possible(readings[0].channel, one.kwh, at_once)
        if judged or one.kwh >= OTHER_KWH or stood_beside(one):
            found |= {one.start, one.still, one.end}
    return frozenset(found)
