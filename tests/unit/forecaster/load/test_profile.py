"""The standard household."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar_forecaster.core.load.calendar import SLOTS_A_DAY, free_days
from darkstar_forecaster.core.load.profile import SPREAD, profile_kw

JANUARY_2025 = 20_089
YEAR = np.arange(JANUARY_2025 * SLOTS_A_DAY, (JANUARY_2025 + 365) * SLOTS_A_DAY)
FREE = free_days(YEAR // SLOTS_A_DAY, frozenset())


@pytest.mark.parametrize("southern", [False, True])
@settings(max_examples=10, deadline=None)
@given(yearly=st.floats(100, 50_000))
def test_a_year_of_it_is_what_the_household_uses(yearly: float, southern: bool) -> None:
    total = profile_kw(YEAR, FREE, yearly, southern=southern).sum() / 4
    assert total == pytest.approx(yearly, rel=0.02)


def test_it_is_never_nothing() -> None:
    assert profile_kw(YEAR, FREE, 1000.0).min() > 0.02


def monthly(southern: bool) -> list[float]:
    profile = profile_kw(YEAR, FREE, 5000.0, southern=southern)
    return [float(part.mean()) for part in np.array_split(profile, 12)]


def test_the_winter_has_more_than_the_summer() -> None:
    north, south = monthly(southern=False), monthly(southern=True)
    assert north[0] > 1.3 * north[6]
    assert south[6] > 1.3 * south[0]


def day(*, free: bool) -> np.ndarray:
    places = YEAR[70 * SLOTS_A_DAY : 71 * SLOTS_A_DAY]
    return profile_kw(places, np.full(SLOTS_A_DAY, free), 5000.0)


def test_the_evening_has_the_peak_and_the_night_the_least() -> None:
    working = day(free=False)
    assert 18 * 4 <= int(working.argmax()) <= 21 * 4
    assert 1 * 4 <= int(working.argmin()) <= 5 * 4


def test_days_off_begin_later_and_cook_at_noon() -> None:
    working, free = day(free=False), day(free=True)
    assert working[7 * 4] > free[7 * 4]
    assert free[12 * 4] > working[12 * 4]


def test_the_band_holds_the_profile() -> None:
    assert SPREAD["p10"] < SPREAD["p50"] < 1 < SPREAD["p90"]
