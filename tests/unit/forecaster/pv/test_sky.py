"""The sun, a clear sky, and the light that a forecast speaks of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from unit.forecaster.pv.sunny import JUNE, LUND, a_sky, days, some_weather

from darkstar_common.config.forecasting import Location
from darkstar_common.slots import slots
from darkstar_forecaster.core.pv.sky import clearness, light, parted, sky, under

DAY = some_weather(JUNE, np.full(96, 0.8))


@pytest.mark.parametrize(
    ("day", "height"),
    [
        (datetime(2026, 6, 21, tzinfo=UTC), 90 - 55.7 + 23.4),
        (datetime(2026, 12, 21, tzinfo=UTC), 90 - 55.7 - 23.4),
        (datetime(2026, 3, 20, tzinfo=UTC), 90 - 55.7),
    ],
)
def test_the_sun_culminates_as_high_as_the_season_has_it(day: datetime, height: float) -> None:
    over = a_sky(day)
    assert over.elevation.max() == pytest.approx(height, abs=0.3)
    assert over.azimuth[over.elevation.argmax()] == pytest.approx(180, abs=3)


def test_positions_are_those_of_the_middle_of_the_slot() -> None:
    noon = datetime(2026, 6, 21, 11, tzinfo=UTC)
    before, after = (sky([noon + timedelta(minutes=step)], LUND).azimuth[0] for step in (0, 15))
    assert 1 < after - before < 8
    # solar noon at 13.2° east is 11:09 UTC, within the slot that begins at 11:00
    assert 178 < before < 180 < after


def test_the_sky_is_dark_at_night() -> None:
    over = a_sky(datetime(2026, 12, 21, tzinfo=UTC))
    assert over.clear.whole[over.night].max() == 0
    assert over.clear.direct[over.night].max() == 0
    assert 0.6 < over.night.mean() < 0.75


def test_there_is_more_light_on_a_mountain() -> None:
    valley = a_sky(where=LUND)
    peak = a_sky(where=Location(latitude=55.7, longitude=13.2, altitude_m=2500))
    assert peak.clear.direct.max() > 1.1 * valley.clear.direct.max()


def test_direct_and_diffuse_light_make_the_whole() -> None:
    over = a_sky()
    lit = under(0.7, over)
    high = over.elevation > 5
    made = lit.direct * np.cos(np.radians(over.zenith)) + lit.diffuse
    assert made[high] == pytest.approx(lit.whole[high], rel=1e-6)


def test_a_clouded_sky_has_no_direct_light_to_speak_of() -> None:
    over = a_sky()
    lit = under(0.15, over)
    assert lit.direct.max() < 0.05 * under(1.0, over).direct.max()


def test_light_that_is_given_is_taken_as_it_is() -> None:
    lit = light(DAY, a_sky())
    assert lit.whole == pytest.approx(DAY["irradiance_w_per_m2"].to_numpy(), abs=1e-6)
    assert lit.direct == pytest.approx(DAY["direct_w_per_m2"].to_numpy(), abs=1e-6)


def test_missing_parts_follow_from_the_whole() -> None:
    bare = DAY.with_columns(direct_w_per_m2=None, diffuse_w_per_m2=None)
    lit = light(bare, a_sky())
    expected = parted(DAY["irradiance_w_per_m2"].to_numpy(), a_sky())
    assert lit.direct == pytest.approx(expected.direct)
    assert lit.diffuse == pytest.approx(expected.diffuse)


def test_where_only_clouds_are_known_they_dim_the_clear_sky() -> None:
    names = ("irradiance_w_per_m2", "direct_w_per_m2", "diffuse_w_per_m2")
    clouds = DAY.with_columns(*(pl.lit(None).alias(one) for one in names))
    over = a_sky()
    open_sky, overcast = (
        light(clouds.with_columns(cloud_cover_percent=pl.lit(percent)), over)
        for percent in (0.0, 100.0)
    )
    assert open_sky.whole == pytest.approx(over.clear.whole)
    assert overcast.whole == pytest.approx(0.25 * over.clear.whole)


def test_where_nothing_is_known_light_is_unknown() -> None:
    names = [one for one in DAY.columns if one != "start"]
    lit = light(DAY.with_columns(*(pl.lit(None).alias(one) for one in names)), a_sky())
    assert np.isnan(lit.whole).all()


def test_more_light_than_the_sun_sends_is_cut() -> None:
    over = a_sky()
    lit = light(DAY.with_columns(irradiance_w_per_m2=pl.lit(5000.0)), over)
    assert (lit.whole <= over.extra).all()


def test_clearness_is_unknown_at_night() -> None:
    over = sky(slots(JUNE, days(2)), LUND)
    share = clearness(0.5 * over.clear.whole, over)
    assert np.isnan(share[over.night]).all()
    assert share[np.isfinite(share)] == pytest.approx(0.5)
