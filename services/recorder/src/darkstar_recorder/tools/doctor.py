"""`darkstar-recorder doctor`: what is wrong with what was recorded, and what can be mended."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import chain

from darkstar_common.slots import SLOT, slots_between
from darkstar_recorder.conversion import limits
from darkstar_recorder.core.findings import Finding, Kind, joined, lines, runs, span
from darkstar_recorder.core.ledger import WINDOW
from darkstar_recorder.core.limits import learned
from darkstar_recorder.core.mending import LONGEST, Mend, Mended, mended
from darkstar_recorder.core.reworking import reworked
from darkstar_recorder.core.rollups import house_of
from darkstar_recorder.core.slots import SlotEnergy, energies
from darkstar_recorder.core.symptoms import disagreeing, gaps, sudden, uneven, unpriced
from darkstar_recorder.core.usual import DAYS, usual
from darkstar_recorder.labelling import labels, relabelled
from darkstar_recorder.store.examining import Examiner, Extent
from darkstar_recorder.store.slots import COUNTERS, Source
from darkstar_recorder.tools.tool import Desk, Tool, ToolError, add_span

PIECE = timedelta(days=32)
"""What is looked at at once."""
_READ = timedelta(days=2)
"""The readings of so many days are held at once, and those of the days around them."""
_ROWS = 1_000
"""So many are written in one transaction, so that nothing else waits long."""
_BEFORE = (LONGEST + 4) * SLOT
_A_DAY = timedelta(days=1)
_AHEAD = timedelta(minutes=5)
_DAYS_TOLD = 12

Piece = tuple[datetime, datetime]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--repair", action="store_true", help="mend what can be mended, and say what was changed"
    )
    add_span(parser)


def _run(desk: Desk, options: Namespace) -> int:
    with closing(Examiner(desk.store.path)) as examiner:
        extent = examiner.extent()
        if extent is None:
            desk.tell("nothing is recorded yet")
            return 0
        start = max(options.since or extent.start, extent.start)
        end = min(options.until or extent.end, extent.end, max(desk.now, extent.start))
        if end <= start and (options.since or options.until):
            raise ToolError(f"what is recorded is of {span(extent.start, extent.end)}")
        visit = _Visit(desk, examiner, extent, repair=options.repair)
        found = list(visit.future()) if options.until is None else []
        found += visit.made(start, end)
        unlabelled, said = visit.label(start, end)
    for line in (*lines(joined(found)), *said):
        desk.tell(line)
    left = len(joined(one for one in found if not one.repaired)) + bool(unlabelled)
    desk.tell(f"{span(start, end)}: {f'{left} left to see to' if left else 'nothing is wrong'}")
    return 1 if left else 0


@dataclass(frozen=True, slots=True)
class _Visit:
    """The doctor at work on one file."""

    desk: Desk
    examiner: Examiner
    extent: Extent
    repair: bool = field(kw_only=True)

    def made(self, start: datetime, end: datetime) -> list[Finding]:
        """What is wrong in [`start`, `end`), mended first where that is wanted."""
        pieces = _pieces(start, end)
        found, done = list[Finding](), 0
        for look in (self._mend, self._look):
            for piece in pieces:
                self.desk.checkpoint()
                found.extend(look(piece))
                done += 1
                self.desk.progress(done, 2 * len(pieces))
        return found

    def future(self) -> Iterator[Finding]:
        """Slots that are not over yet; those written later than now are left to the clock."""
        now = self.desk.now
        written = self.examiner.written_after(now + _AHEAD)
        if written is not None:
            what = "slots were written then, and it is not then yet"
            yield Finding(kind="clock", what=what, start=written, end=written, slots=0)
        starts = self.examiner.future(now + _AHEAD)
        if self.repair and starts:
            self.examiner.forget(starts)
        for one in runs(
            "future", ((start, "energy of slots that are not over") for start in starts)
        ):
            yield replace(one, repaired=self.repair)

    def _mend(self, piece: Piece) -> Iterator[Finding]:
        first = piece[0]
        while first < piece[1]:
            self.desk.checkpoint()
            yield from self._rework((first, min(first + _READ, piece[1])))
            first += _READ
        for source, rows in self.examiner.sources(piece[0] - _BEFORE, piece[1]).items():
            kept = self.examiner.readings_since() if source == COUNTERS else None
            some = {start: one for start, one in rows.items() if kept is None or start < kept}
            result = self._mended(some, piece[0])
            if self.repair and result.rows:
                self._write(list(result.rows.values()), source)
            yield from (self._of(one, source) for one in result.mends)

    def _mended(self, rows: dict[datetime, SlotEnergy], since: datetime) -> Mended:
        most = limits(self.desk.config)
        result = mended(rows, most, since=since)
        if not result.mends:
            return result
        of_late = self.examiner.slots(since - timedelta(days=DAYS), since + PIECE)
        touched = {(one.channel, start) for one in result.mends for start in one.starts}
        sound = [
            replace(one, kwh={name: kwh for name, kwh in one.kwh.items()
                              if (name, one.start) not in touched})
            for one in of_late
        ]  # fmt: skip
        return mended(rows, most, usual(sound), since)

    def _of(self, one: Mend, source: str) -> Finding:
        kind: Kind = "lump" if one.spread else "impossible"
        how = f"after {one.spread - 1} silent slots" if one.spread else "in a slot"
        return Finding(
            kind=kind, what=f"{one.kwh:.1f} kWh of {one.channel} {how} cannot be ({source})",
            start=one.starts[0], end=one.start + SLOT, slots=len(one.starts),
            repaired=self.repair,
        )  # fmt: skip

    def _rework(self, piece: Piece) -> Iterator[Finding]:
        """Slots beside what their readings make; those of late are the recorder's own affair."""
        first, closed = self.examiner.readings_since(), self.examiner.closed()
        if first is None or closed is None:
            return
        start, end = max(piece[0], first + _A_DAY), min(piece[1], closed - WINDOW)
        if end <= start:
            return
        shown = self.examiner.readings(start - WINDOW, end + WINDOW)
        made = energies(
            shown,
            limits=learned(limits(self.desk.config), shown),
            usual=usual(self.examiner.slots(start - timedelta(days=DAYS), end)),
        )
        found = {at: row for at, row in made.items() if start <= at < end}
        known = self.examiner.sources(start, end).get(COUNTERS, {})
        what = f"{COUNTERS} are not what their readings make"
        changed = list(chain.from_iterable(reworked(found, known)))
        if self.repair and changed:
            self._write(changed, COUNTERS)
        for one in runs("readings", ((row.start, what) for row in changed)):
            yield replace(one, repaired=self.repair)

    def _look(self, piece: Piece) -> Iterator[Finding]:
        slots = self.examiner.slots(*piece)
        absent = house_of(self.desk.config).absent
        since = {one: at for one, at in self.extent.since.items() if one not in absent}
        yield from gaps(slots_between(*piece), {one.start: one for one in slots}, since)
        yield from disagreeing(self.examiner.sources(*piece).items())
        yield from uneven(slots)
        yield from sudden(slots)
        yield from unpriced(slots)

    def _write(self, rows: Sequence[SlotEnergy], source: Source) -> None:
        for first in range(0, len(rows), _ROWS):
            self.desk.store.replace_slots(rows[first : first + _ROWS], source, self.desk.now)

    def label(self, start: datetime, end: datetime) -> tuple[int, list[str]]:
        """Label the days, or say how they would be; how many are not yet, and lines of it."""
        zone = self.desk.config.zone
        first, last = (one.astimezone(zone).date() for one in (start, end - SLOT))
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        changed = list(labels(self.examiner, self.desk.config, days, self.desk.now))
        known = self.examiner.labels(first, last)
        others = [one for one in changed if relabelled(one, known.get(one.day))]
        if self.repair:
            self.desk.store.label_days(others, "doctor", self.desk.now)
        if not others:
            return 0, []
        odd = [one for one in others if one.label != "clean"]
        said = [f"{one.day}: {one.label}, {one.reasons}" for one in odd[:_DAYS_TOLD]]
        more = f", {len(odd)} of them not clean" if odd else ""
        ending = "labelled now" if self.repair else "not labelled so yet; --repair does it"
        said.append(f"{others[0].day} … {others[-1].day}: {len(others)} days{more}; {ending}")
        return (0 if self.repair else len(others)), said


def _pieces(start: datetime, end: datetime) -> list[Piece]:
    """[`start`, `end`) in whole days (UTC), but for its ends."""
    found, first = list[Piece](), start.astimezone(UTC).replace(hour=0, minute=0, second=0)
    while first < end:
        found.append((max(first, start), min(first + PIECE, end)))
        first += PIECE
    return found


DOCTOR = Tool(
    name="doctor",
    help="look for gaps, lumps and what cannot be in what was recorded; 1 when something is left",
    arguments=_arguments,
    run=_run,
)
