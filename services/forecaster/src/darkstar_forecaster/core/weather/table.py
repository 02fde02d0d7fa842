"""Tables of weather: put together, checked, and joined.

WeatherRefusedError   a source's answer cannot be used; the text says why
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from darkstar_forecaster.core.situation import TIME, WEATHER
from darkstar_forecaster.core.weather.sun import Floats, Place, Seconds, sine_of_elevation

COLUMNS = tuple(name for name in WEATHER if name != "start")
LIMITS: Mapping[str, tuple[float, float]] = {
    "temperature_c": (-90.0, 60.0),
    "irradiance_w_per_m2": (0.0, 1600.0),
    "direct_w_per_m2": (0.0, 1500.0),
    "diffuse_w_per_m2": (0.0, 1200.0),
    "cloud_cover_percent": (0.0, 100.0),
    "wind_m_per_s": (0.0, 110.0),
    "snow_depth_m": (0.0, 30.0),
}
"""What there is on earth; by models' rounding a little below zero counts as zero."""
_ROUNDING = 1.0
_DARK = float(np.sin(np.radians(-6.0)))
"""End of civil twilight; the sun gives some 1 W/m² there."""
_SHINING = 30.0
"""Nobody has so much irradiance in the dark [W/m²]."""
_LEAST = timedelta(hours=6)
"""A forecast that ends sooner is half an answer."""


class WeatherRefusedError(Exception):
    """A source's answer cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """Weather as a source knew it at one moment.

    Attributes:
        issued_at: that moment.
        source: who said so.
        table: as WEATHER, slot by slot without holes; it may begin in the past.
    """

    issued_at: datetime
    source: str
    table: pl.DataFrame


def weather_table(
    starts: Seconds, columns: Mapping[str, Floats], place: Place | None
) -> pl.DataFrame:
    """A table as WEATHER from the slots at `starts`; what is in no column is unknown.

    Raises:
        WeatherRefusedError: A value cannot be, or the sun shines at night.
    """
    if place is not None and "irradiance_w_per_m2" in columns:
        _refuse_sun_at_night(starts, columns["irradiance_w_per_m2"], place)
    values = {name: _possible(name, columns[name]) for name in COLUMNS if name in columns}
    content = {
        name: pl.Series(name, values[name], dtype=pl.Float64, nan_to_null=True)
        if name in values
        else pl.Series(name, [None] * starts.size, dtype=pl.Float64)
        for name in COLUMNS
    }
    microseconds = pl.Series("start", starts * 1_000_000, dtype=pl.Int64)
    table = pl.DataFrame(
        [microseconds.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"), *content.values()]
    )
    return _trimmed(table)


def _possible(name: str, values: Floats) -> Floats:
    low, high = LIMITS[name]
    bad = np.isinf(values) | (values < low - _ROUNDING) | (values > high + _ROUNDING)
    if bad.any():
        raise WeatherRefusedError(
            f"{name} is {values[bad][0]:g}, which cannot be: it is {low:g} to {high:g}"
        )
    return np.clip(values, low, high)


def _refuse_sun_at_night(starts: Seconds, irradiance: Floats, place: Place) -> None:
    """Such a table has local times, or is of another place."""
    shining = starts[np.nan_to_num(irradiance) > _SHINING]
    # at both ends, since the slot may be that in which the sun rises or sets
    dark = (
        np.maximum(sine_of_elevation(shining, place), sine_of_elevation(shining + 900, place))
        < _DARK
    )
    if dark.any():
        when = datetime.fromtimestamp(int(shining[dark][0]), UTC)
        raise WeatherRefusedError(
            f"the sun shines at night, at {when:%Y-%m-%d %H:%M} UTC; the times are not UTC, or "
            "the weather is another place's"
        )


def _trimmed(table: pl.DataFrame) -> pl.DataFrame:
    """Without the rows at both ends of which nothing is known."""
    known = table.select(pl.any_horizontal(pl.col(COLUMNS).is_not_null())).to_series()
    rows = known.arg_true()
    if rows.is_empty():
        return table.clear()
    first, last = int(rows[0]), int(rows[-1])
    return table.slice(first, last - first + 1)


def ahead_of(table: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """`table`, when it tells enough of the hours after `now`.

    Raises:
        WeatherRefusedError: It ends too soon, or begins too late.
    """
    if table.is_empty():
        raise WeatherRefusedError("it is empty")
    first, last = table["start"][0], table["start"][-1]
    if first > now + _LEAST:
        raise WeatherRefusedError(f"it begins only at {first:%Y-%m-%d %H:%M} UTC")
    if last < now + _LEAST:
        raise WeatherRefusedError(
            f"it ends at {last:%Y-%m-%d %H:%M} UTC, less than "
            f"{_LEAST // timedelta(hours=1)} hours from now"
        )
    return table


def over(table: pl.DataFrame, newer: pl.DataFrame) -> pl.DataFrame:
    """Both, slot by slot and value by value; what `newer` knows goes before."""
    if table.is_empty() or newer.is_empty():
        return newer if table.is_empty() else table
    joined = newer.join(table, on="start", how="full", coalesce=True, suffix="_old")
    values = [pl.coalesce(name, f"{name}_old").alias(name) for name in COLUMNS]
    return joined.select(pl.col("start").cast(TIME), *values).sort("start")
