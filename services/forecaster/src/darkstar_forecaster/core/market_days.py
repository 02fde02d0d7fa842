"""The market's own day, and local days put together from it.

The coupled European day-ahead auctions deal in days from midnight to midnight of Central
European Time, wherever the house stands: a Finnish day takes its first hour from the auction
of the day before, a Portuguese one its last from the auction of the day after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from darkstar_common.slots import SLOT, day_slots, local_day
from darkstar_forecaster.core.prices import (
    Answer,
    DayPrices,
    NotYet,
    PricesRefusedError,
    Unavailable,
    whole_day,
)

MARKET = ZoneInfo("Europe/Berlin")
"""The time that the auctions go by."""
_DAY = timedelta(days=1)

Spots: TypeAlias = Mapping[datetime, float]
MarketAnswer: TypeAlias = Spots | NotYet | Unavailable


def market_day(moment: datetime) -> date:
    """The market's day that holds `moment`."""
    return moment.astimezone(MARKET).date()


def market_days(day: date, zone: ZoneInfo) -> tuple[date, ...]:
    """The days of the market that the local `day` has a part in, oldest first.

    Example:
        >>> [one.day for one in market_days(date(2026, 5, 5), ZoneInfo("Europe/Helsinki"))]
        [4, 5]
    """
    start, end = local_day(day, zone)
    first, last = market_day(start), market_day(end - SLOT)
    return tuple(first + number * _DAY for number in range((last - first).days + 1))


def checked(day: date, spots: Spots) -> Spots:
    """`spots`, if they are those of the market's `day`, all of it.

    Raises:
        PricesRefusedError: They are not, and why.
    """
    starts = day_slots(day, MARKET)
    strange = sorted(spots.keys() - set(starts))
    if strange:
        raise PricesRefusedError(
            f"the answer for {day.isoformat()} has a price for {strange[0].isoformat()}, which "
            "is another day"
        )
    if len(spots) < len(starts):
        raise PricesRefusedError(
            f"the prices of {day.isoformat()} are incomplete: {len(spots)} of {len(starts)} "
            "slots have one"
        )
    return spots


def assembled(day: date, zone: ZoneInfo, answers: Sequence[MarketAnswer]) -> Answer:
    """The local `day` from what was answered for its market days, oldest first.

    A last part that is still to be auctioned is left out if it is the smaller one.
    """
    spots: dict[datetime, float] = {}
    for one in answers:
        if isinstance(one, Unavailable):
            return one
        if isinstance(one, NotYet):
            return _begun(day, zone, spots)
        spots |= one
    return whole_day(day, spots, zone)


def _begun(day: date, zone: ZoneInfo, spots: Spots) -> Answer:
    """As much of the day as was auctioned, if that is most of it."""
    starts = day_slots(day, zone)
    known = [spots[start] for start in starts if start in spots]
    if 2 * len(known) < len(starts):
        return NotYet(day=day)
    return DayPrices(day=day, spot_per_kwh=tuple(known))
