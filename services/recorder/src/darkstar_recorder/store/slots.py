"""Slot energies and the meters they came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import duckdb

from darkstar_recorder.core.counters import DIP, ENERGIES, GAP, RESET, Meter
from darkstar_recorder.core.imported import ImportedSlot
from darkstar_recorder.core.slots import Increment
from darkstar_recorder.store.database import insert_rows
from darkstar_recorder.store.times import aware, naive

COUNTERS, IMPORT = "counters", "import"

_KWH = [f"{one}_kwh" for one in ENERGIES]
_SOC = ["soc_percent_start", "soc_percent_end"]
_FLAGS = [GAP, RESET, DIP]
_COLUMNS = {
    "start_at": "TIMESTAMP",
    "source": "VARCHAR",
    **dict.fromkeys(_KWH + _SOC, "DOUBLE"),
    **dict.fromkeys(_FLAGS, "BOOLEAN"),
}
_ADD = "(start_at, source) DO UPDATE SET announced = FALSE, " + ", ".join(
    [f"{one} = coalesce({one} + excluded.{one}, {one}, excluded.{one})" for one in _KWH]
    + [f"{one} = coalesce(excluded.{one}, {one})" for one in _SOC]
    + [f"{one} = {one} OR excluded.{one}" for one in _FLAGS]
)


def add(connection: duckdb.DuckDBPyConnection, increments: Iterable[Increment]) -> None:
    """Add what the counters brought to their slots."""
    rows = [
        (
            naive(one.start),
            COUNTERS,
            *(one.kwh.get(channel) for channel in ENERGIES),
            one.soc_percent_start,
            one.soc_percent_end,
            *(flag in one.flags for flag in _FLAGS),
        )
        for one in increments
    ]
    insert_rows(connection, "slot_observation", _COLUMNS, rows, _ADD)


def close(connection: duckdb.DuckDBPyConnection, partial: Mapping[datetime, bool]) -> None:
    """Close slots; the value says whether the counters cover only a part of one."""
    if partial:
        connection.execute(
            "UPDATE slot_observation o SET closed = TRUE, announced = FALSE, partial = c.partial "
            "FROM (SELECT unnest(?::TIMESTAMP[]) AS start_at, unnest(?::BOOLEAN[]) AS partial) c "
            "WHERE o.start_at = c.start_at AND o.source = ?",
            [[naive(start) for start in partial], list(partial.values()), COUNTERS],
        )


def mark_announced(connection: duckdb.DuckDBPyConnection, starts: Iterable[datetime]) -> None:
    """Note that the present content of these slots was published."""
    wanted = [naive(start) for start in starts]
    if wanted:
        connection.execute(
            "UPDATE slot_observation SET announced = TRUE "
            "WHERE start_at IN (SELECT unnest(?::TIMESTAMP[])) AND source = ?",
            [wanted, COUNTERS],
        )


def waiting(connection: duckdb.DuckDBPyConnection) -> frozenset[datetime]:
    """Slots whose present content was not published yet."""
    rows = connection.execute(
        "SELECT start_at FROM slot_observation WHERE source = ? AND NOT announced", [COUNTERS]
    ).fetchall()
    return frozenset(aware(start) for (start,) in rows)


def meters(connection: duckdb.DuckDBPyConnection) -> dict[str, Meter]:
    """The last reading of each channel."""
    rows = connection.execute(
        "SELECT channel, first_at, measured_at, reading FROM counter_state"
    ).fetchall()
    return {
        channel: Meter(
            channel=channel, first_at=aware(first), measured_at=aware(last), value=reading
        )
        for channel, first, last, reading in rows
    }


def keep_meters(connection: duckdb.DuckDBPyConnection, changed: Iterable[Meter]) -> None:
    """Replace the last readings."""
    insert_rows(
        connection,
        "counter_state",
        {
            "channel": "VARCHAR",
            "first_at": "TIMESTAMP",
            "measured_at": "TIMESTAMP",
            "reading": "DOUBLE",
        },
        [(one.channel, naive(one.first_at), naive(one.measured_at), one.value) for one in changed],
        "(channel) DO UPDATE SET measured_at = excluded.measured_at, reading = excluded.reading",
    )


def add_imported(connection: duckdb.DuckDBPyConnection, rows: Iterable[ImportedSlot]) -> int:
    """Insert imported slots that are not there yet, with their prices.

    Returns:
        How many were new.
    """
    found = tuple(rows)
    before = _count(connection)
    insert_rows(
        connection,
        "slot_observation",
        {
            "start_at": "TIMESTAMP",
            "source": "VARCHAR",
            **dict.fromkeys(("load_kwh", "pv_kwh", "water_kwh"), "DOUBLE"),
            "closed": "BOOLEAN",
            "announced": "BOOLEAN",
        },
        [
            (naive(one.start), IMPORT, one.load_kwh, one.pv_kwh, one.water_kwh, True, True)
            for one in found
        ],
        "DO NOTHING",
    )
    insert_rows(
        connection,
        "price",
        {
            "start_at": "TIMESTAMP",
            "spot_per_kwh": "DOUBLE",
            "kind": "VARCHAR",
            "issued_at": "TIMESTAMP",
        },
        [
            (naive(one.start), one.spot_per_kwh, "published", naive(one.start))
            for one in found
            if one.spot_per_kwh is not None
        ],
        "DO NOTHING",
    )
    return _count(connection) - before


def _count(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("SELECT count(*) FROM slot_observation").fetchone()
    return int(row[0]) if row else 0
