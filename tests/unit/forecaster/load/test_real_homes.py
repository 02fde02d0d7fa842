"""The load of two real homes, each day forecast from its midnight with what lay before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from bench.forecaster_load import FRENCH, SWEDISH, judged, told
from bench.planner_days import REAL

from darkstar_forecaster.core.load.method import Load
from darkstar_forecaster.core.scoring import figures

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not (REAL / FRENCH.file).exists(), reason=f"{REAL} is not there"),
]
QUICK = Load(rounds=30)
"""The real one has five times as many rounds."""


HOMES = {one.file: replace(one, retrain=timedelta(days=30)) for one in (FRENCH, SWEDISH)}


@cache
def measured(file: str) -> Mapping[str, float]:
    return told(figures(judged(HOMES[file], REAL, QUICK)))


def test_the_french_home_is_a_fifth_under_the_last_day() -> None:
    found = measured(FRENCH.file)
    assert found["rows"] == 14 * 48
    assert found["rmse_of_last_day_share"] < 0.735


def test_the_french_home_is_a_tenth_under_the_mean_of_seven_days() -> None:
    assert measured(FRENCH.file)["rmse_of_week_mean_share"] < 0.9


@pytest.mark.parametrize("file", HOMES)
def test_four_fifths_lie_within_the_band(file: str) -> None:
    assert 0.75 < measured(file)["coverage_share"] < 0.85


def test_the_swedish_home_is_better_than_every_naive_forecast() -> None:
    found = measured(SWEDISH.file)
    assert found["rows"] == 30 * 24
    assert found["mae_skill_over_best_naive"] > 0.07
    assert found["pinball_skill_over_best_naive"] > 0.35
    assert found["rmse_of_week_mean_share"] < 1
