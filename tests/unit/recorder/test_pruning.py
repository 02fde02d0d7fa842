"""What goes when it was kept for long enough, and what stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import duckdb
import pytest
from unit.recorder.test_store_messages import (
    ACTION,
    EPISODE,
    NOON,
    NOTICE,
    STRATEGY,
    WEATHER,
    curve,
    forecast,
    schedule,
)

from darkstar_common.config import Keep
from darkstar_common.contract import Message
from darkstar_common.slots import SLOT
from darkstar_recorder.store import pruning
from darkstar_recorder.store.database import open_database
from darkstar_recorder.store.messages import keep

A_DAY, AN_HOUR = timedelta(days=1), timedelta(hours=1)
FOR_EVER = Keep(
    issues_days=100_000, schedules_days=100_000, actions_days=None, episodes_days=None,
    notifications_days=None, readings_days=100_000,
)  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_database(tmp_path / "history.duckdb") as connection:
        yield connection


def at(message: Message, moment: datetime) -> Message:
    when = {"emitted_at": moment, "message_id": uuid4()}
    if "issued_at" in type(message).model_fields:
        when["issued_at"] = moment
    return message.model_copy(update=when)


def pruned(file: duckdb.DuckDBPyConnection, now: datetime, **days: int | None) -> int:
    wanted, pieces = FOR_EVER.model_copy(update=days), 0
    while pruning.prune(file, wanted, now):
        pieces += 1
    return pieces


def hours(file: duckdb.DuckDBPyConnection, table: str, column: str) -> list[float]:
    found = file.execute(f"SELECT {column} FROM {table} ORDER BY 1").fetchall()  # noqa: S608
    return [(one - NOON.replace(tzinfo=None)) / AN_HOUR for (one,) in found]


@pytest.mark.parametrize(
    ("message", "key", "table", "column"),
    [
        (ACTION, "actions_days", "control_action", "emitted_at"),
        (EPISODE, "episodes_days", "episode", "emitted_at"),
        (NOTICE, "notifications_days", "notification", "emitted_at"),
        (schedule(1.0), "schedules_days", "schedule", "issued_at"),
        (STRATEGY, "schedules_days", "strategy_change", "emitted_at"),
    ],
    ids=["actions", "episodes", "notifications", "schedules", "strategies"],
)
def test_what_is_older_than_its_days_goes_and_the_rest_stays(
    file: duckdb.DuckDBPyConnection, message: Message, key: str, table: str, column: str
) -> None:
    for number in range(4):
        keep(file, at(message, NOON + number * A_DAY))
    pruned(file, NOON + 5 * A_DAY)
    assert len(hours(file, table, column)) == 4
    pruned(file, NOON + 5 * A_DAY, **{key: 3})
    assert hours(file, table, column) == [48, 72]


@pytest.mark.parametrize(
    ("message", "head", "details"),
    [
        (curve(1, 2), "price_issue", "price_issued"),
        (forecast(1, 2), "forecast_issue", "forecast_issued"),
        (WEATHER, "weather_issue", "weather_issued"),
    ],
    ids=["prices", "forecasts", "weather"],
)
def test_of_old_issues_four_a_day_stay_with_their_details(
    file: duckdb.DuckDBPyConnection, message: Message, head: str, details: str
) -> None:
    for number in range(72):
        keep(file, at(message, NOON + number * AN_HOUR))
    pruned(file, NOON + 3 * A_DAY, issues_days=2)
    thinned = [0.0, 6.0, 12.0, 18.0]
    assert hours(file, head, "issued_at") == thinned + [float(one) for one in range(24, 72)]
    left = file.execute(f"SELECT count(*) FROM {details} JOIN {head} USING (message_id)")  # noqa: S608
    assert left.fetchall() == [(2 * 52,)]
    assert file.execute(f"SELECT count(*) FROM {details}").fetchall() == [(2 * 52,)]  # noqa: S608


def test_thinning_by_and_by_leaves_what_thinning_at_once_leaves(
    file: duckdb.DuckDBPyConnection,
) -> None:
    for number in range(48):
        keep(file, at(WEATHER, NOON + number * AN_HOUR / 2))
    for number in range(60):
        pruned(file, NOON + A_DAY + number * AN_HOUR, issues_days=1)
    assert hours(file, "weather_issue", "issued_at") == [0, 6, 12, 18]


def test_load_and_pv_are_thinned_each_for_itself(file: duckdb.DuckDBPyConnection) -> None:
    for quantity in ("load", "pv"):
        for number in range(3):
            keep(file, at(forecast(1, quantity=quantity), NOON + number * AN_HOUR))
    pruned(file, NOON + 9 * A_DAY, issues_days=1)
    found = file.execute("SELECT quantity, issued_at FROM forecast_issue ORDER BY 1").fetchall()
    noon = NOON.replace(tzinfo=None)
    assert found == [("load", noon), ("pv", noon)]


def test_what_was_planned_paid_and_set_stays_for_ever(file: duckdb.DuckDBPyConnection) -> None:
    for number in range(8):
        for message in (schedule(1, 1, 1), curve(1, 2), STRATEGY):
            keep(file, at(message, NOON - SLOT + number * timedelta(minutes=1)))
    pruned(file, NOON + 3650 * A_DAY, schedules_days=1, issues_days=1, actions_days=1)
    tables = ("slot_plan", "price", "setting_change", "strategy_change", "schedule_slot")
    counts = f"SELECT {', '.join(f'(SELECT count(*) FROM {one})' for one in tables)}"  # noqa: S608
    assert file.execute(counts).fetchall() == [(3, 2, 5, 0, 0)]


def read(file: duckdb.DuckDBPyConnection, *moments: datetime) -> None:
    for moment in moments:
        file.execute(
            "INSERT INTO reading (channel, measured_at, value) VALUES ('load', ?, 1)",
            [moment.replace(tzinfo=None)],
        )


def test_readings_go_when_their_days_are_over(file: duckdb.DuckDBPyConnection) -> None:
    read(file, *(NOON + number * A_DAY for number in range(5)))
    pruned(file, NOON + 4 * A_DAY, readings_days=2)
    assert hours(file, "reading", "measured_at") == [48, 72, 96]


def test_a_piece_is_small(file: duckdb.DuckDBPyConnection) -> None:
    for number in range(pruning.ISSUES + 1):
        keep(file, at(schedule(1.0), NOON + number * SLOT))
    assert pruned(file, NOON + 9 * A_DAY, schedules_days=1) == 2
    assert hours(file, "schedule", "issued_at") == []


def test_nothing_old_is_nothing_to_do(file: duckdb.DuckDBPyConnection) -> None:
    keep(file, NOTICE)
    assert pruned(file, NOON, notifications_days=1) == 0
