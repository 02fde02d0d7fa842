"""Weather made to fit a past: as wrong as forecasts are, and no more."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from unit.forecaster.pv.sunny import JUNE, LUND, SOUTH, cloudy, days, some_past, some_weather

from darkstar_forecaster.core.pv.sky import clearness, sky
from darkstar_forecaster.core.pv.synthetic import weather_like
from darkstar_forecaster.core.situation import PAST, WEATHER, empty

CLEAR = cloudy(days(40))
TRUE = some_weather(JUNE, CLEAR)
MEASURED = some_past(TRUE, SOUTH)


@pytest.fixture(scope="module")
def made() -> pl.DataFrame:
    return weather_like(MEASURED, LUND.latitude, LUND.longitude)


def relative_error(made: pl.DataFrame, from_hour: int, to_hour: int) -> float:
    """Root mean square of the hourly error by the mean irradiance, by daylight."""
    lead = pl.col("start") - pl.col("issued_at")
    hours = (
        made.filter(
            lead.is_between(timedelta(hours=from_hour), timedelta(hours=to_hour), closed="left")
        )
        .join(TRUE.select("start", true="irradiance_w_per_m2"), on="start")
        .filter(pl.col("true") > 20)
        .group_by(pl.col("start").dt.truncate("1h"), "issued_at")
        .agg(pl.col("true").mean(), made=pl.col("irradiance_w_per_m2").mean())
    )
    true, made_up = hours["true"].to_numpy(), hours["made"].to_numpy()
    return float(np.sqrt(np.mean((made_up - true) ** 2)) / np.mean(true))


def test_it_is_weather_by_issue(made: pl.DataFrame) -> None:
    assert made.columns == [*WEATHER, "issued_at"]
    assert made.null_count().sum_horizontal().item() == 0
    assert made.select((pl.col("issued_at") <= pl.col("start")).all()).item()
    assert made.select(pl.struct("start", "issued_at").is_unique().all()).item()
    assert set(made["issued_at"].dt.hour()) == {0, 12}


def test_each_measured_slot_is_foretold_a_week_ahead(made: pl.DataFrame) -> None:
    settled = made.filter(pl.col("start") >= JUNE + timedelta(days=7))
    lead = (pl.col("start") - pl.col("issued_at")).max().alias("lead")
    furthest = settled.group_by("start").agg(lead)
    assert furthest.select((pl.col("lead") >= timedelta(days=7)).all()).item()
    assert set(MEASURED["start"]) <= set(made["start"])


def test_errors_are_those_of_weather_models_and_grow(made: pl.DataFrame) -> None:
    soon, day_ahead, later = (
        relative_error(made, *hours) for hours in ((0, 12), (24, 36), (132, 168))
    )
    assert soon < day_ahead < later
    assert 0.25 < day_ahead < 0.35


def test_errors_last_for_hours(made: pl.DataFrame) -> None:
    one = made.filter(pl.col("issued_at") == JUNE + timedelta(days=10)).head(96)
    over = sky(one["start"], LUND)
    true = CLEAR[days(10) :][:96]
    off = clearness(one["irradiance_w_per_m2"].to_numpy(), over) - true
    off = off[np.isfinite(off)]
    assert np.corrcoef(off[:-1], off[1:])[0, 1] > 0.5


def test_the_same_seed_gives_the_same_weather_and_another_one_other() -> None:
    short = MEASURED.head(days(3))
    first, again, other = (
        weather_like(short, LUND.latitude, LUND.longitude, seed=seed) for seed in (1, 1, 2)
    )
    assert first.equals(again)
    assert not first.equals(other)


def test_gaps_are_bridged() -> None:
    holed = MEASURED.filter(pl.col("start").dt.day() != 5).with_columns(
        pv_kw=pl.when(pl.col("start").dt.day() == 8).then(None).otherwise("pv_kw")
    )
    made = weather_like(holed.head(days(12)), LUND.latitude, LUND.longitude)
    assert made.null_count().sum_horizontal().item() == 0
    assert not made["irradiance_w_per_m2"].is_nan().any()


def test_an_empty_past_is_refused() -> None:
    with pytest.raises(ValueError, match="empty past"):
        weather_like(empty(PAST), 55.0, 13.0)
