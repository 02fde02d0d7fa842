"""From measurements to closed slots.

The ledger holds the meters and what has come in since the last commit. What is committed
lives in the store, which adds the increments up; so a crash loses only what the next
reading of each counter brings back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from darkstar_common.slots import SLOT, on_grid, slots_between
from darkstar_recorder.core.counters import ENERGIES, SOC, Measurement, Meter, Portion, advance

GRACE = timedelta(minutes=5)
"""How long a slot waits for a channel that has fallen silent in it."""
AHEAD = timedelta(minutes=5)
"""A reading from further in the future comes from a wrong clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Increment:
    """What was learned about one slot since the last commit."""

    start: datetime
    kwh: Mapping[str, float] = field(default_factory=dict)
    """By channel [kWh]; added to what the store has."""
    flags: frozenset[str] = frozenset()
    soc_percent_start: float | None = None
    soc_percent_end: float | None = None

    def plus(self, portion: Portion) -> Increment:
        """With one more portion of energy."""
        total = self.kwh.get(portion.channel, 0.0) + portion.kwh
        return replace(
            self, kwh={**self.kwh, portion.channel: total}, flags=self.flags | portion.flags
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Meters, increments to commit, and the slots that wait to be closed."""

    meters: Mapping[str, Meter] = field(default_factory=dict)
    increments: Mapping[datetime, Increment] = field(default_factory=dict)
    waiting: frozenset[datetime] = frozenset()

    def after(self, measurements: Iterable[Measurement], now: datetime) -> Ledger:
        """The ledger with `measurements` taken in; those from beyond `now` are left out."""
        meters, increments = dict(self.meters), dict(self.increments)
        for new in measurements:
            if new.measured_at > now + AHEAD:
                continue
            before = meters.get(new.channel)
            meter, portions = advance(before, new)
            if meter is None or meter is before:
                continue
            meters[new.channel] = meter
            if new.channel == SOC:
                _note_soc(increments, before, new)
                continue
            for portion in portions:
                known = increments.get(portion.start) or Increment(start=portion.start)
                increments[portion.start] = known.plus(portion)
        waiting = self.waiting | increments.keys()
        return Ledger(meters=meters, increments=increments, waiting=waiting)

    def settled(self, now: datetime) -> dict[datetime, bool]:
        """The waiting slots that can be closed, and whether each is only partly covered.

        A slot is closed once every channel heard in it, or after it, was heard at or after
        its end, or when `GRACE` has passed. What comes later corrects it.
        """
        return {start: self._partial(start) for start in self.waiting if self._closed(start, now)}

    def committed(self, closed: Iterable[datetime]) -> Ledger:
        """The ledger after its increments are stored and `closed` slots are closed."""
        return replace(self, increments={}, waiting=self.waiting.difference(closed))

    def _closed(self, start: datetime, now: datetime) -> bool:
        end = start + SLOT
        heard = [one.measured_at for one in self.meters.values() if one.measured_at >= start]
        return now >= end + GRACE or (bool(heard) and min(heard) >= end)

    def _partial(self, start: datetime) -> bool:
        end = start + SLOT
        return any(
            start < meter.first_at < end or start < meter.measured_at < end
            for channel, meter in self.meters.items()
            if channel in ENERGIES
        )


def _note_soc(
    increments: dict[datetime, Increment], before: Meter | None, new: Measurement
) -> None:
    """Write the state of charge at the slot boundaries up to `new` into `increments`."""
    for moment, percent in boundary_soc(before, new):
        begins = increments.get(moment) or Increment(start=moment)
        increments[moment] = replace(begins, soc_percent_start=percent)
        if before is not None:  # nothing was ever heard in the slot before the first reading
            ends = increments.get(moment - SLOT) or Increment(start=moment - SLOT)
            increments[moment - SLOT] = replace(ends, soc_percent_end=percent)


def boundary_soc(before: Meter | None, new: Measurement) -> tuple[tuple[datetime, float], ...]:
    """The state of charge [%] at each slot boundary after `before` up to `new`.

    Interpolated between readings that are at most a slot apart; over a longer silence it
    is unknown, since a battery may have gone anywhere in between.
    """
    measured = ((new.measured_at, new.value),) if on_grid(new.measured_at) else ()
    if before is None or new.measured_at - before.measured_at > SLOT:
        return measured
    span = new.measured_at - before.measured_at
    rise = new.value - before.value
    between = slots_between(before.measured_at, new.measured_at)[1:]
    interpolated = (
        (moment, before.value + rise * ((moment - before.measured_at) / span)) for moment in between
    )
    return (*interpolated, *measured)
