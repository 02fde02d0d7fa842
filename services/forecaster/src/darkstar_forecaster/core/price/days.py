"""Published prices by local day and hour: what the market's habits go by.

The model looks at hours, since the past is mostly hourly; what the quarters of an hour have of
their own is added afterwards.
"""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import polars as pl

HOURS_A_DAY = 24
_WHOLE = 22
"""Hours that a day needs to count: one may have been jumped over by the clock, and where the
market's day ends an hour before the local one, the last is not out yet."""
_QUARTER_DAYS = 14
"""Days from which the shape within the hours is taken."""


def hourly(spots: pl.DataFrame, zone: ZoneInfo) -> pl.DataFrame:
    """Columns day, hour (local) and price [currency/kWh], 24 rows for every day in between.

    Days of which too little is known are null as a whole; a missing hour of the others is what
    its neighbours are, and an hour that came twice is the mean of both.
    """
    by_hour = (
        _local(spots, zone).group_by("day", "hour").agg(pl.col("price").mean()).sort("day", "hour")
    )
    if by_hour.is_empty():
        return by_hour
    known = (
        _every_hour(by_hour["day"])
        .join(by_hour, on=["day", "hour"], how="left")
        .sort("day", "hour")
    )
    whole = pl.col("price").count().over("day") >= _WHOLE
    near = pl.col("price").interpolate().forward_fill().backward_fill().over("day")
    return known.with_columns(price=pl.when(whole).then(near))


def known_days(hours: pl.DataFrame) -> tuple[date, ...]:
    """The local days whose prices are known, oldest first."""
    return tuple(hours.drop_nulls("price")["day"].unique().sort())


def quarters(spots: pl.DataFrame, zone: ZoneInfo) -> pl.DataFrame:
    """Columns hour, quarter and offset: how a quarter hour differs from its hour in the mean.

    Zero where the market has hourly prices; hours that were never seen are not there.
    """
    rows = _local(spots, zone)
    newest = rows["day"].max()
    if not isinstance(newest, date):
        return pl.DataFrame(schema=_OFFSETS)
    recent = rows.filter(pl.col("day") > newest - timedelta(days=_QUARTER_DAYS))
    whole = recent.filter(pl.len().over("day", "hour") % 4 == 0)
    return (
        whole.with_columns(offset=pl.col("price") - pl.col("price").mean().over("day", "hour"))
        .group_by("hour", "quarter")
        .agg(pl.col("offset").mean())
        .sort("hour", "quarter")
        .cast(_OFFSETS)  # type: ignore[arg-type]  # a dict of types is what it takes
    )


_OFFSETS = {"hour": pl.Int8, "quarter": pl.Int8, "offset": pl.Float64}


def placed(starts: pl.Series, zone: ZoneInfo) -> pl.DataFrame:
    """The local day, hour and quarter of each slot, in their order."""
    local = pl.col("start").dt.convert_time_zone(zone.key)
    return pl.DataFrame({"start": starts}).with_columns(
        day=local.dt.date(), hour=local.dt.hour(), quarter=local.dt.minute() // 15
    )


def _local(spots: pl.DataFrame, zone: ZoneInfo) -> pl.DataFrame:
    known = spots.filter(pl.col("spot_per_kwh").is_not_null() & pl.col("spot_per_kwh").is_finite())
    return placed(known["start"], zone).with_columns(price=known["spot_per_kwh"])


def _every_hour(known: pl.Series) -> pl.DataFrame:
    """The 24 hours of the days from the first of `known`, which is sorted, to the last."""
    days = pl.DataFrame({"day": pl.date_range(known[0], known[-1], eager=True)})
    hours = pl.DataFrame({"hour": pl.int_range(HOURS_A_DAY, dtype=pl.Int8, eager=True)})
    return days.join(hours, how="cross")
