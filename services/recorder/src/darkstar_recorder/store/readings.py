"""What the counters showed, as far as it is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import duckdb

from darkstar_recorder.core.readings import SOC, Reading, by_channel
from darkstar_recorder.core.verdicts import Verdict, Verdicts
from darkstar_recorder.store.database import insert_rows
from darkstar_recorder.store.fetching import only_row
from darkstar_recorder.store.times import aware, naive

_COLUMNS = {"channel": "VARCHAR", "measured_at": "TIMESTAMP", "value": "DOUBLE"}
_BEFORE = 6
"""So many readings before a time are needed to judge those after it."""


def keep(connection: duckdb.DuckDBPyConnection, readings: Iterable[Reading]) -> None:
    """Insert readings; of two at the same time the larger stays."""
    largest: dict[tuple[str, datetime], float] = {}
    for one in readings:
        key = (one.channel, naive(one.measured_at))
        largest[key] = max(one.value, largest.get(key, one.value))
    insert_rows(
        connection,
        "reading",
        _COLUMNS,
        [(*key, value) for key, value in largest.items()],
        "(channel, measured_at) DO UPDATE SET value = greatest(value, excluded.value)",
    )


def discard(connection: duckdb.DuckDBPyConnection, readings: Iterable[Reading]) -> None:
    """Delete readings that change no slot."""
    keys = [(one.channel, naive(one.measured_at)) for one in readings]
    if keys:
        channels, times = zip(*keys, strict=True)
        connection.execute(
            "DELETE FROM reading WHERE measured_at BETWEEN ? AND ? AND (channel, measured_at) IN "
            "(SELECT unnest(?::VARCHAR[]), unnest(?::TIMESTAMP[]))",
            [min(times), max(times), list(channels), list(times)],
        )


def judge(
    connection: duckdb.DuckDBPyConnection,
    changed: Mapping[tuple[str, datetime], Verdict | None],
) -> None:
    """Note what is thought of readings."""
    for (channel, at), verdict in changed.items():
        connection.execute(
            "UPDATE reading SET verdict = ? WHERE channel = ? AND measured_at = ?",
            [verdict, channel, naive(at)],
        )


def judged(connection: duckdb.DuckDBPyConnection, start: datetime) -> Verdicts:
    """What is thought of the readings from `start` on, where it is anything."""
    found = connection.execute(
        "SELECT channel, measured_at, verdict FROM reading "
        "WHERE measured_at >= ? AND verdict IS NOT NULL",
        [naive(start)],
    )
    return {(channel, aware(at)): verdict for channel, at, verdict in found.fetchall()}


def between(
    connection: duckdb.DuckDBPyConnection, channel: str, start: datetime, end: datetime
) -> list[Reading]:
    """The readings of one channel in [`start`, `end`), in order."""
    found = connection.execute(
        "SELECT channel, measured_at, value FROM reading "
        "WHERE channel = ? AND measured_at >= ? AND measured_at < ? ORDER BY measured_at",
        [channel, naive(start), naive(end)],
    )
    return [_reading(*row) for row in found.fetchall()]


def around(
    connection: duckdb.DuckDBPyConnection, start: datetime, end: datetime | None = None
) -> list[Reading]:
    """All readings in [`start`, `end`], and the nearest of each channel on both sides of it."""
    found = connection.execute(
        """
        SELECT channel, measured_at, value FROM reading
        WHERE measured_at >= $start AND measured_at <= $end
        UNION ALL
        SELECT channel, measured_at, value FROM reading WHERE measured_at < $start
        QUALIFY row_number() OVER (PARTITION BY channel ORDER BY measured_at DESC) <= $count
        UNION ALL
        SELECT channel, measured_at, value FROM reading WHERE measured_at > $end
        QUALIFY row_number() OVER (PARTITION BY channel ORDER BY measured_at) <= $count
        """,
        {
            "start": naive(start),
            "end": datetime.max if end is None else naive(end),  # noqa: DTZ901 (as DuckDB has it)
            "count": _BEFORE,
        },
    )
    return [_reading(*row) for row in found.fetchall()]


def whole(connection: duckdb.DuckDBPyConnection, found: Iterable[Reading]) -> list[Reading]:
    """With the ends of the times in which counters stood still at the edges of `found`.

    Without them nobody could tell whether a counter caught up in a jump, and on what.
    """
    some = list(found)
    counted = by_channel(one for one in some if one.channel != SOC)
    for one in counted.values():
        some += _stood(connection, one[0], later=False)
        some += _stood(connection, one[-1], later=True)
    return some


def _stood(connection: duckdb.DuckDBPyConnection, edge: Reading, *, later: bool) -> list[Reading]:
    """On one side of `edge` the furthest reading alike, and the next one that is not."""
    side, near, far = (">", "min", "max") if later else ("<", "max", "min")
    beyond = f"FROM reading WHERE channel = $channel AND measured_at {side} $at AND value"
    other = f"(SELECT {near}(measured_at) {beyond} <> $value)"
    alike = (
        f"(SELECT {far}(measured_at) {beyond} = $value "
        f"AND NOT coalesce(measured_at {side} {other}, FALSE))"
    )
    rows = connection.execute(
        f"SELECT channel, measured_at, value {beyond} IS NOT NULL "
        f"AND measured_at IN ({other}, {alike})",
        {"channel": edge.channel, "at": naive(edge.measured_at), "value": edge.value},
    ).fetchall()
    return [_reading(*row) for row in rows]


def last(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    """When the newest reading was taken."""
    row = only_row(connection.execute("SELECT max(measured_at) FROM reading"))
    return aware(row[0]) if row and row[0] else None


def _reading(channel: str, measured_at: datetime, value: float) -> Reading:
    return Reading(channel=channel, measured_at=aware(measured_at), value=value)
