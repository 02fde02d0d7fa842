"""What the counters showed, as far as it is kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import duckdb

from darkstar_recorder.core.readings import Reading
from darkstar_recorder.store.database import insert_rows
from darkstar_recorder.store.times import aware, naive

_COLUMNS = {"channel": "VARCHAR", "measured_at": "TIMESTAMP", "value": "DOUBLE"}
_BEFORE = 3
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


def last(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    """When the newest reading was taken."""
    row = connection.execute("SELECT max(measured_at) FROM reading").fetchone()
    return aware(row[0]) if row and row[0] else None


def _reading(channel: str, measured_at: datetime, value: float) -> Reading:
    return Reading(channel=channel, measured_at=aware(measured_at), value=value)
