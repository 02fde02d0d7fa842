"""Which days of the past an archive is to be asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import polars as pl

PIECE = timedelta(days=366)
"""The longest that is asked for at once."""
_APART = timedelta(days=30)
"""Missing days nearer than this are asked for in one piece."""
_LATEST = timedelta(days=2)
"""The forecast's own past days have what is younger."""
_DAY = timedelta(days=1)
_ENOUGH = 96


def missing_days(past: pl.DataFrame, since: datetime, now: datetime) -> list[tuple[date, date]]:
    """First and last UTC day of each piece of which temperature or radiation is missing.

    Args:
        past: As WEATHER.
        since: The archive is asked for the days after it.
        now: Nor for the last two days before.
    """
    there = (
        past.drop_nulls(["temperature_c", "irradiance_w_per_m2"])
        .group_by(pl.col("start").dt.date().alias("day"))
        .len()
        .filter(pl.col("len") >= _ENOUGH)["day"]
    )
    known = set(there)
    first, last = since.date() + _DAY, (now - _LATEST).date()
    days = [first + number * _DAY for number in range((last - first).days)]
    return list(_pieces([day for day in days if day not in known]))


def _pieces(days: list[date]) -> Iterator[tuple[date, date]]:
    begin = end = None
    for day in days:
        if begin is not None and end is not None:
            if day - end < _APART and day - begin < PIECE:
                end = day
                continue
            yield begin, end
        begin = end = day
    if begin is not None and end is not None:
        yield begin, end
