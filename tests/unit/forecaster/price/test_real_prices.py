"""The price forecast on a real market: SE4 in 2024, now and then.

So few days cannot tell it from the naive forecast, which is 8 % worse over all of the year;
the bench has every day.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import polars as pl
import pytest
from bench.forecaster_prices import FILE, archive, by_day, rolled
from bench.planner_days import REAL

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not (REAL / FILE).exists(), reason=f"{REAL / FILE} is not there"),
]
ORIGINS = [date(2024, 1, 20) + number * timedelta(days=11) for number in range(22)]
SINCE = date(2023, 3, 1)
"""Most of a year is learned from, once; the second makes the forecast a little better, and slow."""


@cache
def issued() -> pl.DataFrame:
    whole = archive(REAL / FILE)
    recent = pl.col("start").dt.date() >= SINCE
    known = type(whole)(past=whole.past, weather=whole.weather, spots=whole.spots.filter(recent))
    return rolled(known, ORIGINS, retrain=timedelta(days=1000), days_ahead=(2, 4, 6))


def test_day_2_is_at_least_15_percent_better_than_the_same_hour_last_week() -> None:
    figures = by_day(issued()).row(0, named=True)
    assert figures["day_ahead"] == 2
    assert figures["mae_p50"] <= 0.85 * figures["mae_last_week"]


def test_later_days_are_better_than_the_same_hour_last_week_as_well() -> None:
    figures = by_day(issued())
    assert figures["mae_p50"].mean() < 0.9 * figures["mae_last_week"].mean()  # type: ignore[operator]


def test_four_fifths_of_the_prices_are_within_the_band() -> None:
    inside = issued()["actual"].is_between(issued()["p10"], issued()["p90"]).mean()
    assert inside == pytest.approx(0.8, abs=0.05)


def test_negative_prices_are_foreseen_more_often_where_they_come() -> None:
    """SE4 had 7 % of them in 2024."""
    rows = issued().with_columns(below=pl.col("actual") < 0)
    share = rows.group_by("below").agg((pl.col("p10") < 0).mean()).sort("below")["p10"]
    assert share[1] > 0.5
    assert share[1] > 1.5 * share[0]
