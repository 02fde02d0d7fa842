"""Published prices by local day and hour."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from unit.forecaster.price.markets import DAY, MONDAY, STOCKHOLM, published

from darkstar_common.slots import SLOT, local_day
from darkstar_forecaster.core.price.days import hourly, known_days, placed, quarters
from darkstar_forecaster.core.situation import SPOTS, TIME, empty

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def by_hour(local: datetime) -> float:
    return float(local.hour)


def prices(hours: pl.DataFrame, day: date) -> list[float]:
    return hours.filter(pl.col("day") == day)["price"].to_list()


def test_every_day_has_its_24_local_hours() -> None:
    hours = hourly(published(3, MONDAY, by_hour), STOCKHOLM)
    assert hours.height == 3 * 24
    assert prices(hours, MONDAY) == [float(hour) for hour in range(24)]


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_a_day_on_which_the_clocks_are_set_has_24_hours_as_well(day: date) -> None:
    hours = hourly(published(3, day + DAY, by_hour), STOCKHOLM)
    assert known_days(hours) == (day - DAY, day, day + DAY)
    found = prices(hours, day)
    assert len(found) == 24
    assert found[3:] == [float(hour) for hour in range(3, 24)]
    assert found[2] == pytest.approx(2.0, abs=0.51)


def test_an_hour_is_the_mean_of_its_quarters() -> None:
    hours = hourly(published(1, MONDAY, lambda one: one.minute / 15), STOCKHOLM)
    assert set(hours["price"]) == {1.5}


def test_half_a_day_is_no_day() -> None:
    spots = published(3, MONDAY, by_hour)
    noon = local_day(MONDAY - DAY, STOCKHOLM)[0] + timedelta(hours=12)
    hole = spots.filter(~pl.col("start").is_between(noon, noon + 8 * timedelta(hours=1)))
    hours = hourly(hole, STOCKHOLM)
    assert known_days(hours) == (MONDAY - 2 * DAY, MONDAY)
    assert prices(hours, MONDAY - DAY) == [None] * 24


def test_where_the_market_ends_an_hour_before_midnight_the_day_counts() -> None:
    lisbon = ZoneInfo("Europe/Lisbon")
    spots = published(2, MONDAY, by_hour, zone=lisbon)
    hours = hourly(spots.head(-4), lisbon)
    assert known_days(hours)[-1] == MONDAY
    assert prices(hours, MONDAY)[-1] == 22.0


def test_where_the_market_ends_an_hour_after_midnight_that_hour_is_no_day() -> None:
    helsinki = ZoneInfo("Europe/Helsinki")
    spots = published(2, MONDAY, zone=helsinki)
    assert known_days(hourly(spots.head(96 + 4), helsinki)) == (MONDAY - DAY,)


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_what_is_no_number_is_unknown(value: float | None) -> None:
    spots = published(2, MONDAY, by_hour)
    poisoned = spots.with_columns(
        spot_per_kwh=pl.when(pl.col("start") >= local_day(MONDAY, STOCKHOLM)[0])
        .then(pl.lit(value, pl.Float64))
        .otherwise("spot_per_kwh")
    )
    assert known_days(hourly(poisoned, STOCKHOLM)) == (MONDAY - DAY,)


def test_nothing_known_is_no_day() -> None:
    assert known_days(hourly(empty(SPOTS), STOCKHOLM)) == ()
    assert quarters(empty(SPOTS), STOCKHOLM).is_empty()


def test_quarters_of_an_hourly_market_have_nothing_of_their_own() -> None:
    offsets = quarters(published(3, MONDAY, by_hour), STOCKHOLM)
    assert set(offsets["offset"]) == {0.0}


def test_what_quarters_have_of_their_own_is_seen_by_the_hour() -> None:
    rising = quarters(
        published(20, MONDAY, lambda one: one.hour + 0.1 * (one.minute / 15) * (one.hour == 7)),
        STOCKHOLM,
    )
    seven = rising.filter(pl.col("hour") == 7)["offset"].to_list()
    assert seven == pytest.approx([-0.15, -0.05, 0.05, 0.15])
    assert rising.filter(pl.col("hour") == 8)["offset"].to_list() == pytest.approx([0.0] * 4)


def test_slots_are_placed_by_local_time() -> None:
    start = local_day(SPRING, STOCKHOLM)[0]
    starts = pl.Series([start + number * SLOT for number in (0, 8, 13)], dtype=TIME)
    found = placed(starts, STOCKHOLM)
    assert found.select("hour", "quarter").rows() == [(0, 0), (3, 0), (4, 1)]
    assert set(found["day"]) == {SPRING}
