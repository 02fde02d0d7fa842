"""What takes care of the file, beside the writer: on connections of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from darkstar_common.config import Keep
from darkstar_recorder.store import copies, episodes, pruning
from darkstar_recorder.store.database import open_beside, transaction
from darkstar_recorder.store.episodes import Repacked
from darkstar_recorder.store.errors import StoreTroubleError
from darkstar_recorder.store.fetching import only_row
from darkstar_recorder.store.times import aware, naive


class Caring:
    """Copies, prunes and tidies the file; one call at a time, while another thread writes."""

    def __init__(self, path: Path, patience: timedelta = copies.PATIENCE) -> None:
        """Take the file, which is open in this process or in none.

        Args:
            path: Of the file.
            patience: So long somebody who is just writing is waited for.
        """
        self._path, self._patience = path, patience
        self._lock = threading.Lock()

    @property
    def size_mb(self) -> float:
        """Of the file and its log [MB]."""
        log = self._path.with_name(f"{self._path.name}.wal")
        return sum(one.stat().st_size for one in (self._path, log) if one.exists()) / 1e6

    def copy_to(self, target: Path) -> None:
        """Copy everything that was committed by now to a file of its own.

        Raises:
            StoreTroubleError: The file cannot be tidied before.
            StoreCopyError: The copy cannot be written; nothing is left of it.
        """
        with self._open() as connection:
            try:
                copies.hold(connection, self._patience)
                copies.copy_file(self._path, target)
            finally:
                copies.release(connection)

    def prune(self, keep: Keep, now: datetime) -> int:
        """Delete a piece of what is older than `keep` allows; 0 when nothing is left of it.

        Raises:
            StoreTroubleError: It cannot be written.
        """
        with self._open() as connection, transaction(connection):
            return pruning.prune(connection, keep, now)

    def repack(self, most: int) -> Repacked:
        """Write so many planning runs of earlier versions in the present form.

        Nothing is done where a tool is at the very same ones.

        Raises:
            StoreTroubleError: It cannot be written.
        """
        with self._open() as connection:
            try:
                with transaction(connection):
                    return episodes.repack(connection, most)
            except duckdb.TransactionException:
                return Repacked(done=0)

    def checkpoint(self) -> None:
        """Fold the log into the file.

        Raises:
            StoreTroubleError: It cannot be written.
        """
        with self._open() as connection:
            copies.fold(connection, self._patience)

    def last_done(self, task: str) -> datetime | None:
        """When `task` was done last; None if never.

        Raises:
            StoreTroubleError: The file cannot be read.
        """
        with self._open() as connection:
            row = only_row(connection.execute("SELECT done_at FROM care WHERE task = ?", [task]))
        return aware(row[0]) if row else None

    def done(self, task: str, at: datetime) -> None:
        """Note that `task` was done.

        Raises:
            StoreTroubleError: It cannot be written.
        """
        with self._open() as connection:
            connection.execute("INSERT OR REPLACE INTO care VALUES (?, ?)", [task, naive(at)])

    @contextmanager
    def _open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            # Where this process has the file open, it is another connection to the same.
            with self._lock, closing(open_beside(self._path)) as opened:
                yield opened
        except duckdb.Error as error:
            raise StoreTroubleError(self._path, str(error).splitlines()[0]) from None
