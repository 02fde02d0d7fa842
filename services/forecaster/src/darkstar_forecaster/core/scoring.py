"""How well forecasts did: errors, bias, pinball loss, coverage, and skill against naive ones.

The absolute error is that of p50 and the squared error and the bias are those of the mean,
since that is what each of the two is best at; where no mean is known, p50 stands for it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from darkstar_common.contract import ForecastScore, Quantity
from darkstar_forecaster.core.baselines import BASELINES, naive
from darkstar_forecaster.core.situation import TIME, Schema

ISSUED: Schema = {
    "start": TIME,
    "issued_at": TIME,
    "known_until": TIME,
    "mean": pl.Float64,
    "p10": pl.Float64,
    "p50": pl.Float64,
    "p90": pl.Float64,
}
"""Forecasts as they were issued, a row a slot; `known_until` is the end of what was known of
the quantity itself. A mean, p10 or p90 may be null."""
LEADS: Mapping[str, tuple[float, float]] = {
    "0-6": (0, 6), "6-12": (6, 12), "12-24": (12, 24), "24-48": (24, 48), "48-168": (48, 168),
}  # fmt: skip
"""Bands of the time from issue to the slot's start, half-open [h]."""
ALL = "all"
SEASONS = ("winter", "spring", "summer", "autumn")
"""Three months each, winter from December on."""
_DAY = timedelta(days=1)
_MOST_OF_A_DAY = 72
"""Of fewer slots than these the hours that are missing would tell more than the errors."""
_QUANTILES = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


@dataclass(frozen=True, slots=True, kw_only=True)
class Naive:
    """A naive forecast on the slots of which it knew something.

    Attributes:
        mae: mean absolute error.
        rmse: root of the mean squared error.
        skill: 1 - ours / its mean absolute error on the same slots; None where it never errs.
        rmse_skill: the same of the root of the mean squared error.
    """

    name: str
    slots: int
    mae: float
    rmse: float
    skill: float | None
    rmse_skill: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What can be said of some forecasts [kW, or currency/kWh of prices].

    Attributes:
        slots: that were compared.
        left_out: that were forecast, and what came is unknown or does not count.
        relative_bias: bias by the mean of what came; None where that is nothing.
        pinball: mean loss of p10, p50 and p90; those that are known.
        coverage: share between p10 and p90, of the slots in which there was anything to be
            told (no PV at night); None where there are none.
        naive: each naive forecast that knew anything.
    """

    slots: int
    left_out: int
    mae: float
    rmse: float
    bias: float
    relative_bias: float | None
    pinball: float
    coverage: float | None
    naive: tuple[Naive, ...]

    @property
    def best(self) -> Naive | None:
        """The naive forecast with the least absolute error."""
        return min(self.naive, key=lambda one: one.mae, default=None)


def judged(issued: pl.DataFrame, values: pl.DataFrame, zone: ZoneInfo) -> pl.DataFrame:
    """Forecasts beside what came and what naive ones would have said.

    Args:
        issued: as ISSUED.
        values: as baselines.TRUTH.
        zone: local time.

    Returns:
        `issued` with `mean` filled, `lead_hours`, `season`, `actual` and BASELINES.
    """
    month = pl.col("start").dt.convert_time_zone(zone.key).dt.month().cast(pl.Int64)
    lead = (pl.col("start") - pl.col("issued_at")).dt.total_seconds() / 3600
    actual = values.select("start", actual=pl.col("value")).unique("start", keep="last")
    return naive(
        issued.with_columns(
            mean=pl.coalesce("mean", "p50"),
            lead_hours=lead,
            season=(month % 12 // 3).replace_strict(
                dict(enumerate(SEASONS)), return_dtype=pl.String
            ),
        ),
        values,
        zone,
    ).join(actual, on="start", how="left", maintain_order="left")


def in_band(lead: str) -> pl.Expr:
    """Whether a judged row is of that band of LEADS; of all of them where it is `all`."""
    low, high = (0.0, 168.0) if lead == ALL else LEADS[lead]
    # what is issued within the slot that runs has no lead
    return (pl.col("lead_hours").clip(lower_bound=0.0) >= low) & (pl.col("lead_hours") < high)


def figures(rows: pl.DataFrame) -> Figures | None:
    """What can be said of judged rows; None where nothing can be compared."""
    known = rows.filter(pl.col("actual").is_not_null() & pl.col("p50").is_not_null())
    if known.is_empty():
        return None
    error = pl.col("mean") - pl.col("actual")
    told = known.select(
        mae=(pl.col("p50") - pl.col("actual")).abs().mean(),
        mse=(error**2).mean(),
        bias=error.mean(),
        actual=pl.col("actual").mean(),
        pinball=pl.mean_horizontal(_pinball(name, at).mean() for name, at in _QUANTILES.items()),
        coverage=_covered().mean(),
    ).row(0, named=True)
    return Figures(
        slots=known.height,
        left_out=rows.height - known.height,
        mae=told["mae"],
        rmse=math.sqrt(told["mse"]),
        bias=told["bias"],
        relative_bias=told["bias"] / told["actual"] if told["actual"] else None,
        pinball=told["pinball"],
        coverage=told["coverage"],
        naive=tuple(one for name in BASELINES if (one := _beside(known, name)) is not None),
    )


def last_day(rows: pl.DataFrame, until: datetime) -> Figures | None:
    """What can be said of the day up to `until`, where every naive forecast knew something.

    Args:
        rows: judged ones.
        until: the end of the day.

    Returns:
        None where less than three quarters of its slots can be compared.
    """
    compared = ("actual", "p50", *BASELINES)
    found = rows.filter(
        pl.col("start").is_between(until - _DAY, until, closed="left"),
        in_band(ALL),
        pl.all_horizontal(pl.col(one).is_not_null() for one in compared),
    )
    return figures(found) if found["start"].n_unique() >= _MOST_OF_A_DAY else None


def scores(quantity: Quantity, rows: pl.DataFrame) -> tuple[ForecastScore, ...]:
    """Scores of judged rows by lead time, and of all of them by season."""
    parts = [(lead, ALL, in_band(lead)) for lead in (*LEADS, ALL)]
    parts += [(ALL, one, in_band(ALL) & (pl.col("season") == one)) for one in SEASONS]
    found = ((lead, season, figures(rows.filter(part))) for lead, season, part in parts)
    return tuple(
        score(quantity, lead, season, one) for lead, season, one in found if one is not None
    )


def score(quantity: Quantity, lead: str, season: str, found: Figures) -> ForecastScore:
    """As it is published, against the best of the naive forecasts."""
    best = found.best
    return ForecastScore(
        quantity=quantity,
        lead=lead,
        season=season,
        slots=found.slots,
        mae=found.mae,
        bias=found.bias,
        pinball=found.pinball,
        coverage=found.coverage,
        baseline=best.name if best else "",
        baseline_mae=best.mae if best else None,
        skill=best.skill if best else None,
    )


def _pinball(name: str, level: float) -> pl.Expr:
    """Pinball loss: what is above a quantile costs `level`, what is below 1 - `level`."""
    error = pl.col("actual") - pl.col(name)
    return pl.max_horizontal(error * level, error * (level - 1))


def _covered() -> pl.Expr:
    """Whether it came between p10 and p90; null where nothing was to be told, or nothing was."""
    silent = pl.all_horizontal((pl.col(one) == 0) for one in ("p10", "p90", "actual"))
    within = (pl.col("p10") <= pl.col("actual")) & (pl.col("actual") <= pl.col("p90"))
    return pl.when(~silent).then(within)


def _beside(known: pl.DataFrame, name: str) -> Naive | None:
    rows = known.filter(pl.col(name).is_not_null())
    if rows.is_empty():
        return None
    errors: dict[str, Any] = rows.select(
        mae=(pl.col(name) - pl.col("actual")).abs().mean(),
        mse=((pl.col(name) - pl.col("actual")) ** 2).mean(),
        our_mae=(pl.col("p50") - pl.col("actual")).abs().mean(),
        our_mse=((pl.col("mean") - pl.col("actual")) ** 2).mean(),
    ).row(0, named=True)
    rmse = math.sqrt(errors["mse"])
    return Naive(
        name=name,
        slots=rows.height,
        mae=errors["mae"],
        rmse=rmse,
        skill=1 - errors["our_mae"] / errors["mae"] if errors["mae"] else None,
        rmse_skill=1 - math.sqrt(errors["our_mse"]) / rmse if rmse else None,
    )
