"""Powers summed up by slot, so that a sum goes on after a restart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import duckdb

from darkstar_recorder.core.powers import Heard, Power, Powers, Sums
from darkstar_recorder.store.database import insert_rows
from darkstar_recorder.store.fetching import only_row
from darkstar_recorder.store.times import aware, naive

_COLUMNS = {
    "start_at": "TIMESTAMP",
    "channel": "VARCHAR",
    "kwh": "DOUBLE",
    "hours": "DOUBLE",
    "last_at": "TIMESTAMP",
    "last_kw": "DOUBLE",
}
_REPLACE = "(start_at, channel) DO UPDATE SET " + ", ".join(
    f"{one} = excluded.{one}" for one in list(_COLUMNS)[2:]
)


def keep(connection: duckdb.DuckDBPyConnection, sums: Mapping[datetime, Sums]) -> None:
    """Put the sums of these slots in place of what was there."""
    rows = [
        (
            naive(start),
            channel,
            heard.kwh,
            heard.hours,
            naive(heard.last.measured_at) if heard.last else None,
            heard.last.kw if heard.last else None,
        )
        for start, by_channel in sums.items()
        for channel, heard in by_channel.items()
    ]
    insert_rows(connection, "power_sum", _COLUMNS, rows, _REPLACE)


def since(connection: duckdb.DuckDBPyConnection, start: datetime) -> Powers:
    """The sums of the slots from `start` on, to go on from."""
    found = connection.execute(
        f"SELECT {', '.join(_COLUMNS)} FROM power_sum WHERE start_at >= ? ORDER BY start_at",  # noqa: S608 (own names)
        [naive(start)],
    ).fetchall()
    slots: dict[datetime, dict[str, Heard]] = {}
    last: dict[str, Power] = {}
    for start_at, channel, kwh, hours, last_at, last_kw in found:
        told = (
            None if last_at is None
            else Power(channel=channel, measured_at=aware(last_at), kw=last_kw)
        )  # fmt: skip
        if told is not None:
            last[channel] = told
        slots.setdefault(aware(start_at), {})[channel] = Heard(kwh=kwh, hours=hours, last=told)
    return Powers(last=last, slots=slots)


def newest(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    """The last slot of which there are sums."""
    row = only_row(connection.execute("SELECT max(start_at) FROM power_sum"))
    return aware(row[0]) if row and row[0] else None
