"""How long recording waits while all days are worked out and questions are asked."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from darkstar_common.bus import Delivery
from darkstar_common.contract import (
    HISTORY_QUERY,
    HistoryQuery,
    HistoryRows,
    Notification,
    Service,
)
from darkstar_common.runtime import Stopwatch
from darkstar_common.testing import FakeClock, MemoryBus, a_context
from darkstar_recorder.answering import Answering
from darkstar_recorder.rolling import Rolling
from darkstar_recorder.store import Batch, Store
from darkstar_recorder.threads import OneThread

EVERY, ALONE, PAUSE = 0.125, 15.0, 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """What was measured meanwhile [s]."""

    whole: float
    """To work out all days."""
    processor: float
    """The same by the time of its thread."""
    alone: list[float]
    """Commits before, with nothing beside them."""
    commits: list[float]
    answers: list[float]
    """How long each question took until there were rows, or a sentence."""
    refused: int


async def rolled_beside(path: Path, now: datetime) -> Waits:
    """Work out all days as the service does, 8 messages a second and questions beside it."""
    clock = FakeClock(now)
    bus = MemoryBus(now=clock.now)
    context = a_context(bus, state_dir=path.parent, clock=clock, service=Service.RECORDER)
    threads = [OneThread(name) for name in ("writer", "reader", "keeper")]
    writer, reader, keeper = threads
    store = Store(path)
    quiet = asyncio.create_task(asyncio.sleep(ALONE))
    alone = await _commits(store, writer, now, quiet)
    watch, said, before = Stopwatch(), list[tuple[float, Any]](), await keeper(time.thread_time)
    rolling = asyncio.create_task(Rolling(context, store, keeper).once())
    asking = asyncio.create_task(_ask(Answering(context, store, reader), now, said))
    commits = await _commits(store, writer, now, rolling)
    whole, processor = watch.elapsed.total_seconds(), await keeper(time.thread_time) - before
    await rolling
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    for thread in threads:
        thread.stop()
    store.close()
    return Waits(
        whole=whole, processor=processor, alone=alone, commits=commits,
        answers=[took for took, _ in said],
        refused=sum(not isinstance(one, HistoryRows) for _, one in said),
    )  # fmt: skip


async def _commits(
    store: Store, writer: OneThread, now: datetime, until: asyncio.Task[Any]
) -> list[float]:
    """One message after the other, each in a commit of its own; how long each took [s]."""
    took = list[float]()
    while not until.done():
        watch = Stopwatch()
        await writer(partial(store.commit, Batch(at=now, messages=(_message(now),))))
        took.append(watch.elapsed.total_seconds())
        await asyncio.wait({until}, timeout=max(0.0, EVERY - took[-1]))
    return took


async def _ask(answering: Answering, now: datetime, said: list[tuple[float, Any]]) -> None:
    """Twice a second at most: slots of a month, and rollups of nine years."""
    watch = Stopwatch()

    async def reply(result: Any) -> None:
        said.append((watch.elapsed.total_seconds(), result))

    start = now.replace(year=now.year - 9)
    month = now.replace(day=1, month=now.month - 1 or 12, year=now.year - (now.month == 1))
    while True:
        await asyncio.sleep(PAUSE)
        for query in (
            HistoryQuery(what="slots", start=month),
            HistoryQuery(what="rollups", by="month", start=start),
        ):
            watch = Stopwatch()
            await answering.answer(
                Delivery(HISTORY_QUERY, query, retained=False, topic="", reply=reply), watch
            )


def _message(now: datetime) -> Notification:
    return Notification(
        sender=Service.EXECUTOR, emitted_at=now, kind="bench", title="a title", text="a text"
    )
