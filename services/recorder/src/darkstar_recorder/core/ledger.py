"""What came in of late, and which slots can be closed with it.

A slot is written when it is closed, and again when a later reading says something else of
it. All that a crash can lose are readings that were not committed yet; brought again, they
make the same slots.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from darkstar_common.slots import SLOT, slot_start
from darkstar_recorder.core.counters import LATELY
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.lumps import odd
from darkstar_recorder.core.powers import Power, Powers, Sums
from darkstar_recorder.core.powers import energies as summed_up
from darkstar_recorder.core.readings import SOC, Reading, Readings, by_channel
from darkstar_recorder.core.slots import SlotEnergy, energies
from darkstar_recorder.core.thinning import thinned
from darkstar_recorder.core.usual import Usual
from darkstar_recorder.core.verdicts import Verdict, Verdicts, verdicts

GRACE = timedelta(minutes=5)
"""How long a slot waits for a channel that has fallen silent in it."""
AHEAD = timedelta(minutes=5)
"""A reading from further in the future comes from a wrong clock."""
BEHIND = timedelta(days=30)
"""And so does one from so long ago."""
WINDOW = timedelta(days=2)
"""So much is held in memory; what is older is worked out from the store."""
NOTED = timedelta(minutes=1)
"""So often the sums of the powers are written down; a power holds over what a crash loses."""
_CONTEXT = 6
"""So many readings before a new one can be judged differently for it."""
Rows = Mapping[datetime, SlotEnergy]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is to be written of the meters, at once or not at all."""

    readings: tuple[Reading, ...] = ()
    """New ones."""
    needless: tuple[Reading, ...] = ()
    """Those that are kept and change no slot."""
    verdicts: Mapping[tuple[str, datetime], Verdict | None] = field(default_factory=dict)
    """Of which readings something else is thought than before."""
    rows: tuple[SlotEnergy, ...] = ()
    """Closed slots, whole: new or corrected."""
    by_power: tuple[SlotEnergy, ...] = ()
    """What powers say of closed slots that no counter says anything of; whole, new or corrected."""
    powers: Mapping[datetime, Sums] = field(default_factory=dict)
    """Slots whose powers were summed up further."""
    closed: tuple[datetime, ...] = ()
    """Their starts, and those that were written but not announced before a restart."""
    anew: tuple[datetime, datetime] | None = None
    """Slots from here to there are older than the ledger: the store works them out anew from
    its readings."""
    until: datetime | None = None
    """Slots before this one are closed."""
    at: datetime | None = None
    """When it was made,"""
    limits: Limits = field(default_factory=Limits)
    usual: Usual | None = None
    """and by what."""

    def __bool__(self) -> bool:
        return bool(self.readings or self.needless or self.closed or self.anew or self.powers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The readings of late, and the closed slots that were made of them."""

    readings: Readings = field(default_factory=dict)
    rows: Rows = field(default_factory=dict)
    """As they were written last."""
    powers: Powers = field(default_factory=Powers)
    by_power: Rows = field(default_factory=dict)
    """As they were written last."""
    noted: Powers = field(default_factory=Powers)
    """The sums as they were written last,"""
    noted_at: datetime | None = None
    """and when."""
    since: datetime | None = None
    """Slots from here on can be worked out from `readings`; None: all."""
    until: datetime | None = None
    """Slots before this one are closed; None: none is."""
    unannounced: tuple[datetime, ...] = ()
    fresh: tuple[Reading, ...] = ()
    """Readings that are not written yet."""
    needless: tuple[Reading, ...] = ()
    """Readings that are written and change no slot."""
    verdicts: Verdicts = field(default_factory=dict)
    """As they were written last."""
    limits: Limits = field(default_factory=Limits)
    usual: Usual | None = None
    """How the energy of a silence divides over the day; None: evenly."""
    corrected: bool = False
    """Closed slots may have changed since the last page."""
    anew: tuple[datetime, datetime] | None = None

    def after(self, told: Iterable[Reading | Power], now: datetime) -> Ledger:
        """The ledger with what was `told` taken in; what a wrong clock says is left out."""
        timely = [one for one in told if now - BEHIND <= one.measured_at <= now + AHEAD]
        flows = [one for one in timely if isinstance(one, Power)]
        powers = self.powers.by(now + AHEAD).after(flows) if flows else self.powers
        new = [
            one for one in timely
            if isinstance(one, Reading) and one.value >= 0 and not self._has(one)
        ]  # fmt: skip
        if not new and powers is self.powers:
            return self
        late = self.until is not None and any(one.measured_at < self.until for one in timely)
        held = dict(self.readings)
        corrected, anew = self.corrected or (late and powers is not self.powers), self.anew
        for channel, some in by_channel(new).items():
            before = held.get(channel, ())
            held[channel] = _merged(before, some)
            touched = _touched(before, held[channel], some[0].measured_at, self.limits)
            corrected = corrected or (self.until is not None and touched < self.until)
            if self.since is not None and touched < self.since:
                anew = _joined(anew, (slot_start(touched), some[-1].measured_at + LATELY))
        return replace(
            self,
            readings=held,
            powers=powers,
            fresh=(*self.fresh, *new),
            corrected=corrected,
            anew=anew,
        )

    def page(self, now: datetime) -> Page:
        """What is to be written by now."""
        until = self._closed_until(now)
        closing = until is not None and (self.corrected or until != self.until)
        rows, by_power = self._changed(until) if closing and until is not None else ((), ())
        due = closing or self.noted_at is None or now - self.noted_at >= NOTED
        starts = {one.start for one in (*rows, *by_power)}
        coming = {(one.channel, one.measured_at) for one in self.fresh}
        return Page(
            readings=self.fresh,
            needless=tuple(
                one for one in self.needless if (one.channel, one.measured_at) not in coming
            ),
            verdicts=self._judged() if closing else {},
            rows=rows,
            by_power=by_power,
            powers=self.powers.since(self.noted) if due else {},
            closed=(*self.unannounced, *sorted(starts)),
            anew=self.anew,
            until=until,
            at=now,
            limits=self.limits,
            usual=self.usual,
        )

    def written(self, page: Page) -> Ledger:
        """The ledger once `page` is on disk."""
        kept = replace(
            self,
            rows={**self.rows, **{one.start: one for one in page.rows}},
            by_power={**self.by_power, **{one.start: one for one in page.by_power}},
            noted=self.powers if page.powers else self.noted,
            noted_at=page.at if page.powers else self.noted_at,
            until=page.until,
            unannounced=(),
            fresh=(),
            needless=(),
            verdicts=_with(self.verdicts, page.verdicts),
            corrected=False,
            anew=None,
        )
        if page.until is None or page.until == self.until:
            return kept
        return _pruned(_thinned(kept, page.until), page.until)

    def _has(self, one: Reading) -> bool:
        held = self.readings.get(one.channel, ())
        return bool(held) and held[-1].measured_at >= one.measured_at and one in held

    def _closed_until(self, now: datetime) -> datetime | None:
        """The end of the last slot that can be closed.

        A slot is closed once every channel heard in it, or after it, was heard at or after
        its end, or when `GRACE` has passed. What comes later corrects it.
        """
        heads = [some[-1].measured_at for some in self.readings.values() if some]
        heads += [
            one.measured_at for one in self.powers.last.values() if one.channel not in self.readings
        ]
        if not heads:
            return self.until
        firsts = [some[0].measured_at for some in self.readings.values() if some]
        start = self.until or slot_start(min((*firsts, *self.powers.slots)))
        overdue = slot_start(now - GRACE)
        start = max(start, overdue)
        while True:
            heard = [one for one in heads if one >= start]
            if not heard or min(heard) < start + SLOT:
                return start
            start += SLOT

    def _changed(self, until: datetime) -> tuple[tuple[SlotEnergy, ...], tuple[SlotEnergy, ...]]:
        """The slots that are other than they were written: by counters, and by powers."""
        found = energies(self.readings, limits=self.limits, usual=self.usual)
        rows = tuple(self._other(found, self.rows, until))
        by_power = _by_power(self.powers.held(until), found)
        return rows, tuple(self._other(by_power, self.by_power, until))

    def _judged(self) -> dict[tuple[str, datetime], Verdict | None]:
        """What is thought of readings, where it is something else than before."""
        found = verdicts(self.readings, self.limits)
        late = {
            key: each for key, each in found.items() if self.since is None or key[1] >= self.since
        }
        gone = dict.fromkeys(self.verdicts.keys() - found.keys())
        return gone | {key: each for key, each in late.items() if self.verdicts.get(key) != each}

    def _other(self, found: Rows, written: Rows, until: datetime) -> Iterable[SlotEnergy]:
        gone = {start: SlotEnergy(start=start) for start in written if start not in found}
        for start, row in sorted((gone | dict(found)).items()):
            inside = start < until and (self.since is None or start >= self.since)
            if inside and row.differs(written.get(start)):
                yield row


def _by_power(slots: Mapping[datetime, Sums], counted: Rows) -> dict[datetime, SlotEnergy]:
    """What powers say of energies that no counter says anything of."""
    found = {}
    for start, sums in slots.items():
        known = counted[start].kwh if start in counted else {}
        heard = [one for one in summed_up(sums) if one[0] not in known]
        if heard:
            found[start] = SlotEnergy(
                start=start,
                kwh={channel: kwh for channel, kwh, _ in heard},
                flags={channel: mask for channel, _, mask in heard},
            )
    return found


def _thinned(ledger: Ledger, until: datetime) -> Ledger:
    """Without readings that no slot needs, except lately, where others may come between."""
    since = until - LATELY
    readings = {
        channel: thinned(some, since, ledger.limits) for channel, some in ledger.readings.items()
    }
    needless = (
        one for channel, some in ledger.readings.items() for one in without(some, readings[channel])
    )
    return replace(ledger, readings=readings, needless=(*ledger.needless, *needless))


def without(readings: tuple[Reading, ...], kept: tuple[Reading, ...]) -> tuple[Reading, ...]:
    """Those of one channel that are not `kept`."""
    times = {one.measured_at for one in kept} if len(kept) < len(readings) else ()
    return tuple(one for one in readings if one.measured_at not in times) if times else ()


def _with(
    before: Verdicts, changed: Mapping[tuple[str, datetime], Verdict | None]
) -> dict[tuple[str, datetime], Verdict]:
    return {key: each for key, each in (dict(before) | dict(changed)).items() if each is not None}


def _pruned(ledger: Ledger, until: datetime) -> Ledger:
    """Without what is older than the window; the last readings before it stay."""
    since = until - WINDOW
    heard = [some[0].measured_at for some in ledger.readings.values() if some]
    if min((*heard, *ledger.powers.slots), default=since) >= since - SLOT:
        return ledger
    return replace(
        ledger,
        readings={channel: _recent(some, since) for channel, some in ledger.readings.items()},
        rows={start: row for start, row in ledger.rows.items() if start >= since},
        verdicts={key: each for key, each in ledger.verdicts.items() if key[1] >= since},
        powers=ledger.powers.pruned(since),
        noted=ledger.noted.pruned(since),
        by_power={start: row for start, row in ledger.by_power.items() if start >= since},
        since=max(since, ledger.since or since),
    )


def _recent(readings: tuple[Reading, ...], since: datetime) -> tuple[Reading, ...]:
    """Those from `since` on, and what is needed to judge them."""
    before = sum(one.measured_at < since for one in readings)
    late = sum(one.measured_at < since - LATELY for one in readings)
    first = max(0, min(before - _CONTEXT, late - 1))
    while first > 0 and readings[first - 1].value == readings[first].value:
        first -= 1
    return readings[first:]


def _merged(before: tuple[Reading, ...], new: tuple[Reading, ...]) -> tuple[Reading, ...]:
    if not before or before[-1].measured_at < new[0].measured_at:
        return (*before, *new)
    return by_channel((*before, *new))[new[0].channel]


def _touched(
    before: tuple[Reading, ...], after: tuple[Reading, ...], at: datetime, limits: Limits
) -> datetime:
    """From when on the energies of a channel can be others with new readings from `at` on."""
    if not before:
        return at
    late = at <= before[-1].measured_at
    place = sum(one.measured_at < at for one in after) if late else len(before)
    judged = after[0].channel != SOC  # which goes up and down as it likes
    plain = not late and not any(
        judged and odd(after[max(0, number - 2) : number], after[number], limits)
        for number in range(place, len(after))
    )
    first = max(0, place - 1)
    while not plain and first > 0 and after[first].measured_at > at - LATELY:
        first -= 1
    while not plain and first > 0 and after[first - 1].value == after[first].value:
        first -= 1
    return after[first].measured_at


def _joined(
    one: tuple[datetime, datetime] | None, other: tuple[datetime, datetime]
) -> tuple[datetime, datetime]:
    return other if one is None else (min(one[0], other[0]), max(one[1], other[1]))
