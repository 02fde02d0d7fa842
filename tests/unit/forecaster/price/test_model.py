"""The trained model of prices, and what keeps its band honest."""

from __future__ import annotations

import json
from datetime import timedelta

import polars as pl
import pytest
from unit.forecaster.price.markets import DAY, DAYS, HOUSE, MONDAY, known, learned, published

from darkstar_forecaster.core.conformal import Widening
from darkstar_forecaster.core.price.features import FEATURES, LEADS
from darkstar_forecaster.core.price.model import Model, RefusedModelError, model_of
from darkstar_forecaster.core.price.scene import scene
from darkstar_forecaster.core.price.weather import by_hour, some_without, weathered
from darkstar_forecaster.core.situation import WEATHER, empty

TUESDAY = MONDAY + DAY


def rows(seed_days: int = DAYS) -> pl.DataFrame:
    seen = scene(known(published(seed_days, TUESDAY, noise=0.1)), HOUSE, seed_days)
    assert seen
    return seen.rows([TUESDAY + 2 * DAY])


def test_a_model_is_on_disk_what_it_was() -> None:
    model = model_of(learned().files)
    again = model_of(model.files())
    assert again.features == model.features == FEATURES
    assert again.width == model.width
    assert again.told(rows()).equals(model.told(rows()))


def test_the_band_is_measured_by_days_ahead_on_days_that_were_held_out() -> None:
    width = model_of(learned().files).width
    assert (width.by, width.scale) == ("lead", "unit")
    assert set(width.groups) == set(range(1, LEADS + 1))
    assert all(move != 0 for moves in width.groups.values() for move in moves)


def test_the_band_is_moved_by_what_was_measured() -> None:
    model = model_of(learned().files)
    wider = Model(
        boosted=model.boosted, width=Widening(by="lead", scale="unit", rest=(3.0, 4.0), groups={})
    )
    plain = Model(boosted=model.boosted, width=Widening())
    bands = [one.told(rows()) for one in (wider, plain)]
    unit = rows()["unit"]
    assert (bands[1]["p10"] - bands[0]["p10"]).to_list() == pytest.approx((3 * unit).to_list())
    assert (bands[0]["p90"] - bands[1]["p90"]).to_list() == pytest.approx((4 * unit).to_list())
    assert bands[0]["p50"].equals(bands[1]["p50"])


def test_a_model_that_looks_at_what_is_not_known_any_more_is_refused() -> None:
    files = dict(learned().files)
    shape = json.loads(files["shape.json"])
    shape["features"][0] = "phase_of_the_moon"
    files["shape.json"] = json.dumps(shape).encode()
    with pytest.raises(RefusedModelError, match="phase_of_the_moon"):
        model_of(files)


def test_the_weather_of_every_fifth_day_is_forgotten() -> None:
    """So that trees learn what to do without it."""
    days = [MONDAY + number * DAY for number in range(20)]
    names = [f"{name}{end}" for name in ("temperature", "wind", "sun") for end in ("", "_change")]
    table = pl.DataFrame({"day": days, **{name: [1.0] * 20 for name in names}})
    kept = some_without(table)
    assert {kept[name].count() for name in names} == {16}


def test_weather_is_that_of_the_hour_ahead_and_its_change_since_the_week_before() -> None:
    start = MONDAY - 7 * DAY
    days = [start + number * DAY for number in range(9)]
    weather = pl.DataFrame(
        {
            "day": days,
            "hour": pl.Series([5] * 9, dtype=pl.Int8),
            "wind": [4.0] * 8 + [10.0],
            "temperature": [float(number) for number in range(9)],
            "sun": [None] * 9,
        },
        schema_overrides={"sun": pl.Float64},
    )
    usual = weather.with_columns(
        wind_usual=pl.lit(4.0), temperature_usual=pl.lit(4.0), sun_usual=pl.lit(None, pl.Float64)
    )
    asked = pl.DataFrame(
        {"day": [MONDAY], "target": [MONDAY + DAY], "hour": pl.Series([5], dtype=pl.Int8)}
    )
    found = weathered(asked, usual).row(0, named=True)
    assert (found["wind"], found["wind_change"]) == (10.0, 6.0)
    assert (found["temperature"], found["temperature_change"]) == (8.0, 4.0)
    assert found["sun_change"] is None


def test_usual_weather_is_the_mean_of_the_week_at_that_hour() -> None:
    moments = [
        known(published(1, MONDAY)).now.replace(hour=10) - number * timedelta(days=1)
        for number in range(14)
    ]
    table = pl.DataFrame(
        {"start": moments, "wind_m_per_s": [float(number) for number in range(14)]},
        schema={"start": WEATHER["start"], "wind_m_per_s": pl.Float64},
    )
    weather = pl.concat([empty(WEATHER), table], how="diagonal").sort("start")
    newest = by_hour(weather, HOUSE.zone).sort("day").row(-1, named=True)
    assert newest["wind"] == 0.0
    assert newest["wind_usual"] == 3.0
    assert newest["temperature_usual"] is None
