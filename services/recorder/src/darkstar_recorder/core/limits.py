"""What a house can do at most, and how coarse its counters are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise

from darkstar_recorder.core.readings import SOC, Reading

LATE = timedelta(minutes=1)
"""A meter may tell of what flowed so long before."""
_LATE_HOURS = LATE / timedelta(hours=1)
_FINEST, _COARSEST = 0.001, 1.0
_STEPS = 8
"""So many steps are seen before it is believed that a counter takes none that are smaller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Powers beyond which a meter errs; channels without one are not limited."""

    kw: Mapping[str, float] = field(default_factory=dict)
    """By channel [kW]."""
    resolution_kwh: float = _COARSEST
    """A counter of which nothing else is known may step by so much at once [kWh]."""
    steps_kwh: Mapping[str, float] = field(default_factory=dict)
    """By channel: the smallest step that its counter takes [kWh]."""

    def possible(self, channel: str, kwh: float, hours: float) -> bool:
        """Whether `kwh` [kWh] can have flowed in `hours` [h]."""
        most = self.kw.get(channel)
        return most is None or kwh <= most * hours + self.at_once(channel)

    def at_once(self, channel: str) -> float:
        """What a counter may grow by however short the time [kWh]."""
        step = self.steps_kwh.get(channel)
        if step is None:
            return self.resolution_kwh
        return self.kw.get(channel, 0.0) * _LATE_HOURS + step

    def is_more_than_a_step(self, channel: str, kwh: float) -> bool:
        """Whether a counter that grew by `kwh` [kWh] must have stood still before."""
        return kwh > 1.5 * self.steps_kwh.get(channel, 0.0)


def learned(limits: Limits, readings: Mapping[str, Sequence[Reading]]) -> Limits:
    """`limits` with what the counters of these readings, in order, step by."""
    found = {channel: _step(some) for channel, some in readings.items() if channel != SOC}
    steps = {channel: step for channel, step in found.items() if step is not None}
    return replace(limits, steps_kwh={**limits.steps_kwh, **steps})


def _step(readings: Sequence[Reading]) -> float | None:
    """The smallest step of a counter [kWh]; None: too few were seen."""
    grown = [new.value - before.value for before, new in pairwise(readings)]
    steps = [kwh for kwh in grown if kwh > _FINEST / 2]
    if len(steps) < _STEPS:
        return None
    return min(_COARSEST, max(_FINEST, min(steps)))
