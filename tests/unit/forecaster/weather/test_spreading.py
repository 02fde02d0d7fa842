"""Instants and means become slots by physics."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fake_open_meteo import MALMO, mean_before

from darkstar_forecaster.core.weather.spreading import SHAPES, at_middles, over_slots
from darkstar_forecaster.core.weather.sun import Place

HOUR, SLOT = 3600, 900
MORNING = 1_777_953_600
"""2026-05-05 04:00 UTC; the sun is rising in Malmö."""
PLACES = st.builds(Place, latitude=st.floats(-90, 90), longitude=st.floats(-180, 180))


def slots(first: int, count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange(first, first + count * SLOT, SLOT, dtype=np.int64)


def test_a_temperature_is_on_the_line_between_hours_at_the_middle_of_its_slot() -> None:
    times = np.array([0, HOUR], dtype=np.int64)
    found = at_middles(times, np.array([0.0, 8.0]), slots(0, 4))
    assert found.tolist() == [1, 3, 5, 7]


def test_before_the_first_instant_and_after_the_last_nothing_is_known() -> None:
    times = np.array([HOUR, 2 * HOUR], dtype=np.int64)
    found = at_middles(times, np.array([1.0, 1.0]), slots(0, 12))
    assert np.isfinite(found).tolist() == [False] * 4 + [True] * 4 + [False] * 4


@pytest.mark.parametrize(("hours", "known"), [(3, True), (4, False)])
def test_a_line_is_drawn_over_three_hours_and_not_over_more(hours: int, known: bool) -> None:
    times = np.array([0, HOUR, (1 + hours) * HOUR], dtype=np.int64)
    found = at_middles(times, np.array([0.0, 1.0, 2.0]), slots(0, 4 * (1 + hours)))
    assert np.isfinite(found[:4]).all()
    assert np.isfinite(found[4:]).all() == known
    assert np.isfinite(found[4:]).any() == known


def test_an_unknown_instant_is_no_instant() -> None:
    times = np.array([0, HOUR, 2 * HOUR], dtype=np.int64)
    found = at_middles(times, np.array([0.0, np.nan, 16.0]), slots(0, 8))
    assert found.tolist() == [1, 3, 5, 7, 9, 11, 13, 15]


@pytest.mark.parametrize("values", [[], [5.0], [np.nan, np.nan]])
def test_less_than_two_instants_make_no_line(values: list[float]) -> None:
    times = np.arange(len(values), dtype=np.int64) * HOUR
    assert np.isnan(at_middles(times, np.array(values), slots(0, 4))).all()


@given(
    place=PLACES,
    begin=st.integers(0, 500_000).map(lambda hour: hour * HOUR),
    mean=st.floats(0, 1400),
    column=st.sampled_from(sorted(SHAPES)),
)
def test_the_slots_of_an_hour_have_its_mean(
    place: Place, begin: int, mean: float, column: str
) -> None:
    found = over_slots(
        np.array([begin]), np.array([mean]), HOUR, slots(begin, 4), column=column, place=place
    )
    assert (found >= 0).all()
    assert found.mean() == pytest.approx(mean, rel=1e-9, abs=1e-9)


def test_at_sunrise_the_later_quarters_have_more() -> None:
    begin = MORNING - HOUR
    found = over_slots(
        np.array([begin]),
        np.array([20.0]),
        HOUR,
        slots(begin, 4),
        column="irradiance_w_per_m2",
        place=MALMO,
    )
    assert found[0] < found[1] < found[2] < found[3]


def test_before_the_sun_rises_a_slot_has_nothing_and_the_hour_keeps_its_mean() -> None:
    begin = MORNING - 2 * HOUR  # the sun rises at 03:06 UTC
    values, column = np.array([0.0, 8.0]), "irradiance_w_per_m2"
    begins = np.array([begin, begin + HOUR])
    found = over_slots(begins, values, HOUR, slots(begin, 8), column=column, place=MALMO)
    assert found[:4].tolist() == [0, 0, 0, 0]
    assert found[4] < 2
    assert found[4:].mean() == pytest.approx(8)


def test_without_a_place_an_hour_is_shared_out_evenly() -> None:
    found = over_slots(
        np.array([0]), np.array([7.0]), HOUR, slots(0, 4), column="direct_w_per_m2", place=None
    )
    assert found.tolist() == [7, 7, 7, 7]


@pytest.mark.parametrize(
    ("variable", "column"),
    [
        ("shortwave_radiation", "irradiance_w_per_m2"),
        ("diffuse_radiation", "diffuse_w_per_m2"),
        ("direct_normal_irradiance", "direct_w_per_m2"),
    ],
)
def test_hours_of_a_steady_sky_give_the_quarters_of_that_sky(variable: str, column: str) -> None:
    begins = np.arange(MORNING - 4 * HOUR, MORNING + 20 * HOUR, HOUR, dtype=np.int64)
    starts = slots(int(begins[0]), begins.size * 4)
    hourly = mean_before(variable, begins + HOUR, HOUR)
    found = over_slots(begins, hourly, HOUR, starts, column=column, place=MALMO)
    truth = mean_before(variable, starts + SLOT, SLOT)
    assert np.abs(found - truth).max() < 2
    even = over_slots(begins, hourly, HOUR, starts, column=column, place=None)
    assert np.abs(even - truth).max() > 10


def test_quarters_stay_as_they_are_and_holes_are_unknown() -> None:
    begins = np.array([0, 1800], dtype=np.int64)
    found = over_slots(
        begins, np.array([1.0, np.nan]), SLOT, slots(0, 4), column="direct_w_per_m2", place=MALMO
    )
    assert found[0] == 1
    assert np.isnan(found[1:]).all()


def test_no_interval_gives_nothing() -> None:
    nothing = np.array([], dtype=np.int64)
    found = over_slots(nothing, np.array([]), HOUR, slots(0, 2), column="x", place=None)
    assert np.isnan(found).all()
