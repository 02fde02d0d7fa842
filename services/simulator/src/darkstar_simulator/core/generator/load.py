"""A household's base load: standing consumption, daily habits, season, and appliances in bursts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from darkstar_simulator.core.generator.chance import Stream, dice, wandering

_DAYS_PER_YEAR = 365.2425
_SEASON = 0.25
_APPLIANCE_SHARE = 0.35
_SATURDAY = 5
_SPREAD = 0.18
_WEEKDAY = (
    0.62, 0.58, 0.56, 0.55, 0.57, 0.72, 1.15, 1.35, 1.05, 0.85, 0.80, 0.82,
    0.88, 0.82, 0.80, 0.90, 1.15, 1.50, 1.65, 1.60, 1.50, 1.35, 1.05, 0.78,
)  # fmt: skip
_WEEKEND = (
    0.68, 0.62, 0.58, 0.56, 0.56, 0.60, 0.72, 0.90, 1.15, 1.30, 1.32, 1.30,
    1.32, 1.25, 1.15, 1.15, 1.25, 1.45, 1.55, 1.50, 1.40, 1.30, 1.10, 0.85,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Appliance:
    """Something that runs now and then.

    Attributes:
        kwh: energy of one run [kWh], before scaling to the household.
        quarters: how long a run takes [slots].
        runs_per_day: mean number.
        first_hour, last_hour: when it is started, local time [h].
    """

    kwh: float
    quarters: int
    runs_per_day: float
    first_hour: int
    last_hour: int


_APPLIANCES = (
    Appliance(kwh=0.9, quarters=3, runs_per_day=1.0, first_hour=16, last_hour=19),
    Appliance(kwh=0.4, quarters=2, runs_per_day=0.8, first_hour=7, last_hour=12),
    Appliance(kwh=1.0, quarters=6, runs_per_day=0.8, first_hour=18, last_hour=22),
    Appliance(kwh=0.9, quarters=5, runs_per_day=0.6, first_hour=8, last_hour=20),
    Appliance(kwh=2.0, quarters=4, runs_per_day=0.4, first_hour=10, last_hour=21),
    Appliance(kwh=0.15, quarters=1, runs_per_day=3.0, first_hour=6, last_hour=22),
)


def day_load_kwh(
    day: date, starts: Sequence[datetime], *, seed: int, timezone: ZoneInfo, yearly_kwh: float
) -> np.ndarray:
    """The base load in each slot of one local day [kWh].

    Args:
        day: the local day.
        starts: its slots (92, 96 or 100).
        seed: the household.
        timezone: where it lives.
        yearly_kwh: what it uses in a mean year without the water heater [kWh].
    """
    season = 1 + _SEASON * math.cos(2 * math.pi * (day.timetuple().tm_yday - 15) / _DAYS_PER_YEAR)
    mean_kwh = yearly_kwh / _DAYS_PER_YEAR * season
    habit = _WEEKEND if day.weekday() >= _SATURDAY else _WEEKDAY
    shape = np.array([habit[start.astimezone(timezone).hour] for start in starts])
    noise = _SPREAD * wandering(dice(seed, Stream.LOAD, day), len(starts), 0.8)
    steady = shape / 24 / 4 / np.mean(habit) * np.exp(noise - _SPREAD**2 / 2)
    bursts = _bursts(day, len(starts), seed)
    return mean_kwh * ((1 - _APPLIANCE_SHARE) * steady + _APPLIANCE_SHARE * bursts)


def _bursts(day: date, count: int, seed: int) -> np.ndarray:
    """What the appliances use in each slot, as a share of their mean daily energy."""
    generator = dice(seed, Stream.APPLIANCES, day)
    used = np.zeros(count)
    for one in _APPLIANCES:
        for _ in range(int(generator.poisson(one.runs_per_day))):
            first = int(generator.integers(one.first_hour * 4, one.last_hour * 4))
            size = one.kwh * generator.uniform(0.8, 1.2)
            used[first : first + one.quarters] += size / one.quarters
    return used / sum(one.kwh * one.runs_per_day for one in _APPLIANCES)
