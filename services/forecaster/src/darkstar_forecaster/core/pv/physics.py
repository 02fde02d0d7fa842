"""PV ahead without trees: what the roof gives under the forecast sky, and around it.

p10 and p90 are what it gives when the sky is as much darker or brighter as forecasts are
wrong at that lead time, and the panels are off by what is not known of them. Where no weather
is known, the clearness of the past days stands in for it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from darkstar_forecaster.core.pv import errors
from darkstar_forecaster.core.pv.roof import Roof
from darkstar_forecaster.core.pv.seen import Scene, Seen
from darkstar_forecaster.core.pv.sky import Floats, clearness, under

TENTH: Final = 1.2816
"""So many standard errors away lies a tenth of all [1]."""
DOUBT: Final = {"infant": 0.4, "statistician": 0.3, "graduate": 0.25}
"""How far the panels may be off, by how much was seen of them."""
ANY_SKY: Final = (0.15, 0.55, 0.95)
"""Share of a clear sky's power in a place whose weather nobody knows: p10, p50, p90."""
_SWANSON = (0.3, 0.4, 0.3)
"""Weights of p10, p50 and p90 in the mean: Keefer and Bodily, "Three-point approximations for
continuous random variables", Management Science 29 (1983)."""
_RECENT_DAYS = 14
_FEWEST = 40


def around(roof: Roof, of: Scene, lead_hours: Floats) -> tuple[Floats, Floats, Floats]:
    """Power under a sky a tenth of all are darker than, as forecast, and brighter than [kW].

    NaN where the light is unknown.
    """
    middle = roof.power(of.over, of.lit, of.around)
    share = clearness(of.lit.whole, of.over)
    away = TENTH * errors.size(lead_hours)
    dark, bright = (
        roof.power(of.over, under(errors.mistaken(share, sign * away), of.over), of.around)
        for sign in (-1, 1)
    )
    # where the sun is too low for a clearness there is no other light than the forecast one
    low, high = (np.where(np.isnan(one), middle, one) for one in (dark, bright))
    return np.minimum(low, middle), middle, np.maximum(high, middle)


def mean(low: Floats, middle: Floats, high: Floats) -> Floats:
    """The expected value of what has these p10, p50 and p90."""
    parts = zip(_SWANSON, (low, middle, high), strict=True)
    return np.asarray(sum(weight * one for weight, one in parts))


def foretold(roof: Roof, of: Scene, lead_hours: Floats, level: str) -> pl.DataFrame:
    """Columns mean, p10, p50 and p90 [kW]; NaN where the light is unknown."""
    low, middle, high = around(roof, of, lead_hours)
    doubt = DOUBT[level]
    expected = mean(low, middle, high)
    dim, sure = 1 - doubt, 1 + doubt
    return banded(low * dim, expected, high * sure, roof.most_kw)


def by_clearness(clear_kw: Floats, shares: tuple[float, float, float], most: float) -> pl.DataFrame:
    """The same where no weather is known, from a clear sky's power [kW]."""
    low, middle, high = (clear_kw * one for one in shares)
    return banded(low, middle, high, most)


def recent_shares(past: Seen, clear_kw: Floats) -> tuple[float, float, float]:
    """p10, p50 and p90 of what the last days gave of a clear sky's power."""
    day = past.past["day"].to_numpy()
    given = past.past["pv_kw"].fill_null(float("nan")).to_numpy()
    counted = past.fit & (clear_kw > 0.1 * np.nanmax(clear_kw, initial=0.0))
    if not counted.any():
        return ANY_SKY
    late = counted & (day > day[counted].max() - _RECENT_DAYS)
    if late.sum() < _FEWEST:
        return ANY_SKY
    low, middle, high = np.quantile(given[late] / clear_kw[late], (0.1, 0.5, 0.9))
    return float(low), float(middle), float(high)


def banded(low: Floats, middle: Floats, high: Floats, most: float) -> pl.DataFrame:
    """In order, not below zero, not above the most, and the mean that belongs to them."""
    p50 = np.clip(middle, 0.0, most)
    p10 = np.clip(np.minimum(low, p50), 0.0, most)
    p90 = np.clip(np.maximum(high, p50), 0.0, most)
    return pl.DataFrame({"mean": mean(p10, p50, p90), "p10": p10, "p50": p50, "p90": p90})
