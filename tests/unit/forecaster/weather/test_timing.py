"""When weather is asked for, which days are missing, and what is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.forecaster.weather.making import DAY, HOUR, a_table

from darkstar_common.slots import SLOT
from darkstar_forecaster.core.situation import WEATHER, empty
from darkstar_forecaster.core.weather.missing import missing_days
from darkstar_forecaster.core.weather.published import weather_slots
from darkstar_forecaster.core.weather.timing import next_fetch, pause

NOW = datetime(2026, 5, 5, 6, 10, tzinfo=UTC)
MIDNIGHT = datetime(2026, 5, 5, tzinfo=UTC)
sites = st.text(alphabet="abcdef0123456789_-", min_size=1, max_size=10)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (Hypothesis adds the zone)


@given(moments, sites)
def test_it_is_asked_once_an_hour_some_minutes_after_the_full_one(now: datetime, site: str) -> None:
    due = next_fetch(now, site)
    assert now < due <= now + HOUR
    assert 3 <= due.minute < 24
    assert next_fetch(due, site) == due + HOUR


def test_houses_ask_at_minutes_of_their_own() -> None:
    assert len({next_fetch(NOW, f"house{number}") for number in range(50)}) == 50


@given(sites, st.integers(1, 1000))
def test_patience_grows_from_five_minutes_to_an_hour_and_a_quarter(site: str, misses: int) -> None:
    wait = pause(misses, site)
    assert timedelta(minutes=5) <= wait <= timedelta(minutes=75)
    assert pause(misses, site, timedelta(days=1)) == timedelta(days=1)
    assert pause(misses, site, timedelta(seconds=1)) == wait


def test_patience_doubles() -> None:
    waits = [pause(misses, "home") / timedelta(minutes=1) for misses in (1, 2, 3, 4, 5)]
    for wait, expected in zip(waits, (5, 10, 20, 40, 60), strict=True):
        assert expected <= wait <= expected * 1.25


def test_nothing_known_is_asked_for_in_pieces_of_a_year() -> None:
    pieces = missing_days(empty(WEATHER), NOW - 800 * DAY, NOW)
    assert [(last - first).days + 1 for first, last in pieces] == [366, 366, 65]
    assert pieces[0][0] == (NOW - 799 * DAY).date()
    assert pieces[-1][1] == date(2026, 5, 2)  # the last two days come with the forecast


def test_what_is_known_is_not_asked_for() -> None:
    assert missing_days(a_table(MIDNIGHT - 30 * DAY, 30 * 96), NOW - 29 * DAY, NOW) == []


def test_a_day_with_a_hole_or_without_radiation_is_missing() -> None:
    table = a_table(MIDNIGHT - 90 * DAY, 90 * 96)
    hole = pl.col("start") != MIDNIGHT - 80 * DAY
    dark = pl.when(pl.col("start").dt.date() == date(2026, 5, 2)).then(None)
    table = table.filter(hole).with_columns(
        dark.otherwise(pl.col("irradiance_w_per_m2")).alias("irradiance_w_per_m2")
    )
    first, last = (date(2026, 2, 14),) * 2, (date(2026, 5, 2),) * 2
    assert missing_days(table, NOW - 89 * DAY, NOW) == [first, last]


def test_days_that_are_near_are_asked_for_together() -> None:
    table = a_table(MIDNIGHT - 60 * DAY, 60 * 96).filter(
        ~pl.col("start").dt.date().is_in([date(2026, 4, 1), date(2026, 4, 20)])
    )
    assert missing_days(table, NOW - 59 * DAY, NOW) == [(date(2026, 4, 1), date(2026, 4, 20))]


def test_the_slots_ahead_begin_now_and_end_at_the_horizon() -> None:
    slots = weather_slots(a_table(MIDNIGHT, 8 * 96), NOW, 2 * DAY)
    assert slots[0].start == MIDNIGHT + 6 * HOUR
    assert len(slots) == 192
    assert (slots[0].temperature_c, slots[0].wind_m_per_s) == (10.0, None)


def test_there_is_nothing_to_tell_of_what_has_passed() -> None:
    assert weather_slots(a_table(MIDNIGHT, 4), NOW, DAY) == ()
    assert weather_slots(empty(WEATHER), NOW, DAY) == ()


def test_what_begins_later_is_told_from_there_on() -> None:
    slots = weather_slots(a_table(NOW + 2 * HOUR - 10 * SLOT / 15, 4), NOW, DAY)
    assert slots[0].start == MIDNIGHT + 8 * HOUR


@pytest.mark.parametrize("degrees", [1.23456, -0.001])
def test_figures_are_told_to_a_hundredth(degrees: float) -> None:
    (slot,) = weather_slots(a_table(MIDNIGHT + 6 * HOUR, 1, temperature_c=degrees), NOW, DAY)
    assert slot.temperature_c == pytest.approx(degrees, abs=0.005)
    assert len(str(slot.temperature_c)) <= 5
