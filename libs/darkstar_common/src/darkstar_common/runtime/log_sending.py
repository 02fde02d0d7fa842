"""Sends what a service logs to the page, a little at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NoReturn

from darkstar_common.bus.port import Bus
from darkstar_common.contract import LOG, LogLine, LogLines, Service
from darkstar_common.runtime.clock import Clock
from darkstar_common.runtime.log_lines import KeptLines

PAUSE_SECONDS = 1.0
"""Lines are sent at most so often [s of the wall]."""
MOST_AT_ONCE = 100
"""[lines]."""


async def send_lines(
    kept: KeptLines,
    bus: Bus,
    clock: Clock,
    service: Service,
    *,
    connected: Callable[[], bool],
    pause: float = PAUSE_SECONDS,
) -> NoReturn:
    """Publish what is `kept` on the service's log topic until cancelled.

    Nothing is published while the broker is away: lines would take the place of what nobody
    else knows. Those that are too many meanwhile are dropped, and counted.
    """
    while True:
        if connected():
            lines, dropped = kept.take(MOST_AT_ONCE)
            if lines:
                await bus.publish(LOG[service], _message(service, clock, lines, dropped))
        await asyncio.sleep(pause)


def _message(service: Service, clock: Clock, lines: tuple[LogLine, ...], dropped: int) -> LogLines:
    return LogLines(sender=service, emitted_at=clock.now(), lines=lines, dropped=dropped)
