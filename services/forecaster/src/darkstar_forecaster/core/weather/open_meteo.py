"""What Open-Meteo is asked, and what its answers mean.

Its radiation is the mean over the interval that ends at the time it is given for: the
quarter of 12:00 is that from 11:45. All else is what it is at that instant. Times are asked
for as Unix seconds, so that no time zone comes into it, and units by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final, TypeGuard

import numpy as np
import polars as pl

from darkstar_forecaster.core.weather.spreading import (
    HOUR_SECONDS,
    SHAPES,
    SLOT_SECONDS,
    at_middles,
    over_slots,
)
from darkstar_forecaster.core.weather.sun import Floats, Place, Seconds
from darkstar_forecaster.core.weather.table import COLUMNS, WeatherRefusedError, weather_table

VARIABLES: Final[Mapping[str, tuple[str, str]]] = {
    "temperature_c": ("temperature_2m", "°C"),
    "irradiance_w_per_m2": ("shortwave_radiation", "W/m²"),
    "direct_w_per_m2": ("direct_normal_irradiance", "W/m²"),
    "diffuse_w_per_m2": ("diffuse_radiation", "W/m²"),
    "cloud_cover_percent": ("cloud_cover", "%"),
    "wind_m_per_s": ("wind_speed_10m", "m/s"),
    "snow_depth_m": ("snow_depth", "m"),
}
"""Column to its variable and unit there."""
QUARTERLY = (
    "temperature_2m",
    "shortwave_radiation",
    "direct_normal_irradiance",
    "diffuse_radiation",
    "wind_speed_10m",
)
"""What there is by quarter hour; where a model has none, the hour's is taken."""
DAYS_AHEAD = 8
"""From midnight UTC on, so that seven whole days lie ahead at any time."""
DAYS_BACK = 2
"""What the models make of the last days is better than what they said before."""
_FAR = 1.0
"""The middle of a model's cell is nearer than this [°]."""
_HUGE = 1e12
"""Nothing of the weather is so much."""
_BLOCKS = (("minutely_15", SLOT_SECONDS), ("hourly", HOUR_SECONDS))
_UNITS = {"temperature_unit": "celsius", "wind_speed_unit": "ms", "precipitation_unit": "mm"}


def _query(place: Place) -> dict[str, str]:
    """What every question has; the place only as finely as weather differs, some 1 km."""
    return {
        "latitude": f"{place.latitude:.2f}",
        "longitude": f"{place.longitude:.2f}",
        "timezone": "GMT",
        "timeformat": "unixtime",
        "hourly": ",".join(name for name, _ in VARIABLES.values()),
        **_UNITS,
    }


def forecast_query(place: Place) -> dict[str, str]:
    """The query of a forecast."""
    return {
        **_query(place),
        "minutely_15": ",".join(QUARTERLY),
        "forecast_days": str(DAYS_AHEAD),
        "past_days": str(DAYS_BACK),
    }


def archive_query(place: Place, first: date, last: date) -> dict[str, str]:
    """The query of past weather, from the UTC day `first` to `last`, both with it.

    A day more is asked for: what is stamped with its midnight is the mean of the hour before.
    """
    return {
        **_query(place),
        "start_date": first.isoformat(),
        "end_date": (last + timedelta(days=1)).isoformat(),
    }


def answer_table(body: Any, place: Place) -> pl.DataFrame:
    """An answer as WEATHER; what it leaves out or has as null is unknown.

    Raises:
        WeatherRefusedError: It is half an answer, of another place, in other units, or
            holds what cannot be.
    """
    if not isinstance(body, dict):
        raise WeatherRefusedError("it is no JSON object")
    _refuse_elsewhere(body, place)
    blocks = [
        _Block(name, step, body[name], body.get(f"{name}_units"))
        for name, step in _BLOCKS
        if body.get(name)
    ]
    if not blocks:
        raise WeatherRefusedError("it has no hourly values")
    first = min(block.first for block in blocks)
    last = max(block.last for block in blocks)
    starts = np.arange(first, last, SLOT_SECONDS, dtype=np.int64)
    columns = {}
    for column in COLUMNS:
        values = np.full(starts.shape, np.nan)
        for block in blocks:
            values = np.where(np.isnan(values), block.slots(column, starts, place), values)
        columns[column] = values
    return weather_table(starts, columns, place)


def _is_angle(said: Any) -> TypeGuard[float]:
    return isinstance(said, int | float) and -360 <= said <= 360  # noqa: PLR2004 (degrees)


def _refuse_elsewhere(body: dict[str, Any], place: Place) -> None:
    if body.get("utc_offset_seconds", 0) != 0:
        raise WeatherRefusedError(f"its times are {body['utc_offset_seconds']} s off UTC")
    north, east = body.get("latitude"), body.get("longitude")
    if not (_is_angle(north) and _is_angle(east)):
        raise WeatherRefusedError("it does not say where it is of")
    narrow = max(0.1, float(np.cos(np.radians(place.latitude))))
    aside = abs((east - place.longitude + 180) % 360 - 180) * narrow
    if abs(north - place.latitude) > _FAR or aside > _FAR:
        raise WeatherRefusedError(
            f"it is of {north:g}° north {east:g}° east, not of {place.latitude:g}° "
            f"{place.longitude:g}°"
        )


class _Block:
    """The values of one spacing."""

    def __init__(self, name: str, step: int, block: Any, units: Any) -> None:
        if not isinstance(block, dict) or not isinstance(units, dict):
            raise WeatherRefusedError(f"its {name} values have no units")
        self._name, self._step, self._block, self._units = name, step, block, units
        self._times = self._read_times()

    @property
    def first(self) -> int:
        """When the first interval begins [Unix seconds]."""
        return int(self._times[0]) - self._step

    @property
    def last(self) -> int:
        """When the last one ends [Unix seconds]."""
        return int(self._times[-1])

    def slots(self, column: str, starts: Seconds, place: Place) -> Floats:
        """The values of `column` in the slots at `starts`; NaN where they are unknown."""
        variable, unit = VARIABLES[column]
        if variable not in self._block:
            return np.full(starts.shape, np.nan)
        if self._units.get(variable) != unit:
            raise WeatherRefusedError(
                f"{variable} is in {self._units.get(variable)!r}, not in {unit}"
            )
        values = numbers(self._block[variable], f"{self._name} {variable}")
        if values.size != self._times.size:
            raise WeatherRefusedError(
                f"it has {values.size} values of {variable} for {self._times.size} times"
            )
        if column in SHAPES:
            begins = self._times - self._step
            return over_slots(begins, values, self._step, starts, column=column, place=place)
        return at_middles(self._times, values, starts)

    def _read_times(self) -> Seconds:
        said = self._block.get("time")
        if not isinstance(said, list) or not said or any(type(one) is not int for one in said):
            raise WeatherRefusedError(f"its {self._name} times are no list of Unix seconds")
        times = np.array([min(max(one, 0), 2**40) for one in said], dtype=np.int64)
        if times[0] % self._step or (np.diff(times) != self._step).any():
            raise WeatherRefusedError(
                f"its {self._name} times are not one after the other, each {self._step // 60} min"
            )
        return times


def numbers(said: Any, what: str) -> Floats:
    """A list of numbers; null is NaN.

    Raises:
        WeatherRefusedError: It is something else, or holds a NaN or an infinity.
    """
    if not isinstance(said, list):
        raise WeatherRefusedError(f"{what} is no list")
    for one in said:
        odd = isinstance(one, bool) or not isinstance(one, int | float | None)
        if odd or (one is not None and not abs(one) < _HUGE):
            raise WeatherRefusedError(f"{what} has {str(one)[:40]!r}, which is no number")
    return np.array([np.nan if one is None else float(one) for one in said], dtype=np.float64)
