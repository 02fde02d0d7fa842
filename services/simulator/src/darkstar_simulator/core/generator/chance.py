"""Random numbers by day, and weather that lasts longer than a day."""

from __future__ import annotations

from datetime import date, timedelta
from enum import IntEnum

import numpy as np

_MEMORY_DAYS = 8
_PERSISTENCE = 0.6


class Stream(IntEnum):
    """What the numbers are for; streams of one seed are independent."""

    SKY = 1
    CLOUDS = 2
    LOAD = 3
    APPLIANCES = 4
    PRICE_LEVEL = 5
    WIND = 6
    PRICE = 7


def dice(seed: int, stream: Stream, day: date) -> np.random.Generator:
    """The random numbers of `day`, the same whenever they are asked for."""
    return np.random.default_rng([seed, int(stream), day.toordinal()])


def spell(seed: int, stream: Stream, day: date) -> float:
    """A standard normal number for `day` that is like yesterday's (autocorrelation 0.6).

    A moving average with geometric weights over the days before, which needs no start value.
    """
    weights = _PERSISTENCE ** np.arange(_MEMORY_DAYS)
    draws = [
        dice(seed, stream, day - timedelta(days=back)).standard_normal()
        for back in range(_MEMORY_DAYS)
    ]
    return float(weights @ draws / np.sqrt(weights @ weights))


def wandering(generator: np.random.Generator, count: int, persistence: float) -> np.ndarray:
    """A stationary AR(1) series of `count` standard normal numbers."""
    shocks = generator.standard_normal(count) * np.sqrt(1 - persistence**2)
    values = np.empty(count)
    value = generator.standard_normal()
    for number, shock in enumerate(shocks):
        value = persistence * value + shock
        values[number] = value
    return values
