"""What is wrong with slots as they are known, seen one piece of time at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import combinations, groupby
from typing import Protocol

from darkstar_common.slots import SLOT
from darkstar_recorder.core.findings import Finding, runs
from darkstar_recorder.core.flags import GAP, LUMP, PARTIAL, POWER
from darkstar_recorder.core.quality import Observed, jumps, unbalanced
from darkstar_recorder.core.readings import ENERGIES
from darkstar_recorder.core.slots import SlotEnergy

AN_HOUR_KWH = 0.2
"""Two sources of an hour's energy may differ by so much [kWh]."""
_UNSURE = GAP | LUMP | PARTIAL | POWER
_HOUR = timedelta(hours=1)
_QUARTERS = 4


class Priced(Observed, Protocol):
    """A slot with its prices."""

    @property
    def import_per_kwh(self) -> float | None: ...  # noqa: D102 (as SlotRow has them)
    @property
    def price_kind(self) -> str | None: ...  # noqa: D102


def gaps(
    starts: Sequence[datetime],
    slots: Mapping[datetime, Observed],
    since: Mapping[str, datetime],
) -> Iterator[Finding]:
    """Slots of `starts` in which nothing is known of what the house has.

    Args:
        starts: In order.
        slots: Those that there are.
        since: When each channel of the house was first heard.
    """

    def unknown() -> Iterator[tuple[datetime, str]]:
        for start in starts:
            slot = slots.get(start)
            known = slot.kwh if slot is not None else {}
            lost = [one for one in ENERGIES if since.get(one, start + SLOT) <= start]
            if any(one not in known for one in lost):
                what = ", ".join(one for one in lost if one not in known)
                yield start, f"nothing is known of {what}"

    yield from runs("gap", unknown())


def unpriced(slots: Sequence[Priced]) -> Iterator[Finding]:
    """Slots with energy from or to the grid, and no price that was published."""
    yield from runs(
        "price",
        (
            (one.start, "no price is known")
            for one in slots
            if {"import", "export"} & one.kwh.keys()
            and (one.import_per_kwh is None or one.price_kind != "published")
        ),
    )


def sudden(slots: Sequence[Observed]) -> Iterator[Finding]:
    """A state of charge that jumps, by day (UTC)."""
    for _, found in groupby(jumps(slots), key=lambda one: one[0].date()):
        (start, was, now), *more = found
        last = more[-1][0] if more else start
        also = f" and {len(more)} times more" if more else ""
        yield Finding(
            kind="charge", what=f"the state of charge jumps from {was:g} to {now:g} %{also}",
            start=start, end=last + SLOT, slots=1 + len(more),
        )  # fmt: skip


def uneven(slots: Sequence[Observed]) -> Iterator[Finding]:
    """Slots in which more came in than went out, or less, by day (UTC)."""
    off = [one for one in slots if unbalanced(one)]
    for _, found in groupby(off, key=lambda one: one.start.date()):
        some = list(found)
        missing = sum(one.residual_kwh or 0.0 for one in some)
        way = "more came in than went out" if missing > 0 else "more went out than came in"
        yield Finding(
            kind="balance", what=f"{abs(missing):.1f} kWh {way} in {len(some)} slots",
            start=some[0].start, end=some[-1].start + SLOT, slots=len(some),
        )  # fmt: skip


def disagreeing(
    sources: Iterable[tuple[str, Mapping[datetime, SlotEnergy]]],
) -> Iterator[Finding]:
    """Hours of which two sources are sure and say different things, by channel and day (UTC).

    Args:
        sources: Each with its rows, the best first.
    """
    hours = {source: _hours(rows) for source, rows in sources}
    for one, other in combinations(hours, 2):
        found = defaultdict[tuple[str, datetime], list[tuple[datetime, float, float]]](list)
        for (channel, hour), kwh in hours[one].items():
            said = hours[other].get((channel, hour))
            if said is not None and abs(kwh - said) > AN_HOUR_KWH:
                day = hour.replace(hour=0)
                found[channel, day].append((hour, kwh, said))
        for (channel, _), some in sorted(found.items(), key=lambda pair: pair[0][1]):
            mine, yours = sum(kwh for _, kwh, _ in some), sum(kwh for *_, kwh in some)
            yield Finding(
                kind="sources",
                what=f"of {channel} in {len(some)} hours {one} says {mine:.1f} kWh "
                f"and {other} {yours:.1f} kWh",
                start=min(some)[0], end=max(some)[0] + _HOUR, slots=_QUARTERS * len(some),
            )  # fmt: skip


def _hours(rows: Mapping[datetime, SlotEnergy]) -> dict[tuple[str, datetime], float]:
    """The whole hours that a source is sure of [kWh]."""
    found = defaultdict[tuple[str, datetime], list[float]](list)
    for start, row in rows.items():
        hour = start.replace(minute=0)
        for channel, kwh in row.kwh.items():
            if not row.flags.get(channel, 0) & _UNSURE:
                found[channel, hour].append(kwh)
    return {key: sum(some) for key, some in found.items() if len(some) == _QUARTERS}
