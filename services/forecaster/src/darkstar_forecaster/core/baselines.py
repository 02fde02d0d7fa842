"""Naive forecasts, to be measured against: what the past says without any model.

All three take values of the same local time on earlier days, and of those only what was known
when the forecast was made; so ahead of what is known they go back by as many days as it takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from darkstar_common.contract import Quantity
from darkstar_common.slots import SLOT, local_day
from darkstar_forecaster.core.situation import TIME, Schema, Situation

LAST_DAY = "last day"
"""The same slot of the last day that is known: 24-hour persistence."""
WEEK_MEAN = "mean of 7 days"
"""The mean of the same slot of the last seven days that are known."""
LAST_WEEK = "same day last week"
"""The same slot of the last such weekday that is known."""
BASELINES = (LAST_DAY, WEEK_MEAN, LAST_WEEK)
TRUTH: Schema = {"start": TIME, "value": pl.Float64}
"""What came [kW, or currency/kWh of prices]; null is unknown, or not to be counted."""
_DAYS = 7
_SPARE = 2
"""Days looked at beyond the seven: one since a clock change moves what was known by an hour."""


def truth(past: pl.DataFrame, spots: pl.DataFrame, quantity: Quantity) -> pl.DataFrame:
    """What came of a quantity, as TRUTH; what is not fit to be learned from is null."""
    if quantity == "price":
        return spots.select("start", value=pl.col("spot_per_kwh"))
    fit = pl.col("fit").fill_null(value=True)
    return past.select("start", value=pl.when(fit).then(pl.col(f"{quantity}_kw")))


def known_until(known: Situation, quantity: Quantity) -> datetime:
    """The end of what is known of a quantity; prices are known ahead."""
    newest = known.spots["start"].max() if quantity == "price" else None
    return newest + SLOT if isinstance(newest, datetime) else known.now


def baselines(
    known: Situation, quantity: Quantity, starts: Sequence[datetime], zone: ZoneInfo
) -> pl.DataFrame:
    """The naive forecasts of the slots that begin at `starts`, a column each; null: unknown."""
    wanted = pl.DataFrame({"start": list(starts)}, schema={"start": TIME}).with_columns(
        known_until=pl.lit(known_until(known, quantity), TIME)
    )
    return naive(wanted, truth(known.past, known.spots, quantity), zone)


def naive(wanted: pl.DataFrame, values: pl.DataFrame, zone: ZoneInfo) -> pl.DataFrame:
    """The naive forecasts of many slots, each made when other things were known.

    Args:
        wanted: `start` of each slot and `known_until`, the end of what was known.
        values: as TRUTH; of these, each row of `wanted` is told only what it knew.
        zone: local time, by which days are alike.

    Returns:
        `wanted` with a column for each of BASELINES, in its order.
    """
    numbered = wanted.with_row_index("row")
    found = _candidates(numbered, values, zone).sort("row", "back").group_by("row")
    told = found.agg(
        pl.col("value").first().alias(LAST_DAY),
        pl.col("value").head(_DAYS).mean().alias(WEEK_MEAN),
        pl.col("value").filter(pl.col("back") % _DAYS == 0).first().alias(LAST_WEEK),
    )
    return numbered.join(told, on="row", how="left", maintain_order="left").drop("row")


def _candidates(numbered: pl.DataFrame, values: pl.DataFrame, zone: ZoneInfo) -> pl.DataFrame:
    """Columns row, back [days] and value: the same local time of the last days that are known."""
    local = pl.col("start").dt.convert_time_zone(zone.key).dt.replace_time_zone(None)
    past = values.select("value", source="start", local=local).unique(
        "local", keep="first", maintain_order=True
    )
    ahead_minutes = (pl.col("start") + SLOT - pl.col("known_until")).dt.total_minutes()
    least = ((ahead_minutes - 1) // (24 * 60) + 1).clip(lower_bound=1)
    back = pl.DataFrame({"more": range(_DAYS + _SPARE)}, schema={"more": pl.Int64})
    asked = numbered.with_columns(local=local, least=least).join(back, how="cross")
    days = asked.with_columns(back=pl.col("least") + pl.col("more") - 1).filter(pl.col("back") > 0)
    return (
        days.with_columns(local=pl.col("local") - pl.duration(days=pl.col("back")))
        .join(past, on="local", how="left")
        .with_columns(
            source=pl.coalesce("source", pl.col("start") - pl.duration(days=pl.col("back")))
        )
        .filter(pl.col("source") + SLOT <= pl.col("known_until"))
        .select("row", "back", "value")
    )


def published_until(at: datetime, looked_for_at: time, zone: ZoneInfo) -> datetime:
    """The end of the prices that a market has published by `at`, by the rule of the clock.

    Args:
        at: any moment.
        looked_for_at: local time from which those of tomorrow are there.
        zone: local time.

    Example:
        >>> noon = datetime.fromisoformat("2026-01-01T12:30:00+00:00")
        >>> published_until(noon, time(13), ZoneInfo("Europe/Stockholm")).isoformat()
        '2026-01-02T23:00:00+00:00'
    """
    local = at.astimezone(zone)
    days = 2 if local.time() >= looked_for_at else 1
    return local_day(local.date() + timedelta(days=days), zone)[0]
