"""A service's shell on a bus in memory: what it says first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from darkstar_common.bus import Delivery, MemoryBus
from darkstar_common.config import Config
from darkstar_common.contract import Channel, Message, Service
from darkstar_common.runtime import Context
from darkstar_common.testing import FakeClock, a_context

M = TypeVar("M", bound=Message)
PATIENCE = 20
"""Some work is done in threads; nothing here takes so long [s]."""


async def first(
    channel: Channel[M],
    main: Callable[[Context], Awaitable[None]],
    config: Config,
    *,
    service: Service,
    at: datetime,
    told: Iterable[tuple[Channel[Any], Message]] = (),
) -> M:
    """The first message on `channel` of a service that is started at `at` and `told` so much."""
    clock = FakeClock(at)
    people = MemoryBus(now=clock.now)
    bus = MemoryBus(broker=people.broker, sender=service, now=clock.now)
    with TemporaryDirectory() as state:
        context = a_context(bus, state_dir=Path(state), clock=clock, config=config, service=service)
        async with people.inbox(channel) as inbox, asyncio.timeout(PATIENCE):
            for one, message in told:
                await people.publish(one, message)
            task = asyncio.create_task(_until_cancelled(main, context), name=str(service))
            try:
                async for delivery in inbox:
                    if isinstance(delivery, Delivery):
                        return channel.message.model_validate(delivery.message)
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
    raise AssertionError("the inbox ended")


async def _until_cancelled(main: Callable[[Context], Awaitable[None]], context: Context) -> None:
    await main(context)
