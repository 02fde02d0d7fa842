"""The `sum` of long-term statistics as a counter would show it.

It begins at any value, also below zero, and somebody may have corrected it. Its height means
nothing, so it is lifted; a step back is no energy and no reset: what flowed meanwhile is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from darkstar_recorder.core.readings import Reading

LIFT_KWH = 1e6
"""No house counts so far down; and it leaves a billionth of a kilowatt-hour to be told [kWh]."""
_ROUNDING_KWH = 0.01
"""A smaller step back is none [kWh]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifted:
    """A channel's sums above zero, and between which times they stepped back."""

    readings: tuple[Reading, ...]
    broken: tuple[tuple[datetime, datetime], ...] = ()


def lifted(sums: Sequence[Reading]) -> Lifted:
    """Sums of one channel, in any order, that never fall.

    Example:
        >>> noon = datetime(2026, 1, 1, 12)
        >>> below = Reading(channel="load", measured_at=noon, value=-3.5)
        >>> lifted([below]).readings[0].value
        999996.5
    """
    shown = sorted({one.measured_at: one for one in sums}.values(), key=lambda one: one.measured_at)
    lift, broken, told = LIFT_KWH, [], []
    for before, one in pairwise((*shown[:1], *shown)):
        fallen = before.value - one.value
        if fallen > 0:
            lift += fallen
        if fallen > _ROUNDING_KWH:
            broken.append((before.measured_at, one.measured_at))
        told.append(replace(one, value=one.value + lift))
    return Lifted(readings=tuple(told), broken=tuple(broken))
