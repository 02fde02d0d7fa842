"""Weather for a backtest: each slot is known when its issue was made, not before."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from unit.forecaster.scores.frames import DAY, HOUR, MONDAY, SLOT

from darkstar_common.config import Config
from darkstar_common.slots import slots
from darkstar_forecaster.core.situation import ISSUES, PAST, SPOTS, TIME, Archive, empty
from darkstar_forecaster.tools.past_weather import SYNTHETIC, past_weather
from darkstar_forecaster.tools.tool import ToolError

CONFIG = Config()
SOMEWHERE = Config.model_validate({"location": {"latitude": 55.6, "longitude": 13.0}})
NOON = MONDAY + 13 * HOUR


def a_file(path: Path, *lines: str) -> str:
    file = path / "weather.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(file)


def at(weather: pl.DataFrame) -> Archive:
    spots = empty({**SPOTS, "published_at": TIME})
    return Archive(past=empty(PAST), weather=weather, spots=spots)


def sunny(days: int) -> pl.DataFrame:
    """PV of clear days."""
    starts = slots(MONDAY, days * 96)
    sun = [max(0.0, 6.0 - abs((one - MONDAY) % DAY / HOUR - 12.0)) for one in starts]
    table = pl.DataFrame({"start": pl.Series(starts, dtype=TIME), "pv_kw": sun, "fit": True})
    return pl.concat([empty(PAST), table], how="diagonal")


def test_without_a_source_there_is_no_weather() -> None:
    assert past_weather(None, empty(PAST), CONFIG).equals(empty(ISSUES))


def test_what_was_measured_is_known_when_its_slot_is_over(tmp_path: Path) -> None:
    lines = [f"{(NOON + number * SLOT).isoformat()},{number}" for number in range(8)]
    found = past_weather(a_file(tmp_path, "start_utc,temperature_c", *lines), empty(PAST), CONFIG)
    assert dict(found.schema) == dict(ISSUES)
    known = at(found).at(NOON + 2 * SLOT).weather
    assert known["start"].to_list() == [NOON, NOON + SLOT]
    assert known["temperature_c"].to_list() == [0.0, 1.0]


def test_a_forecast_is_known_once_it_is_issued(tmp_path: Path) -> None:
    lines = [
        f"{(NOON + number * SLOT).isoformat()},{(NOON - lead).isoformat()},{warm}"
        for lead, warm in ((timedelta(hours=12), 5), (timedelta(hours=2), 7))
        for number in range(4)
    ]
    found = past_weather(
        a_file(tmp_path, "start_utc,issued_at,temperature_c", *lines), empty(PAST), CONFIG
    )
    assert at(found).at(NOON - 13 * HOUR).weather.is_empty()
    assert set(at(found).at(NOON - 3 * HOUR).weather["temperature_c"]) == {5.0}
    assert set(at(found).at(NOON).weather["temperature_c"]) == {7.0}


def test_weather_is_made_to_fit_the_sun() -> None:
    found = past_weather(SYNTHETIC, sunny(8), SOMEWHERE)
    assert dict(found.schema) == dict(ISSUES)
    known = at(found).at(MONDAY + 6 * DAY).weather
    ahead = known.filter(pl.col("start") >= MONDAY + 6 * DAY)
    assert ahead.height >= 96
    assert ahead["irradiance_w_per_m2"].drop_nulls().max()


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["start_utc,temperature_c"], "is refused: it is empty"),
        (["start_utc,temperature_c", "soon,5"], "is refused"),
        (["start_utc,issued_at,temperature_c", "2026-01-01T00:00Z,once,5"],
         "a row's issued_at cannot be read; write it as"),
        (["start_utc,humour", "2026-01-01T00:00Z,1"], "it has none of the columns"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_a_sentence(
    tmp_path: Path, lines: list[str], sentence: str
) -> None:
    with pytest.raises(ToolError) as caught:
        past_weather(a_file(tmp_path, *lines), empty(PAST), CONFIG)
    assert sentence in str(caught.value)
    assert "weather.csv" in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"nowhere\.csv cannot be read"):
        past_weather(str(tmp_path / "nowhere.csv"), empty(PAST), CONFIG)


def test_weather_is_made_only_where_the_place_is_known() -> None:
    with pytest.raises(ToolError, match=r"name location\.latitude and location\.longitude"):
        past_weather(SYNTHETIC, sunny(20), CONFIG)


def test_weather_is_made_only_to_fit_some_sun() -> None:
    dark = sunny(2).with_columns(pv_kw=pl.lit(None, pl.Float64))
    with pytest.raises(ToolError, match="of which the file tells nothing"):
        past_weather(SYNTHETIC, dark, SOMEWHERE)
    with pytest.raises(ToolError, match="of which the file tells nothing"):
        past_weather(SYNTHETIC, empty(PAST), SOMEWHERE)
