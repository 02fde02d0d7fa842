"""Sends what a service logs to the page, a little at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NoReturn, TypeAlias

from darkstar_common.bus.port import Bus
from darkstar_common.bus.stopping import stop
from darkstar_common.contract import LOG, LogLines, Service
from darkstar_common.runtime.clock import Clock
from darkstar_common.runtime.log_lines import KeptLines

PAUSE_SECONDS = 1.0
"""Lines are sent at most so often [s of the wall]."""
MOST_AT_ONCE = 100
"""[lines]."""


Connected: TypeAlias = Callable[[], bool]


@asynccontextmanager
async def telling(
    kept: KeptLines, bus: Bus, clock: Clock, service: Service, *, connected: Connected
) -> AsyncIterator[None]:
    """Publish what is `kept` while this is open, and at the end the last words of a crash."""
    sending = asyncio.create_task(
        send_lines(kept, bus, clock, service, connected=connected), name="log"
    )
    try:
        yield
    finally:
        await stop(sending)
        if connected():
            await send_some(kept, bus, clock, service)


async def send_lines(
    kept: KeptLines,
    bus: Bus,
    clock: Clock,
    service: Service,
    *,
    connected: Connected,
    pause: float = PAUSE_SECONDS,
) -> NoReturn:
    """Publish what is `kept` on the service's log topic until cancelled.

    Nothing is published while the broker is away: lines would take the place of what nobody
    else knows. Those that are too many meanwhile are dropped, and counted.
    """
    while True:
        if connected():
            await send_some(kept, bus, clock, service)
        await asyncio.sleep(pause)


async def send_some(kept: KeptLines, bus: Bus, clock: Clock, service: Service) -> None:
    """Publish the oldest lines there are, `MOST_AT_ONCE` at most; without any, nothing."""
    lines, dropped = kept.take(MOST_AT_ONCE)
    if lines:
        said = LogLines(sender=service, emitted_at=clock.now(), lines=lines, dropped=dropped)
        await bus.publish(LOG[service], said)
