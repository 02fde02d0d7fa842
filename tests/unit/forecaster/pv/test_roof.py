"""What the past shows of how the panels lie."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.forecaster.pv.sunny import (
    JUNE,
    LUND,
    SOUTH,
    a_config,
    cloudy,
    days,
    some_past,
    some_weather,
)

from darkstar_common.config.forecasting import SolarArray
from darkstar_forecaster.core.pv.roof import (
    Lesson,
    Roof,
    as_configured,
    frame_days,
    learned,
    not_negative,
    remarks,
)
from darkstar_forecaster.core.pv.seen import Scene, scene

EAST = SolarArray(kwp=6.0, tilt=40.0, azimuth=90.0)


def a_lesson(*arrays: SolarArray, count: float = 12, noise: float = 0.0) -> Lesson:
    """What panels gave under changing clouds."""
    weather = some_weather(JUNE, cloudy(days(count)))
    past = some_past(weather, *arrays)
    of = scene(past["start"], weather, LUND)
    jitter = np.random.default_rng(3).normal(1.0, noise, past.height)
    return Lesson(
        over=of.over,
        lit=of.lit,
        around=of.around,
        actual=past["pv_kw"].to_numpy() * jitter,
        day=frame_days(past["start"], LUND.longitude),
        weight=np.ones(past.height),
    )


def off(roof: Roof | None, lesson: Lesson) -> float:
    """Mean error as a share of the mean."""
    assert roof is not None
    found = roof.power(lesson.over, lesson.lit, lesson.around)
    return float(np.abs(found - lesson.actual).sum() / lesson.actual.sum())


def test_panels_that_are_as_the_file_says_stay_so() -> None:
    config = a_config(SOUTH)
    roof = learned(config, a_lesson(SOUTH, noise=0.05))
    assert roof is not None
    assert roof.source == "configured"
    assert roof.level == pytest.approx(1.0, abs=0.02)
    assert remarks(roof, config) == ()


def test_a_wrong_peak_power_in_the_file_is_found_and_told() -> None:
    config = a_config(SOUTH)
    roof = learned(config, a_lesson(SOUTH.model_copy(update={"kwp": 5.0})))
    assert roof is not None
    assert roof.source == "configured"
    assert roof.level == pytest.approx(0.5, abs=0.02)
    (told,) = remarks(roof, config)
    assert "50%" in told
    assert "kwp" in told


def test_panels_that_lie_otherwise_than_the_file_says_are_found_and_told() -> None:
    config, lesson = a_config(SOUTH), a_lesson(EAST)
    roof = learned(config, lesson)
    assert roof is not None
    assert roof.source == "learned"
    assert off(roof, lesson) < 0.1
    (told,) = remarks(roof, config)
    assert "to 90°" in told


def test_without_panels_in_the_file_the_past_tells_them() -> None:
    config, lesson = a_config(), a_lesson(EAST, SOUTH)
    roof = learned(config, lesson)
    assert roof is not None
    assert roof.source == "learned"
    assert off(roof, lesson) < 0.1
    assert sum(one.kwp for one in roof.arrays) * roof.level == pytest.approx(16, rel=0.15)
    assert remarks(roof, config) == ()


@pytest.mark.parametrize("arrays", [(SOUTH,), ()])
def test_three_days_teach_nothing_of_the_roof(arrays: tuple[SolarArray, ...]) -> None:
    config = a_config(*arrays)
    assert learned(config, a_lesson(EAST, count=2.9)) == as_configured(config)


def test_panels_that_gave_nothing_are_no_roof() -> None:
    dead = a_lesson(SOUTH.model_copy(update={"loss_percent": 100.0}))
    assert learned(a_config(), dead) is None


def test_shade_is_learned_by_where_the_sun_stands() -> None:
    lesson = a_lesson(SOUTH)
    afternoon = lesson.over.azimuth > 225
    shaded = Lesson(
        over=lesson.over,
        lit=lesson.lit,
        around=lesson.around,
        actual=lesson.actual * np.where(afternoon, 0.6, 1.0),
        day=lesson.day,
        weight=lesson.weight,
    )
    roof = learned(a_config(SOUTH), shaded)
    assert roof is not None
    found = roof.power(shaded.over, shaded.lit, shaded.around)
    assert off(roof, shaded) < 0.1
    assert found[afternoon].sum() == pytest.approx(shaded.actual[afternoon].sum(), rel=0.2)


def test_no_sector_is_corrected_by_more_than_half() -> None:
    lesson = a_lesson(SOUTH)
    blocked = Lesson(
        over=lesson.over,
        lit=lesson.lit,
        around=lesson.around,
        actual=np.where(lesson.over.azimuth > 225, 0.0, lesson.actual),
        day=lesson.day,
        weight=lesson.weight,
    )
    roof = learned(a_config(SOUTH), blocked)
    assert roof is not None
    assert min(roof.sectors) >= 0.5
    assert max(roof.sectors) <= 1.5


def test_the_file_names_the_most_they_give() -> None:
    config = a_config(SOUTH, inverter={"max_ac_kw": 4.0})
    roof = as_configured(config)
    assert roof is not None
    lesson: Scene | Lesson = a_lesson(SOUTH)
    assert roof.power(lesson.over, lesson.lit, lesson.around).max() == 4.0


@settings(max_examples=30, deadline=None)
@given(truth=st.lists(st.floats(0, 5), min_size=4, max_size=4), seed=st.integers(0, 1000))
def test_least_squares_finds_what_is_not_negative(truth: list[float], seed: int) -> None:
    columns = np.random.default_rng(seed).uniform(0, 1, (60, 4))
    found = not_negative(columns, columns @ np.array(truth))
    assert (found >= 0).all()
    assert found == pytest.approx(truth, abs=0.02)


def test_what_would_be_negative_is_nothing() -> None:
    columns = np.eye(3)
    assert not_negative(columns, np.array([1.0, -2.0, 3.0])) == pytest.approx([1, 0, 3], rel=1e-5)
