"""What has been kept for long enough, and goes; piece by piece, so that nobody waits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from darkstar_common.config import Keep
from darkstar_recorder.core.earlier_forecasts import LEVEL
from darkstar_recorder.store.fetching import only_row
from darkstar_recorder.store.times import naive

ISSUES = 50
"""Heads with their details that go in one transaction."""
ROWS = 5000
"""Plain rows that go in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Issued:
    """Heads by `message_id`, with details in a table of their own."""

    head: str
    details: str
    alike: str = "TRUE"
    """Column of which each value has issues of its own."""
    thinned: bool = True
    """The first of each quarter of a day (UTC) stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plain:
    table: str
    moment: str


_PRICES = _Issued(head="price_issue", details="price_issued", alike="area")
_FORECASTS = _Issued(
    head="forecast_issue",
    details="forecast_issued",
    # Those of an earlier Darkstar have one slot each: there are no others to stand for it.
    alike=f"quantity, CASE level WHEN '{LEVEL}' THEN message_id END",
)
_WEATHER = _Issued(head="weather_issue", details="weather_issued", alike="source")
_SCHEDULES = _Issued(head="schedule", details="schedule_slot", thinned=False)
_ACTIONS = _Plain(table="control_action", moment="emitted_at")
_STRATEGIES = _Plain(table="strategy_change", moment="emitted_at")
_EPISODES = _Plain(table="episode", moment="emitted_at")
_READINGS = _Plain(table="reading", moment="measured_at")
_POWERS = _Plain(table="power_sum", moment="start_at")
_NOTIFICATIONS = _Plain(table="notification", moment="emitted_at")
_DELIVERIES = _Plain(table="notification_delivery", moment="emitted_at")


def prune(connection: duckdb.DuckDBPyConnection, keep: Keep, now: datetime) -> int:
    """Delete one piece of what is older than `keep` allows; inside a transaction.

    Returns:
        How many rows went, details aside; 0 when there is nothing left to delete.
    """
    return next((gone for gone in _pieces(connection, keep, now) if gone), 0)


def _pieces(connection: duckdb.DuckDBPyConnection, keep: Keep, now: datetime) -> Iterator[int]:
    wanted: tuple[tuple[_Issued | _Plain, int | None], ...] = (
        (_PRICES, keep.issues_days),
        (_FORECASTS, keep.issues_days),
        (_WEATHER, keep.issues_days),
        (_SCHEDULES, keep.schedules_days),
        (_STRATEGIES, keep.schedules_days),
        (_ACTIONS, keep.actions_days),
        (_EPISODES, keep.episodes_days),
        (_READINGS, keep.readings_days),
        (_POWERS, keep.readings_days),
        (_NOTIFICATIONS, keep.notifications_days),
        (_DELIVERIES, keep.notifications_days),
    )
    for what, days in wanted:
        if days is not None:
            before = naive(now - timedelta(days=days))
            remove = _issues if isinstance(what, _Issued) else _rows
            yield remove(connection, what, before)  # type: ignore[arg-type]  # the one that fits


def _issues(connection: duckdb.DuckDBPyConnection, what: _Issued, before: datetime) -> int:
    window = f"PARTITION BY {what.alike}, time_bucket(INTERVAL 6 HOUR, issued_at)"
    spared = (
        f"QUALIFY row_number() OVER ({window} ORDER BY issued_at, message_id) > 1"
        if what.thinned
        else ""
    )
    found = connection.execute(
        f"SELECT message_id FROM {what.head} WHERE issued_at < ? {spared} LIMIT {ISSUES}",  # noqa: S608 (names from this module, values bound)
        [before],
    ).fetchall()
    if found:
        keys = [key for (key,) in found]
        for table in (what.details, what.head):
            connection.execute(
                f"DELETE FROM {table} WHERE message_id IN (SELECT unnest(?::UUID[]))",  # noqa: S608 (as above)
                [keys],
            )
    return len(found)


def _rows(connection: duckdb.DuckDBPyConnection, what: _Plain, before: datetime) -> int:
    row = only_row(
        connection.execute(
            f"DELETE FROM {what.table} WHERE rowid IN "  # noqa: S608 (names from this module, values bound)
            f"(SELECT rowid FROM {what.table} WHERE {what.moment} < ? LIMIT {ROWS})",
            [before],
        )
    )
    return int(row[0]) if row else 0
