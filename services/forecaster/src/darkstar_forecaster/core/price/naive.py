"""What prices are without a model: the last day and the last week, half and half.

`states` has the expected price; here is how far it may be off, counted on the days before.
"""

from __future__ import annotations

import polars as pl

from darkstar_forecaster.core.conformal import Widening, widened, widening
from darkstar_forecaster.core.price.features import LEADS

MAKER = "recent-days-1"
"""Version of the naive forecast."""
COUNTED_DAYS = 90
"""Days from which its errors are counted."""
_FEWEST_DAYS = 14
_TYPICAL = (1.64, 1.91, 2.05, 2.05, 2.09, 2.08, 2.08)
"""Half the band that held four fifths of SE4's prices of 2022 to 2024 by days ahead [units], for
as long as this market's own errors are not known."""


def naive(rows: pl.DataFrame, past: pl.DataFrame) -> pl.DataFrame:
    """`rows` with mean, p10, p50 and p90 [currency/kWh].

    Args:
        rows: as features.ahead.
        past: rows of days before, as features.ahead, with what came.
    """
    told = past.drop_nulls(["actual", "naive"])
    flat = pl.col("naive")
    counted = told["day"].n_unique() >= _FEWEST_DAYS
    how = (
        widening(told.with_columns(p10=flat, p90=flat), "actual", by="lead", scale="unit")
        if counted
        else _typical()
    )
    plain = rows.with_columns(mean=flat, p10=flat, p50=flat, p90=flat)
    return widened(plain, how)


def _typical() -> Widening:
    last = _TYPICAL[-1]
    return Widening(
        by="lead",
        scale="unit",
        rest=(last, last),
        groups={lead: (_TYPICAL[lead - 1],) * 2 for lead in range(1, LEADS + 1)},
    )
