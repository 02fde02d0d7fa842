"""An answer fits into a message; what is left out can be asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from darkstar_common.bus.outbox import MAX_SENT
from darkstar_common.contract import HistoryQuery, HistoryRows, Service
from darkstar_recorder.answering import LONGEST_ANSWER, fitting, span

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def an_answer(rows: int) -> HistoryRows:
    columns = {"start": tuple(f"slot {n:06}" for n in range(rows)), "load_kwh": (0.123456,) * rows}
    return HistoryRows(
        sender=Service.RECORDER,
        emitted_at=NOW,
        what="slots",
        columns=columns,
        row_count=rows,
        complete=True,
    )


def test_a_short_answer_is_left_as_it_is() -> None:
    answer = an_answer(96)
    assert fitting(answer) is answer


@pytest.mark.parametrize("rows", [60_000, 400_000])
def test_a_long_answer_is_cut_and_says_so(rows: int) -> None:
    answer = fitting(an_answer(rows))
    assert len(answer.model_dump_json()) <= LONGEST_ANSWER < MAX_SENT
    assert not answer.complete
    assert 0 < answer.row_count < rows
    assert {len(values) for values in answer.columns.values()} == {answer.row_count}
    assert answer.columns["start"][0] == "slot 000000"


def test_a_question_without_times_is_about_the_last_day() -> None:
    assert span(HistoryQuery(what="slots"), NOW) == (NOW - timedelta(days=1), NOW)


def test_a_question_about_the_future_ends_there() -> None:
    later = NOW + timedelta(hours=2)
    assert span(HistoryQuery(what="prices", start=later), NOW) == (later, later)
