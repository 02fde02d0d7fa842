"""The sun, held against pvlib's."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_forecaster.core.weather.sun import (
    Place,
    clear_direct,
    clear_global,
    sine_of_elevation,
)

PLACES = [Place(latitude=55.6, longitude=13.0), Place(latitude=-33.9, longitude=151.2)]


@pytest.mark.parametrize("place", PLACES)
def test_the_sun_stands_where_pvlib_has_it(place: Place) -> None:
    pandas = pytest.importorskip("pandas")
    solarposition = pytest.importorskip("pvlib.solarposition")
    moments = np.arange(1_700_000_000, 1_900_000_000, 977_777, dtype=np.int64)
    times = pandas.to_datetime(moments, unit="s", utc=True)
    table = solarposition.get_solarposition(times, place.latitude, place.longitude)
    expected = np.radians(table["elevation"].to_numpy())
    found = np.arcsin(sine_of_elevation(moments, place))
    assert np.abs(found - expected).max() < np.radians(0.02)


def test_at_noon_of_midsummer_in_malmo_it_is_high_and_at_midnight_below() -> None:
    noon = datetime(2026, 6, 21, 11, 10, tzinfo=UTC)
    moments = np.array([noon.timestamp(), noon.timestamp() + 12 * 3600], dtype=np.int64)
    high, low = np.degrees(np.arcsin(sine_of_elevation(moments, PLACES[0])))
    assert high == pytest.approx(90 - 55.6 + 23.4, abs=0.1)
    assert low == pytest.approx(55.6 - 90 + 23.4, abs=0.1)


@given(st.floats(-1, 1))
def test_a_clear_sky_gives_nothing_at_night_and_never_more_than_space(sine: float) -> None:
    one = np.array([sine])
    assert 0 <= clear_global(one)[0] <= 1367 * max(0.0, sine)
    assert 0 <= clear_direct(one)[0] <= 1367
    if sine <= 0:
        assert clear_global(one)[0] == clear_direct(one)[0] == 0
