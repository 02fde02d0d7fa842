"""Opens the database file, and brings its schema up to date."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from darkstar_recorder.store import copies
from darkstar_recorder.store.errors import (
    StoreLockedError,
    StoreNewerError,
    StoreUnreadableError,
)
from darkstar_recorder.store.failing import first_line, reading, writing
from darkstar_recorder.store.fetching import only_row

MIGRATIONS = "darkstar_recorder.store.migrations"
SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    # A house is small: one thread and little memory answer in milliseconds.
    "threads": 1,
    "memory_limit": "96MB",
    # Nothing is fetched from the internet behind the user's back.
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
"""A second connection to the file, in the same process, must ask for the same."""

_LOCKED = re.compile(r'IO Error: Could not set lock on file ".*": Conflicting lock is held in ')
"""What DuckDB says where another process has the file open; nothing else says it by type."""
Migration = tuple[int, str]
DESTRUCTIVE = "-- destructive"
"""How a change begins that loses something; the file is copied before it."""


def migrations() -> tuple[Migration, ...]:
    """The numbered schema changes that this version knows, in order: number and SQL."""
    found = (one for one in files(MIGRATIONS).iterdir() if one.name.endswith(".sql"))
    return tuple(sorted((int(one.name[:4]), one.read_text(encoding="utf-8")) for one in found))


def open_database(
    path: Path, changes: Sequence[Migration] | None = None
) -> duckdb.DuckDBPyConnection:
    """The database at `path`, made if it is missing, its schema up to date.

    Raises:
        StoreLockedError: Another process has it open.
        StoreNewerError: A newer version wrote it.
        StoreUnreadableError: It is no database.
        StoreUnwritableError: Its schema cannot be brought up to date on this disk.
        StoreCopyError: It cannot be copied before a change that cannot be undone.
    """
    with writing(path):
        _make(path)
    try:
        connection = duckdb.connect(str(path), config=SETTINGS)
    except duckdb.Error as error:
        if _LOCKED.match(str(error)):
            raise StoreLockedError(path) from None
        raise StoreUnreadableError(path, first_line(error)) from None
    with ExitStack() as undone, writing(path):
        undone.callback(connection.close)
        _migrate(connection, path, migrations() if changes is None else changes)
        undone.pop_all()
    return connection


def _make(path: Path) -> None:
    """An empty database at `path` where there is no file, whole or not at all.

    What a full disk or a power cut would leave of one could never be opened again.
    """
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.new")
    part.unlink(missing_ok=True)
    duckdb.connect(str(part), config=SETTINGS).close()
    part.replace(path)


def open_beside(path: Path) -> duckdb.DuckDBPyConnection:
    """Another connection to the file at `path`, which this process has open, or nobody.

    Raises:
        StoreUnreadableError: There is none; it would be made without a schema.
        duckdb.Error: It cannot be opened.
    """
    if not path.exists():
        raise StoreUnreadableError(path, "there is no such file yet")
    return duckdb.connect(str(path), config=SETTINGS)


def open_to_read(path: Path) -> duckdb.DuckDBPyConnection | None:
    """The database at `path`, on a disk that takes nothing; None: it is of another version.

    Raises:
        StoreUnreadableError: It is no database.
    """
    with ExitStack() as undone, reading(path):
        connection = duckdb.connect(str(path), config=SETTINGS, read_only=True)
        undone.callback(connection.close)
        row = only_row(connection.execute("SELECT max(version) FROM schema_version"))
        if row == (max(number for number, _ in migrations()),):
            undone.pop_all()
            return connection
    return None


def _migrate(
    connection: duckdb.DuckDBPyConnection, path: Path, changes: Sequence[Migration]
) -> None:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, applied_at "
        "TIMESTAMP DEFAULT (now() AT TIME ZONE 'UTC'))"
    )
    rows = connection.execute("SELECT version FROM schema_version").fetchall()
    applied = {int(version) for (version,) in rows}
    found = max(applied, default=0)
    known = max((number for number, _ in changes), default=0)
    if found > known:
        raise StoreNewerError(path, found, known)
    for number, sql in changes:
        if number not in applied:
            if sql.startswith(DESTRUCTIVE) and applied:
                _back_up(connection, path, number)
            with transaction(connection):
                connection.execute(sql)
                connection.execute("INSERT INTO schema_version (version) VALUES (?)", [number])


def _back_up(connection: duckdb.DuckDBPyConnection, path: Path, number: int) -> None:
    """Copy the file as it is before a change that cannot be undone; a copy from before stays."""
    target = path.with_name(f"{path.name}.before-{number:04d}")
    if not target.exists():
        connection.execute("CHECKPOINT")
        copies.copy_file(path, target)


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Everything inside is kept, or nothing."""
    connection.begin()
    with ExitStack() as undone:
        undone.callback(connection.rollback)
        yield
        undone.pop_all()
    connection.commit()


def insert_rows(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: dict[str, str],
    rows: Iterable[Sequence[Any]],
    conflict: str = "",
) -> None:
    """Insert many rows at once, as one array for each column.

    A thousand rows take a few milliseconds this way, and a second one by one.

    Args:
        connection: Where.
        table: Its name.
        columns: Names and SQL types.
        rows: Values in the order of `columns`.
        conflict: What follows ON CONFLICT, if a key can be there already.
    """
    turned = list(zip(*rows, strict=True))
    if not turned:
        return
    arrays = ", ".join(f"unnest(?::{kind}[])" for kind in columns.values())
    clause = f" ON CONFLICT {conflict}" if conflict else ""
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {arrays}{clause}",
        [list(values) for values in turned],
    )
