"""What the last days tell of the coming ones: how they were, and how the panels drift."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from darkstar_common.config.forecasting import Location
from darkstar_forecaster.core.pv import physics
from darkstar_forecaster.core.pv.roof import frame_days
from darkstar_forecaster.core.pv.seen import Seen
from darkstar_forecaster.core.pv.sky import Floats

_LEAD: Final = 6.0
"""Weather that is kept of the past was forecast so long before, in the mean [h]."""
_DRIFT_DAYS = 14
"""The slow change of the panels' level is that of so many days [days]."""
_DRIFT_TRUST = 8.0
"""It counts half after so many hours at full power [h]."""
_DRIFTS = (0.6, 1.4)
"""Its bounds."""
_SOLAR_EVENING = 4.0
"""So long before solar midnight a day is complete [h]."""


def known_day(moments: pl.Series, where: Location) -> Floats:
    """The first solar day that is not complete at each of these moments."""
    later = moments.dt.offset_by(f"{int(_SOLAR_EVENING * 60)}m")
    return frame_days(later, where.longitude)


def recent(of: Seen) -> pl.DataFrame:
    """What the days before each day tell of it.

    Returns:
        Columns `day`; `recent` and `lately`, what the panels gave of the expected in the
        seven and two days before; `yesterday`, what they gave of a clear sky's power;
        `drift`, the first over more days and drawn towards 1, which follows dirt and seasons.
    """
    clear = due = np.full(len(of.fit), np.nan)
    if of.roof:
        clear = of.roof.power(of.scene.over, of.scene.over.clear, of.scene.around)
        due = physics.mean(*physics.around(of.roof, of.scene, np.full(len(of.fit), _LEAD)))
    daily = (
        of.past.select("day", "pv_kw")
        .with_columns(expected=pl.Series(due), clear=pl.Series(clear))
        .filter(pl.Series(of.fit & np.isfinite(due)))
        .group_by("day")
        .agg(pl.col("pv_kw", "expected", "clear").sum())
    )
    if daily.is_empty():
        names = ("day", "recent", "lately", "yesterday", "drift")
        return pl.DataFrame(schema=dict.fromkeys(names, pl.Float64))
    first, last = int(daily["day"].min() or 0), int(daily["day"].max() or 0)  # type: ignore[arg-type]
    every = pl.DataFrame({"day": np.arange(first, last + 9, dtype=np.float64)})
    rows = every.join(daily, on="day", how="left").sort("day").fill_null(0.0)

    def share(of_days: int, of_what: str, drawn: float = 0.0) -> pl.Expr:
        given, due = (
            pl.col(name).shift(1).rolling_sum(of_days, min_samples=1) for name in ("pv_kw", of_what)
        )
        return pl.when(due > 0).then((given + drawn) / (due + drawn))

    trust = _DRIFT_TRUST * 4 * (of.roof.clear_power_kw if of.roof else 0.0)
    return rows.select(
        "day",
        recent=share(7, "expected"),
        lately=share(2, "expected"),
        yesterday=share(1, "clear"),
        drift=share(_DRIFT_DAYS, "expected", trust).fill_null(1.0).clip(*_DRIFTS),
    )
