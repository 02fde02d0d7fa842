from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from darkstar_common.slots import SLOT
from darkstar_recorder.store.database import insert_rows, open_database
from darkstar_recorder.store.exports import EXPORTED, Exporter, Month, read_parquet
from darkstar_recorder.store.times import naive

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = open_database(tmp_path / "history.duckdb")
    yield connection
    connection.close()


@pytest.fixture
def exporter(database: duckdb.DuckDBPyConnection) -> Iterator[Exporter]:
    found = Exporter(database.cursor())
    yield found
    found.close()


def priced(database: duckdb.DuckDBPyConnection, *starts: datetime) -> None:
    insert_rows(
        database,
        "price",
        {
            "start_at": "TIMESTAMP",
            "spot_per_kwh": "DOUBLE",
            "kind": "VARCHAR",
            "issued_at": "TIMESTAMP",
        },
        [(naive(one), number, "published", naive(one)) for number, one in enumerate(starts)],
    )


def test_a_table_is_written_by_month_and_polars_reads_it(
    database: duckdb.DuckDBPyConnection, exporter: Exporter, tmp_path: Path
) -> None:
    priced(database, *(NEW_YEAR + number * SLOT for number in range(-2, 3)))
    months = exporter.months("prices")
    assert [(one.start, one.row_count) for one in months] == [
        (datetime(2025, 12, 1, tzinfo=UTC), 2),
        (NEW_YEAR, 3),
    ]
    for month in months:
        exporter.write(month, month.path(tmp_path, csv=False))
    read = pl.read_parquet(tmp_path / "prices/**/*.parquet", hive_partitioning=True)
    read = read.sort("start")
    assert read["start"].to_list() == [NEW_YEAR + number * SLOT for number in range(-2, 3)]
    assert read["spot_per_kwh"].to_list() == [0, 1, 2, 3, 4]
    assert read["month"].to_list() == ["2025-12"] * 2 + ["2026-01"] * 3
    january = pl.read_parquet(tmp_path / "prices/month=2026-01/prices.parquet")
    assert january.schema["start"] == pl.Datetime("us", "UTC")


def test_a_span_is_half_open_and_rows_are_in_order(
    database: duckdb.DuckDBPyConnection, exporter: Exporter, tmp_path: Path
) -> None:
    priced(database, NEW_YEAR + 2 * SLOT, NEW_YEAR, NEW_YEAR + SLOT, NEW_YEAR + 3 * SLOT)
    span = (NEW_YEAR + SLOT, NEW_YEAR + 3 * SLOT)
    (month,) = exporter.months("prices", *span)
    assert month.row_count == 2
    exporter.write(month, tmp_path / "x.parquet", *span)
    _, rows = read_parquet([tmp_path / "x.parquet"])
    assert [row["start"] for row in rows] == [NEW_YEAR + SLOT, NEW_YEAR + 2 * SLOT]


def test_csv_says_that_its_times_are_utc(
    database: duckdb.DuckDBPyConnection, exporter: Exporter, tmp_path: Path
) -> None:
    priced(database, NEW_YEAR)
    (month,) = exporter.months("prices")
    path = month.path(tmp_path, csv=True)
    exporter.write(month, path, csv=True)
    with path.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["start"] == "2026-01-01T00:00:00Z"
    assert row["import_per_kwh"] == ""


@pytest.mark.parametrize("table", EXPORTED)
def test_every_table_can_be_described_in_columns_that_others_read(
    exporter: Exporter, tmp_path: Path, table: str
) -> None:
    assert exporter.months(table) == ()
    empty = Month(table=table, start=NEW_YEAR, row_count=0)
    exporter.write(empty, tmp_path / "x.parquet")
    schema = pl.read_parquet_schema(tmp_path / "x.parquet")
    assert not [name for name, kind in schema.items() if kind == pl.Binary]


def test_what_was_there_stays_when_it_cannot_be_written(
    database: duckdb.DuckDBPyConnection, exporter: Exporter, tmp_path: Path
) -> None:
    priced(database, NEW_YEAR)
    (month,) = exporter.months("prices")
    path = tmp_path / "prices.parquet"
    path.write_text("before")
    path.with_suffix(".part").mkdir()
    with pytest.raises(OSError, match=r"prices\.part"):
        exporter.write(month, path)
    assert path.read_text() == "before"


def test_a_quote_in_a_path_is_no_sql(
    database: duckdb.DuckDBPyConnection, exporter: Exporter, tmp_path: Path
) -> None:
    priced(database, NEW_YEAR)
    (month,) = exporter.months("prices")
    exporter.write(month, tmp_path / "o'hara" / "x.parquet")
    assert (tmp_path / "o'hara" / "x.parquet").exists()


def test_what_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_text("PAR1 and nothing else, however long it may be")
    with pytest.raises(ValueError, match=r"x\.parquet"):
        read_parquet([tmp_path / "x.parquet"])
