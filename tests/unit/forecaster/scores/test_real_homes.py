"""What naive forecasts do on real homes: the bars that forecasts are held against."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from support.faulty_meters import REAL
from unit.forecaster.scores.nosy import Nosy

from darkstar_common.config import Config
from darkstar_forecaster.core.backtest import Course
from darkstar_forecaster.tools.archive import read_archive
from darkstar_forecaster.tools.backtest import origins, outcome

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not REAL.exists(), reason=f"{REAL} is not there"),
]
DAY = timedelta(days=1)


def naive_rmse(file: str, zone: str, days: int) -> dict[str, float]:
    """Of the load, day by day from local midnight, in the file's own rows [kW]."""
    config = Config.model_validate({"timezone": zone})
    told = read_archive(REAL / file, config)
    course = Course(origins=origins(told, days, time(), config), horizon=DAY, retrain=99 * DAY)
    found = outcome({"load": Nosy()}, "load", told, config, course).bands["all"]
    assert found.slots == days * DAY / told.grain
    return {one.name: one.rmse for one in found.naive}


def test_the_bars_of_the_french_home_by_hand() -> None:
    found = naive_rmse("home-fr-2024.csv", "Europe/Paris", 14)
    assert found["last day"] == pytest.approx(1.18585, abs=1e-4)
    assert found["mean of 7 days"] == pytest.approx(0.95237, abs=1e-4)


def test_the_bars_of_the_swedish_home_go_by_its_quarters() -> None:
    found = naive_rmse("home-se4-2025-summer.csv", "Europe/Stockholm", 30)
    assert found["mean of 7 days"] < found["last day"] < found["same day last week"] * 1.2
