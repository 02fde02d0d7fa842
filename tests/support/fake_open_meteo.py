"""Open-Meteo's two services, over a made-up sky whose truth is known to the second."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from support.fake_web import Asked, Given

from darkstar_forecaster.core.weather.sun import (
    Place,
    clear_direct,
    clear_global,
    sine_of_elevation,
)

MALMO = Place(latitude=55.6, longitude=13.0)
_MEANS = ("shortwave_radiation", "direct_normal_irradiance", "diffuse_radiation")
_UNITS = {
    "time": "unixtime",
    "temperature_2m": "°C",
    "shortwave_radiation": "W/m²",
    "direct_normal_irradiance": "W/m²",
    "diffuse_radiation": "W/m²",
    "cloud_cover": "%",
    "wind_speed_10m": "m/s",
    "snow_depth": "m",
}
Floats = NDArray[np.float64]


def truth(variable: str, moments: NDArray[np.int64], place: Place = MALMO) -> Floats:
    """What the variable is at these very seconds."""
    hours = moments / 3600
    sine = sine_of_elevation(moments, place)
    found: dict[str, Floats] = {
        "temperature_2m": 8 + 6 * np.sin(hours / 24 * 2 * np.pi),
        "shortwave_radiation": 0.6 * clear_global(sine),
        "direct_normal_irradiance": 0.4 * clear_direct(sine),
        "diffuse_radiation": 0.3 * clear_global(sine),
        "cloud_cover": 50 + 40 * np.sin(hours / 17),
        "wind_speed_10m": 5 + 3 * np.cos(hours / 11),
        "snow_depth": np.zeros(hours.shape),
    }
    return found[variable]


def mean_before(variable: str, ends: NDArray[np.int64], step: int, place: Place = MALMO) -> Floats:
    """Its means over the `step` seconds before each of `ends`."""
    within = np.arange(0, step, 60, dtype=np.int64) + 30
    means: Floats = truth(variable, ends[:, None] - step + within, place).mean(axis=1)
    return means


@dataclass
class FakeOpenMeteo:
    """Answers like `/v1/forecast` and `/v1/archive`."""

    now: Callable[[], datetime]
    refusals: list[Given] = field(default_factory=list)
    """Answered before anything else, one after the other."""
    changes: dict[str, object] = field(default_factory=dict)
    """Replaced in each answer: a key, or block.key."""
    quarterly: bool = True
    archive_lag: timedelta = timedelta(days=5)
    """Younger values are null in the archive."""

    def __call__(self, asked: Asked) -> Given:
        """The answer to one question."""
        if self.refusals:
            return self.refusals.pop(0)
        query = asked.query
        place = Place(latitude=float(query["latitude"]), longitude=float(query["longitude"]))
        if asked.path.endswith("/v1/forecast"):
            today = self.now().date()
            first = today - timedelta(days=int(query["past_days"]))
            last = today + timedelta(days=int(query["forecast_days"]) - 1)
        else:
            first, last = (date.fromisoformat(query[one]) for one in ("start_date", "end_date"))
        body: dict[str, Any] = {
            "latitude": round(place.latitude * 8) / 8,
            "longitude": round(place.longitude * 8) / 8,
            "generationtime_ms": 0.3,
            "utc_offset_seconds": 0,
            "timezone": "GMT",
            "timezone_abbreviation": "GMT",
            "elevation": 12.0,
        }
        for name, step in (("hourly", 3600), ("minutely_15", 900)):
            if name in query and (name == "hourly" or self.quarterly):
                body[f"{name}_units"], body[name] = self._block(
                    query[name].split(","), place, first, last, step
                )
        if asked.path.endswith("/v1/archive"):
            self._forget(body["hourly"])
        return Given(self._changed(body))

    def _block(
        self, variables: list[str], place: Place, first: date, last: date, step: int
    ) -> tuple[Mapping[str, str], dict[str, list[Any]]]:
        begin, end = (
            int(datetime(one.year, one.month, one.day, tzinfo=UTC).timestamp())
            for one in (first, last + timedelta(days=1))
        )
        times = np.arange(begin, end, step, dtype=np.int64)
        block: dict[str, list[Any]] = {"time": times.tolist()}
        for name in variables:
            values = (
                mean_before(name, times, step, place)
                if name in _MEANS
                else truth(name, times, place)
            )
            block[name] = values.round(3).tolist()
        return {name: _UNITS[name] for name in block}, block

    def _forget(self, block: dict[str, list[Any]]) -> None:
        edge = (self.now() - self.archive_lag).timestamp()
        for name, values in block.items():
            if name != "time":
                block[name] = [
                    value if at < edge else None
                    for at, value in zip(block["time"], values, strict=True)
                ]

    def _changed(self, body: dict[str, Any]) -> dict[str, Any]:
        for key, value in self.changes.items():
            place, (*path, name) = body, key.split(".")
            for part in path:
                place = place[part]
            place[name] = value
        return body
