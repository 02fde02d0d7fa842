"""A clear sky's power from the past alone, for roofs of which neither file nor weather tells.

The most that each time of day has given of the irradiance of a clear sky, within some weeks.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from darkstar_forecaster.core.pv.seen import Seen
from darkstar_forecaster.core.pv.sky import Floats, Sky

_DAYS = 30
_CLEAR = 0.9
"""This quantile of what a time of day gave counts as of a clear sky."""
_FEWEST_DAYS = 4
_LOW_SUN = 30.0
"""Below this irradiance of a clear sky the neighbouring times of day tell [W/m²]."""


def clear_power(past: Seen, starts: pl.Series, over: Sky) -> Floats | None:
    """Power under a clear sky in other slots [kW]; None where too little was seen."""
    rows = past.past.select("start", "day", "pv_kw").with_columns(
        clear=pl.Series(past.scene.over.clear.whole), fit=pl.Series(past.fit)
    )
    high = rows.filter(pl.col("fit") & (pl.col("clear") > _LOW_SUN))
    if high["day"].n_unique() < _FEWEST_DAYS:
        return None
    slot = _slot_of_day(high["start"])
    late = high.with_columns(slot=slot, share=pl.col("pv_kw") / pl.col("clear")).filter(
        pl.col("day") > pl.col("day").max() - _DAYS
    )
    best = (
        late.group_by("slot").agg(pl.col("share").quantile(_CLEAR, interpolation="nearest"))
    ).sort("slot")
    shares = np.interp(
        _slot_of_day(starts).to_numpy(),
        best["slot"].to_numpy(),
        best["share"].to_numpy(),
        period=96.0,
    )
    return np.asarray(np.where(over.night, 0.0, shares * over.clear.whole))


def _slot_of_day(starts: pl.Series) -> pl.Series:
    return (starts.dt.hour().cast(pl.Int32) * 4 + starts.dt.minute() // 15).cast(pl.Float64)
