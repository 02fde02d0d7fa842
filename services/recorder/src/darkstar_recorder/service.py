"""The recorder as a service: a writer and an answerer, each with an inbox of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from darkstar_common.bus import Delivery, Inbox
from darkstar_common.contract import (
    ACTION,
    CONTROL_STATE,
    DELIVERY,
    EPISODE,
    HINDSIGHT,
    HISTORY_QUERY,
    HOUSE_ENERGY,
    HOUSE_STATE,
    LEARNING,
    LOAD_FORECAST,
    MODELS,
    NOTIFY,
    PRICES,
    PV_FORECAST,
    SCHEDULE,
    STRATEGY,
    WEATHER,
    Channel,
)
from darkstar_common.runtime import Context
from darkstar_recorder.answering import Answering
from darkstar_recorder.care import Care
from darkstar_recorder.desk import database_path
from darkstar_recorder.labelling import Labelling
from darkstar_recorder.recording import Recording
from darkstar_recorder.rolling import Rolling
from darkstar_recorder.serving import Serving
from darkstar_recorder.store import Store
from darkstar_recorder.store.caring import Caring
from darkstar_recorder.threads import OneThread

CHANNELS: tuple[Channel[Any], ...] = (
    HOUSE_ENERGY, HOUSE_STATE, PRICES, LOAD_FORECAST, PV_FORECAST, MODELS, SCHEDULE, STRATEGY,
    ACTION, CONTROL_STATE, EPISODE, NOTIFY, DELIVERY, WEATHER, LEARNING, HINDSIGHT,
)  # fmt: skip
"""What is recorded."""


class Work(Protocol):
    """Something the recorder does beside recording and answering."""

    async def run(self) -> None:
        """Do it until cancelled, or until there is nothing to do."""


async def recorder(context: Context) -> None:
    """Run until cancelled; what has arrived by then is on disk when it returns.

    Raises:
        StoreError: The database never can be opened: a newer version wrote it, or another
            process has it.
    """
    writer, reader, keeper = OneThread("writer"), OneThread("reader"), OneThread("care")
    path = database_path(context.state_dir)
    store = await writer(lambda: Store(path, patient=True))
    try:
        await serve(
            context,
            Recording(context, store, writer),
            Answering(context, store, reader),
            Serving(context, store),
            Care(context, Caring(store.path), keeper),
            Rolling(context, store, keeper),
            Labelling(context, store, keeper),
        )
    finally:
        await keeper.stopped()
        await reader.stopped()
        await writer(store.close)
        writer.stop()


async def serve(
    context: Context, recording: Recording, answering: Answering, *beside: Work
) -> None:
    """Record and answer, and do what is done `beside`, until cancelled."""
    await recording.start()
    try:
        async with (
            context.bus.inbox(*CHANNELS, by_hand=True) as told,
            context.bus.inbox(HISTORY_QUERY) as asked,
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(recording.run(), name="recording")
            tasks.create_task(answering.run(), name="answering")
            tasks.create_task(_pass(told, recording.take), name="told")
            tasks.create_task(_pass(asked, answering.take), name="asked")
            for work in beside:
                tasks.create_task(work.run(), name=type(work).__name__.lower())
    finally:
        await recording.finish()


async def _pass(inbox: Inbox, take: Callable[[Delivery[Any]], Awaitable[None]]) -> None:
    """Hand on what comes; questions pass what waits for a disk that takes nothing."""
    async for delivery in inbox:
        if isinstance(delivery, Delivery):
            await take(delivery)
