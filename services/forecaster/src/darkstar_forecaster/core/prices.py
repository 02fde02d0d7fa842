"""Day-ahead prices: what a source answers, and whether a day is whole and plausible."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TypeAlias
from zoneinfo import ZoneInfo

from darkstar_common.slots import SLOT, day_slots, on_grid

_FAR_MORE = 20.0
"""So many times the highest price of the past days is no price of the same market."""
_NEVER_ABSURD = 10.0
"""Up to here every price is believed: no auction goes beyond 5 EUR/kWh [currency/kWh]."""
_ALWAYS_ABSURD = 1000.0
"""Beyond this none is, not even where nothing is known to compare it with [currency/kWh]."""
_LONGEST = 300
"""A sentence about an answer has so many characters at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPrices:
    """A local day as published: whole, or as far as the market's own day reaches.

    Attributes:
        day: the local day.
        spot_per_kwh: one for each of its 92, 96 or 100 slots [currency/kWh]. Where the local
            day ends after the market's, the last hours come with the next auction, and are
            missing until then.
        source: who answered.
        passed_over: why those did not who were asked before, a sentence each.
    """

    day: date
    spot_per_kwh: tuple[float, ...]
    source: str = ""
    passed_over: tuple[str, ...] = ()

    def whole(self, zone: ZoneInfo) -> bool:
        """Whether each of its slots has a price."""
        return len(self.spot_per_kwh) == len(day_slots(self.day, zone))

    def by_slot(self, zone: ZoneInfo) -> dict[datetime, float]:
        """The prices by the start of their slots [currency/kWh]."""
        return dict(zip(day_slots(self.day, zone), self.spot_per_kwh, strict=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class NotYet:
    """The market has not published the day, as far as the source knows."""

    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """The source has no usable answer for the day.

    Attributes:
        day: the local day.
        reason: a sentence for people.
        rest: how long the source is to be left alone; None: it is well, only this day is amiss.
    """

    day: date
    reason: str
    rest: timedelta | None = None


Answer: TypeAlias = DayPrices | NotYet | Unavailable
Known: TypeAlias = Mapping[date, DayPrices]


class PricesRefusedError(ValueError):
    """An answer cannot be used; the message is a sentence for people, however long the answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason if len(reason) <= _LONGEST else f"{reason[: _LONGEST - 3]}...")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """One price as it was told, of a quarter, half or whole hour."""

    start: datetime
    end: datetime
    per_kwh: float
    """[currency/kWh]."""


def by_slot(intervals: Iterable[Interval]) -> dict[datetime, float]:
    """The prices of `intervals` by slot; an hourly one stands for its four slots.

    Raises:
        PricesRefusedError: One begins or ends within a slot, is no number, or overlaps another.
    """
    found: dict[datetime, float] = {}
    for one in intervals:
        start, end = one.start.astimezone(UTC), one.end.astimezone(UTC)
        if not (on_grid(start) and on_grid(end) and start < end):
            raise PricesRefusedError(
                f"a price holds from {start.isoformat()} to {end.isoformat()}, which are no "
                "whole quarter hours"
            )
        if not math.isfinite(one.per_kwh):
            raise PricesRefusedError(f"the price at {start.isoformat()} is no number")
        for part in range((end - start) // SLOT):
            slot = start + part * SLOT
            if slot in found:
                raise PricesRefusedError(f"the price at {slot.isoformat()} comes twice")
            found[slot] = one.per_kwh
    return found


def whole_day(day: date, spots: Mapping[datetime, float | None], zone: ZoneInfo) -> Answer:
    """The prices of `day` if every slot has one that is a number; otherwise why not.

    Half a day is refused: a plan that takes the missing hours for free would be wrong in
    the worst way.
    """
    starts = day_slots(day, zone)
    found = [spots.get(start) for start in starts]
    values = tuple(one for one in found if one is not None and math.isfinite(one))
    if len(values) == len(starts):
        return DayPrices(day=day, spot_per_kwh=values)
    return Unavailable(
        day=day,
        reason=f"the prices of {day.isoformat()} are incomplete: "
        f"{len(values)} of {len(starts)} slots have one",
    )


def poisoned(found: DayPrices, known: Iterable[DayPrices]) -> str | None:
    """What is absurd about `found`, or None.

    It is compared with the days that are `known`, so that it does not matter what a unit of
    the currency is worth: an answer in another unit is off by a factor of hundreds, and a
    market that is short by one of ten.
    """
    highest = _highest(one for day in known if day.day != found.day for one in day.spot_per_kwh)
    limit = _ALWAYS_ABSURD if highest is None else max(_NEVER_ABSURD, _FAR_MORE * highest)
    worst = max(found.spot_per_kwh, key=abs, default=0.0)
    if abs(worst) <= limit:
        return None
    compared = "" if highest is None else f"; the highest of the days before is {highest:.4g}"
    return (
        f"the prices of {found.day.isoformat()} are not believed: one is {worst:.4g} per "
        f"kWh{compared}"
    )


def _highest(values: Iterable[float]) -> float | None:
    return max((abs(one) for one in values), default=None)


def lengths(starts: Sequence[datetime]) -> tuple[timedelta, ...]:
    """How long each price holds that has only a start: an hour at most.

    That is the shorter of the times to its neighbours, so that a price does not reach over
    the hole where the next one is missing.
    """
    if not starts:
        return ()
    hour = timedelta(hours=1)
    gaps = [hour, *(after - before for before, after in pairwise(starts)), hour]
    if len(starts) > 1:
        gaps[0], gaps[-1] = gaps[1], gaps[-2]
    return tuple(min(before, after, hour) for before, after in pairwise(gaps))
