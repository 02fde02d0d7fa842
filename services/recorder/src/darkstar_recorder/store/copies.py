"""Copies of the database file, made while it is being written.

After a checkpoint the file is whole and all that follows goes to the log beside it, until
the next checkpoint. So a copy needs no memory and nobody waits for it; all it takes is that
there is no checkpoint meanwhile. Another process reads the file: if this one closed it,
the system would take away the lock by which DuckDB keeps others out.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from time import sleep

import duckdb

from darkstar_common.runtime.clock import Stopwatch
from darkstar_recorder.store.errors import StoreCopyError, StoreNotCopiedError
from darkstar_recorder.store.fetching import only_row

BACKUPS = "backups"
"""The directory of the copies, beside the file."""
PART = ".part"
"""What a copy that is not finished is called at the end."""
PATIENCE = timedelta(seconds=30)
"""So long somebody who is just writing is waited for."""
_AGAIN_SECONDS = 0.02
_COPY = "import shutil, sys; shutil.copyfile(sys.argv[1], sys.argv[2])"
_CHECKED: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "memory_limit": "64MB",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


_BEGIN, _BEGINS = b"DUCK", 8
"""What stands at that place [B] of each file of DuckDB."""


def backup_name(at: datetime) -> str:
    """What a copy of that moment is called; names are in the order of time."""
    return f"history-{at:%Y%m%dT%H%M%SZ}.duckdb"


def hold(connection: duckdb.DuckDBPyConnection, patience: timedelta = PATIENCE) -> None:
    """Fold the log into the file, and leave the file as it is then until `release`.

    Raises:
        duckdb.TransactionException: As `fold` says.
    """
    connection.execute("SET checkpoint_threshold = '1TB'")
    fold(connection, patience)


def fold(connection: duckdb.DuckDBPyConnection, patience: timedelta = PATIENCE) -> None:
    """Fold the log into the file, once nobody is writing.

    FORCE would wait for them too, but without an end, and keep everybody from beginning anything
    meanwhile: one statement that was not read to its end would stop the recorder for ever.

    Raises:
        duckdb.TransactionException: Somebody was writing, or had not asked to the end, all of
            `patience`.
    """
    watch = Stopwatch()
    while True:
        try:
            connection.execute("CHECKPOINT")
        except duckdb.TransactionException:
            if watch.elapsed > patience:
                raise
            sleep(_AGAIN_SECONDS)
        else:
            return


def release(connection: duckdb.DuckDBPyConnection) -> None:
    """Let the log be folded into the file again when it is time."""
    connection.execute("RESET checkpoint_threshold")


def copy_file(source: Path, target: Path) -> None:
    """Copy the file of a database that holds still; `target` appears whole or not at all.

    Raises:
        StoreNotCopiedError: It cannot be written.
        StoreCopyError: What came of it cannot be read.
    """
    part = target.with_name(f"{target.name}{PART}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(  # noqa: S603 (this interpreter, on two paths of ours)
            [sys.executable, "-I", "-c", _COPY, str(source), str(part)],
            capture_output=True, check=False, text=True,
        )  # fmt: skip
        if done.returncode:
            raise StoreNotCopiedError(target, done.stderr.strip().splitlines()[-1])
        to_disk(part)
        verify(part)
        part.replace(target)
        to_disk(target.parent)
    except OSError as error:
        raise StoreNotCopiedError(target, str(error)) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def is_database(path: Path) -> bool:
    """Whether `path` begins as a file of DuckDB does, which takes others for what they are.

    Not for a file that this process has open: to close it here would take away DuckDB's lock.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        return file.read(len(_BEGIN) + _BEGINS)[_BEGINS:] == _BEGIN


def verify(path: Path) -> int:
    """The schema version of the database at `path`, of which each table was looked into.

    Raises:
        StoreCopyError: It is no database of the recorder.
    """
    if not is_database(path):
        raise StoreCopyError(path, "it is no DuckDB file")
    try:
        with closing(duckdb.connect(str(path), read_only=True, config=_CHECKED)) as connection:
            for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                connection.execute(f'SELECT count(*) FROM "{name}"').fetchall()  # noqa: S608 (a name from the catalogue)
            found = only_row(connection.execute("SELECT max(version) FROM schema_version"))
    except duckdb.Error as error:
        raise StoreCopyError(path, str(error).splitlines()[0]) from None
    return int(found[0]) if found and found[0] is not None else 0


def to_disk(path: Path) -> None:
    """Wait until what was written to a file or directory is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
