"""How far each channel was fetched from Home Assistant."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from darkstar_recorder.core.filling import Mark, Memory
from darkstar_recorder.core.readings import Reading
from darkstar_recorder.store.database import insert_rows
from darkstar_recorder.store.times import aware, naive

_COLUMNS = {
    "channel": "VARCHAR",
    "memory": "VARCHAR",
    "entity": "VARCHAR",
    "start_at": "TIMESTAMP",
    "until_at": "TIMESTAMP",
    "first_at": "TIMESTAMP",
    "reading_at": "TIMESTAMP",
    "reading": "DOUBLE",
}
_REPLACE = "(channel, memory) DO UPDATE SET " + ", ".join(
    f"{one} = excluded.{one}" for one in list(_COLUMNS)[2:]
)


def marks(connection: duckdb.DuckDBPyConnection, memory: Memory) -> dict[str, Mark]:
    """The marks of `memory`, by channel."""
    found = connection.execute(
        "SELECT channel, entity, start_at, until_at, first_at, reading_at, reading "
        "FROM backfill_mark WHERE memory = ?",
        [memory],
    ).fetchall()
    return {
        channel: Mark(
            channel=channel,
            entity=entity,
            memory=memory,
            start=aware(start),
            until=aware(until),
            first_at=None if first is None else aware(first),
            last=None if at is None else Reading(channel=channel, measured_at=aware(at), value=kwh),
        )
        for channel, entity, start, until, first, at, kwh in found
    }


def keep_marks(connection: duckdb.DuckDBPyConnection, changed: Iterable[Mark]) -> None:
    """Replace marks."""
    rows = [
        (
            one.channel,
            one.memory,
            one.entity,
            naive(one.start),
            naive(one.until),
            naive(one.first_at),
            naive(one.last.measured_at if one.last else None),
            one.last.value if one.last else None,
        )
        for one in changed
    ]
    insert_rows(connection, "backfill_mark", _COLUMNS, rows, _REPLACE)
