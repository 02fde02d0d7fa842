"""Energies summed up from powers, for what has no counter.

Each power is taken to last until the next one, but never for long: a house that has fallen
silent uses energy that nobody knows. What a sum covers of its slot is kept with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from darkstar_common.slots import SLOT, SLOT_HOURS, slot_start
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


_NOTHING = Heard()
_HOUR = timedelta(hours=1)
Sums = Mapping[str, Heard]
"""By channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Powers:
    """The powers of late, summed up by slot."""

    last: Mapping[str, Power] = field(default_factory=dict)
    slots: Mapping[datetime, Sums] = field(default_factory=dict)

    def after(self, told: Iterable[Power]) -> Powers:
        """With what else was told; what is older than the last of its channel is left out."""
        last, sums = dict(self.last), _Adding(self.slots)
        for one in sorted(told, key=lambda one: one.measured_at):
            before = last.get(one.channel)
            if before is not None:
                if one.measured_at <= before.measured_at:
                    continue
                sums.hold(before, one.measured_at)
            last[one.channel] = one
            sums.of(slot_start(one.measured_at), one.channel).last = one
        return self if last == self.last else Powers(last=last, slots=sums.done())

    def by(self, latest: datetime) -> Powers:
        """Without last powers that were dated later: else none were heard until then."""
        last = {channel: one for channel, one in self.last.items() if one.measured_at <= latest}
        return self if len(last) == len(self.last) else Powers(last=last, slots=self.slots)

    def held(self, until: datetime) -> Mapping[datetime, Sums]:
        """The sums, with the last powers lasting until then."""
        sums = _Adding(self.slots)
        for one in self.last.values():
            if one.measured_at < until:
                sums.hold(one, until)
        return sums.done()

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
    """Channel, energy [kWh] and flags of what was heard in at least half of a slot.

    What was heard twice, since a clock was wrong meanwhile, counts by its mean.
    """
    for channel, heard in sums.items():
        share = heard.hours / SLOT_HOURS
        if share >= _ENOUGH:
            kwh = heard.kwh / max(share, 1.0)
            yield channel, kwh, POWER if share >= _WHOLE else POWER | PARTIAL


@dataclass(slots=True)
class _Sum:
    kwh: float
    hours: float
    last: Power | None


class _Adding:
    """Sums that are being added to; those before stay as they are."""

    def __init__(self, before: Mapping[datetime, Sums]) -> None:
        self._before = before
        self._sums: dict[tuple[datetime, str], _Sum] = {}

    def of(self, start: datetime, channel: str) -> _Sum:
        """The sum of a channel in the slot that starts there."""
        found = self._sums.get((start, channel))
        if found is None:
            known = self._before.get(start, {}).get(channel, _NOTHING)
            found = self._sums[start, channel] = _Sum(known.kwh, known.hours, known.last)
        return found

    def hold(self, power: Power, until: datetime) -> None:
        """Let `power` last until then, or as long as it may."""
        begin, end = power.measured_at, min(until, power.measured_at + HOLD)
        start = slot_start(begin)
        while begin < end:
            over = min(start + SLOT, end)
            hours = (over - begin) / _HOUR
            one = self.of(start, power.channel)
            one.kwh += power.kw * hours
            one.hours += hours
            begin, start = over, start + SLOT

    def done(self) -> Mapping[datetime, Sums]:
        """All of them."""
        slots = dict(self._before)
        for (start, channel), one in self._sums.items():
            slots[start] = {
                **slots.get(start, {}),
                channel: Heard(kwh=one.kwh, hours=one.hours, last=one.last),
            }
        return slots
