"""Energies summed up from powers, for what has no counter.

Each power is taken to last until the next one, but never for long: a house that has fallen
silent uses energy that nobody knows. What a sum covers of its slot is kept with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from darkstar_common.slots import SLOT_HOURS, slot_start, slots_between
from darkstar_recorder.core.flags import PARTIAL, POWER

HOLD = timedelta(minutes=10)
"""No power lasts longer without being heard again."""
_ENOUGH = 0.5
"""An energy of which less of the slot was heard is unknown,"""
_WHOLE = 0.999
"""and one of which less was heard is partial."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """What flowed in one channel at one moment [kW], never negative."""

    channel: str
    measured_at: datetime
    kw: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was heard of one channel in one slot.

    Attributes:
        kwh: The energy of that time [kWh].
        hours: How long it was heard [h].
        last: The power that was last heard in the slot; None: it went on from before.
    """

    kwh: float = 0.0
    hours: float = 0.0
    last: Power | None = None


Sums = Mapping[str, Heard]
"""By channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Powers:
    """The powers of late, summed up by slot."""

    last: Mapping[str, Power] = field(default_factory=dict)
    slots: Mapping[datetime, Sums] = field(default_factory=dict)

    def after(self, told: Iterable[Power]) -> Powers:
        """With what else was told; what is older than the last of its channel is left out."""
        last, slots = dict(self.last), dict(self.slots)
        for one in sorted(told, key=lambda one: one.measured_at):
            before = last.get(one.channel)
            if before is not None:
                if one.measured_at <= before.measured_at:
                    continue
                _hold(slots, before, one.measured_at)
            last[one.channel] = one
            _add(slots, slot_start(one.measured_at), one.channel, Heard(last=one))
        return self if last == self.last else Powers(last=last, slots=slots)

    def held(self, until: datetime) -> Mapping[datetime, Sums]:
        """The sums, with the last powers lasting until then."""
        slots = dict(self.slots)
        for one in self.last.values():
            if one.measured_at < until:
                _hold(slots, one, until)
        return slots

    def since(self, noted: Powers) -> Mapping[datetime, Sums]:
        """The slots whose sums were not the same then."""
        return {
            start: sums for start, sums in self.slots.items() if noted.slots.get(start) is not sums
        }

    def pruned(self, since: datetime) -> Powers:
        """Without the slots before."""
        if all(start >= since for start in self.slots):
            return self
        slots = {start: sums for start, sums in self.slots.items() if start >= since}
        return Powers(last=self.last, slots=slots)


def energies(sums: Sums) -> Iterator[tuple[str, float, int]]:
    """Channel, energy [kWh] and flags of what was heard in at least half of a slot."""
    for channel, heard in sums.items():
        share = heard.hours / SLOT_HOURS
        if share >= _ENOUGH:
            yield channel, heard.kwh, POWER if share >= _WHOLE else POWER | PARTIAL


def _hold(slots: dict[datetime, Sums], power: Power, until: datetime) -> None:
    """Let `power` last until then, or as long as it may."""
    end = min(until, power.measured_at + HOLD)
    firsts = slots_between(power.measured_at, end)
    for start, (begin, over) in zip(
        firsts, pairwise((power.measured_at, *firsts[1:], end)), strict=True
    ):
        hours = (over - begin) / timedelta(hours=1)
        _add(slots, start, power.channel, Heard(kwh=power.kw * hours, hours=hours))


def _add(slots: dict[datetime, Sums], start: datetime, channel: str, more: Heard) -> None:
    sums = slots.get(start, {})
    known = sums.get(channel, Heard())
    slots[start] = {
        **sums,
        channel: Heard(
            kwh=known.kwh + more.kwh,
            hours=known.hours + more.hours,
            last=more.last or known.last,
        ),
    }
