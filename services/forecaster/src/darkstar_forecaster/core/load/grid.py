"""The past load as a table of local days by times of day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

from darkstar_forecaster.core.load.calendar import SLOTS_A_DAY, Booleans, Integers, places

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """What was used when.

    Attributes:
        first: day of row 0, as in calendar.
        end: place of the first slot that is not past.
        kw: mean power [kW], shape (days, 96); NaN is unknown.
        away: shape (days,): whether most of what is known of a day was vacation.
    """

    first: int
    end: int
    kw: Floats
    away: Booleans

    @property
    def days(self) -> Integers:
        """Day of each row."""
        return np.arange(self.first, self.first + len(self.kw), dtype=np.int64)

    @property
    def known_days(self) -> float:
        """How many days' worth of slots are known [days]."""
        return float(np.isfinite(self.kw).sum()) / SLOTS_A_DAY

    @property
    def last(self) -> int:
        """Place of the newest slot that is known."""
        return self.first * SLOTS_A_DAY + int(np.flatnonzero(np.isfinite(self.kw.ravel()))[-1])

    def until(self, end: int) -> Grid:
        """As it was known when the slot at `end` began."""
        rows = min(len(self.kw), -(-(end - self.first * SLOTS_A_DAY) // SLOTS_A_DAY))
        kw = self.kw[:rows].copy()
        kw.ravel()[max(0, end - self.first * SLOTS_A_DAY) :] = np.nan
        return replace(self, end=min(end, self.end), kw=kw, away=self.away[:rows])

    def at(self, wanted: Integers) -> Floats:
        """Power at places [kW]; NaN before the first and after the last day."""
        flat = self.kw.ravel()
        index = wanted - self.first * SLOTS_A_DAY
        inside = (index >= 0) & (index < len(flat))
        return np.where(inside, flat[np.where(inside, index, 0)], np.nan)


def gridded(past: pl.DataFrame, end: int, zone: ZoneInfo) -> Grid | None:
    """The slots of `past` (as situation.PAST) that may be learned from.

    Args:
        past: Closed slots.
        end: Place of the first slot that is not past.
        zone: Local time.

    Returns:
        The table; None where nothing is known.
    """
    fit = past.filter(pl.col("load_kw").is_finite() & pl.col("fit").fill_null(value=True))
    if fit.is_empty():
        return None
    at = places(fit["start"], zone)
    first = int(at.min()) // SLOTS_A_DAY
    rows = max(end - 1, int(at.max())) // SLOTS_A_DAY - first + 1
    index = at - first * SLOTS_A_DAY
    size = rows * SLOTS_A_DAY
    count = np.bincount(index, minlength=size)
    total = np.bincount(index, weights=np.maximum(fit["load_kw"].to_numpy(), 0.0), minlength=size)
    gone = np.bincount(
        index, weights=fit["vacation"].fill_null(value=False).to_numpy(), minlength=size
    )
    daily = count.reshape(rows, SLOTS_A_DAY).sum(axis=1)
    with np.errstate(invalid="ignore"):
        kw = np.where(count > 0, total / count, np.nan).reshape(rows, SLOTS_A_DAY)
    away = gone.reshape(rows, SLOTS_A_DAY).sum(axis=1) * 2 > np.maximum(daily, 1)
    return Grid(first=first, end=end, kw=kw, away=away)
