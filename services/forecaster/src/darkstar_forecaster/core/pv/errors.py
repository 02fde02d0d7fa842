"""How wrong forecasts of irradiance are, by how far they look ahead.

The share of the clear sky's light (`clearness`) that a forecast expects is off by a figure
that lasts some hours and grows with lead time. Its size is that of numerical weather models
for single places in central Europe, 25 to 35 % of the mean irradiance for the day ahead by
the hour: Perez et al., "Comparison of numerical weather prediction solar irradiance
forecasts in the US, Canada and Europe", Solar Energy 94 (2013).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from darkstar_forecaster.core.pv.sky import Floats

AT_ONCE, AT_LAST, GROWTH_HOURS = 0.14, 0.28, 72.0
"""Standard error of the clearness at no lead and at a very long one, and how fast it grows."""
LASTS_HOURS: Final = 4.0
"""An error has faded to a third after so long."""
LEAST, MOST = 0.04, 1.1
"""Bounds of a clearness."""
_FORGOTTEN = 5.0
"""What came so many fadings before no longer counts."""


def size(lead_hours: Floats) -> Floats:
    """Standard error of a forecast clearness."""
    grown = 1 - np.exp(-np.maximum(lead_hours, 0.0) / GROWTH_HOURS)
    return np.asarray(AT_ONCE + (AT_LAST - AT_ONCE) * grown)


def drift(count: int, step_hours: float, generator: np.random.Generator) -> Floats:
    """Standard normal figures that change slowly: a first-order autoregression."""
    kept = float(np.exp(-step_hours / LASTS_HOURS))
    memory = kept ** np.arange(math.ceil(_FORGOTTEN / -math.log(kept)))
    shocks = generator.standard_normal(count + len(memory) - 1)
    return np.asarray(np.convolve(shocks, memory / np.linalg.norm(memory), mode="valid"))


def mistaken(clearness: Floats, error: Floats) -> Floats:
    """A clearness that is off by `error`, within bounds."""
    return np.clip(clearness + error, LEAST, MOST)
