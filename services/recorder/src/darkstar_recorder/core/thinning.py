"""Fewer readings that make the same slots."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from darkstar_common.slots import slot_start
from darkstar_recorder.core.counters import possible
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.lumps import OTHER_KWH
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
    kept: list[Reading] = []
    for number, one in enumerate(readings):
        inner = 0 < number < len(readings) - 1 and one.measured_at < before
        if inner and _needless(kept, readings[number - 1 : number + 2], limits):
            continue
        kept.append(one)
    return tuple(kept)


def _needless(kept: Sequence[Reading], around: Sequence[Reading], limits: Limits) -> bool:
    """Whether the middle one of three can go, after those that are `kept`."""
    before, one, after = around
    if len({slot_start(each.measured_at) for each in around}) > 1:
        return False
    if one.channel == SOC:
        return True
    return not (
        _judged(before, one, limits)
        or _judged(one, after, limits)
        or _ends_standstill(kept, around)
        or not possible(kept[-1], after, limits)
    )


def _judged(one: Reading, next_one: Reading, limits: Limits) -> bool:
    grown = next_one.value - one.value
    return grown < 0 or grown >= OTHER_KWH or not possible(one, next_one, limits)


def _ends_standstill(kept: Sequence[Reading], around: Sequence[Reading]) -> bool:
    """Whether a counter that stood still goes on after the middle one, or went on with it."""
    before, one, after = around
    if one.value == before.value:
        return one.value == kept[-1].value and after.value != one.value
    return before is kept[-1] and len(kept) > 1 and kept[-2].value == before.value
