"""Forecasts that are too high or too low all the time: their sums beside what came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Literal

import polars as pl

from darkstar_common.contract import Learned
from darkstar_common.slots import SLOT_HOURS
from darkstar_forecaster.core.reflex.observed import Evidence, Look, mean_kw

DAYS = 14
DEAD_BAND = 0.03
"""A factor that is off by less stays: one and a half steps, so that none passes its aim."""
SURE = 2.0
"""Standard errors by which it must be off."""
LEAST_DAYS = 7
LEAST = {"pv_factor": 100, "load_factor": 400}
"""Slots that are compared at least."""
_MOST_TOGETHER = 0.6
_DAYLIGHT_KW = 0.05
_LEAST_KWH = 1.0
_FULL_PERCENT = 97.0
_NO_EXPORT_KWH = 0.0125
_NEAR_LIMIT = 0.97


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """What came over what was forecast with a factor of 1.

    Attributes:
        error: Its standard error.
        slots: Compared.
        days: Compared.
    """

    value: float
    error: float
    slots: int
    days: int

    def speaks_against(self, factor: float) -> bool:
        """Whether it is surely another than `factor`."""
        off = abs(self.value - factor)
        return off > DEAD_BAND and off > SURE * self.error


def pv_factor(look: Look) -> Evidence | None:
    """What PV forecasts should be multiplied with, where that is surely not what it is."""
    return _evidence(look, "pv_factor", ratio(look, "pv_factor"))


def load_bias(look: Look) -> Evidence | None:
    """The same of the base load."""
    return _evidence(look, "load_factor", ratio(look, "load_factor"))


def ratio(look: Look, parameter: Literal["pv_factor", "load_factor"]) -> Ratio | None:
    """What came over what was forecast; None where too little is known.

    A forecast is counted without the factor that was in force when it was issued: with
    it, a factor that has just changed would be changed again for two weeks.
    """
    known = _sunny(look) if parameter == "pv_factor" else _at_home(look)
    forecast = look.pv if parameter == "pv_factor" else look.load
    both = known.join(forecast, on="start").filter(pl.col("issued_at") < pl.col("start"))
    current = look.current(parameter)
    factors = [
        look.learnings.value_at(parameter, issued, current=current) for issued in both["issued_at"]
    ]
    both = both.with_columns(
        (pl.col("expected_kw") / pl.Series(factors, dtype=pl.Float64)).alias("raw_kw")
    )
    if parameter == "pv_factor":
        both = both.filter(pl.max_horizontal("raw_kw", "actual_kw") > _DAYLIGHT_KW)
    return _ratio(both, least=LEAST[parameter], zone=look.config.timezone)


def _sunny(look: Look) -> pl.DataFrame:
    """Slots whose PV was surely not cut off: what the sun would have given is not known then."""
    config, limit = look.config, look.config.grid.max_export_kw
    full = pl.col("soc_end").fill_null(0.0) >= _FULL_PERCENT
    silent = pl.col("export_kwh").fill_null(0.0) < _NO_EXPORT_KWH
    cut = full & silent if config.battery is not None else pl.lit(limit <= 0)
    if limit > 0:
        cut |= mean_kw("export_kwh").fill_null(0.0) >= _NEAR_LIMIT * limit
    unpaid = pl.col("export_per_kwh").fill_null(1.0) <= 0
    return (
        look.since(DAYS)
        .filter(~(cut | unpaid))
        .select("start", mean_kw("pv_kwh").alias("actual_kw"))
        .drop_nulls()
    )


def _at_home(look: Look) -> pl.DataFrame:
    """Slots with somebody at home: a forecast from before they left knows nothing of it."""
    return (
        look.since(DAYS)
        .filter(~pl.col("away"))
        .select("start", mean_kw("base_kwh").alias("actual_kw"))
        .drop_nulls()
    )


def _ratio(both: pl.DataFrame, *, least: int, zone: str) -> Ratio | None:
    daily = (
        both.group_by(pl.col("start").dt.convert_time_zone(zone).dt.date().alias("day"))
        .agg(pl.col("actual_kw").sum(), pl.col("raw_kw").sum())
        .sort("day")
    )
    forecast = float(daily["raw_kw"].sum()) * SLOT_HOURS
    if both.height < least or daily.height < LEAST_DAYS or forecast < _LEAST_KWH:
        return None
    value = float(daily["actual_kw"].sum()) * SLOT_HOURS / forecast
    left = (daily["actual_kw"] - value * daily["raw_kw"]).to_list()
    return Ratio(value=value, error=_spread(left) / forecast, slots=both.height, days=daily.height)


def _spread(left: Sequence[float]) -> float:
    """Standard deviation of the sum of `left`, which is in kW × slots by day [kWh].

    Days err together: a cold week is a week. The variance of a sum whose parts pass r of
    their error on to the next is (1 + r) ÷ (1 − r) times that of independent ones.
    """
    count, squares = len(left), sum(one * one for one in left)
    if squares <= 0:
        return 0.0
    passed_on = sum(before * after for before, after in pairwise(left)) / squares
    together = min(_MOST_TOGETHER, max(0.0, passed_on))
    variance = squares * count / (count - 1) * (1 + together) / (1 - together)
    return SLOT_HOURS * sqrt(variance)


def _evidence(look: Look, parameter: Learned, found: Ratio | None) -> Evidence | None:
    if found is None or not found.speaks_against(look.current(parameter)):
        return None
    what = "PV" if parameter == "pv_factor" else "load"
    share = 100 * (1 / found.value - 1) if found.value > 0 else float("inf")
    off = f"{abs(share):.0f} % too {'high' if share > 0 else 'low'}"
    if found.value <= 0:
        off = "for what did not come at all"
    return Evidence(
        parameter=parameter,
        wanted=found.value,
        samples=found.slots,
        sentence=f"{what} forecasts of a day ahead were {off} over {found.days} days, "
        "the factor left out",
        figures={
            "ratio": round(found.value, 4),
            "standard_error": round(found.error, 4),
            "days": float(found.days),
        },
    )
