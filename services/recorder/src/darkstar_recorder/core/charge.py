"""The battery's state of charge at the boundaries of slots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from darkstar_common.slots import SLOT, on_grid, slots_between
from darkstar_recorder.core.readings import Reading


def boundary_soc(readings: Sequence[Reading]) -> dict[datetime, float]:
    """The state of charge [%] at each slot boundary where it is known.

    Interpolated between readings that are at most a slot apart; over a longer silence it
    is unknown, since a battery may have gone anywhere in between.
    """
    found = {one.measured_at: one.value for one in readings if on_grid(one.measured_at)}
    for before, new in pairwise(readings):
        if new.measured_at - before.measured_at <= SLOT:
            found.update(_between(before, new))
    return found


def _between(before: Reading, new: Reading) -> Iterator[tuple[datetime, float]]:
    rise, span = new.value - before.value, new.measured_at - before.measured_at
    for moment in slots_between(before.measured_at, new.measured_at)[1:]:
        yield moment, before.value + rise * ((moment - before.measured_at) / span)
