"""The database file of an earlier Darkstar (planner_learning.db), read and never written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from darkstar_recorder.core.past import Finding, PastRefusedError

MAGIC = b"SQLite format 3\0"
SLOTS, DAYS, EPISODES = "slot_observations", "data_quality_daily", "training_episodes"
FORECASTS = "slot_forecasts"
TABLES = (SLOTS, DAYS, EPISODES, FORECASTS)
"""What is taken over of it."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """Its tables, row by row."""

    _connection: sqlite3.Connection
    tables: frozenset[str]
    """Those of `TABLES` that it has."""
    findings: list[Finding] = field(default_factory=list)
    """Tables that could not be read to their end."""

    def rows(self, table: str) -> Iterator[dict[str, object]]:
        """The rows of a table of `TABLES`, by column; none if it has no such table."""
        if table not in self.tables:
            return
        try:
            yield from map(dict, self._connection.execute(f"SELECT * FROM {table}"))  # noqa: S608 (a name of this module)
        except sqlite3.DatabaseError as error:
            sentence = f"the rest of it cannot be read: {error}"
            self.findings.append(Finding(row=table, sentence=sentence))

    def count(self, table: str) -> int:
        """How many rows a table has, as far as that is known."""
        if table not in self.tables:
            return 0
        try:
            row = self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 (a name of this module)
        except sqlite3.DatabaseError:
            return 0
        return int(row[0])


@contextmanager
def earlier_database(path: Path) -> Iterator[Earlier]:
    """The database at `path`, opened for reading.

    Raises:
        PastRefusedError: It cannot be opened, or has nothing to take over.
    """
    try:
        connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)
    except sqlite3.Error as error:
        raise PastRefusedError(f"it cannot be read: {error}") from None
    connection.row_factory = sqlite3.Row
    connection.text_factory = _text
    try:
        yield Earlier(connection, _tables(connection))
    finally:
        connection.close()


def _tables(connection: sqlite3.Connection) -> frozenset[str]:
    try:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    except sqlite3.Error as error:
        raise PastRefusedError(f"it cannot be read: {error}") from None
    found = frozenset(TABLES) & {row["name"] for row in rows}
    if not found:
        raise PastRefusedError(
            f"it is no database of an earlier Darkstar: it has none of {', '.join(TABLES)}"
        )
    return found


def _text(raw: bytes) -> object:
    """Text; bytes where somebody put compressed ones into a column of text."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw
