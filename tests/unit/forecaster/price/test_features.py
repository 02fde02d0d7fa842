"""What a price is forecast from: nothing later than known, in units that fit any market."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.forecaster.price.markets import DAY, MONDAY, STOCKHOLM, habit, published

from darkstar_forecaster.core.price.days import hourly
from darkstar_forecaster.core.price.features import FEATURES, ahead, states

KNOWN = published(40, MONDAY, habit, noise=0.1)


def features(
    spots: pl.DataFrame, lead: int, day: date = MONDAY, holidays: frozenset[date] = frozenset()
) -> pl.DataFrame:
    rows = ahead(states(hourly(spots, STOCKHOLM), holidays), lead, holidays)
    return rows.filter(pl.col("day") == day)


def with_spots(values: pl.Expr) -> pl.DataFrame:
    return KNOWN.with_columns(spot_per_kwh=values)


@pytest.mark.parametrize("lead", range(1, 11))
def test_all_features_are_there_for_every_hour_of_any_day_ahead(lead: int) -> None:
    found = features(KNOWN, lead)
    assert found.height == 24
    assert set(found["target"]) == {MONDAY + lead * DAY}
    inner = found.filter(pl.col("hour").is_between(1, 22)).select(FEATURES)
    assert sum(inner.null_count().row(0)) == 0


@settings(max_examples=20, deadline=None)
@given(lead=st.integers(1, 7), poison=st.floats(-1e6, 1e6))
def test_nothing_that_comes_later_is_looked_at(lead: int, poison: float) -> None:
    cut = MONDAY - 5 * DAY
    later = pl.col("start").dt.convert_time_zone(STOCKHOLM.key).dt.date() > cut
    other = KNOWN.with_columns(
        spot_per_kwh=pl.when(later).then(pl.lit(poison)).otherwise("spot_per_kwh")
    )
    fine, poisoned = (features(one, lead, cut).select(FEATURES) for one in (KNOWN, other))
    assert fine.equals(poisoned)


@settings(max_examples=20, deadline=None)
@given(factor=st.floats(0.01, 100), lead=st.integers(1, 7))
def test_a_currency_of_another_worth_makes_no_difference(factor: float, lead: int) -> None:
    fine = features(KNOWN, lead).select(FEATURES).cast(pl.Float64)
    other = features(with_spots(pl.col("spot_per_kwh") * factor), lead)
    differences = (fine - other.select(FEATURES).cast(pl.Float64)).select(pl.all().abs().max())
    assert max(one or 0.0 for one in differences.row(0)) < 1e-6


@given(lead=st.integers(1, 7))
@settings(max_examples=7, deadline=None)
def test_what_came_of_it_is_the_price_of_the_day_ahead(lead: int) -> None:
    day = MONDAY - 10 * DAY
    found = features(KNOWN, lead, day)
    hours = hourly(KNOWN, STOCKHOLM)
    assert found["actual"].equals(
        hours.filter(pl.col("day") == day + lead * DAY)["price"], check_names=False
    )
    again = found["naive"] + found["miss"] * found["unit"]
    assert (again - found["actual"]).abs().max() == pytest.approx(0.0, abs=1e-12)


def test_the_naive_forecast_is_half_the_last_day_and_half_the_week() -> None:
    found = features(KNOWN, 2)
    hours = hourly(KNOWN, STOCKHOLM)
    week = hours.filter(pl.col("day") > MONDAY - 7 * DAY).group_by("hour").agg(
        pl.col("price").mean()
    ).sort("hour")  # fmt: skip
    last = hours.filter(pl.col("day") == MONDAY)["price"]
    assert found["naive"].to_list() == pytest.approx(((last + week["price"]) / 2).to_list())


@pytest.mark.parametrize("lead", range(1, 8))
def test_the_same_weekday_is_that_of_the_last_week_that_is_known(lead: int) -> None:
    numbered = KNOWN.with_columns(
        spot_per_kwh=pl.col("start").dt.convert_time_zone(STOCKHOLM.key).dt.weekday().cast(float)
    )
    found = features(numbered, lead)
    same = found["same_day"] * found["unit"] + found["naive"]
    assert same.to_list() == pytest.approx([float((MONDAY + lead * DAY).isoweekday())] * 24)


def test_holidays_are_as_free_as_weekends() -> None:
    tuesday = MONDAY + DAY
    assert not features(KNOWN, 1)["free"].any()
    assert features(KNOWN, 1, holidays=frozenset({tuesday}))["free"].all()
    assert features(KNOWN, 5)["free"].all()
    assert features(KNOWN, 1, holidays=frozenset({MONDAY}))["was_free"].all()


@pytest.mark.parametrize("price", [0.0, 0.5, -0.3])
def test_a_price_that_never_changes_has_features_that_are_numbers(price: float) -> None:
    found = features(with_spots(pl.lit(price)), 2).select(FEATURES).cast(pl.Float64)
    assert all(found.select(pl.all().is_finite().all()).row(0))
    assert found["last"].to_list() == pytest.approx([0.0] * 24)


def test_a_hole_in_the_past_is_unknown_and_no_more() -> None:
    hole = published(5, MONDAY - 8 * DAY)["start"]
    spots = KNOWN.filter(~pl.col("start").is_in(hole.implode()))
    found = features(spots, 2)
    assert found["naive"].null_count() == 0
    assert found["mean28"].null_count() == 0
    assert features(spots, 1, MONDAY - 7 * DAY)["before"].null_count() == 24
