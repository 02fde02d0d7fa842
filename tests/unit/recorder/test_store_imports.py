from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from darkstar_common.config import Tariff
from darkstar_common.slots import SLOT
from darkstar_recorder.core.past import PastSlot
from darkstar_recorder.core.quality import JUDGES, LABELS, DayLabel, Judge, label
from darkstar_recorder.store.database import insert_rows, open_database
from darkstar_recorder.store.imports import add_paid_prices, day_labels, label_days
from darkstar_recorder.store.slots import add_prices
from darkstar_recorder.store.times import naive

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = date(2026, 1, 1)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = open_database(tmp_path / "history.duckdb")
    yield connection
    connection.close()


def prices(database: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return database.execute(
        "SELECT spot_per_kwh, import_per_kwh, export_per_kwh, kind FROM price ORDER BY start_at"
    ).fetchall()


def foretold(database: duckdb.DuckDBPyConnection, kind: str, spot: float | None) -> None:
    columns = {
        "start_at": "TIMESTAMP",
        "spot_per_kwh": "DOUBLE",
        "kind": "VARCHAR",
        "issued_at": "TIMESTAMP",
    }
    insert_rows(database, "price", columns, [(naive(NOON), spot, kind, naive(NOON))])


def test_prices_are_inserted_once(database: duckdb.DuckDBPyConnection) -> None:
    slots = [
        PastSlot(start=NOON, import_per_kwh=1.5, export_per_kwh=0.4),
        PastSlot(start=NOON + SLOT, spot_per_kwh=0.0),
        PastSlot(start=NOON + 2 * SLOT, kwh={"load": 1.0}),
    ]
    assert add_paid_prices(database, slots) == 2
    assert add_paid_prices(database, slots) == 0
    assert prices(database) == [(None, 1.5, 0.4, "published"), (0.0, None, None, "published")]


def test_a_published_price_stays_and_is_only_completed(
    database: duckdb.DuckDBPyConnection,
) -> None:
    foretold(database, "published", 0.3)
    slot = PastSlot(start=NOON, spot_per_kwh=9.0, import_per_kwh=1.5)
    assert add_paid_prices(database, [slot]) == 0
    assert prices(database) == [(0.3, 1.5, None, "published")]


def test_spot_prices_that_are_fetched_are_paid_ones_too(
    database: duckdb.DuckDBPyConnection,
) -> None:
    foretold(database, "forecast", 0.3)
    assert add_prices(database, [(NOON, 9.0)], Tariff(), UTC) == 1
    assert add_prices(database, [(NOON, 0.1)], Tariff(), UTC) == 0
    paid = (9.0, Tariff().import_price(9.0, NOON), Tariff().export_price(9.0), "published")
    assert prices(database) == [paid]


def test_a_foretold_price_gives_way_to_the_one_that_was_paid(
    database: duckdb.DuckDBPyConnection,
) -> None:
    foretold(database, "forecast", 0.3)
    assert add_paid_prices(database, [PastSlot(start=NOON, spot_per_kwh=9.0)]) == 1
    assert prices(database) == [(9.0, None, None, "published")]


@pytest.mark.parametrize(("by", "at"), [("predecessor", NOON), ("doctor", NOON + SLOT)])
def test_a_label_is_kept_once_and_the_doctors_says_when_it_was_judged_last(
    database: duckdb.DuckDBPyConnection, by: Judge, at: datetime
) -> None:
    labels = [DayLabel(day=DAY, label="mask_battery", reasons="lumps")]
    assert label_days(database, labels, by, NOON) == 1
    assert label_days(database, labels, by, NOON + SLOT) == 0
    assert day_labels(database, DAY, DAY) == tuple(labels)
    assert day_labels(database, DAY + timedelta(days=1), DAY + timedelta(days=9)) == ()
    assert database.execute("SELECT labelled_at FROM day_quality").fetchall() == [(naive(at),)]


@pytest.mark.parametrize("before", JUDGES)
@pytest.mark.parametrize("now", JUDGES)
def test_nobody_overrules_who_knows_better(
    database: duckdb.DuckDBPyConnection, before: Any, now: Any
) -> None:
    label_days(database, [DayLabel(day=DAY, label="exclude", reasons="")], before, NOON)
    label_days(database, [DayLabel(day=DAY, label="clean", reasons="")], now, NOON)
    (found,) = day_labels(database, DAY, DAY)
    overruled = JUDGES.index(now) >= JUDGES.index(before)
    assert found.label == ("clean" if overruled else "exclude")


def test_there_are_three_labels() -> None:
    assert [label(one) for one in LABELS] == ["clean", "mask_battery", "exclude"]
    with pytest.raises(ValueError, match="its label is 'fine', none of clean, mask_battery"):
        label("fine")
