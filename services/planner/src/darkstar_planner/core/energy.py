"""What one kind of device is known to have used lately, slot by slot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from darkstar_common.contract import EnergyCounters, Reading, SlotObservation
from darkstar_common.slots import SLOT, slot_start, slots_between

KEPT = timedelta(hours=72)
# a slot watched for so much of its time is known [share]
KNOWN = 0.9
# on above this share of its power
ON = 0.5
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What was seen of one slot: energy [kWh], and for how much of the slot."""

    kwh: float = 0.0
    span: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyRecord:
    """Energy by slot, from the recorder's closed slots and the live counter.

    Attributes:
        quantity: Name of the energy, the same in slots and counters.
    """

    quantity: Literal["water_kwh", "ev_kwh"]
    slots: Mapping[datetime, Watched] = field(default_factory=dict)
    counter_kwh: float | None = None
    counter_at: datetime | None = None

    def observed(self, slot: SlotObservation) -> EnergyRecord:
        """This record with a closed slot, which is worth more than what was watched of it."""
        kwh: float | None = getattr(slot, self.quantity)
        if kwh is None or "partial" in slot.quality:
            return self
        seen = {**self.slots, slot.start: Watched(kwh=kwh, span=SLOT)}
        return replace(self, slots=_recent(seen))

    def counted(self, counters: EnergyCounters) -> EnergyRecord:
        """This record with what the counter has grown by since the last reading."""
        reading: Reading = getattr(counters, self.quantity)
        kwh, at = reading.value, reading.measured_at
        if kwh is None or at is None or (self.counter_at is not None and at <= self.counter_at):
            return self
        moved = replace(self, counter_kwh=kwh, counter_at=at)
        if self.counter_kwh is None or self.counter_at is None or kwh < self.counter_kwh:
            return moved
        return replace(
            moved, slots=_spread(self.slots, self.counter_at, at, kwh - self.counter_kwh)
        )

    def between(self, start: datetime, end: datetime) -> tuple[float, timedelta]:
        """Energy [kWh] known to be used in [`start`, `end`), and how much of that is known.

        Of a slot in which `start` or `end` lies, all that is known of it counts.
        """
        inside = [self.slots[one] for one in slots_between(start, end) if one in self.slots]
        span = sum((min(one.span, SLOT) for one in inside), timedelta())
        return sum(one.kwh for one in inside), min(span, end - start)

    def of(self, slot: datetime) -> float | None:
        """Energy of the slot that begins at `slot` [kWh]; None: it is not known as a whole."""
        seen = self._known(slot)
        return None if seen is None else seen.kwh

    def since(self, moment: datetime, now: datetime) -> float:
        """Energy [kWh] known to be used from `moment` until `now`.

        Of the slot that holds `moment`, its part after that.
        """
        if now <= moment:
            return 0.0
        first = slot_start(moment)
        before = (moment - first) / (min(first + SLOT, now) - first)
        return self.between(moment, now)[0] - before * self.slots.get(first, Watched()).kwh

    def before(self, slot: datetime, power_kw: float) -> tuple[int, int | None]:
        """For how many slots a device of `power_kw` was on, or off, just before `slot`.

        Off is None when not even the last slot is known; what lies before the known
        slots does not count.
        """
        on, off = 0, 0
        while (seen := self._known(slot - SLOT * (on + off + 1))) is not None:
            is_on = seen.kwh >= ON * power_kw * (SLOT / HOUR)
            if (is_on and off) or (not is_on and on):
                break
            on, off = on + is_on, off + (not is_on)
        return on, (off or None)

    def _known(self, slot: datetime) -> Watched | None:
        seen = self.slots.get(slot)
        return seen if seen is not None and seen.span >= KNOWN * SLOT else None


def _spread(
    slots: Mapping[datetime, Watched], start: datetime, end: datetime, kwh: float
) -> Mapping[datetime, Watched]:
    """`slots` with `kwh` spread over [`start`, `end`) by time; long silences tell no slot."""
    if end - start > SLOT:
        return slots
    made = dict(slots)
    for one in slots_between(start, end):
        span = min(end, one + SLOT) - max(start, one)
        known = made.get(one, Watched())
        if known.span < SLOT:
            made[one] = Watched(
                kwh=known.kwh + kwh * (span / (end - start)), span=known.span + span
            )
    return _recent(made) if slot_start(start) != slot_start(end) else made


def _recent(slots: Mapping[datetime, Watched]) -> Mapping[datetime, Watched]:
    newest = max(slots, default=None)
    if newest is None:
        return slots
    return {start: one for start, one in slots.items() if newest - start <= KEPT}
