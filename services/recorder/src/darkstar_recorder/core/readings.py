"""What one channel showed at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

ENERGIES = ("load", "pv", "import", "export", "charge", "discharge", "water", "ev")
"""Channels whose readings are cumulative energies [kWh]."""
SOC = "soc"
"""The channel whose readings are the battery's state of charge [%]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one channel showed at one moment; [kWh] of a counter, [%] of the battery."""

    channel: str
    measured_at: datetime
    value: float


Readings = Mapping[str, tuple[Reading, ...]]
"""By channel, by time, no two at the same time."""


def by_channel(readings: Iterable[Reading]) -> dict[str, tuple[Reading, ...]]:
    """A set of readings in order; of two at the same time the larger counts.

    Those below zero are nothing that a counter or a battery shows.
    """
    found: dict[str, dict[datetime, Reading]] = {}
    for one in readings:
        known = found.setdefault(one.channel, {})
        before = known.get(one.measured_at)
        if one.value >= 0 and (before is None or one.value > before.value):
            known[one.measured_at] = one
    return {channel: tuple(known[at] for at in sorted(known)) for channel, known in found.items()}
