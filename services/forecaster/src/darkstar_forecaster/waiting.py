"""Waiting for a time, or for somebody who does not want to wait so long."""

from __future__ import annotations

import asyncio
from datetime import datetime

from darkstar_common.runtime import Clock


async def until(clock: Clock, when: datetime, event: asyncio.Event) -> None:
    """Return at `when`, or as soon as `event` is set."""
    waits = (
        asyncio.create_task(clock.sleep_until(when), name="until"),
        asyncio.create_task(event.wait(), name="woken"),
    )
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waits:
            one.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
