"""Local days and times of day: what people's habits go by.

A day is the number of local days since 1970-01-01, a time of day the number of quarter hours
since local midnight. On the day that has an hour twice both go by the same number, on the day
that misses one nobody lives at that time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

from darkstar_common.config.forecasting import Household

SLOTS_A_DAY = 96
EPOCH = date(1970, 1, 1)
_THURSDAY = 3
_SATURDAY = 5
_KEPT = frozenset({"public", "de_facto"})
"""Days off by law, and those on which hardly anybody works, such as Midsummer Eve."""

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]


def places(starts: pl.Series, zone: ZoneInfo) -> Integers:
    """Each slot's quarter hours since the local midnight that began 1970.

    Its quotient by SLOTS_A_DAY is the day, the remainder the time of day.
    """
    frame = pl.DataFrame({"start": starts}).select(
        wall=pl.col("start").dt.convert_time_zone(zone.key).dt.replace_time_zone(None)
    )
    minutes = frame["wall"].dt.epoch("us").to_numpy() // 60_000_000
    return np.asarray(minutes // 15, dtype=np.int64)


def weekdays(days: Integers) -> Integers:
    """0 is Monday."""
    return (days + _THURSDAY) % 7


def holidays_of(household: Household, days: Iterable[int]) -> frozenset[int]:
    """Which of `days` are public holidays where the house stands.

    Raises:
        UnknownPlaceError: The country or its region is not one whose holidays are known.
    """
    from holidays import country_holidays  # noqa: PLC0415 (large, and not every house has them)

    wanted = frozenset(days)
    if household.country is None or not wanted:
        return frozenset()
    years = range(dated(min(wanted)).year, dated(max(wanted)).year + 1)
    try:
        known = country_holidays(household.country, subdiv=household.region)
        kept = country_holidays(
            household.country,
            subdiv=household.region,
            years=years,
            categories=tuple(_KEPT.intersection(known.supported_categories)),
        )
    except NotImplementedError as error:
        raise UnknownPlaceError(household) from error
    return frozenset(number for one in kept if (number := (one - EPOCH).days) in wanted)


class UnknownPlaceError(ValueError):
    """Nobody has told which holidays are kept there."""

    def __init__(self, household: Household) -> None:
        place = " ".join(one for one in (household.country, household.region) if one)
        super().__init__(
            f"the public holidays of {place} are not known, so they are forecast as other days; "
            "see household.country and household.region"
        )


def free_days(days: Integers, holidays: frozenset[int]) -> Booleans:
    """Whether each day is a weekend's or a holiday."""
    kept = np.isin(days, np.fromiter(holidays, dtype=np.int64, count=len(holidays)))
    return (weekdays(days) >= _SATURDAY) | kept


def dated(day: int) -> date:
    """The date of a day."""
    return EPOCH + timedelta(days=int(day))
