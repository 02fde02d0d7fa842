"""Takes in what the house and the services say, and writes it down in batches.

What arrives within a quarter of a second, or while the last transaction is under way,
makes one transaction. So everything is on disk well within a second, and neither a flood
nor a simulated day costs more transactions than the disk and its wear allow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from darkstar_common.bus import Delivery
from darkstar_common.contract import (
    HISTORY_SLOT,
    EnergyCounters,
    HouseState,
    Message,
)
from darkstar_common.runtime import Context, Stopwatch
from darkstar_recorder import metrics
from darkstar_recorder.conversion import limits, measurements, observation
from darkstar_recorder.core.ledger import Ledger
from darkstar_recorder.store import Batch, Store
from darkstar_recorder.threads import Elsewhere

_TICK = timedelta(minutes=1)
_GATHERING = timedelta(seconds=0.25)
"""Of the wall's time, since it is the disk that is spared."""
_AT_ONCE = 512
"""Most messages in one transaction."""


class Recording:
    """The one writer. `take` is its entrance, `run` its work, `finish` its end."""

    def __init__(self, context: Context, store: Store, elsewhere: Elsewhere) -> None:
        self._context, self._store, self._elsewhere = context, store, elsewhere
        self._queue: asyncio.Queue[Message | None] = asyncio.Queue(maxsize=_AT_ONCE)
        self._taken: list[Message | None] = []
        self._ledger = Ledger()
        self._announced: tuple[datetime, ...] = ()

    async def start(self) -> None:
        """Read what the counters showed of late."""
        config, now = self._context.config, self._context.clock.now()
        usual = config.recorder.gap_profile == "usual"

        def read() -> Ledger:
            return self._store.ledger(limits(config), self._store.usual(now) if usual else None)

        self._ledger = await self._elsewhere(read)

    async def take(self, delivery: Delivery[Any]) -> None:
        """Queue a message; waits while the disk is far behind."""
        metrics.MESSAGES.labels(delivery.channel.path).inc()
        await self._queue.put(delivery.message)

    async def run(self) -> None:
        """Write what is queued until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tick(), name="tick")
            tasks.create_task(self._write(), name="write")

    async def finish(self) -> None:
        """Write what is still queued."""
        while (left := self._pending()) or self._announced:
            await self._record(left)

    async def _tick(self) -> None:
        while True:
            await self._queue.put(None)
            await self._context.clock.sleep(_TICK)

    async def _write(self) -> None:
        while True:
            self._taken.append(await self._queue.get())
            await self._context.clock.sleep(_GATHERING * self._context.clock.speed)
            work = asyncio.create_task(self._record(self._pending()), name="commit")
            try:
                await asyncio.shield(work)
            except asyncio.CancelledError:
                # Otherwise `finish` could write the same page a second time.
                await work
                raise

    def _pending(self) -> list[Message | None]:
        taken, self._taken = self._taken, []
        count = min(self._queue.qsize(), _AT_ONCE)
        return [*taken, *(self._queue.get_nowait() for _ in range(count))]

    async def _record(self, messages: Iterable[Message | None]) -> None:
        """Apply `messages`, commit, then say which slots were closed or corrected."""
        now = self._context.clock.now()
        ledger, facts = self._ledger, {}
        for message in messages:
            if isinstance(message, EnergyCounters | HouseState):
                ledger = ledger.after(measurements(message), now)
            elif message is not None:
                facts[message.message_id] = message
        page = ledger.page(now)
        batch = Batch(at=now, page=page, announced=self._announced, messages=tuple(facts.values()))
        if not batch:
            return
        watch = Stopwatch()
        rows = await self._elsewhere(lambda: self._store.commit(batch))
        metrics.COMMITS.observe(watch.elapsed.total_seconds())
        self._ledger = ledger.written(page)
        await self._announce(rows, now)

    async def _announce(self, rows: list[dict[str, Any]], now: datetime) -> None:
        for row in rows:
            message = observation(row, now)
            await self._context.bus.publish(HISTORY_SLOT, message)
            metrics.SLOTS.inc()
            self._context.log.debug("slot_closed", start=row["start"], quality=message.quality)
        self._announced = tuple(row["start"] for row in rows)
