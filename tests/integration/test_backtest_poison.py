"""The methods of the forecaster, trained, know nothing of what came after the issue time."""

from __future__ import annotations

import os
from datetime import date, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from support.made_up_archive import made_up_archive
from unit.forecaster.scores.nosy import poisoned

from darkstar_common.config import Config
from darkstar_common.contract import Quantity
from darkstar_common.slots import local_day
from darkstar_forecaster.core.backtest import Course, Step, rolling
from darkstar_forecaster.core.methods import METHODS
from darkstar_forecaster.core.situation import Archive
from darkstar_simulator.core.generator import Home

# two threads on a busy machine would wait for each other by spinning
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
ZONE = ZoneInfo("Europe/Stockholm")
HOME = Home(timezone=ZONE, latitude=55.6, longitude=13.0)
FIRST, DAYS, KNOWN_DAYS = date(2026, 3, 1), 68, 64
CONFIG = Config.model_validate(
    {
        "location": {"latitude": HOME.latitude, "longitude": HOME.longitude},
        "solar": {"arrays": [{"kwp": HOME.kwp, "tilt": HOME.tilt, "azimuth": HOME.azimuth}]},
    }
)
ORIGIN = local_day(FIRST + timedelta(days=KNOWN_DAYS), ZONE)[0] + timedelta(hours=13)


@cache
def house() -> Archive:
    """Some weeks of a made-up house."""
    return made_up_archive(HOME, start=FIRST, days=DAYS)


def step(quantity: Quantity, archive: Archive) -> Step:
    """Train, and forecast three days."""
    course = Course(origins=(ORIGIN,), horizon=timedelta(days=3), retrain=timedelta(days=1))
    (found,) = rolling(METHODS[quantity], archive, CONFIG, course)
    return found


@pytest.mark.parametrize("quantity", ["load", "pv", "price"])
def test_a_trained_model_forecasts_the_same_before_a_poisoned_future(quantity: Quantity) -> None:
    fine = step(quantity, house())
    again = step(quantity, poisoned(house(), ORIGIN))
    assert fine.training == again.training == ""
    assert fine.issued.height > 96
    assert fine.issued.equals(again.issued)
