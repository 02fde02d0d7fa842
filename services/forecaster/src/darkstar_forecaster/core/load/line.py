"""A quantity by place, for what is not worth a table of days: temperature, flags."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from darkstar_forecaster.core.load.calendar import Integers, places
from darkstar_forecaster.core.load.grid import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Values from place `first` on; NaN is unknown."""

    first: int
    values: Floats

    def at(self, wanted: Integers) -> Floats:
        """Values at places; NaN where nothing is known."""
        index = wanted - self.first
        inside = (index >= 0) & (index < len(self.values))
        if not inside.any():
            return np.full(len(wanted), np.nan)
        return np.where(inside, self.values[np.where(inside, index, 0)], np.nan)

    def mean(self, start: int, end: int) -> float:
        """Of what is known from `start` to before `end`; NaN: nothing is."""
        values = self.values[max(0, start - self.first) : max(0, end - self.first)]
        known = values[np.isfinite(values)]
        return float(known.mean()) if len(known) else np.nan


NOTHING = Line(first=0, values=np.empty(0))


def line(table: pl.DataFrame, column: str, zone: ZoneInfo) -> Line:
    """`column` of a table with starts; of slots that share a place, the mean."""
    rows = table.select("start", value=pl.col(column).cast(pl.Float64)).drop_nulls()
    rows = rows.filter(pl.col("value").is_finite())
    if rows.is_empty():
        return NOTHING
    at = places(rows["start"], zone)
    first = int(at.min())
    count = np.bincount(at - first)
    total = np.bincount(at - first, weights=rows["value"].to_numpy())
    with np.errstate(invalid="ignore"):
        return Line(first=first, values=np.where(count > 0, total / count, np.nan))
