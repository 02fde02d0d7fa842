"""A listener at work on a memory bus, for what the executor hears of a house."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from unit.executor.samples import DEYE, NOON

from darkstar_common.bus import MemoryBus, RawDelivery
from darkstar_common.config import Config
from darkstar_common.contract import Reading
from darkstar_common.testing import settle
from darkstar_executor.core.devices import role_bindings
from darkstar_executor.listening import Listener, News, filters


class Heard:
    """What the listener made of what was published."""

    def __init__(self, bus: MemoryBus, listener: Listener) -> None:
        self.bus, self.listener = bus, listener
        self.news: list[News] = []
        self.now = NOON

    async def say(self, topic: str, payload: str, *, retain: bool = True) -> None:
        await self.bus.publish_raw(topic, payload, retain=retain)
        await settle()

    def reading(self, role: str, now: datetime | None = None) -> Reading:
        return self.listener.ears.reading(role, now or self.now)

    def status(self, role: str) -> tuple[str, str]:
        """Status and detail of a role, as `house/devices` has it."""
        rows = role_bindings(self.listener.ears, self.listener.registry)
        (row,) = (one for one in rows if one.role == role)
        return row.status, row.detail


@asynccontextmanager
async def heard(config: Config, *before: tuple[str, str]) -> AsyncIterator[Heard]:
    """A listener that starts when `before` is retained already."""
    bus = MemoryBus(now=lambda: NOON)
    for topic, payload in before:
        await bus.publish_raw(topic, payload, retain=True)
    async with bus.inbox(filters=filters(config)) as inbox:
        made = Heard(bus, Listener(config, DEYE, inbox))

        async def listen() -> None:
            async for delivery in inbox:
                assert isinstance(delivery, RawDelivery)
                made.news.append(await made.listener.hear(delivery, made.now))

        task = asyncio.create_task(listen())
        await settle()
        try:
            yield made
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
