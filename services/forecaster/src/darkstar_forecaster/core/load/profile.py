"""How a household commonly uses its energy: what is assumed of a house nobody has seen yet.

The shape is this project's own, drawn from what is published about standard load profile H0
and is common to Europe's households: little at night, a rise when people get up (later on
days off), a hump at noon that is higher on days off, the peak in the evening, and in winter
about half as much again as in summer, most of it in the evening. See C. Fünfgeld and
R. Tiedemann, "Anwendung der Repräsentativen VDEW-Lastprofile step-by-step", BTU Cottbus 2000,
whose yearly course a cosine follows here. It is nobody's house.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from darkstar_forecaster.core.load.calendar import (
    SLOTS_A_DAY,
    Booleans,
    Integers,
    dated,
    free_days,
)

Floats = npt.NDArray[np.float64]
SPREAD = {"p10": 0.4, "p50": 0.85, "p90": 1.8}
"""Quantiles of a house's load as multiples of the profile: a single house is on or off where
the mean of many is smooth, and its habits are its own."""
_YEAR_DAYS = 365.25
_COLDEST = 20
"""Day of the year on which most is used; half a year later south of the equator."""
_SWING = 0.2
_EVENING_SWING = 0.25
"""How much more than that the evening follows the year: darkness adds to the cold."""
_NIGHT = 0.5
_WORKING = ((7.2, 1.0, 0.55), (12.3, 1.8, 0.45), (19.2, 2.0, 1.0))
_FREE = ((9.3, 1.5, 0.6), (12.6, 1.9, 0.7), (19.0, 2.1, 0.95))
"""Humps of a day: centre and spread [h], height."""


def profile_kw(
    places: Integers, free: Booleans, yearly_kwh: float, *, southern: bool = False
) -> Floats:
    """Expected power in each slot [kW].

    Args:
        places: Slots, as calendar.places.
        free: Whether each slot's day is a day off.
        yearly_kwh: What the profile sums up to in a year [kWh].
        southern: Whether the house stands south of the equator.
    """
    return _shape(places, free, southern=southern) * yearly_kwh / _yearly_hours()


def _shape(places: Integers, free: Booleans, *, southern: bool) -> Floats:
    hours = (places % SLOTS_A_DAY + 0.5) / 4
    days = places // SLOTS_A_DAY
    unique, back = np.unique(days, return_inverse=True)
    of_year = np.array([dated(day).timetuple().tm_yday for day in unique], dtype=np.float64)[back]
    shift = _YEAR_DAYS / 2 if southern else 0.0
    season = np.cos(2 * np.pi * (of_year - _COLDEST - shift) / _YEAR_DAYS)
    working, resting = (_day(hours, humps, season) for humps in (_WORKING, _FREE))
    return np.where(free, resting, working) * (1 + _SWING * season)


def _day(hours: Floats, humps: tuple[tuple[float, float, float], ...], season: Floats) -> Floats:
    total = np.full_like(hours, _NIGHT)
    for centre, spread, height in humps:
        away = (hours - centre + 12) % 24 - 12
        follows = _EVENING_SWING * season if centre > 15 else 0.0  # noqa: PLR2004 (afternoon)
        total += height * (1 + follows) * np.exp(-0.5 * (away / spread) ** 2)
    return total


@cache
def _yearly_hours() -> float:
    """The shape's integral over a common year [h]."""
    days = np.arange(365, dtype=np.int64) + 20_089
    places = (days[:, None] * SLOTS_A_DAY + np.arange(SLOTS_A_DAY)).ravel()
    free = free_days(places // SLOTS_A_DAY, frozenset())
    return float(_shape(places, free, southern=False).sum() / 4)
