"""Ends a process whose event loop stands still, so that whoever started it starts it again.

A service that hangs is worse than one that died: nothing restarts it, its metrics are still
answered by their own thread, and the house is left to the last setpoint.
"""

from __future__ import annotations

import asyncio
import faulthandler
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

STANDSTILL = timedelta(minutes=2)
"""Of the machine's time. No work of ours keeps the loop for seconds, however slow the machine."""
_TURNS = 12
"""So often the watchdog is wound up within that time."""


@asynccontextmanager
async def watchdog(standstill: timedelta = STANDSTILL) -> AsyncIterator[None]:
    """Watch the running loop while it is open.

    Should it not turn for `standstill`, what every thread is doing is written to standard error
    and the process ends with 1, whatever it is doing and whoever holds the interpreter's lock. The
    time that a machine sleeps does not count, nor does a clock that is set.
    """
    winding = asyncio.create_task(_wind(standstill), name="watchdog")
    try:
        yield
    finally:
        winding.cancel()
        faulthandler.cancel_dump_traceback_later()


async def _wind(standstill: timedelta) -> None:
    while True:
        faulthandler.dump_traceback_later(standstill.total_seconds(), exit=True)
        await asyncio.sleep(standstill.total_seconds() / _TURNS)
