"""No question holds its thread for longer than it may."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from threading import Event, Thread

import duckdb

from darkstar_recorder.store.questions import TooLongError

BATCH = 2_000
"""Rows fetched at a time, so that other threads come to their turn in between."""


_AGAIN = 0.02
"""An interrupt between two statements is lost, so there are more of them [s]."""


@contextmanager
def limited(connection: duckdb.DuckDBPyConnection, within: timedelta) -> Iterator[None]:
    """Interrupt what `connection` does when it takes longer than `within`.

    Raises:
        TooLongError: It did.
    """
    if within <= timedelta(0):
        raise _too_long()
    done = Event()
    watch = Thread(target=_interrupt, args=(connection, done, within.total_seconds()), daemon=True)
    watch.start()
    try:
        yield
    except duckdb.InterruptException:
        raise _too_long() from None
    finally:
        done.set()
        watch.join()
        # An interrupt may have hit a rollback; what it left would refuse all that is asked later.
        with suppress(duckdb.Error):
            connection.rollback()


def _interrupt(connection: duckdb.DuckDBPyConnection, done: Event, seconds: float) -> None:
    if not done.wait(seconds):
        connection.interrupt()
        while not done.wait(_AGAIN):
            connection.interrupt()


def _too_long() -> TooLongError:
    return TooLongError(
        "this cannot be answered within a second; ask for a shorter time between start and end, "
        "or for fewer columns"
    )
