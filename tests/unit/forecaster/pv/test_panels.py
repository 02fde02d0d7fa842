"""What panels give in a given light."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.forecaster.pv.sunny import JUNE, SOUTH, a_config, a_sky, some_weather

from darkstar_common.config.forecasting import SolarArray
from darkstar_forecaster.core.pv.panels import air, ceiling, horizon, open_sky, power
from darkstar_forecaster.core.pv.sky import Floats, light

CLEAR = some_weather(JUNE, np.ones(96))
WINTER = datetime(2026, 12, 21, tzinfo=UTC)


def given_by(array: SolarArray, *, temperature_c: float = 15.0, clear: float = 1.0) -> Floats:
    """Power over a June day."""
    weather = some_weather(JUNE, np.full(96, clear), temperature_c=temperature_c)
    over = a_sky()
    return power(array, over, light(weather, over), air(weather))


def test_ten_kilowatts_to_the_south_give_what_they_should_on_a_clear_june_day() -> None:
    kwh = given_by(SOUTH).sum() / 4
    assert 55 < kwh < 72
    assert 6.5 < given_by(SOUTH).max() < 8.6


@pytest.mark.parametrize(("azimuth", "hour"), [(90.0, 8), (180.0, 11), (270.0, 14)])
def test_panels_give_most_when_the_sun_faces_them(azimuth: float, hour: int) -> None:
    array = SOUTH.model_copy(update={"azimuth": azimuth, "tilt": 45.0})
    assert given_by(array).argmax() / 4 == pytest.approx(hour, abs=1.2)


def test_twice_the_panels_give_twice_as_much() -> None:
    double = SOUTH.model_copy(update={"kwp": 20.0})
    assert given_by(double) == pytest.approx(2 * given_by(SOUTH))


def test_heat_costs_power() -> None:
    assert given_by(SOUTH, temperature_c=35.0).max() < 0.95 * given_by(SOUTH).max()


def test_unknown_air_is_no_correction_rather_than_a_guess() -> None:
    over = a_sky()
    bare = CLEAR.with_columns(temperature_c=None, wind_m_per_s=None)
    given = power(SOUTH, over, light(bare, over), air(bare))
    assert np.isfinite(given).all()
    assert given.max() > given_by(SOUTH).max()


def test_losses_are_taken_off() -> None:
    lossless = SOUTH.model_copy(update={"loss_percent": 0.0})
    assert given_by(SOUTH).max() == pytest.approx(0.86 * given_by(lossless).max(), rel=1e-6)


def test_an_inverter_clips() -> None:
    small = SOUTH.model_copy(update={"inverter_kw": 5.0})
    assert given_by(small).max() == 5.0
    assert given_by(small)[:24] == pytest.approx(given_by(SOUTH)[:24])


def test_a_hill_takes_the_direct_light_while_the_sun_is_behind_it() -> None:
    wall = ((79.0, 0.0), (80.0, 45.0), (100.0, 45.0), (101.0, 0.0))
    hill = SOUTH.model_copy(update={"horizon": wall})
    free, shaded = given_by(SOUTH), given_by(hill)
    over = a_sky()
    behind = (over.azimuth > 80) & (over.azimuth < 100) & (over.elevation > 15)
    assert (shaded[behind] < 0.5 * free[behind]).all()
    noon = np.abs(over.azimuth - 180) < 10
    assert (shaded[noon] > 0.9 * free[noon]).all()


def test_the_horizon_goes_round_the_compass() -> None:
    array = SOUTH.model_copy(update={"horizon": ((350.0, 10.0), (10.0, 20.0))})
    assert horizon(array, np.array([0.0, 350.0, 10.0])) == pytest.approx([15.0, 10.0, 20.0])


def test_a_high_horizon_takes_diffuse_light_too() -> None:
    valley = SOUTH.model_copy(update={"horizon": ((0.0, 30.0), (180.0, 30.0))})
    assert open_sky(SOUTH) == 1.0
    assert open_sky(valley) == pytest.approx(0.75)
    assert given_by(valley, clear=0.1).sum() < 0.85 * given_by(SOUTH, clear=0.1).sum()


@settings(max_examples=25, deadline=None)
@given(
    kwp=st.floats(0.1, 50),
    tilt=st.floats(0, 90),
    azimuth=st.floats(0, 360),
    share=st.floats(0, 1.15),
    limit=st.none() | st.floats(0.1, 20),
)
def test_no_array_gives_less_than_nothing_more_than_it_can_or_anything_at_night(
    kwp: float, tilt: float, azimuth: float, share: float, limit: float | None
) -> None:
    array = SolarArray(kwp=kwp, tilt=tilt, azimuth=azimuth, inverter_kw=limit)
    given = given_by(array, clear=share)
    over = a_sky()
    assert given.min() >= 0
    assert given.max() <= min(kwp, limit or kwp)
    assert given[over.night].max() == 0


@pytest.mark.parametrize(
    ("arrays", "inverter", "most"),
    [
        ((SOUTH,), {"max_ac_kw": 20.0}, 10.0),
        ((SOUTH, SOUTH), {"max_ac_kw": 8.8}, 8.8),
        ((SOUTH, SOUTH), {"max_ac_kw": 8.8, "dc_coupled": True}, 20.0),
        ((SOUTH.model_copy(update={"inverter_kw": 6.0}), SOUTH), {"max_ac_kw": 50.0}, 16.0),
        ((), {"max_ac_kw": 8.8}, 8.8),
    ],
)
def test_the_ceiling_is_that_of_panels_and_inverters(
    arrays: tuple[SolarArray, ...], inverter: dict[str, float], most: float
) -> None:
    config = a_config(*arrays, inverter=inverter)
    assert ceiling(config, config.solar.arrays) == most
