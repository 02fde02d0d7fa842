"""The made-up house: the same for the same seed, and plausible in the figures people know."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import numpy as np
import pytest
from unit.simulator.houses import STOCKHOLM

from darkstar_common.slots import SLOT, day_slots
from darkstar_simulator.core.generator import Home, generate_series
from darkstar_simulator.core.series import HouseSeries

HOME = Home(timezone=STOCKHOLM, seed=7)


@pytest.fixture(scope="module")
def year() -> HouseSeries:
    return generate_series(HOME, start=date(2026, 1, 1), days=365)


def test_same_seed_same_house() -> None:
    one = generate_series(HOME, start=date(2026, 5, 1), days=3)
    assert one == generate_series(HOME, start=date(2026, 5, 1), days=3)
    other = generate_series(Home(timezone=STOCKHOLM, seed=8), start=date(2026, 5, 1), days=3)
    assert other.load_kwh != one.load_kwh
    assert other.pv_kwh != one.pv_kwh
    assert other.spot_per_kwh != one.spot_per_kwh


def test_a_day_is_the_same_in_any_window(year: HouseSeries) -> None:
    alone = generate_series(HOME, start=date(2026, 6, 10), days=1)
    first = (alone.start - year.start) // SLOT
    assert year.load_kwh[first : first + 96] == alone.load_kwh
    assert year.pv_kwh[first : first + 96] == alone.pv_kwh
    assert year.spot_per_kwh[first : first + 96] == alone.spot_per_kwh


def test_days_are_local_and_follow_daylight_saving() -> None:
    series = generate_series(HOME, start=date(2026, 3, 28), days=3)
    assert len(series.load_kwh) == 96 + 92 + 96
    assert series.start == day_slots(date(2026, 3, 28), STOCKHOLM)[0]


def test_the_year_has_its_load_and_its_sun(year: HouseSeries) -> None:
    assert sum(year.load_kwh) == pytest.approx(5000, rel=0.1)
    assert 800 * 10 < sum(year.pv_kwh) < 1150 * 10
    assert 6.5 < max(year.pv_kwh) * 4 < 10
    assert 3 < max(year.load_kwh) * 4 < 15
    assert min(year.load_kwh) > 0


def test_it_is_dark_at_night_and_brighter_in_summer(year: HouseSeries) -> None:
    pv = np.array(year.pv_kwh[: 364 * 96]).reshape(-1, 96)
    assert not pv[:, :8].any()  # midnight to two in the morning
    assert not pv[:, -4:].any()
    assert pv[150:210].sum() > 5 * pv[:30].sum()


def test_clear_and_dull_days_both_happen(year: HouseSeries) -> None:
    summer = np.array(year.pv_kwh[96 * 120 : 96 * 240]).reshape(-1, 96).sum(axis=1)
    assert summer.max() > 60
    assert summer.min() < 30


def test_people_sleep_at_night_and_cook_in_the_evening(year: HouseSeries) -> None:
    load = np.array(year.load_kwh[: 84 * 96]).reshape(-1, 24, 4).sum(axis=(0, 2))
    assert load[17:20].mean() > 2 * load[1:5].mean()


def test_prices_have_peaks_dips_and_now_and_then_a_minus(year: HouseSeries) -> None:
    spot = np.array(year.spot_per_kwh, dtype=float)
    assert 0.3 < spot.mean() < 0.7
    assert 0.001 < (spot < 0).mean() < 0.1
    by_hour = spot[: 84 * 96].reshape(-1, 24, 4).mean(axis=(0, 2))
    assert by_hour[8] > 1.3 * by_hour[3]
    assert by_hour[18] > 1.3 * by_hour[13]
    assert np.any(np.diff(spot.reshape(-1, 4), axis=1) != 0)


def test_panels_that_face_the_evening_give_later() -> None:
    west = Home(timezone=STOCKHOLM, seed=7, azimuth=270)
    day = date(2026, 6, 1)
    slots = np.arange(96)
    east_to_west = [
        np.average(slots, weights=generate_series(home, start=day, days=20).pv_kwh[:96])
        for home in (HOME, west)
    ]
    assert east_to_west[1] > east_to_west[0] + 4


def test_no_days_are_no_house() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        generate_series(HOME, start=date(2026, 1, 1), days=0)


def test_a_running_house_loads_neither_pvlib_nor_pandas() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, darkstar_simulator.__main__; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
        timeout=timedelta(seconds=60).total_seconds(),
    ).stdout.split()
    assert {"pvlib", "pandas", "numpy", "scipy"}.isdisjoint(loaded)
    assert "darkstar_simulator.playing" in loaded
