"""What the README says of the weather is what the code does."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from darkstar_common.config.forecasting import WeatherSourceName
from darkstar_forecaster.core.weather import open_meteo, table, timing
from darkstar_forecaster.weather_files import KEEP
from darkstar_forecaster.weathering import FRESH, OLD

README = Path(__file__).resolve().parents[4] / "services/forecaster/README.md"
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def section() -> str:
    text = README.read_text(encoding="utf-8")
    found = re.search(r"^## Weather\n(.*?)^## ", text, re.MULTILINE | re.DOTALL)
    assert found
    return " ".join(found[1].split())


def test_every_source_has_its_row(section: str) -> None:
    rows = re.findall(r"\| `(\w+)` \|", section)
    assert sorted(rows) == sorted(get_args(WeatherSourceName))


def test_the_figures_are_those_of_the_code(section: str) -> None:
    first, last = timing.FIRST_MINUTE, timing.FIRST_MINUTE + timing.MINUTES
    assert f"between :{first:02} and :{last:02}" in section
    assert open_meteo.DAYS_BACK == 2
    assert open_meteo.DAYS_AHEAD - 1 == 7
    assert "two days back, seven ahead" in section
    assert f"only when the last issue is {FRESH / HOUR:g} hours old" in section
    assert f"after {OLD / HOUR:g} hours that is an issue" in section
    assert f"four a day for {KEEP.days} days" in section
    assert f"less than {table._LEAST / HOUR:g} hours ahead" in section
    minutes = [timing.pause(misses, "x") // timedelta(minutes=5) * 5 for misses in (1, 2, 3, 4, 5)]
    assert minutes[:2] == [5, 10]
    assert "after 5, 10, 20, 40, 60 minutes" in section
