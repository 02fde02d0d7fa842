"""The base: what was done at the same time on days of the same kind."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from darkstar_forecaster.core.load.grid import Grid
from darkstar_forecaster.core.load.same_slot import (
    OTHER_KIND,
    Days,
    expected,
    level,
    means,
    quantiles,
    weights,
)


def a_grid(kw: np.ndarray) -> Grid:
    return Grid(first=0, end=kw.size, kw=kw, away=np.zeros(len(kw), dtype=bool))


def days(*free: bool) -> Days:
    return Days(free=np.array(free), away=np.zeros(len(free), dtype=bool))


def test_a_day_counts_half_after_its_half_life() -> None:
    found = weights(np.array([1.0, 11.0]), days(False, False), days(False), half_life=10)
    assert found[0, 1] / found[0, 0] == pytest.approx(0.5)


def test_another_kind_of_day_counts_little() -> None:
    found = weights(np.array([1.0, 1.0]), days(False, True), days(False))
    assert found[0, 1] / found[0, 0] == pytest.approx(OTHER_KIND)


def test_what_was_used_on_vacation_says_next_to_nothing_about_a_day_at_home() -> None:
    away = Days(free=np.zeros(2, dtype=bool), away=np.array([True, False]))
    found = weights(np.array([1.0, 8.0]), away, days(False))
    assert found[0, 0] < 0.02 * found[0, 1]


def test_the_day_itself_does_not_count() -> None:
    found = weights(np.array([0.0, 0.5, 1.0]), days(False, False, False), days(False))
    assert (found[0] > 0).tolist() == [False, False, True]


def test_what_is_not_known_does_not_count() -> None:
    kw = np.full((2, 96), 4.0)
    kw[0, 5] = np.nan
    kw[1] = 2.0
    found = means(np.array([[3.0, 1.0]]), kw)[0]
    assert found[5] == 2.0
    assert found[6] == pytest.approx(3.5)


def test_a_time_that_was_never_seen_is_unknown() -> None:
    kw = np.full((2, 96), 1.0)
    kw[:, 7] = np.nan
    assert np.isnan(means(np.array([[1.0, 1.0]]), kw)[0]).nonzero()[0].tolist() == [7]


@settings(max_examples=50)
@given(
    kw=hnp.arrays(float, (5, 96), elements=st.floats(0, 20)),
    weight=hnp.arrays(float, 5, elements=st.floats(0.01, 1)),
)
def test_quantiles_are_in_order_and_votes(kw: np.ndarray, weight: np.ndarray) -> None:
    low, middle, high = quantiles(weight, kw)
    assert (low <= middle).all()
    assert (middle <= high).all()
    assert np.isin(np.stack([low, middle, high]), kw).all()


def test_quantiles_part_the_votes_by_weight() -> None:
    kw = np.repeat(np.arange(101.0)[:, None], 96, axis=1)
    found = quantiles(np.ones(101), kw)[:, 0]
    assert found.tolist() == pytest.approx([10, 50, 90], abs=1)


def test_expectations_rest_on_earlier_days_alone() -> None:
    kw = np.repeat(np.array([1.0, 2.0, 9.0])[:, None], 96, axis=1)
    found = expected(a_grid(kw), days(False, False, False), range(3))
    assert np.isnan(found[0]).all()
    assert found[1] == pytest.approx(1.0)
    assert ((found[2] > 1) & (found[2] < 2)).all()


def test_the_level_is_how_the_last_days_compare_with_what_was_expected() -> None:
    kw = np.full((5, 96), 3.0)
    assert level(a_grid(kw), np.full((3, 96), 2.0), 2) == pytest.approx(1.5)


def test_the_level_of_hardly_any_slots_is_not_looked_at() -> None:
    kw = np.full((5, 96), np.nan)
    kw[-1, -20:] = 3.0
    assert level(a_grid(kw), np.full((3, 96), 2.0), 2) == 1.0


@pytest.mark.parametrize(("actual", "found"), [(100.0, 2.5), (0.0, 0.4)])
def test_the_level_stays_within_bounds(actual: float, found: float) -> None:
    assert level(a_grid(np.full((3, 96), actual)), np.full((3, 96), 1.0), 0) == found
