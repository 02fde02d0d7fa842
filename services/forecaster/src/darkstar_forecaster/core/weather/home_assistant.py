"""What Home Assistant's weather entities say: instants, in the units of that house."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import polars as pl

from darkstar_forecaster.core.weather.open_meteo import numbers
from darkstar_forecaster.core.weather.rows import moment_of
from darkstar_forecaster.core.weather.spreading import SLOT_SECONDS, at_middles
from darkstar_forecaster.core.weather.table import WeatherRefusedError, weather_table

_CELSIUS: Final[Mapping[str, tuple[float, float]]] = {
    "°C": (1.0, 0.0),
    "°F": (5 / 9, -32 * 5 / 9),
    "K": (1.0, -273.15),
}
_METRES_PER_SECOND: Final[Mapping[str, tuple[float, float]]] = {
    "m/s": (1.0, 0.0),
    "km/h": (1 / 3.6, 0.0),
    "mph": (0.44704, 0.0),
    "kn": (1852 / 3600, 0.0),
    "ft/s": (0.3048, 0.0),
}
_PERCENT: Final[Mapping[str, tuple[float, float]]] = {"%": (1.0, 0.0)}
_LONGEST = 31 * 86_400
"""No forecast of hours spans more [s]."""


def forecast_table(state: Any, answer: Any, entity: str) -> pl.DataFrame:
    """Temperature, wind and cloud cover as WEATHER; such an entity knows no radiation.

    Args:
        state: The entity's state, of `/api/states/…`, which has the units.
        answer: What `weather.get_forecasts` returned.
        entity: Which one.

    Raises:
        WeatherRefusedError: It has no hourly forecast, a unit is not known, or it holds
            what cannot be.
    """
    attributes = _within(state, "attributes")
    hours = _within(_within(_within(answer, "service_response"), entity), "forecast")
    if not isinstance(hours, list) or not hours:
        raise WeatherRefusedError(f"{entity} has no hourly forecast")
    if not all(isinstance(one, dict) for one in hours):
        raise WeatherRefusedError(f"a row of {entity}'s forecast is no object")
    moments = [moment_of(one.get("datetime")) for one in hours]
    times = np.array([int(one.timestamp()) for one in moments if one], dtype=np.int64)
    if times.size < len(hours) or (np.diff(times) <= 0).any():
        raise WeatherRefusedError(f"the times of {entity}'s forecast are not one after the other")
    if times[-1] - times[0] > _LONGEST:
        raise WeatherRefusedError(f"{entity}'s forecast spans more than a month")
    first = -(-int(times[0]) // SLOT_SECONDS) * SLOT_SECONDS
    starts = np.arange(first, int(times[-1]), SLOT_SECONDS, dtype=np.int64)
    columns = {}
    for column, name, unit, units in (
        ("temperature_c", "temperature", _within(attributes, "temperature_unit"), _CELSIUS),
        ("wind_m_per_s", "wind_speed", _within(attributes, "wind_speed_unit"), _METRES_PER_SECOND),
        ("cloud_cover_percent", "cloud_coverage", "%", _PERCENT),
    ):
        values = numbers([one.get(name) for one in hours], name)
        if np.isnan(values).all():
            continue
        if not isinstance(unit, str) or unit not in units:
            raise WeatherRefusedError(
                f"{entity} has {name} in {unit or 'no unit'}; known are {', '.join(units)}"
            )
        factor, offset = units[unit]
        columns[column] = at_middles(times, values * factor + offset, starts)
    return weather_table(starts, columns, None)


def _within(said: Any, key: str) -> Any:
    """What `said` has for `key`; an empty dictionary where it has nothing."""
    return (said.get(key) or {}) if isinstance(said, dict) else {}
