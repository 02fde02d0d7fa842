"""A clock that moves only when a test moves it."""

from __future__ import annotations

import asyncio
import heapq
from datetime import UTC, datetime, timedelta
from itertools import count


async def settle(turns: int = 50) -> None:
    """Let the other tasks run until they wait for something (threads are not waited for)."""
    for _ in range(turns):
        await asyncio.sleep(0)


class FakeClock:
    """Time stands still until `advance`, which wakes the sleepers one by one, in order.

    Each of them sees the very moment it waited for, and gets to do its work before the
    next one is woken.
    """

    def __init__(self, start: datetime, *, speed: float = 1.0) -> None:
        self.speed = speed
        self._now = start.astimezone(UTC)
        self._numbers = count()
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """The time a test has set, in UTC."""
        return self._now

    async def sleep_until(self, when: datetime) -> None:
        """Return once a test has moved the clock there."""
        if when <= self._now:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (when, next(self._numbers), woken))
        await woken

    async def sleep(self, duration: timedelta) -> None:
        """Return once a test has moved the clock by `duration`."""
        await self.sleep_until(self._now + duration)

    async def advance(self, by: timedelta) -> None:
        """Move the clock, waking who sleeps on the way."""
        await self.advance_to(self._now + by)

    async def advance_to(self, when: datetime) -> None:
        """Move the clock to `when`, waking who sleeps on the way."""
        await settle()
        while self._sleepers and self._sleepers[0][0] <= when:
            due, _, woken = heapq.heappop(self._sleepers)
            self._now = max(self._now, due)
            if not woken.done():
                woken.set_result(None)
                await settle()
        self._now = max(self._now, when.astimezone(UTC))
        await settle()
