"""The connections to the file: one that writes, one that is asked, one that adds up days.

They are made anew where DuckDB has given the file up, and where the disk took nothing, or the
file was no database, when they were made.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from darkstar_recorder.store.copies import is_database
from darkstar_recorder.store.database import open_database, open_to_read
from darkstar_recorder.store.errors import (
    StoreCopyError,
    StoreError,
    StoreUnreadableError,
    StoreUnwritableError,
)
from darkstar_recorder.store.failing import is_alive
from darkstar_recorder.store.fetching import only_row
from darkstar_recorder.store.turns import Turns

PASSING = (StoreCopyError, StoreUnreadableError, StoreUnwritableError)
"""What may be over when it is tried again later; other versions and processes stay."""


class Connections:
    """To the file at `path`, as far as it lets itself be opened."""

    def __init__(self, path: Path) -> None:
        """Take the path; nothing is opened yet."""
        self.asking, self.summing = Turns(), Turns()
        """Held by who uses the reader, and by who uses the summer."""
        self._path, self._known = path, False
        self._writer: duckdb.DuckDBPyConnection | None = None
        self._reader: duckdb.DuckDBPyConnection | None = None
        self._summer: duckdb.DuckDBPyConnection | None = None
        self.trouble: StoreError | None = None
        """Why it could not be opened to write, when that was tried last."""

    def open(self) -> None:
        """Open the file to write, or on a disk that takes nothing at least to read.

        Raises:
            StoreError: It cannot even be read.
        """
        self.trouble = None
        try:
            self._refuse_others()
            writer = open_database(self._path)
        except StoreError as error:
            self.trouble = error
            if not isinstance(error, PASSING) or not self._known:
                raise
            writer = self._to_read(error)
        self._writer, self._reader, self._summer = writer, writer.cursor(), writer.cursor()

    def _refuse_others(self) -> None:
        """DuckDB would open a file of another kind as what it is, as far as it knows how."""
        if self._known or not self._path.exists():
            return
        try:
            self._known = is_database(self._path)
        except OSError as error:
            raise StoreUnreadableError(self._path, str(error)) from error
        if not self._known:
            raise StoreUnreadableError(self._path, "it is none")

    def _to_read(self, refused: StoreError) -> duckdb.DuckDBPyConnection:
        try:
            found = open_to_read(self._path)
        except StoreError as error:
            self.trouble = error
            raise
        if found is None:
            raise refused
        self.trouble = StoreUnwritableError(self._path, f"it can only be read: {refused.detail}")
        return found

    def mend(self) -> None:
        """Open what cannot be written anew.

        Raises:
            StoreError: It still cannot be written; perhaps it can be read.
        """
        if self.trouble is None and self._writer is not None and is_alive(self._writer):
            return
        with self.asking, self.summing:
            self.close()
            self.open()
        if self.trouble is not None:
            raise self.trouble

    @property
    def writer(self) -> duckdb.DuckDBPyConnection:
        """The one that writes.

        Raises:
            StoreError: The file could not be opened; why not.
        """
        return self._open(self._writer)

    @property
    def reader(self) -> duckdb.DuckDBPyConnection:
        """The one that is asked, for who has the turn.

        Raises:
            StoreError: The file could not be opened; why not.
        """
        return self._open(self._reader)

    @property
    def summer(self) -> duckdb.DuckDBPyConnection:
        """The one that adds up days, for who has the turn.

        Raises:
            StoreError: The file could not be opened; why not.
        """
        return self._open(self._summer)

    def memory_bytes(self) -> int | None:
        """What the database holds in memory, whatever else is under way; None: it is closed."""
        writer = self._writer
        if writer is None:
            return None
        try:
            with writer.cursor() as beside:
                found = beside.execute("SELECT sum(memory_usage_bytes) FROM duckdb_memory()")
                row = only_row(found)
        except duckdb.Error:  # it is being closed
            return None
        return None if row is None else int(row[0])

    def close(self) -> None:
        """Fold the log into the file and close it."""
        with self.asking, self.summing:  # no question is under way, and no sum
            for connection in (self._reader, self._summer, self._writer):
                if connection is not None:
                    connection.close()
            self._reader = self._summer = self._writer = None

    def _open(self, connection: duckdb.DuckDBPyConnection | None) -> duckdb.DuckDBPyConnection:
        if connection is None:
            trouble = self.trouble or StoreUnreadableError(self._path, "it is closed")
            raise trouble.with_traceback(None)  # of before, which would grow with each time
        return connection
