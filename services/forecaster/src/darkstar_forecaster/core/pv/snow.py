"""Snow on the panels: seen in what they fail to give, gone when it thaws."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from darkstar_forecaster.core.pv.seen import Scene, Seen
from darkstar_forecaster.core.pv.truth import DARK_DAY, Flags

THAW_C: Final = 1.0
"""Above this temperature snow slides off [°C]."""
THAW_HOURS: Final = 3.0
"""After so many hours of thaw the panels are free [h]."""
_COLD_C = 3.0
"""On a day whose mean is warmer no snow is suspected [°C]."""
_LOOK_BACK = 48
"""Evidence are the last daylight slots, so many of them."""
_DUE_HOURS = 0.5
"""So many hours at full power must have been due in them [h]."""
LET_THROUGH: Final = (0.0, 0.05, 0.5)
"""Share of the forecast that covered panels give: p10, p50, p90."""
NOTE: Final = (
    "snow seems to lie on the panels: they give next to nothing of what is due; the forecast "
    "stays low until it thaws or they give something again"
)


def lies(past: Seen) -> bool:
    """Whether the last daylight shows panels under snow.

    They gave next to nothing of what was due, although the weather says it is cold.
    """
    rows = past.past.select("pv_kw").with_columns(
        expected=pl.Series(past.expected).fill_nan(None),
        temperature=pl.Series(past.scene.around.temperature).fill_nan(None),
    )
    late = rows.drop_nulls().filter(pl.col("expected") > 0).tail(_LOOK_BACK)
    if past.roof is None or late.is_empty():
        return False
    given, due = (float(late[name].sum()) for name in ("pv_kw", "expected"))
    warmth = late["temperature"].to_numpy().mean()
    bright = due / 4 > _DUE_HOURS * past.roof.clear_power_kw
    return bool(bright and given < DARK_DAY * due and warmth < _COLD_C)


def covered(of: Scene) -> Flags:
    """Which of the coming slots find the snow still there: all until it has thawed."""
    warm = np.nan_to_num(of.around.temperature, nan=-99.0) > THAW_C
    return np.asarray(np.cumsum(warm) / 4 < THAW_HOURS)


def dimmed(ahead: pl.DataFrame, where: Flags) -> pl.DataFrame:
    """A forecast with the covered slots at what snow lets through."""
    low, middle, high = LET_THROUGH
    under = pl.Series(where)
    return ahead.with_columns(
        pl.when(under).then(pl.col(name) * share).otherwise(pl.col(name)).alias(name)
        for name, share in (("p10", low), ("mean", middle), ("p50", middle), ("p90", high))
    )
