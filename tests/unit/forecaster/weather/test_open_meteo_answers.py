"""What Open-Meteo is asked for, and what its answers mean."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.fake_open_meteo import MALMO, FakeOpenMeteo, mean_before, truth
from support.fake_web import Asked

from darkstar_forecaster.core.weather.open_meteo import (
    VARIABLES,
    answer_table,
    archive_query,
    forecast_query,
)
from darkstar_forecaster.core.weather.sun import Place
from darkstar_forecaster.core.weather.table import WeatherRefusedError

NOW = datetime(2026, 5, 5, 6, 10, tzinfo=UTC)
MIDNIGHT = datetime(2026, 5, 5, tzinfo=UTC)
MEANS = ("irradiance_w_per_m2", "direct_w_per_m2", "diffuse_w_per_m2")


def a_body(*, quarterly: bool = True, place: Place = MALMO) -> dict[str, Any]:
    fake = FakeOpenMeteo(now=lambda: NOW, quarterly=quarterly)
    asked = Asked(
        method="GET", path="/v1/forecast", query=forecast_query(place), headers={}, body=None
    )
    body: dict[str, Any] = json.loads(fake(asked).content)
    return body


def test_nothing_is_asked_for_in_local_time_or_in_units_of_chance() -> None:
    query = forecast_query(MALMO)
    assert query["timezone"] == "GMT"
    assert query["timeformat"] == "unixtime"
    assert query["wind_speed_unit"] == "ms"
    assert query["temperature_unit"] == "celsius"
    assert (query["forecast_days"], query["past_days"]) == ("8", "2")


def test_the_place_is_told_to_a_kilometre_and_no_finer() -> None:
    query = forecast_query(Place(latitude=55.604981, longitude=-13.003822))
    assert (query["latitude"], query["longitude"]) == ("55.60", "-13.00")


def test_the_archive_is_asked_for_days_by_the_hour_and_the_midnight_after() -> None:
    query = archive_query(MALMO, date(2025, 1, 1), date(2025, 12, 30))
    assert (query["start_date"], query["end_date"]) == ("2025-01-01", "2025-12-31")
    assert "minutely_15" not in query
    assert set(query["hourly"].split(",")) == {name for name, _ in VARIABLES.values()}


@pytest.mark.parametrize("quarterly", [True, False])
def test_each_slot_has_what_the_sky_has_in_it(quarterly: bool) -> None:
    table = answer_table(a_body(quarterly=quarterly), MALMO)
    starts = table["start"].dt.epoch("s").to_numpy().astype(np.int64)
    for column, (variable, _) in VARIABLES.items():
        found = table[column].to_numpy()
        expected = (
            mean_before(variable, starts + 900, 900)
            if column in MEANS
            else truth(variable, starts + 450)
        )
        error = np.abs(found - expected)[np.isfinite(found)]
        assert error.size > 9 * 96
        assert error.max() < (2.5 if column in MEANS else 0.1), column


def test_radiation_is_that_of_the_time_before_its_stamp() -> None:
    # read as of the time after its stamp the morning would come an interval too late
    body = a_body(quarterly=False)
    table = answer_table(body, MALMO)
    hours = body["hourly"]
    at = int(datetime(2026, 5, 5, 9, tzinfo=UTC).timestamp())
    stamped = hours["shortwave_radiation"][hours["time"].index(at)]
    before = table.filter(
        pl.col("start").is_between(
            MIDNIGHT + timedelta(hours=8), MIDNIGHT + timedelta(hours=9), closed="left"
        )
    )
    assert before["irradiance_w_per_m2"].mean() == pytest.approx(stamped)


def test_seven_whole_days_lie_ahead_and_two_behind() -> None:
    table = answer_table(a_body(), MALMO)
    assert table["start"][0] <= MIDNIGHT - timedelta(days=2)
    assert table["start"][-1] >= NOW + timedelta(days=7)


def test_where_a_quarter_is_unknown_the_hour_is_taken() -> None:
    body, hourly = a_body(), answer_table(a_body(quarterly=False), MALMO)
    quarters = body["minutely_15"]
    quarters["shortwave_radiation"] = [None] * len(quarters["time"])
    table = answer_table(body, MALMO)
    both = table.join(hourly, on="start", suffix="_hourly").drop_nulls("irradiance_w_per_m2")
    assert both.height > 9 * 96
    assert both["irradiance_w_per_m2"].to_list() == both["irradiance_w_per_m2_hourly"].to_list()


def test_null_and_what_is_left_out_stay_unknown() -> None:
    body = a_body(quarterly=False)
    body["hourly"]["snow_depth"] = [None] * len(body["hourly"]["time"])
    del body["hourly"]["cloud_cover"]
    table = answer_table(body, MALMO)
    assert table["snow_depth_m"].null_count() == table["cloud_cover_percent"].null_count()
    assert table["snow_depth_m"].null_count() == table.height


def changing(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(body: dict[str, Any]) -> None:
        place, (*path, name) = body, key.split(".")
        for part in path:
            place = place[part]
        place[name] = value

    return change


def pop(key: str) -> Callable[[dict[str, Any]], None]:
    block, name = key.split(".")
    return lambda body: body[block][name].pop()


REFUSALS: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (changing("utc_offset_seconds", 7200), "its times are 7200 s off UTC"),
    (changing("latitude", 52.5), r"it is of 52.5° north 13° east, not of 55.6° 13°"),
    (changing("longitude", -13.0), r"it is of 55.6.*° north -13° east"),
    (changing("latitude", None), "does not say where it is of"),
    (changing("longitude", "13"), "does not say where it is of"),
    (changing("hourly_units.wind_speed_10m", "km/h"), "wind_speed_10m is in 'km/h', not in m/s"),
    (changing("minutely_15_units.temperature_2m", "°F"), "temperature_2m is in '°F', not in °C"),
    (changing("hourly_units", None), "its hourly values have no units"),
    (changing("hourly.time", None), "its hourly times are no list of Unix seconds"),
    (changing("hourly.time", ["2026-05-05T00:00"]), "times are no list of Unix seconds"),
    (changing("hourly.time", [1800]), "not one after the other, each 60 min"),
    (changing("hourly.time", [0, 3600, 3600]), "not one after the other, each 60 min"),
    (changing("minutely_15.time", [0, 3600]), "not one after the other, each 15 min"),
    (changing("hourly.wind_speed_10m", "calm"), "hourly wind_speed_10m is no list"),
    (changing("hourly.wind_speed_10m", ["calm"]), "has 'calm', which is no number"),
    (changing("hourly.wind_speed_10m", [True]), "has 'True', which is no number"),
    (changing("hourly.wind_speed_10m", [float("nan")]), "has 'nan', which is no number"),
    (changing("hourly.wind_speed_10m", [10**400]), "which is no number"),
    (pop("hourly.cloud_cover"), "it has 239 values of cloud_cover for 240 times"),
]


@pytest.mark.parametrize(("change", "reason"), REFUSALS)
def test_a_poisoned_answer_is_refused_whole(
    change: Callable[[dict[str, Any]], object], reason: str
) -> None:
    body = a_body()
    change(body)
    with pytest.raises(WeatherRefusedError, match=reason):
        answer_table(body, MALMO)


def test_half_a_day_of_the_sun_at_night_is_refused() -> None:
    body = a_body(quarterly=False)
    radiation = body["hourly"]["shortwave_radiation"]
    body["hourly"]["shortwave_radiation"] = radiation[8:] + radiation[:8]
    with pytest.raises(WeatherRefusedError, match="the sun shines at night"):
        answer_table(body, MALMO)


@pytest.mark.parametrize("body", [None, [], "text", 5])
def test_what_is_no_object_is_refused(body: object) -> None:
    with pytest.raises(WeatherRefusedError, match="no JSON object"):
        answer_table(body, MALMO)


def test_an_answer_without_values_is_refused() -> None:
    with pytest.raises(WeatherRefusedError, match="it has no hourly values"):
        answer_table({"latitude": 55.6, "longitude": 13.0}, MALMO)


def test_far_north_degrees_of_longitude_are_short() -> None:
    north = Place(latitude=70.0, longitude=25.0)
    body = a_body(place=north, quarterly=False)
    body["longitude"] = 27.0  # 76 km
    assert answer_table(body, north).height > 0


def test_across_the_date_line_the_place_is_near() -> None:
    fiji = Place(latitude=-17.0, longitude=179.9)
    body = a_body(place=fiji)
    body["longitude"] = -179.9
    assert answer_table(body, fiji).height > 0


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
KEYS = st.sampled_from(
    ["latitude", "hourly", "hourly.time", "hourly.snow_depth", "hourly_units", "minutely_15"]
)


@given(key=KEYS, value=junk)
@example(key="latitude", value=10**30)
@example(key="latitude", value=10**400)
@example(key="hourly.snow_depth", value=[10**400, 1])
@example(key="hourly.time", value=[0, 10**30])
def test_no_answer_is_a_surprise(key: str, value: object) -> None:
    body = {
        "latitude": 55.6,
        "longitude": 13.0,
        "hourly": {"time": [0, 3600], "snow_depth": [0.1, 0.2]},
        "hourly_units": {"snow_depth": "m"},
    }
    changing(key, value)(body)
    with suppress(WeatherRefusedError):
        assert answer_table(body, MALMO).height <= 8
