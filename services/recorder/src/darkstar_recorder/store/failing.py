"""What the database's errors mean: a disk that takes nothing, or a row that none would take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from darkstar_common.contract import Message
from darkstar_recorder.store.errors import (
    StoreFailedError,
    StoreRefusedError,
    StoreUnreadableError,
    StoreUnwritableError,
)

DISK = (
    duckdb.IOException,
    duckdb.TransactionException,  # how a commit says that the disk is full
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.OutOfMemoryException,
    duckdb.PermissionException,
    duckdb.ConnectionException,
    OSError,
)
"""What may be over when it is tried again later."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say of what goes wrong inside that the file at `path` takes nothing.

    Raises:
        StoreUnwritableError: The disk, or the file, refuses.
    """
    try:
        yield
    except (duckdb.Error, OSError) as error:
        raise StoreUnwritableError(path, first_line(error)) from error


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Say of what goes wrong inside that the file at `path` is no database.

    Raises:
        StoreUnreadableError: Not a byte of it can be used.
    """
    try:
        yield
    except duckdb.Error as error:
        raise StoreUnreadableError(path, first_line(error)) from error


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Say of whatever the database refuses inside that it was the file at `path`.

    Raises:
        StoreFailedError: The database refused something.
    """
    try:
        yield
    except duckdb.Error as error:
        raise StoreFailedError(path, first_line(error)) from error


@contextmanager
def keeping(path: Path, message: Message) -> Iterator[None]:
    """Say of a message that it is the one that cannot be written.

    Raises:
        StoreRefusedError: It would not be taken a second time either.
    """
    try:
        yield
    except DISK:
        raise
    except (duckdb.Error, OverflowError, ValueError) as error:  # such as a time before all times
        raise StoreRefusedError(path, message.message_id, first_line(error)) from error


def is_alive(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the database still works; after a failed checkpoint it must be opened anew."""
    with suppress(duckdb.Error):
        connection.execute("SELECT 1").fetchall()
        return True
    return False


def first_line(error: BaseException) -> str:
    """What an error says first, in one line."""
    return next(iter(str(error).splitlines()), type(error).__name__)
