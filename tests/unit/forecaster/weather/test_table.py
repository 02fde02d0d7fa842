"""Tables of weather: checked, trimmed, joined."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fake_open_meteo import MALMO
from unit.forecaster.weather.making import a_table

from darkstar_common.slots import SLOT
from darkstar_forecaster.core.situation import WEATHER, empty
from darkstar_forecaster.core.weather.table import (
    COLUMNS,
    LIMITS,
    WeatherRefusedError,
    ahead_of,
    over,
    weather_table,
)

NOON = datetime(2026, 5, 5, 12, tzinfo=UTC)
STARTS = int(NOON.timestamp()) + np.arange(4, dtype=np.int64) * 900


def made(**columns: list[float]) -> pl.DataFrame:
    values = {name: np.array(values, dtype=np.float64) for name, values in columns.items()}
    return weather_table(STARTS, values, None)


def test_a_table_has_all_columns_and_null_for_what_is_unknown() -> None:
    table = made(temperature_c=[1, float("nan"), 3, 4])
    assert table.schema == dict(WEATHER)
    assert table["temperature_c"].to_list() == [1, None, 3, 4]
    assert table["wind_m_per_s"].to_list() == [None] * 4
    assert table["start"].to_list() == [NOON + number * SLOT for number in range(4)]


def test_rows_of_which_nothing_is_known_are_left_out_at_the_ends_alone() -> None:
    nan = float("nan")
    table = made(temperature_c=[nan, 2, nan, nan], wind_m_per_s=[nan, nan, nan, 1])
    assert table["start"].to_list() == [NOON + number * SLOT for number in (1, 2, 3)]
    assert made(temperature_c=[nan] * 4).is_empty()
    assert made().is_empty()


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("edge", [0, 1])
def test_what_there_is_not_on_earth_is_refused_whole(name: str, edge: int) -> None:
    limit = LIMITS[name][edge]
    within, beyond = limit, limit + (1.5 if edge else -1.5)
    assert made(**{name: [within] * 4})[name].to_list() == [within] * 4
    with pytest.raises(WeatherRefusedError, match=f"^{name} is {beyond:g}, which cannot be"):
        made(**{name: [within, beyond, within, within]})


@pytest.mark.parametrize("value", [float("inf"), float("-inf")])
def test_infinity_is_refused(value: float) -> None:
    with pytest.raises(WeatherRefusedError, match="cannot be"):
        made(temperature_c=[value] * 4)


def test_a_models_rounding_below_zero_is_zero() -> None:
    assert made(irradiance_w_per_m2=[-0.4] * 4)["irradiance_w_per_m2"].to_list() == [0] * 4


def test_local_times_as_utc_are_told_by_the_sun_at_night() -> None:
    midnight = int(datetime(2026, 5, 5, 23, tzinfo=UTC).timestamp())
    starts = midnight + np.arange(4, dtype=np.int64) * 900
    columns = {"irradiance_w_per_m2": np.full(4, 200.0)}
    with pytest.raises(WeatherRefusedError, match="the sun shines at night, at 2026-05-05 23:00"):
        weather_table(starts, columns, MALMO)
    assert weather_table(starts, columns, None).height == 4
    assert weather_table(STARTS, columns, MALMO).height == 4


def test_a_forecast_tells_of_six_hours_or_is_half_an_answer() -> None:
    long, short = a_table(NOON, 25), a_table(NOON, 24)
    assert ahead_of(long, NOON) is long
    with pytest.raises(WeatherRefusedError, match="ends at 2026-05-05 17:45 UTC, less than 6 h"):
        ahead_of(short, NOON)
    with pytest.raises(WeatherRefusedError, match="begins only at 2026-05-05 18:15 UTC"):
        ahead_of(a_table(NOON + 25 * SLOT, 96), NOON)
    with pytest.raises(WeatherRefusedError, match="it is empty"):
        ahead_of(empty(WEATHER), NOON)


def test_over_takes_value_by_value_what_the_newer_one_knows() -> None:
    old = a_table(NOON, 3, temperature_c=1, wind_m_per_s=4)
    new = a_table(NOON + SLOT, 3, temperature_c=2)
    found = over(old, new)
    assert found["temperature_c"].to_list() == [1, 2, 2, 2]
    assert found["wind_m_per_s"].to_list() == [4, 4, 4, None]
    assert found.schema == dict(WEATHER)


tables = st.builds(
    lambda begin, slots, degrees: a_table(NOON + begin * SLOT, slots, temperature_c=degrees),
    st.integers(0, 20),
    st.integers(0, 20),
    st.one_of(st.none(), st.floats(-20, 30)),
)


@given(old=tables, new=tables)
def test_over_loses_nothing_and_has_each_slot_once(old: pl.DataFrame, new: pl.DataFrame) -> None:
    found = over(old, new)
    starts = found["start"].to_list()
    assert starts == sorted({*old["start"], *new["start"]})
    known = {**dict(old.select("start", "temperature_c").iter_rows())}
    for start, degrees in new.select("start", "temperature_c").iter_rows():
        known[start] = known.get(start) if degrees is None else degrees
    assert dict(found.select("start", "temperature_c").iter_rows()) == known
