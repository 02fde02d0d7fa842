"""Ending a task for certain."""

from __future__ import annotations

import asyncio
from typing import Any


async def stop(task: asyncio.Task[Any], *, patience: float = 1.0) -> None:
    """Cancel `task` every `patience` seconds until it is done; what it raises stays in it.

    Before Python 3.12 `asyncio.wait_for`, on which the MQTT client waits, can swallow a
    cancellation that comes together with its result (python/cpython#86296).
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=patience)
