"""The price forecast, from nothing to a trained model, with what it rests on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.forecaster.price.markets import (
    DAY,
    DAYS,
    HOUSE,
    MONDAY,
    QUICK,
    STOCKHOLM,
    coming,
    habit,
    known,
    learned,
    published,
    windy,
)

from darkstar_common.slots import local_day
from darkstar_forecaster.core.method import Ahead, Trained, Unknown, Untrainable
from darkstar_forecaster.core.price import PRICE
from darkstar_forecaster.core.price.method import FEWEST_DAYS, NAIVE, STALE_DAYS
from darkstar_forecaster.core.price.naive import MAKER
from darkstar_forecaster.core.situation import AHEAD, SPOTS, Situation, empty

TUESDAY, WEDNESDAY = MONDAY + DAY, MONDAY + 2 * DAY


def ahead(
    at: Situation, trained: Trained | None = None, first: date = WEDNESDAY, days: int = 5
) -> Ahead:
    found = PRICE.forecast(at, HOUSE, trained, coming(first, days))
    assert isinstance(found, Ahead)
    return found


def assert_whole(found: Ahead) -> None:
    """As every forecast must be."""
    table = found.slots
    assert table.schema == pl.Schema(dict(AHEAD))
    assert sum(table.null_count().row(0)) == 0
    assert table.select(pl.all_horizontal(pl.exclude("start").is_finite())).to_series().all()
    ordered = (pl.col("p10") <= pl.col("p50")) & (pl.col("p50") <= pl.col("p90"))
    assert table.select(ordered).to_series().all()


def test_without_any_price_none_is_made_up() -> None:
    found = PRICE.forecast(known(empty(SPOTS)), HOUSE, None, coming(TUESDAY))
    assert isinstance(found, Unknown)
    assert "no prices of the last 14 days are known" in found.reason
    assert "prices in the config" in found.guidance


@pytest.mark.parametrize("age", [STALE_DAYS, STALE_DAYS + 1])
def test_prices_that_are_too_old_tell_nothing(age: int) -> None:
    at = known(published(20, MONDAY - age * DAY))
    found = PRICE.forecast(at, HOUSE, None, coming(TUESDAY))
    assert isinstance(found, Ahead if age == STALE_DAYS else Unknown)


@pytest.mark.parametrize(
    ("days", "level"),
    [(1, "infant"), (3, "infant"), (4, "statistician"), (13, "statistician"), (14, "graduate")],
)
def test_levels_are_by_the_days_that_are_known(days: int, level: str) -> None:
    found = ahead(known(published(days, TUESDAY)))
    assert found.level == level
    assert (found.basis, found.maker) == (NAIVE, MAKER)
    assert_whole(found)


def test_one_day_is_followed_by_days_like_it_with_a_wide_band() -> None:
    found = ahead(known(published(1, TUESDAY, lambda one: one.hour / 10)))
    slots = found.slots.filter(pl.col("start") < local_day(WEDNESDAY, STOCKHOLM)[1])
    assert slots["p50"].to_list() == pytest.approx(
        [hour / 10 for hour in range(24) for _ in "1234"]
    )
    assert (slots["p90"] - slots["p10"]).min() > 1.0  # type: ignore[operator]  # of floats


@settings(max_examples=15, deadline=None)
@given(days=st.integers(1, 30), level=st.floats(-2, 2), swing=st.floats(0, 3))
def test_any_market_gets_a_forecast_that_is_whole(days: int, level: float, swing: float) -> None:
    spots = published(days, TUESDAY, lambda one: level + swing * habit(one), noise=0.1)
    assert_whole(ahead(known(spots)))


@settings(max_examples=8, deadline=None)
@given(
    missing=st.sets(st.integers(1, 40), max_size=35),
    factor=st.floats(-3, 3),
    trained=st.booleans(),
)
def test_holes_in_the_past_leave_a_forecast_whole(
    missing: set[int], factor: float, *, trained: bool
) -> None:
    gone = [TUESDAY - back * DAY for back in missing]
    spots = published(42, TUESDAY, lambda one: factor * habit(one), noise=0.1).filter(
        ~pl.col("start").dt.convert_time_zone(STOCKHOLM.key).dt.date().is_in(gone)
    )
    assert_whole(ahead(known(spots), learned() if trained else None))


def test_negative_prices_are_forecast_as_such() -> None:
    spots = published(20, TUESDAY, lambda one: -0.2 if 11 <= one.hour < 15 else 0.3)
    noon = ahead(known(spots)).slots.filter(
        pl.col("start").dt.convert_time_zone(STOCKHOLM.key).dt.hour() == 12
    )
    assert set(noon["p50"].round(6)) == {-0.2}


def test_the_naive_band_is_as_wide_as_its_errors_were() -> None:
    """Not as wide as prices vary: that an evening is dear is no surprise."""
    spots = published(60, TUESDAY, lambda one: one.hour / 10, noise=0.05)
    slots = ahead(known(spots)).slots
    widths = slots["p90"] - slots["p10"]
    assert 0.05 < widths.min() <= widths.max() < 0.3  # type: ignore[operator]  # of floats


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_days_on_which_the_clocks_are_set_are_forecast_whole(day: date) -> None:
    at = known(published(20, day - DAY), day - 2 * DAY)
    found = ahead(at, first=day, days=2)
    assert found.slots["start"].to_list() == coming(day, 2)
    assert_whole(found)


def test_a_day_that_is_published_but_for_its_last_hour_is_forecast_to_its_end() -> None:
    lisbon = ZoneInfo("Europe/Lisbon")
    spots = published(20, TUESDAY, zone=lisbon)
    config = HOUSE.model_copy(update={"timezone": lisbon.key})
    starts = [*coming(TUESDAY, zone=lisbon)[-4:], *coming(WEDNESDAY, zone=lisbon)]
    found = PRICE.forecast(known(spots.head(-4)), config, None, starts)
    assert isinstance(found, Ahead)
    assert found.slots["start"].to_list() == starts
    assert_whole(found)


def test_after_a_failed_auction_two_days_are_forecast_from_the_last_one() -> None:
    found = ahead(known(published(20, MONDAY)), first=TUESDAY, days=7)
    assert found.slots["start"].to_list() == coming(TUESDAY, 7)
    assert_whole(found)


def test_quarters_keep_the_shape_they_have_within_the_hour() -> None:
    spots = published(20, TUESDAY, lambda one: 1.0 + 0.01 * one.minute)
    hour = ahead(known(spots)).slots.head(4)
    assert hour["p50"].to_list() == pytest.approx([1.0, 1.15, 1.3, 1.45])


def test_a_country_whose_holidays_are_not_known_is_told() -> None:
    config = HOUSE.model_copy(
        update={"household": HOUSE.household.model_copy(update={"country": "XX"})}
    )
    found = PRICE.forecast(known(published(20, TUESDAY)), config, None, coming(WEDNESDAY))
    assert isinstance(found, Ahead)
    assert any("holidays of XX are not known" in note for note in found.notes)


@pytest.mark.parametrize("days", [0, 1, FEWEST_DAYS - 1])
def test_from_too_few_days_nothing_is_learned(days: int) -> None:
    spots = published(days, TUESDAY) if days else empty(SPOTS)
    found = PRICE.train(known(spots), HOUSE)
    assert found == Untrainable(
        reason=f"the price forecast learns from 60 days of published prices, and there are {days}"
    )


def test_a_model_says_what_it_has_seen() -> None:
    trained = learned()
    assert trained.quantity == "price"
    assert trained.from_slot == local_day(TUESDAY - (DAYS - 1) * DAY, STOCKHOLM)[0]
    assert trained.to_slot == local_day(TUESDAY, STOCKHOLM)[1]
    assert trained.facts["days"] == DAYS
    assert not any("wind" in name for name in trained.features)


def test_a_trained_model_is_what_forecasts() -> None:
    found = ahead(known(published(DAYS, TUESDAY, noise=0.1)), learned())
    assert (found.basis, found.maker, found.notes, found.level) == ("", "", (), "graduate")
    assert_whole(found)


def test_the_same_model_and_prices_give_the_same_forecast() -> None:
    at = known(published(DAYS, TUESDAY, noise=0.1))
    assert ahead(at, learned()).slots.equals(ahead(at, learned()).slots)


def test_what_is_learned_is_the_week_and_the_way_back_to_the_usual_level() -> None:
    """Each day is off by an amount of its own, which tells nothing of the days after."""
    spots = published(DAYS, TUESDAY, noise=0.1)
    off = spots.with_columns(
        spot_per_kwh=pl.when(pl.col("start") >= local_day(TUESDAY, STOCKHOLM)[0])
        .then(pl.col("spot_per_kwh") + 0.3)
        .otherwise("spot_per_kwh")
    )
    at = known(off)
    truth = [habit(one.astimezone(STOCKHOLM)) for one in coming(WEDNESDAY, 5)]
    errors = [
        (ahead(at, model).slots["p50"] - pl.Series(truth)).abs().mean()
        for model in (learned(), None)
    ]
    assert errors[0] < 0.7 * errors[1]  # type: ignore[operator]  # of floats


@pytest.mark.parametrize("name", ["mean.ubj", "quantiles.ubj", "shape.json", "width.json"])
@pytest.mark.parametrize("content", [None, b"", b"nonsense"])
def test_a_damaged_model_is_a_step_down_that_is_told(name: str, content: bytes | None) -> None:
    files = {one: data for one, data in learned().files.items() if one != name}
    if content is not None:
        files[name] = content
    at = known(published(DAYS, TUESDAY, noise=0.1))
    found = ahead(at, replace(learned(), files=files))
    assert (found.basis, found.maker) == (NAIVE, MAKER)
    assert len(found.notes) == 1
    assert name in found.notes[0]
    assert found.slots.equals(ahead(at).slots)


def strength(day: date) -> float:
    """Wind that comes and goes, whatever the day before had [m/s]."""
    return float((day.toordinal() * 7919) % 11)


def by_wind(days: int, until: date) -> pl.DataFrame:
    return published(days, until, lambda one: 1.0 - 0.08 * strength(one.date()))


@pytest.fixture(scope="module")
def windy_model() -> Trained:
    at = known(by_wind(DAYS, TUESDAY), weather=windy(TUESDAY, DAYS, strength))
    found = QUICK.train(at, HOUSE)
    assert isinstance(found, Trained)
    return found


def test_where_wind_makes_prices_fall_its_forecast_is_used(windy_model: Trained) -> None:
    spots = by_wind(DAYS, TUESDAY)
    told = known(spots, weather=windy(MONDAY + 8 * DAY, DAYS + 7, strength))
    truth = by_wind(5, WEDNESDAY + 4 * DAY)["spot_per_kwh"]
    with_it = (ahead(told, windy_model).slots["p50"] - truth).abs().mean()
    without = (ahead(known(spots)).slots["p50"] - truth).abs().mean()
    assert "wind" in windy_model.features
    assert with_it < 0.5 * without  # type: ignore[operator]  # of floats


def test_what_a_source_of_weather_does_not_tell_is_done_without() -> None:
    weather = windy(TUESDAY, DAYS, strength).with_columns(irradiance_w_per_m2=pl.lit(None))
    found = QUICK.train(known(by_wind(DAYS, TUESDAY), weather=weather), HOUSE)
    assert isinstance(found, Trained)
    assert {"wind", "temperature"} < set(found.features)
    assert not any("sun" in name for name in found.features)


def test_a_missing_weather_forecast_is_told_and_no_reason_to_give_up(windy_model: Trained) -> None:
    at = known(by_wind(DAYS, TUESDAY))
    found = ahead(at, windy_model)
    truth = by_wind(5, WEDNESDAY + 4 * DAY)["spot_per_kwh"]
    mine, naive = ((one.slots["p50"] - truth).abs().mean() for one in (found, ahead(at)))
    assert mine < 1.2 * naive  # type: ignore[operator]  # of floats
    assert found.basis == ""
    assert any("weather" in note for note in found.notes)
    assert_whole(found)
