"""Writes the file anew, without the room that deleted rows have left in it.

DuckDB uses such room again, but gives none back to the disk.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import duckdb

from darkstar_recorder.store.copies import PART, to_disk, verify
from darkstar_recorder.store.database import open_database, transaction
from darkstar_recorder.store.errors import StoreCopyError
from darkstar_recorder.store.failing import telling
from darkstar_recorder.store.fetching import only_row

_MEMORY = "384MB"
"""Keys are sorted in it; nothing else runs meanwhile."""


def compact(path: Path, progress: Callable[[int, int], None]) -> tuple[int, int]:
    """Rewrite the database at `path`, which nobody has open; it is replaced whole or not at all.

    Args:
        path: The file.
        progress: Told how many tables are done, of how many.

    Returns:
        Its size before and after [bytes]; where nothing is gained it stays as it was.

    Raises:
        StoreError: It cannot be read, or the new file not be written.
    """
    with telling(path):
        with closing(open_database(path)) as connection:
            connection.execute("CHECKPOINT")
        before = path.stat().st_size
        fresh = path.with_name(f"{path.name}.compact{PART}")
        try:
            _discard(fresh)
            with closing(open_database(fresh)) as connection:
                _copy_tables(connection, path, progress)
                connection.execute("CHECKPOINT")
            verify(fresh)
            after = fresh.stat().st_size
            if after < before:
                to_disk(fresh)
                fresh.replace(path)
                to_disk(path.parent)
        finally:
            _discard(fresh)
    return before, min(before, after)


def _copy_tables(
    connection: duckdb.DuckDBPyConnection, path: Path, progress: Callable[[int, int], None]
) -> None:
    connection.execute(f"SET memory_limit = '{_MEMORY}'")
    quoted = str(path).replace("'", "''")
    connection.execute(f"ATTACH '{quoted}' AS before (READ_ONLY)")
    names = [
        name
        for (name,) in connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'before' ORDER BY 1"
        ).fetchall()
    ]
    for number, name in enumerate(names, start=1):
        with transaction(connection):
            connection.execute(f'DELETE FROM main."{name}"')  # noqa: S608 (a name from the catalogue)
            connection.execute(f'INSERT INTO main."{name}" BY NAME SELECT * FROM before."{name}"')  # noqa: S608 (as above)
        both = ", ".join(f'(SELECT count(*) FROM {file}."{name}")' for file in ("main", "before"))  # noqa: S608 (as above)
        counted = only_row(connection.execute(f"SELECT {both}"))
        if counted is None or counted[0] != counted[1]:
            raise StoreCopyError(path, f"not all rows of {name} were copied")
        progress(number, len(names))
    connection.execute("DETACH before")


def _discard(part: Path) -> None:
    for one in (part, part.with_name(f"{part.name}.wal")):
        with suppress(OSError):
            one.unlink(missing_ok=True)
