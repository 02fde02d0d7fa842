"""Files that tell a house's past: what is read, and what is refused with a sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.stores import empty_history

from darkstar_common.config import Config
from darkstar_common.slots import SLOT, slots
from darkstar_forecaster.core.situation import PAST
from darkstar_forecaster.tools.archive import Told, read_archive
from darkstar_forecaster.tools.tool import ToolError
from darkstar_recorder.core.flags import HOURLY, LUMP
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.store import Store

CONFIG = Config()
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def a_file(path: Path, *lines: str) -> Path:
    file = path / "home.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def stamps(count: int, minutes: int = 15, first: datetime = NEW_YEAR) -> list[str]:
    step = timedelta(minutes=minutes)
    return [(first + number * step).isoformat() for number in range(count)]


def told(path: Path, head: str, *cells: str, minutes: int = 15) -> Told:
    times = stamps(len(cells), minutes)
    rows = [f"{at},{cell}" for at, cell in zip(times, cells, strict=True)]
    return read_archive(a_file(path, head, *rows), CONFIG)


def load(found: Told) -> list[float | None]:
    return found.archive.past["load_kw"].to_list()


@pytest.mark.parametrize(
    ("column", "minutes", "cell", "kw"),
    [("load_kwh", 15, "0.25", 1.0), ("load_kwh", 60, "0.25", 0.25), ("load_w", 30, "500", 0.5),
     ("load_kw", 15, "1.5", 1.5), ("load_kwh", 30, "0.1", 0.2)],
)  # fmt: skip
def test_any_unit_becomes_kilowatts(
    tmp_path: Path, column: str, minutes: int, cell: str, kw: float
) -> None:
    found = told(tmp_path, f"start_utc,{column}", cell, cell, minutes=minutes)
    assert load(found) == pytest.approx([kw] * (2 * minutes // 15))
    assert found.grain == timedelta(minutes=minutes)
    assert found.quantities == ("load",)
    assert (found.start, found.end) == (NEW_YEAR, NEW_YEAR + 2 * found.grain)


def test_the_tables_are_as_a_situation_has_them(tmp_path: Path) -> None:
    found = told(
        tmp_path, "start_utc,load_kwh,pv_kwh,import_kwh,soc_percent,spot_sek_per_kwh,quality",
        "1,2,3,50,0.5,hourly", "1,2,3,50,0.5,",
    )  # fmt: skip
    past = found.archive.past
    assert dict(past.schema) == dict(PAST)
    assert past.row(0, named=True) | {"start": None} == {
        **dict.fromkeys(PAST), "load_kw": 4.0, "pv_kw": 8.0, "import_kw": 12.0,
        "soc_percent": 50.0, "fit": True,
    }  # fmt: skip
    assert found.quantities == ("load", "pv", "price")
    assert found.archive.at(NEW_YEAR + SLOT).past.height == 1


def test_what_is_empty_is_unknown(tmp_path: Path) -> None:
    assert load(told(tmp_path, "start_utc,load_kwh", "0.25", "", "0.5")) == [1.0, None, 2.0]


def test_energies_of_doubtful_rows_are_unknown(tmp_path: Path) -> None:
    found = told(
        tmp_path, "start_utc,load_kwh,quality",
        "1,", "1,gap", "1,hourly partial", "1,lump", "1,unlumped",
    )  # fmt: skip
    assert load(found) == [4.0, None, None, None, 4.0]


def test_heater_and_vehicles_are_no_base_load(tmp_path: Path) -> None:
    found = told(tmp_path, "start_utc,load_kwh,water_kwh,ev_kwh", "1,0.5,0.25", "1,,0.25", "1,2,0")
    assert load(found) == [1.0, None, 0.0]


def test_what_was_never_metered_apart_is_part_of_the_load(tmp_path: Path) -> None:
    found = told(tmp_path, "start_utc,load_kwh,water_kwh,ev_kwh", "1,,0.5", "1,,")
    assert load(found) == [2.0, None]


def test_what_a_recorder_exported_is_read_as_a_whole(tmp_path: Path) -> None:
    store = Store(empty_history(tmp_path / "history.duckdb"))
    first = datetime(2026, 1, 31, 12, tzinfo=UTC)
    rows = [
        SlotEnergy(
            start=one, kwh={"load": 1.0, "pv": 0.5, "water": 0.25},
            flags={"load": LUMP} if number == 10 else {"pv": HOURLY},
        )
        for number, one in enumerate(slots(first, 96))
    ]  # fmt: skip
    store.replace_slots(rows, "counters", first)
    store.add_prices([(one, 0.75) for one in slots(first, 96)], CONFIG.tariff, CONFIG.zone)
    exporter = store.exporter()
    for month in exporter.months("slots"):
        exporter.write(month, month.path(tmp_path, csv=True), None, None, csv=True)
    store.close()
    found = read_archive(tmp_path, CONFIG)
    assert load(found) == [None if number == 10 else 3.0 for number in range(96)]
    assert set(found.archive.past["pv_kw"]) == {2.0}
    assert set(found.archive.spots["spot_per_kwh"]) == {0.75}
    assert found.quantities == ("load", "pv", "price")
    assert len(list(tmp_path.glob("slots/*/slots.csv"))) == 2


def test_a_directory_without_an_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"darkstar-recorder export .* --csv writes them"):
        read_archive(tmp_path, CONFIG)


def test_a_price_is_known_from_one_oclock_of_the_day_before_on(tmp_path: Path) -> None:
    found = told(tmp_path, "start_utc,eur_per_mwh", *["50"] * 48, minutes=60)
    assert found.archive.past.is_empty()
    assert found.quantities == ("price",)
    spots = found.archive.spots
    assert set(spots["spot_per_kwh"]) == {0.05}
    # local midnight is 23:00 UTC
    today = spots.filter(pl.col("start") < NEW_YEAR + timedelta(hours=23))
    assert set(today["published_at"]) == {datetime(2025, 12, 31, 12, tzinfo=UTC)}
    assert spots["published_at"].max() == datetime(2026, 1, 2, 12, tzinfo=UTC)
    assert found.archive.at(NEW_YEAR).spots.height == 92


def test_rows_may_come_in_any_order_and_some_may_be_missing(tmp_path: Path) -> None:
    times = stamps(6)
    lines = [f"{times[place]},{place}" for place in (5, 0, 1, 4)]
    found = read_archive(a_file(tmp_path, "start_utc,load_kw", *lines), CONFIG)
    assert load(found) == [0.0, 1.0, 4.0, 5.0]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["start_utc,load_kwh"], "is empty; it needs a head and rows"),
        (["time,load_kwh", "2026-01-01T00:00Z,1"], "has no column start_utc"),
        (["start_utc,load_kwh", "2026-01-01T00:00Z,1,2"], "line 2 has 3 cells, the head 2"),
        (["start_utc,load_kwh", "yesterday,1"], "line 2: 'yesterday' is no time"),
        (["start_utc,load_kwh", "2026-01-01T00:00,1"], "has no time zone; write a Z behind it"),
        (["start_utc,load_kwh", "2026-01-01T00:07Z,1"], "is not at a full quarter of an hour"),
        (["start_utc,load_kwh", "2026-01-01T00:00Z,1", "2026-01-01T01:00+01:00,2"],
         "has 2026-01-01T00:00:00+00:00 twice"),
        (["start_utc,load_kwh", "2026-01-01T00:00Z,much"], "load_kwh is 'much', which is no"),
        (["start_utc,load_kwh", "2026-01-01T00:00Z,nan"], "load_kwh is 'nan', which is no number"),
        (["start_utc,load_kwh", "2026-01-01T00:00Z,1e999"], "which is no number"),
        (["start_utc,load_kwh", "2026-01-01T00:00Z,1", "2026-01-02T00:00Z,1"], "1440 minutes"),
        (["start_utc,humidity", "2026-01-01T00:00Z,1"], "tells nothing; it needs a column such as"),
        (["start_utc,load_kwh", "2026-01-01T00:00Z,"], "tells nothing"),
        (["start_utc,load_kwh", *(f"2026-01-01T{one}Z,1" for one in
          ("00:00", "01:00", "02:00", "02:15"))], "60 minutes apart"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_a_sentence(
    tmp_path: Path, lines: list[str], sentence: str
) -> None:
    with pytest.raises(ToolError) as caught:
        read_archive(a_file(tmp_path, *lines), CONFIG)
    assert sentence in str(caught.value)
    assert "home.csv" in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"nowhere\.csv cannot be read"):
        read_archive(tmp_path / "nowhere.csv", CONFIG)


@settings(max_examples=25, deadline=None)
@given(
    values=st.lists(st.one_of(st.none(), st.floats(0, 20)), min_size=2, max_size=30),
    minutes=st.sampled_from([15, 30, 60]),
)
def test_no_energy_is_lost_or_made(
    tmp_path_factory: pytest.TempPathFactory, values: list[float | None], minutes: int
) -> None:
    if not any(one is not None for one in values):
        values = [*values, 1.0]
    path = tmp_path_factory.mktemp("energy")
    cells = ["" if one is None else repr(one) for one in values]
    found = told(path, "start_utc,load_kwh", *cells, minutes=minutes)
    energy = found.archive.past["load_kw"].drop_nulls().sum() / 4
    assert energy == pytest.approx(sum(one for one in values if one is not None))
    unknown = values.count(None) * minutes // 15
    assert found.archive.past["load_kw"].null_count() == unknown
