"""Weather as rows: of a file, of a topic, of Home Assistant."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fake_open_meteo import MALMO

from darkstar_common.slots import SLOT
from darkstar_forecaster.core.weather.home_assistant import forecast_table
from darkstar_forecaster.core.weather.rows import moment_of, rows_table
from darkstar_forecaster.core.weather.table import WeatherRefusedError

NOON = datetime(2026, 5, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def rows(step: timedelta, *degrees: object, **more: object) -> list[dict[str, Any]]:
    return [
        {"start": (NOON + number * step).isoformat(), "temperature_c": one, **more}
        for number, one in enumerate(degrees)
    ]


def test_quarters_are_slots_as_they_are() -> None:
    table = rows_table(rows(SLOT, 1, "2.5", "", None, 4), None)
    assert table["temperature_c"].to_list() == [1, 2.5, None, None, 4]
    assert table["start"][0] == NOON


def test_hours_are_joined_by_lines_between_their_middles() -> None:
    found = rows_table(rows(HOUR, 0, 8), None)["temperature_c"].to_list()
    assert found == [0, 0, 1, 3, 5, 7, 8, 8]


def test_an_hours_radiation_keeps_its_mean_and_follows_the_sun() -> None:
    table = rows_table(rows(HOUR, 5, 5, irradiance_w_per_m2=400), MALMO)
    found = table["irradiance_w_per_m2"].to_list()
    assert sum(found[:4]) / 4 == pytest.approx(400)
    assert found[4] > found[5] > found[6] > found[7]  # the afternoon


def test_rows_may_come_in_any_order_and_be_missing() -> None:
    said = rows(SLOT, 1, 2, 3, 4)
    table = rows_table([said[3], said[0], said[2]], None)
    assert table["temperature_c"].to_list() == [1, None, 3, 4]


def test_start_utc_is_a_start_as_well_in_whatever_zone() -> None:
    one = {"start_utc": "2026-05-05T14:00:00+02:00", "wind_m_per_s": 3}
    assert rows_table([one], None)["start"].to_list() == [NOON + n * SLOT for n in range(4)]


REFUSALS = [
    ([], "it is empty"),
    (rows(SLOT, 1, 2) + rows(SLOT, 3), "2026-05-05 12:00 UTC comes twice"),
    (rows(timedelta(minutes=10), 1, 2), "do not begin at full quarter hours or full hours"),
    (rows(timedelta(minutes=30), 1, 2), "do not begin at full quarter hours or full hours"),
    (rows(timedelta(days=500), 1, 2), "do not begin at full quarter hours"),
    (rows(SLOT, 1, 2) + rows(timedelta(days=500), 1, 2)[1:], "it spans more than 400 days"),
    ([{"start": "2026-05-05T12:00:00", "temperature_c": 1}], "begins at '2026-05-05T12:00:00'"),
    ([{"start": "noon"}], "a row begins at 'noon'; write its start as 2026-01-01T12:00:00Z"),
    ([{"temperature_c": 1}], "a row begins at 'None'"),
    ([{"start": 5}], "a row begins at '5'"),
    ([{"start": "2026-05-05T12:05:00Z", "temperature_c": 1}], "do not begin at full"),
    ([{"start": "2026-05-05T12:00:00Z", "temp": 1}], "it has none of the columns temperature_c"),
    (rows(SLOT, "mild"), "temperature_c is 'mild', which is no number"),
    (rows(SLOT, "nan"), "temperature_c is 'nan', which is no number"),
    (rows(SLOT, True), "temperature_c is 'True', which is no number"),
    (rows(SLOT, 10**400), "which is no number"),
    (rows(SLOT, [1]), "which is no number"),
    (rows(SLOT, 200), "temperature_c is 200, which cannot be"),
]


@pytest.mark.parametrize(("said", "reason"), REFUSALS)
def test_rows_that_cannot_be_read_are_refused(said: list[dict[str, Any]], reason: str) -> None:
    with pytest.raises(WeatherRefusedError, match=reason):
        rows_table(said, None)


@pytest.mark.parametrize("said", [None, 5, "", "soon", "2026-05-05", "1800-01-01T00:00:00Z"])
def test_what_is_no_moment_is_none(said: object) -> None:
    assert moment_of(said) is None


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["start", "start_utc", "temperature_c", "irradiance_w_per_m2"]),
            st.none()
            | st.floats()
            | st.text(max_size=5)
            | st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
        ),
        max_size=4,
    )
)
def test_no_rows_are_a_surprise(said: list[dict[str, Any]]) -> None:
    with suppress(WeatherRefusedError):
        assert rows_table(said, MALMO).width == 8


ENTITY = "weather.home"


def a_state(temperature: object = "°C", wind: object = "km/h") -> dict[str, Any]:
    return {"attributes": {"temperature_unit": temperature, "wind_speed_unit": wind}}


def an_answer(*hours: Mapping[str, Any]) -> dict[str, Any]:
    forecast = [
        {"datetime": (NOON + number * HOUR).isoformat(), "condition": "sunny", **one}
        for number, one in enumerate(hours)
    ]
    return {"changed_states": [], "service_response": {ENTITY: {"forecast": forecast}}}


@pytest.mark.parametrize(
    ("unit", "said"), [("°C", (0.0, 8.0)), ("°F", (32.0, 46.4)), ("K", (273.15, 281.15))]
)
def test_a_weather_entity_has_its_own_unit_of_temperature(
    unit: str, said: tuple[float, float]
) -> None:
    answer = an_answer(*({"temperature": one} for one in said))
    table = forecast_table(a_state(temperature=unit), answer, ENTITY)
    assert table["temperature_c"].to_list() == pytest.approx([1, 3, 5, 7])


@pytest.mark.parametrize(
    ("unit", "said"), [("m/s", 10), ("km/h", 36), ("mph", 22.369), ("kn", 19.438), ("ft/s", 32.808)]
)
def test_a_weather_entity_has_its_own_unit_of_wind(unit: str, said: float) -> None:
    answer = an_answer({"wind_speed": said}, {"wind_speed": said})
    table = forecast_table(a_state(wind=unit), answer, ENTITY)
    assert table["wind_m_per_s"].to_list() == pytest.approx([10] * 4, abs=0.001)


def test_a_weather_entity_knows_no_radiation_and_its_condition_is_no_cloud_cover() -> None:
    answer = an_answer({"temperature": 1, "cloud_coverage": 40}, {"temperature": 1})
    table = forecast_table(a_state(), answer, ENTITY)
    assert table["irradiance_w_per_m2"].null_count() == 4
    assert table["cloud_cover_percent"].null_count() == 4  # one instant is no line
    answer = an_answer({"temperature": 1}, {"temperature": 1})
    assert forecast_table(a_state(), answer, ENTITY)["cloud_cover_percent"].null_count() == 4


WARM = an_answer({"temperature": 1}, {"temperature": 2})


@pytest.mark.parametrize(
    ("state", "answer", "reason"),
    [
        (a_state(), {}, "weather.home has no hourly forecast"),
        (a_state(), an_answer(), "weather.home has no hourly forecast"),
        (a_state(), {"service_response": {ENTITY: None}}, "has no hourly forecast"),
        (a_state(), {"service_response": {ENTITY: {"forecast": [1]}}}, "is no object"),
        (a_state(temperature="°R"), WARM, "has temperature in °R; known are °C, °F, K"),
        ({}, WARM, "has temperature in no unit; known are"),
        ({"attributes": "x"}, WARM, "has temperature in no unit"),
        (a_state(temperature=["°C"]), WARM, "has temperature in"),
        (a_state(), an_answer({"temperature": "1"}), "temperature has '1', which is no number"),
        (a_state(), an_answer({"datetime": "soon"}), "are not one after the other"),
        (a_state(), an_answer({}, {"datetime": NOON.isoformat()}), "not one after the other"),
        (a_state(), an_answer({}, {"datetime": "2027-01-01T00:00:00Z"}), "more than a month"),
    ],
)
def test_a_forecast_that_cannot_be_read_is_refused(
    state: dict[str, Any], answer: dict[str, Any], reason: str
) -> None:
    with pytest.raises(WeatherRefusedError, match=reason):
        forecast_table(state, answer, ENTITY)
