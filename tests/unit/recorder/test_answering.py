"""An answer fits into a message; what is left out can be asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from darkstar_common.bus.outbox import MAX_SENT
from darkstar_common.contract import HistoryQuery, HistoryRows, Service
from darkstar_common.slots import SLOT
from darkstar_recorder.answering import LONGEST_ANSWER, fitting, likely, span
from darkstar_recorder.arrow import arrow_stream
from darkstar_recorder.store import QuestionError, Rows

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def some_rows(count: int) -> Rows:
    start = tuple(NOW + number * SLOT for number in range(count))
    columns = {"start": start, "load_kwh": (0.123456,) * count}
    types = {"start": "TIMESTAMP", "load_kwh": "DOUBLE"}
    return Rows(columns=columns, row_count=count, complete=True, types=types)


def as_json(rows: Rows) -> str:
    return HistoryRows(
        sender=Service.RECORDER,
        emitted_at=NOW,
        what="slots",
        columns=rows.columns,
        row_count=rows.row_count,
        complete=rows.complete,
    ).model_dump_json()


def test_a_short_answer_is_left_as_it_is() -> None:
    rows = some_rows(96)
    assert fitting(rows, as_json)[0] is rows
    assert fitting(rows, arrow_stream)[0] is rows


@pytest.mark.parametrize("count", [60_000, 400_000])
def test_a_long_answer_is_cut_and_says_so(count: int) -> None:
    rows, text = fitting(some_rows(count), as_json)
    assert LONGEST_ANSWER / 2 < len(text) <= LONGEST_ANSWER < MAX_SENT
    assert not rows.complete
    assert 0 < rows.row_count < count
    assert {len(values) for values in rows.columns.values()} == {rows.row_count}
    assert rows.columns["start"][0] == NOW


def test_arrow_holds_more_rows_than_json_with_their_types() -> None:
    rows, stream = fitting(some_rows(60_000), arrow_stream)
    read = pl.read_ipc_stream(stream)
    assert read.height == 60_000 > fitting(some_rows(60_000), as_json)[0].row_count
    assert tuple(read["start"]) == rows.columns["start"]
    assert read.columns == ["start", "load_kwh", "complete"]
    assert read["complete"].all()
    assert read.schema["start"] == pl.Datetime("us", "UTC")


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        ("DOUBLE", (None, 1.5)), ("TIMESTAMP", (NOW, None)), ("VARCHAR", ("a", None)),
        ("VARCHAR[]", (["gap"], [])), ("BOOLEAN", (True, None)), ("USMALLINT", (3, 0)),
        ("BIGINT", (2**40, None)), ("DATE", (NOW.date(), None)),
        ("VARCHAR[]", (["gap", "lump"], ["gap"], None, ["gap", "lump"])),
    ],
)  # fmt: skip
def test_arrow_keeps_values_as_they_are(sql: str, values: tuple[object, ...]) -> None:
    rows = Rows(columns={"one": values}, row_count=len(values), complete=False, types={"one": sql})
    read = pl.read_ipc_stream(arrow_stream(rows))
    assert read["one"].to_list() == list(values)
    assert read["complete"].to_list() == [False] * len(values)


@pytest.mark.parametrize("sql", ["DOUBLE", "VARCHAR[]", "MAP(VARCHAR, VARCHAR[])"])
def test_no_rows_are_arrow_too(sql: str) -> None:
    rows = Rows(columns={"one": ()}, row_count=0, complete=True, types={"one": sql})
    read = pl.read_ipc_stream(arrow_stream(rows))
    assert read.height == 0
    assert (read.schema["one"] == pl.Float64) == (sql == "DOUBLE")


def test_a_row_that_fits_into_no_message_is_refused_and_not_lost() -> None:
    rows = Rows(
        columns={"body": ("x" * LONGEST_ANSWER,) * 2}, row_count=2, complete=True,
        types={"body": "VARCHAR"},
    )  # fmt: skip
    with pytest.raises(QuestionError, match="ask for fewer columns, or as arrow"):
        fitting(rows, as_json)
    assert fitting(rows, arrow_stream)[0] is rows


@pytest.mark.parametrize("count", [0, 1, 200, 201, 12_000, 50_000])
def test_what_will_likely_fit_is_nearly_all_that_fits(count: int) -> None:
    rows = some_rows(count)
    some, whole = fitting(likely(rows, as_json), as_json)[0], fitting(rows, as_json)[0]
    assert some.row_count > 0.9 * whole.row_count or some is rows
    assert some.complete == whole.complete


def test_a_question_without_times_is_about_the_last_day() -> None:
    assert span(HistoryQuery(what="slots"), NOW) == (NOW - timedelta(days=1), NOW)


def test_a_question_about_the_future_ends_there() -> None:
    later = NOW + timedelta(hours=2)
    assert span(HistoryQuery(what="prices", start=later), NOW) == (later, later)
