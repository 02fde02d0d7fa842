"""What the doctor finds, in lines that a person can read and act on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Literal, get_args

from darkstar_common.slots import SLOT

Kind = Literal[
    "clock", "future", "readings", "lump", "impossible",
    "gap", "sources", "balance", "charge", "price",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
"""In the order in which they are told."""
MOST = 12
"""So many lines of a kind are told one by one."""
_WAYS_OUT: dict[Kind, str] = {
    "clock": "set the clock of this computer, or wait until then",
    "future": "--repair deletes it",
    "readings": "--repair works it out anew",
    "lump": "--repair spreads it over the silence before",
    "impossible": "--repair sets it aside as unknown",
    "gap": "`backfill` or `import` may know it",
    "sources": "`validate` tells which is right; the first one named counts",
    "balance": "a meter is missing or counts something else; look at executor.roles",
    "charge": "look at the sensor behind the role battery_soc",
    "price": "`import` a CSV file of prices, or `backfill` with recorder.price_entity",
}
_DONE: dict[Kind, str] = {
    "future": "deleted",
    "readings": "worked out anew",
    "lump": "spread over the silence before",
    "impossible": "set aside as unknown",
}
"""What can be repaired, and what that does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is wrong, from one slot to another."""

    kind: Kind
    what: str
    """Channels, or more of a sentence."""
    start: datetime
    end: datetime
    """Of the last slot."""
    slots: int

    repaired: bool = False

    @property
    def line(self) -> str:
        """When, what, and what to do or what was done."""
        ending = (_DONE if self.repaired else _WAYS_OUT)[self.kind]
        return f"{span(self.start, self.end)}: {self.what}; {ending}"


def span(start: datetime, end: datetime) -> str:
    """A time as people read it, in UTC.

    Example:
        >>> from datetime import UTC
        >>> noon = datetime(2026, 1, 31, 12, tzinfo=UTC)
        >>> span(noon, noon + SLOT)
        '2026-01-31 12:00Z'
        >>> span(noon, noon + 5 * SLOT)
        '2026-01-31 12:00Z … 13:15Z'
    """
    if end - start <= SLOT:
        return f"{start:%Y-%m-%d %H:%M}Z"
    last = f"{end:%H:%M}Z" if start.date() == end.date() else f"{end:%Y-%m-%d %H:%M}Z"
    return f"{start:%Y-%m-%d %H:%M}Z … {last}"


def runs(kind: Kind, slots: Iterable[tuple[datetime, str]]) -> Iterator[Finding]:
    """A finding for each run of neighbouring slots of which the same is said.

    Args:
        kind: Of all of them.
        slots: In order of time, each with what is said of it.
    """
    found: Finding | None = None
    for start, what in slots:
        if found is not None and found.end == start and found.what == what:
            found = replace(found, end=start + SLOT, slots=found.slots + 1)
            continue
        if found is not None:
            yield found
        found = Finding(kind=kind, what=what, start=start, end=start + SLOT, slots=1)
    if found is not None:
        yield found


def joined(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those of neighbouring pieces of time made one, in order of kind and time."""
    made = list[Finding]()
    order = sorted(findings, key=lambda one: (KINDS.index(one.kind), one.what, one.start))
    for one in order:
        last = made[-1] if made else None
        if last and (last.kind, last.what, last.end) == (one.kind, one.what, one.start):
            made[-1] = replace(last, end=one.end, slots=last.slots + one.slots)
        else:
            made.append(one)
    return tuple(sorted(made, key=lambda one: (KINDS.index(one.kind), one.start, one.what)))


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    """A line for each finding; of very many of a kind the longest, and how many more there are."""
    for _, same in groupby(findings, key=lambda one: one.kind):
        some = tuple(same)
        longest = set(sorted(some, key=lambda one: (-one.slots, one.start))[:MOST])
        yield from (one.line for one in some if one in longest)
        rest = [one for one in some if one not in longest]
        if rest:
            slots = sum(one.slots for one in rest)
            whole = span(rest[0].start, max(one.end for one in rest))
            yield f"{whole}: {len(rest)} more of the kind in {slots} slots"
