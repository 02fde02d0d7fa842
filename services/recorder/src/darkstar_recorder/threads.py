"""Blocking work beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

T = TypeVar("T")


class Elsewhere(Protocol):
    """Runs blocking work so that nothing else has to wait for it."""

    def __call__(self, work: Callable[[], T]) -> Awaitable[T]:
        """Run `work` and give back what it returns."""


class OneThread:
    """A thread that does one thing after the other, which is what a database wants."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def __call__(self, work: Callable[[], T]) -> T:
        """Run `work` there; a cancelled caller leaves it running to its end."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def stop(self) -> None:
        """Wait for what is running, take nothing more."""
        self._pool.shutdown()


async def here(work: Callable[[], T]) -> T:
    """Run `work` at once, in the way of everything else; for tests and tools."""
    return work()
