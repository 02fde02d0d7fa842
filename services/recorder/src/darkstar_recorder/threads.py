"""Blocking work beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Protocol, TypeVar

from darkstar_common.runtime.watchdog import or_end

PATIENCE = timedelta(minutes=30)
"""Longer than the slowest disk takes for the largest file; what takes longer hangs."""
T = TypeVar("T")


class Elsewhere(Protocol):
    """Runs blocking work so that nothing else has to wait for it."""

    def __call__(self, work: Callable[[], T]) -> Awaitable[T]:
        """Run `work` and give back what it returns."""


class OneThread:
    """A thread that does one thing after the other, which is what a database wants.

    Should one of them take longer than `patience`, the process says where it stood and ends, so
    that it is started again: nobody else would notice that nothing is done any more.
    """

    def __init__(self, name: str, patience: timedelta = PATIENCE) -> None:
        self._name, self._patience = name, patience
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def __call__(self, work: Callable[[], T]) -> T:
        """Run `work` there; a cancelled caller leaves it running to its end."""
        done = asyncio.get_running_loop().run_in_executor(self._pool, work)
        return await or_end(done, self._patience, self._name)

    async def stopped(self) -> None:
        """Wait as `stop` does, and let the loop turn meanwhile.

        A caller that is cancelled waits on: what runs there has the file open.
        """
        ended = asyncio.create_task(asyncio.to_thread(self.stop))
        while not ended.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait({ended})

    def stop(self) -> None:
        """Wait for what is running, take nothing more."""
        self._pool.shutdown()


async def here(work: Callable[[], T]) -> T:
    """Run `work` at once, in the way of everything else; for tests and tools."""
    return work()
