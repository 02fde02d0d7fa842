"""Local days and times of day."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.forecaster.load.homes import ZONE

from darkstar_common.config.forecasting import Household
from darkstar_common.slots import day_slots
from darkstar_forecaster.core.load.calendar import (
    EPOCH,
    SLOTS_A_DAY,
    UnknownPlaceError,
    dated,
    free_days,
    holidays_of,
    places,
    weekdays,
)


def day_of(one: date) -> int:
    return (one - EPOCH).days


def times_of(day: date) -> list[int]:
    slots = pl.Series("start", day_slots(day, ZONE))
    found = places(slots, ZONE)
    assert set(found // SLOTS_A_DAY) == {day_of(day)}
    return [int(one) for one in found % SLOTS_A_DAY]


def test_a_day_has_its_times_in_order() -> None:
    assert times_of(date(2026, 3, 2)) == list(range(96))


def test_the_hour_that_is_missing_in_spring_is_no_time() -> None:
    assert times_of(date(2026, 3, 29)) == [*range(8), *range(12, 96)]


def test_the_hour_that_comes_twice_in_autumn_goes_by_the_same_times() -> None:
    assert times_of(date(2026, 10, 25)) == [*range(12), *range(8, 96)]


@given(st.dates(date(1971, 1, 1), date(2090, 1, 1)))
def test_days_are_dates(day: date) -> None:
    assert dated(day_of(day)) == day
    assert weekdays(np.array([day_of(day)])).tolist() == [day.weekday()]


@pytest.mark.parametrize(
    ("household", "day", "kept"),
    [
        (Household(country="SE"), date(2026, 6, 19), True),  # Midsummer Eve, by custom
        (Household(country="SE"), date(2026, 6, 18), False),
        (Household(country="SE"), date(2026, 12, 24), True),
        (Household(country="FR"), date(2026, 7, 14), True),
        (Household(country="SE"), date(2026, 7, 14), False),
        (Household(country="DE", region="BY"), date(2026, 1, 6), True),
        (Household(country="DE", region="BE"), date(2026, 1, 6), False),
        (Household(country=None), date(2026, 12, 25), False),
    ],
)
def test_holidays_are_those_of_the_country_and_its_part(
    household: Household, day: date, kept: bool
) -> None:
    assert (day_of(day) in holidays_of(household, [day_of(day)])) is kept


def test_holidays_over_the_turn_of_the_year_are_found() -> None:
    days = range(day_of(date(2025, 12, 20)), day_of(date(2026, 1, 3)))
    found = {dated(one) for one in holidays_of(Household(country="DE"), days)}
    assert found == {date(2025, 12, 25), date(2025, 12, 26), date(2026, 1, 1)}


@pytest.mark.parametrize(
    "household", [Household(country="XX"), Household(country="DE", region="ATLANTIS")]
)
def test_a_place_whose_holidays_are_unknown_is_named(household: Household) -> None:
    with pytest.raises(UnknownPlaceError, match="are not known, so they are forecast as"):
        holidays_of(household, [20_000])


def test_weekends_and_holidays_are_free() -> None:
    days = np.array([day_of(date(2026, 3, 2)) + step for step in range(7)])
    assert free_days(days, frozenset({int(days[2])})).tolist() == [
        False,
        False,
        True,
        False,
        False,
        True,
        True,
    ]
