"""Planning runs: a body of few bytes, and columns for what is asked of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

import duckdb

from darkstar_recorder.core.episodes import Facts, KeptEpisode, facts
from darkstar_recorder.core.packing import MAGIC, UnreadableError, pack, unpack
from darkstar_recorder.store.database import insert_rows
from darkstar_recorder.store.fetching import only_row
from darkstar_recorder.store.times import aware, naive

FORM = MAGIC.decode()
UNREADABLE = "unreadable"
_SQL_TYPES = {"datetime": "TIMESTAMP", "float": "DOUBLE", "int": "INTEGER", "bool": "BOOLEAN",
              "str": "VARCHAR"}  # fmt: skip
_FACTS = {one.name: _SQL_TYPES[str(one.type).partition(" ")[0]] for one in fields(Facts)}
_COLUMNS = {
    "message_id": "UUID", "caused_by": "UUID", "emitted_at": "TIMESTAMP",
    "schedule_id": "VARCHAR", "body": "BLOB", "name": "VARCHAR", "form": "VARCHAR",
    "text_bytes": "INTEGER", **_FACTS,
}  # fmt: skip
_LISTED = "* EXCLUDE (body), octet_length(body)::INTEGER AS body_bytes"
AT = "coalesce(first_slot, emitted_at)"
"""When a run was, in SQL."""
CHOSEN = (
    f"($start IS NULL OR {AT} >= $start) AND ($end IS NULL OR {AT} < $end) "
    "AND ($system IS NULL OR system_id = $system)"
)
"""Whether a run was chosen, in SQL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which runs; None: whichever."""

    start: datetime | None = None
    """First slots from here on, and until `end`."""
    end: datetime | None = None
    system_id: str | None = None
    limit: int | None = None
    """So many of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """What the episodes take [bytes]."""

    episodes: int
    bodies: int
    texts: int
    """The same as JSON text, as far as it is known."""
    unreadable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Repacked:
    """What a piece of the way to the present form did."""

    done: int
    unreadable: tuple[UUID, ...] = ()
    """Damaged; they stay as they are."""

    def __bool__(self) -> bool:
        """Whether there may be more."""
        return bool(self.done or self.unreadable)


def rows_of(episodes: Iterable[KeptEpisode]) -> list[tuple[Any, ...]]:
    """Rows for `insert`; takes some milliseconds each, and no database."""
    return [
        (
            one.message_id, one.caused_by, naive(one.emitted_at), one.schedule_id,
            pack(one.content), one.name, FORM, _text_bytes(one.content), *_values(one.facts),
        )
        for one in episodes
    ]  # fmt: skip


def insert(connection: duckdb.DuckDBPyConnection, rows: Sequence[tuple[Any, ...]]) -> int:
    """Insert those that are not there yet; how many that were."""
    before = _count(connection)
    insert_rows(connection, "episode", _COLUMNS, rows, "DO NOTHING")
    return _count(connection) - before


def find(connection: duckdb.DuckDBPyConnection, chosen: Chosen) -> list[dict[str, Any]]:
    """The columns of the chosen runs, newest first."""
    found = connection.execute(
        f"SELECT {_LISTED} FROM episode WHERE {CHOSEN} "  # noqa: S608 (names of this module)
        f"ORDER BY {AT} DESC, emitted_at DESC, message_id LIMIT coalesce($limit, 1000000000)",
        asked(chosen),
    )
    return _dicts(found)


def asked(chosen: Chosen) -> dict[str, Any]:
    """The parameters of `CHOSEN`, and the limit."""
    return {
        "start": naive(chosen.start),
        "end": naive(chosen.end),
        "system": chosen.system_id,
        "limit": chosen.limit,
    }


def named(connection: duckdb.DuckDBPyConnection, name: str) -> list[dict[str, Any]]:
    """The columns of runs with this name, or whose id begins so."""
    found = connection.execute(
        f"SELECT {_LISTED} FROM episode WHERE name = $name "  # noqa: S608 (our own words)
        "OR starts_with(message_id::VARCHAR, lower($name)) ORDER BY emitted_at DESC",
        {"name": name},
    )
    return _dicts(found)


def content(connection: duckdb.DuckDBPyConnection, message_id: UUID) -> Any:
    """The whole run as JSON values, in whichever form it was written.

    Raises:
        KeyError: There is none of that id.
        UnreadableError: It is damaged.
    """
    row = only_row(
        connection.execute("SELECT body FROM episode WHERE message_id = ?", [message_id])
    )
    if row is None:
        raise KeyError(message_id)
    return unpack(row[0])


def each(
    connection: duckdb.DuckDBPyConnection, piece: int = 50
) -> Iterator[tuple[UUID, Any | UnreadableError]]:
    """All runs as they stand in the file, whole; a damaged one is its error.

    Args:
        connection: One that nobody else uses until the end.
        piece: So many are held in memory at once.
    """
    found = connection.execute("SELECT message_id, body FROM episode")
    while rows := found.fetchmany(piece):
        for key, body in rows:
            try:
                yield key, unpack(body)
            except UnreadableError as error:
                yield key, error


def sizes(connection: duckdb.DuckDBPyConnection) -> Sizes:
    """What all of them take."""
    row = only_row(
        connection.execute(
            "SELECT count(*), coalesce(sum(octet_length(body)), 0), coalesce(sum(text_bytes), 0), "
            "count(*) FILTER (form = ?) FROM episode",
            [UNREADABLE],
        )
    )
    count, bodies, texts, unreadable = row or (0, 0, 0, 0)
    return Sizes(
        episodes=int(count), bodies=int(bodies), texts=int(texts), unreadable=int(unreadable)
    )


def repack(connection: duckdb.DuckDBPyConnection, most: int) -> Repacked:
    """Write `most` rows of earlier versions in the present form, with their columns.

    A damaged one is marked and stays as it is.
    """
    old = connection.execute(
        "SELECT message_id, body FROM episode WHERE form IS NULL ORDER BY emitted_at LIMIT ?",
        [most],
    ).fetchall()
    setting = ", ".join(f"{one} = ?" for one in ("body", "name", "form", "text_bytes", *_FACTS))
    damaged = []
    for key, body in old:
        try:
            value = unpack(body)
        except UnreadableError:
            damaged.append(key)
            connection.execute(
                "UPDATE episode SET form = ? WHERE message_id = ?", [UNREADABLE, key]
            )
            continue
        connection.execute(
            f"UPDATE episode SET {setting} WHERE message_id = ?",  # noqa: S608 (names of this module)
            [pack(value), str(key), FORM, _text_bytes(value), *_values(facts(value)), key],
        )
    return Repacked(done=len(old) - len(damaged), unreadable=tuple(damaged))


def _values(found: Facts) -> list[Any]:
    values = asdict(found).values()
    return [naive(one) if isinstance(one, datetime) else one for one in values]


def _count(connection: duckdb.DuckDBPyConnection) -> int:
    row = only_row(connection.execute("SELECT count(*) FROM episode"))
    return int(row[0]) if row else 0


def _text_bytes(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def _dicts(found: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [one[0] for one in found.description or ()]
    return [
        {
            name: aware(value) if isinstance(value, datetime) else value
            for name, value in zip(names, row, strict=True)
        }
        for row in found.fetchall()
    ]
