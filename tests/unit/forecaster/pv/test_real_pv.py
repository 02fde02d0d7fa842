"""The PV forecast on a real roof, with one training; the bench has more of them."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import pytest
from bench.forecaster_pv import DAYS, FILE, LAST, archive, figures, rolled
from bench.planner_days import REAL

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not (REAL / FILE).exists(), reason=f"{REAL / FILE} is not there"),
]


@cache
def found() -> dict[str, float]:
    days = [LAST - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    return figures(rolled(archive(REAL / FILE, seed=2), days, retrain=timedelta(days=99)))


def test_the_day_ahead_is_better_than_the_best_naive_forecast() -> None:
    assert found()["pv_skill_by_mae"] > 0.15
    assert found()["pv_skill_by_rmse"] > 0.15


def test_four_of_five_hours_lie_within_the_band() -> None:
    assert 0.75 <= found()["pv_coverage_share"] <= 0.88


def test_as_much_is_foretold_as_comes() -> None:
    assert abs(found()["pv_bias_share"]) < 0.08
