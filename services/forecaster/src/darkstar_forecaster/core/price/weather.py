"""Weather as prices feel it: wind and sun make them fall, cold makes them rise.

The weather is the house's own, which stands for its price area's as well as it can.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl

from darkstar_forecaster.core.price.days import placed

_NAMES = {
    "temperature": "temperature_c",
    "wind": "wind_m_per_s",
    "sun": "irradiance_w_per_m2",
}
WEATHER = (*_NAMES, *(f"{name}_change" for name in _NAMES))
"""The features that this adds."""
_USUAL = "7d"


def by_hour(weather: pl.DataFrame, zone: ZoneInfo) -> pl.DataFrame:
    """Columns day, hour (local), temperature [°C], wind [m/s], sun [W/m²], and their `_usual`.

    `_usual` is the mean of the same hour of the seven days that end with this one.
    """
    where = placed(weather["start"], zone).select("day", "hour")
    values = weather.select(**{name: pl.col(column) for name, column in _NAMES.items()})
    rows = (
        pl.concat([where, values], how="horizontal")
        .group_by("day", "hour")
        .agg(pl.col(name).mean() for name in _NAMES)
        .sort("day", "hour")
    )
    return rows.with_columns(
        pl.col(name).rolling_mean_by("day", _USUAL).over("hour").alias(f"{name}_usual")
        for name in _NAMES
    )


def weathered(rows: pl.DataFrame, weather: pl.DataFrame) -> pl.DataFrame:
    """`rows` with the weather of the day ahead, and how it differs from that of late.

    Args:
        rows: with `day`, the last that is known, `target`, the one ahead, and `hour`.
        weather: as by_hour.
    """
    coming = weather.select(pl.col("day").alias("target"), "hour", *_NAMES)
    of_late = weather.select("day", "hour", *(f"{name}_usual" for name in _NAMES))
    found = rows.join(coming, on=["target", "hour"], how="left", maintain_order="left").join(
        of_late, on=["day", "hour"], how="left", maintain_order="left"
    )
    changes = {f"{name}_change": pl.col(name) - pl.col(f"{name}_usual") for name in _NAMES}
    return found.with_columns(**changes).drop(f"{name}_usual" for name in _NAMES)


def some_without(rows: pl.DataFrame) -> pl.DataFrame:
    """`rows` with the weather of every fifth day forgotten.

    So the model learns what to do without it, and a day without a weather forecast is no
    surprise.
    """
    forgotten = pl.col("day").dt.epoch("d") % 5 == 0
    return rows.with_columns(pl.when(~forgotten).then(pl.col(name)).alias(name) for name in WEATHER)
