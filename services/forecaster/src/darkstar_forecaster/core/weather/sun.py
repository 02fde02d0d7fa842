"""Where the sun stands, and what a clear sky lets through: as far as spreading weather needs it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Seconds = NDArray[np.int64]
"""Moments [Unix seconds]."""

_J2000 = 946_728_000
"""Noon of 2000-01-01 UTC [Unix seconds]."""
_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A point on earth.

    Attributes:
        latitude: [° north].
        longitude: [° east].
    """

    latitude: float
    longitude: float


def sine_of_elevation(moments: Seconds, place: Place) -> Floats:
    """Sine of the sun's height above the horizon; 1 overhead, below 0 at night.

    The low-precision formulas of the Astronomical Almanac: within 0.02° until 2050. The air's
    refraction is left out.
    """
    days = (moments - _J2000) / _DAY
    anomaly = np.radians(357.528 + 0.9856003 * days)
    longitude = np.radians(
        280.460 + 0.9856474 * days + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly)
    )
    tilt = np.radians(23.439 - 0.0000004 * days)
    ascension = np.arctan2(np.cos(tilt) * np.sin(longitude), np.cos(longitude))
    declination = np.arcsin(np.sin(tilt) * np.sin(longitude))
    sidereal = np.radians(280.46062 + 360.98564737 * days + place.longitude)
    latitude = np.radians(place.latitude)
    found: Floats = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(
        declination
    ) * np.cos(sidereal - ascension)
    return found


def clear_global(sine: Floats) -> Floats:
    """Global irradiance below a clear sky [W/m²], after Haurwitz (1945)."""
    up = np.maximum(sine, 1e-6)
    return np.where(sine > 0, 1098.0 * up * np.exp(-0.057 / up), 0.0)


def clear_direct(sine: Floats) -> Floats:
    """Direct normal irradiance below a clear sky [W/m²], after Meinel (1976)."""
    up = np.maximum(sine, 1e-6)
    return np.where(sine > 0, 1353.0 * 0.7 ** (up**-0.678), 0.0)
