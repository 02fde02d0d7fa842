"""Ends a process whose event loop stands still, so that whoever started it starts it again.

A service that hangs is worse than one that died: nothing restarts it, its metrics are still
answered by their own thread, and the house is left to the last setpoint.
"""

from __future__ import annotations

import asyncio
import faulthandler
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TypeVar

import structlog

T = TypeVar("T")
_log = structlog.get_logger()

STANDSTILL = timedelta(minutes=2)
"""Of the machine's time. No work of ours keeps the loop for seconds, however slow the machine."""
SPEECHLESS = timedelta(seconds=30)
"""So long may it take to say where it stood, to a reader who may not read."""
_TURNS = 12
"""So often the watchdog is wound up within that time."""


@asynccontextmanager
async def watchdog(
    standstill: timedelta = STANDSTILL,
    *,
    speechless: timedelta = SPEECHLESS,
    to_the_end: bool = True,
) -> AsyncIterator[None]:
    """Watch the running loop while it is open.

    Should it not turn for `standstill`, what every thread is doing is written to standard error
    and the process ends with 1, whatever it is doing and whoever holds the interpreter's lock. The
    time that a machine sleeps does not count, nor does a clock that is set. Where nobody reads
    standard error, it ends all the same: the words are lost, or SIGALRM ends it.

    Args:
        standstill: So long the loop may stand.
        speechless: So much later SIGALRM comes, should the words not get out.
        to_the_end: The process is about to end then, and is given as long again: a thread that
            hangs would keep it for ever. False: nobody watches afterwards.
    """
    outlet = _outlet()

    def wind() -> None:
        faulthandler.dump_traceback_later(standstill.total_seconds(), exit=True, file=outlet)
        _alarm(standstill + speechless)

    async def keep_winding() -> None:
        while True:
            wind()
            await asyncio.sleep(standstill.total_seconds() / _TURNS)

    winding = asyncio.create_task(keep_winding(), name="watchdog")
    try:
        yield
    finally:
        winding.cancel()
        if to_the_end:
            wind()
        else:
            faulthandler.cancel_dump_traceback_later()
            _alarm(timedelta(0))


async def or_end(work: Awaitable[T], within: timedelta, name: str) -> T:
    """What `work` comes to; should it take longer, the process ends as one whose loop stands.

    For work on a thread, which nobody can stop: the loop turns on while it hangs, so that
    `watchdog` sees nothing wrong.

    Args:
        work: What is waited for.
        within: Longer than the slowest machine ever needs for it.
        name: What it is called in the log.
    """
    overdue = asyncio.get_running_loop().call_later(within.total_seconds(), _end, name, within)
    try:
        return await work
    finally:
        overdue.cancel()


def _end(name: str, within: timedelta) -> None:
    """Say what each thread is doing, and be gone."""
    _alarm(SPEECHLESS)
    _log.critical("work_stands_still", work=name, for_s=within.total_seconds())
    faulthandler.dump_traceback(file=_outlet(), all_threads=True)
    os._exit(1)


def _outlet() -> int:
    """Standard error, opened once more: a full pipe then takes nothing, and keeps nobody waiting.

    A socket cannot be opened so, which is where SIGALRM is needed. It could not be all: the first
    process of a container gets no signal that it does not handle.
    """
    known = sys.stderr.fileno()
    try:
        return os.open(f"/dev/fd/{known}", os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK)
    except OSError:
        return known


def _alarm(after: timedelta) -> None:
    """The kernel ends the process after that long, without asking Python; zero calls it off."""
    if threading.current_thread() is threading.main_thread():
        signal.setitimer(signal.ITIMER_REAL, after.total_seconds())
