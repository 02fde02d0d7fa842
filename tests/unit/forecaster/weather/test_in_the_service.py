"""The forecaster with a weather service on the line: what the house is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from support.fake_open_meteo import FakeOpenMeteo
from support.fake_web import Given, fake_web
from unit.common.keys.listening import first

from darkstar_common.config import Config
from darkstar_common.contract import PRICES, STATUS, WEATHER, Service
from darkstar_forecaster.service import forecaster
from darkstar_forecaster.weathering import LACKING

NOW = datetime(2026, 5, 5, 6, 10, tzinfo=UTC)


async def test_the_forecaster_publishes_open_meteos_weather() -> None:
    with fake_web(FakeOpenMeteo(now=lambda: NOW)) as web:
        config = Config.model_validate(
            {"location": {}, "weather": {"open_meteo_url": web.url, "archive_url": web.url}}
        )
        told = await first(WEATHER, forecaster, config, service=Service.FORECASTER, at=NOW)
    assert told.source == "open_meteo"
    assert told.slots[0].start == NOW - timedelta(minutes=10)
    assert len(told.slots) == 168 * 4
    noon = next(one for one in told.slots if one.start.hour == 11)
    assert noon.irradiance_w_per_m2 == pytest.approx(0.6 * 790, rel=0.01)
    assert noon.temperature_c is not None


async def test_the_forecaster_without_a_location_says_how_to_get_weather() -> None:
    told = await first(
        STATUS[Service.FORECASTER], forecaster, Config(), service=Service.FORECASTER, at=NOW
    )
    (issue,) = (one for one in told.issues if one.key == LACKING)
    assert issue.severity == "info"
    assert "set location.latitude and location.longitude" in issue.message


async def test_weather_that_is_refused_keeps_no_price_back() -> None:
    with fake_web(lambda _: Given({"latitude": 0, "longitude": 0})) as web:
        urls = {"open_meteo_url": web.url, "archive_url": web.url}
        config = Config.model_validate({"location": {}, "weather": urls})
        told = await first(PRICES, forecaster, config, service=Service.FORECASTER, at=NOW)
    assert told.slots
