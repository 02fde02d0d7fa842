"""From readings to the energies of slots: a function of the set of readings.

It does not matter in which order they came, how often, or in how many pieces; so late,
repeated and disordered readings and restarts need no case of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from darkstar_common.slots import SLOT, on_grid, slot_start
from darkstar_recorder.core.charge import boundary_soc
from darkstar_recorder.core.counters import Step, rejected, spread, steps
from darkstar_recorder.core.flags import ASSUMED, HOURLY, PARTIAL, SPIKE
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.lumps import lumps, redistributed
from darkstar_recorder.core.readings import ENERGIES, SOC, Reading, by_channel
from darkstar_recorder.core.usual import Usual

_SAME_KWH = 1e-9
_HOUR = timedelta(hours=1)


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
    usual: Usual | None = None,
    hourly: bool = False,
) -> dict[datetime, SlotEnergy]:
    """The energy of each slot that the readings say something of, in order of time.

    Args:
        readings: By channel, in any order, repeated or not.
        limits: What the house can do at most; None: anything.
        usual: How what is not known closer divides over the day; None: evenly.
        hourly: They are the hours' values of long-term statistics; all is flagged `hourly`.
    """
    known = by_channel(one for some in readings.values() for one in some)
    limited = limits or Limits()
    counters = {channel: known[channel] for channel in ENERGIES if channel in known}
    wrong = {channel: rejected(some, limited) for channel, some in counters.items()}
    right = {
        channel: tuple(one for one in some if one.measured_at not in wrong[channel])
        for channel, some in counters.items()
    }
    stood = lumps(right, limited)
    found: dict[datetime, SlotEnergy] = {}
    for channel, some in right.items():
        shown = steps(some, limited, _HOUR if hourly else SLOT)
        whole = tuple(redistributed(tuple(shown), stood[channel]))
        told = tuple(replace(one, flags=one.flags | HOURLY) for one in whole) if hourly else whole
        kwh, flags = _divided(told, (usual or {}).get(channel))
        for start in _ends(some):
            if start in kwh:
                flags[start] |= PARTIAL
        for at in wrong[channel]:
            flags[slot_start(at)] = flags.get(slot_start(at), 0) | SPIKE
        _put_energies(found, channel, kwh, flags)
    _put_soc(found, known.get(SOC, ()))
    return dict(sorted(found.items()))


def _divided(
    shown: Sequence[Step], usual: Sequence[float] | None
) -> tuple[dict[datetime, float], dict[datetime, int]]:
    """One counter's energy [kWh] and flags by slot."""
    kwh: dict[datetime, float] = {}
    flags: dict[datetime, int] = {}
    for step in shown:
        for start, portion in spread(step, usual if step.flags & ASSUMED else None):
            kwh[start] = kwh.get(start, 0.0) + portion
            flags[start] = flags.get(start, 0) | step.flags
    return kwh, flags


def _put_energies(
    found: dict[datetime, SlotEnergy],
    channel: str,
    kwh: Mapping[datetime, float],
    flags: Mapping[datetime, int],
) -> None:
    for start, energy in kwh.items():
        row = found.get(start) or SlotEnergy(start=start)
        mask = flags[start]
        masks = {**row.flags, channel: mask} if mask else row.flags
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
