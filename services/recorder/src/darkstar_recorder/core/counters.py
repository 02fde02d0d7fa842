"""Cumulative counters, and the energy between two of their readings, slot by slot.

A counter only grows, so a reading that was missed costs nothing but resolution: the next
one carries its energy. All that has to survive a restart is the last reading of each
channel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from darkstar_common.slots import SLOT, slots_between

ENERGIES = ("load", "pv", "import", "export", "charge", "discharge", "water", "ev")
"""Channels whose readings are cumulative energies [kWh]."""
SOC = "soc"
"""The channel whose readings are the battery's state of charge [%]."""
RESET_SHARE = 0.9
"""A counter that shows less than this share of its last value has started again; a smaller
step back is rounding. Home Assistant's rule for `total_increasing`."""

GAP, RESET, DIP = "gap", "reset", "dip"
FLAGS = (GAP, RESET, DIP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What one channel showed at one moment."""

    channel: str
    measured_at: datetime
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """What is known of a channel: its last reading, and since when it is known."""

    channel: str
    first_at: datetime
    measured_at: datetime
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Energy of one channel that belongs to one slot."""

    channel: str
    start: datetime
    kwh: float
    """[kWh], never negative."""
    flags: frozenset[str]


def advance(meter: Meter | None, new: Measurement) -> tuple[Meter | None, tuple[Portion, ...]]:
    """The meter after `new`, and the energy since the reading before it.

    The energy is spread evenly over the time between the two readings, so that a slot
    boundary between them is interpolated and the sum is exactly what the counter grew by.
    A counter that has started again counts with what it shows now. A reading that is not
    newer than the last one changes nothing, so a repeated one cannot count twice; one
    below zero is no counter's.

    Returns:
        The meter (None if there is still no reading), and portions by slot: flagged
        `reset` when the counter had started again, `dip` when it stepped back a little,
        `gap` when more than a slot lies between the readings, so that how the energy
        divides over its slots is assumed.
    """
    if new.value < 0 or (meter is not None and new.measured_at <= meter.measured_at):
        return meter, ()
    if meter is None:
        at, value = new.measured_at, new.value
        return Meter(channel=new.channel, first_at=at, measured_at=at, value=value), ()
    grown, flags = _growth(meter.value, new.value)
    value = meter.value if DIP in flags else new.value
    if grown > 0 and new.measured_at - meter.measured_at > SLOT:
        flags |= {GAP}
    return (
        replace(meter, measured_at=new.measured_at, value=value),
        _spread(new.channel, grown, meter.measured_at, new.measured_at, flags),
    )


def _growth(before: float, now: float) -> tuple[float, frozenset[str]]:
    """Energy counted between two values [kWh], and what is odd about it."""
    if now >= before:
        return now - before, frozenset()
    if now < RESET_SHARE * before:
        return now, frozenset({RESET})
    return 0.0, frozenset({DIP})


def _spread(
    channel: str, kwh: float, start: datetime, end: datetime, flags: frozenset[str]
) -> tuple[Portion, ...]:
    """`kwh` evenly over [`start`, `end`), cut at the slots."""
    firsts = slots_between(start, end)
    edges = (start, *firsts[1:], end)
    reached = [kwh * ((edge - start) / (end - start)) for edge in edges[:-1]] + [kwh]
    return tuple(
        Portion(channel=channel, start=first, kwh=after - before, flags=flags)
        for first, (before, after) in zip(firsts, pairwise(reached), strict=True)
    )
