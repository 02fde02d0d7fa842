"""Prices that are not published, from whoever estimates them, but not waited for too long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeAlias

from darkstar_common.runtime import Context
from darkstar_forecaster.core.method import Ahead, Unknown

Estimate: TypeAlias = Callable[[Sequence[datetime]], Awaitable[Ahead | Unknown]]


class Estimating:
    """One estimate at a time; one that takes long is told when it is there."""

    def __init__(
        self,
        context: Context,
        estimate: Estimate,
        ready: Callable[[], None],
        *,
        most_seconds: float,
    ) -> None:
        """Nothing is estimated yet.

        Args:
            context: of the service.
            estimate: makes it.
            ready: is called when one that took long is there.
            most_seconds: so long it is waited for [s of the wall].
        """
        self._context, self._estimate, self._ready = context, estimate, ready
        self._most_seconds, self._late = most_seconds, False
        self._work: asyncio.Task[Ahead | Unknown] | None = None

    async def of(self, starts: Sequence[datetime]) -> Ahead | Unknown:
        """The estimate of the slots at `starts`, or that it takes long."""
        if not starts:
            return Unknown(reason="all is published", guidance="")
        if self._work is None:
            self._work = asyncio.create_task(self._made(starts), name="price-estimate")
        done, _ = await asyncio.wait({self._work}, timeout=self._most_seconds)
        self._late = not done
        if self._late:
            self._context.log.warning("price_forecast_late", seconds=self._most_seconds)
            return Unknown(reason="the forecast takes long", guidance="")
        work, self._work = self._work, None
        return work.result()

    async def _made(self, starts: Sequence[datetime]) -> Ahead | Unknown:
        found = await self._estimate(starts)
        if self._late:
            self._ready()
        return found

    async def close(self) -> None:
        """Give up what is under way."""
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
