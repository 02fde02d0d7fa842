"""From readings to the energies of slots: a function of the set of readings.

It does not matter in which order they came, how often, or in how many pieces; so late,
repeated and disordered readings and restarts need no case of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from darkstar_common.slots import SLOT, on_grid, slot_start
from darkstar_recorder.core.charge import boundary_soc
from darkstar_recorder.core.counters import spread, steps
from darkstar_recorder.core.flags import HOURLY, PARTIAL
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.readings import ENERGIES, SOC, Reading, by_channel

_SAME_KWH = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotEnergy:
    """What flowed in one slot, as one source knows it."""

    start: datetime
    kwh: Mapping[str, float] = field(default_factory=dict)
    """By channel; those that are not there are unknown [kWh]."""
    flags: Mapping[str, int] = field(default_factory=dict)
    """By channel, see `flags`; those that are not there are clean."""
    soc_percent_start: float | None = None
    soc_percent_end: float | None = None

    def differs(self, other: SlotEnergy | None) -> bool:
        """Whether it says more or something else than `other`, rounding apart."""
        if other is None or self.kwh.keys() != other.kwh.keys():
            return True
        return (
            any(abs(kwh - other.kwh[channel]) > _SAME_KWH for channel, kwh in self.kwh.items())
            or _set(self.flags) != _set(other.flags)
            or _apart(self.soc_percent_start, other.soc_percent_start)
            or _apart(self.soc_percent_end, other.soc_percent_end)
        )


def _set(flags: Mapping[str, int]) -> dict[str, int]:
    return {channel: mask for channel, mask in flags.items() if mask}


def _apart(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is not other
    return abs(one - other) > _SAME_KWH


def energies(
    readings: Mapping[str, Sequence[Reading]],
    *,
    limits: Limits | None = None,
    hourly: bool = False,
) -> dict[datetime, SlotEnergy]:
    """The energy of each slot that the readings say something of, in order of time.

    Args:
        readings: By channel, in any order, repeated or not.
        limits: What the house can do at most; None: anything.
        hourly: They are the hours' values of long-term statistics; all is flagged `hourly`
            and nothing `gap` that is no more than an hour.
    """
    known = by_channel(one for some in readings.values() for one in some)
    limited = limits or Limits()
    found: dict[datetime, SlotEnergy] = {}
    for channel in ENERGIES:
        _put_energies(found, channel, known.get(channel, ()), limited, HOURLY if hourly else 0)
    _put_soc(found, known.get(SOC, ()))
    return dict(sorted(found.items()))


def _put_energies(
    found: dict[datetime, SlotEnergy],
    channel: str,
    readings: Sequence[Reading],
    limits: Limits,
    always: int,
) -> None:
    del limits
    kwh: dict[datetime, float] = {}
    flags: dict[datetime, int] = {}
    for step in steps(readings):
        for start, portion in spread(step):
            kwh[start] = kwh.get(start, 0.0) + portion
            flags[start] = flags.get(start, 0) | step.flags | always
    for start in _ends(readings):
        if start in kwh:
            flags[start] |= PARTIAL
    for start, energy in kwh.items():
        row = found.get(start) or SlotEnergy(start=start)
        masks = {**row.flags, channel: flags[start]} if flags[start] else row.flags
        found[start] = replace(row, kwh={**row.kwh, channel: energy}, flags=masks)


def _ends(readings: Sequence[Reading]) -> Iterator[datetime]:
    """The slots in the midst of which a counter is first or last heard."""
    for one in (*readings[:1], *readings[-1:]):
        if not on_grid(one.measured_at):
            yield slot_start(one.measured_at)


def _put_soc(found: dict[datetime, SlotEnergy], readings: Sequence[Reading]) -> None:
    """Each boundary's state of charge to the slots before and after it."""
    for moment, percent in boundary_soc(readings).items():
        row = found.get(moment) or SlotEnergy(start=moment)
        found[moment] = replace(row, soc_percent_start=percent)
        if moment > readings[0].measured_at:  # nothing was heard in the slot before the first
            row = found.get(moment - SLOT) or SlotEnergy(start=moment - SLOT)
            found[moment - SLOT] = replace(row, soc_percent_end=percent)


def span(rows: Iterable[SlotEnergy]) -> tuple[datetime, datetime] | None:
    """The first start and the last end of `rows`."""
    starts = [one.start for one in rows]
    return (min(starts), max(starts) + SLOT) if starts else None
