"""Takes in what the house and the services say, and writes it down in batches.

What arrives within a quarter of a second, or while the last transaction is under way,
makes one transaction. So everything is on disk well within a second, and neither a flood
nor a simulated day costs more transactions than the disk and its wear allow.

The broker is told of a message once it is on disk. While the disk takes nothing, the broker
keeps what comes, and nothing is held here but what was under way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from darkstar_common.bus import Delivery
from darkstar_common.contract import (
    HISTORY_SLOT,
    ControlState,
    EnergyCounters,
    HouseState,
    Issue,
    Message,
)
from darkstar_common.runtime import Context, Stopwatch, because_of
from darkstar_recorder import metrics
from darkstar_recorder.conversion import measurements, observation
from darkstar_recorder.core.ledger import Ledger
from darkstar_recorder.core.powers import Power
from darkstar_recorder.core.readings import Reading
from darkstar_recorder.core.rollups import house_of
from darkstar_recorder.habits import Habits
from darkstar_recorder.measuring import Counting, show_disk, show_memory
from darkstar_recorder.store import (
    Batch,
    Store,
    StoreError,
    StoreRefusedError,
    settings,
    telling,
)
from darkstar_recorder.threads import Elsewhere

Taken: TypeAlias = "list[Delivery[Any] | None]"
"""Messages, and None where only the clock went on."""

UNWRITABLE = "database_unwritable"
_TICK = timedelta(minutes=1)
# Of the wall's time, since it is the disk that is spared:
_GATHERING = timedelta(seconds=0.25)
_QUIET = timedelta(seconds=0.005)
"""Nothing came for so long: perhaps the broker waits for us."""
_FIRST_RETRY, _LONGEST_RETRY = timedelta(seconds=0.5), timedelta(seconds=10)
_ENOUGH = 16
"""A broker may send only 20 messages ahead; with so many the rest of the time is not waited."""
_AT_ONCE = 512
"""Most messages in one transaction."""
GUIDANCE = (
    "Free space on the disk that holds the recorder's file, or make it writable again: recording "
    "goes on by itself, and nothing is lost, for the broker keeps what comes. If the file is "
    "damaged, stop the recorder and put the last copy in its place: darkstar-recorder restore "
    "FILE; copies are in backups/ beside it, and nothing is moved or replaced without you."
)


class Recording:
    """The one writer. `take` is its entrance, `run` its work, `finish` its end."""

    def __init__(self, context: Context, store: Store, elsewhere: Elsewhere) -> None:
        self._context, self._store, self._elsewhere = context, store, elsewhere
        self._queue: asyncio.Queue[Delivery[Any] | None] = asyncio.Queue(maxsize=_AT_ONCE)
        self._many = asyncio.Event()
        self._taken: Taken = []
        self._retry = _FIRST_RETRY
        self._habits = Habits(store, context.config)
        self._ledger: Ledger | None = None
        self._counting = Counting(house_of(context.config).absent)
        self._announced: tuple[datetime, ...] = ()
        self._control: Mapping[str, object] | None = None
        """What people had set by the last control state that was written."""
        self._alarm_armed: bool | None = None
        """What the house said of its alarm when that was last written."""
        metrics.WAITING.set_function(lambda: self._queue.qsize() + len(self._taken))
        show_disk(store.path)
        show_memory(store.memory_bytes)

    async def start(self) -> None:
        """Read what the counters showed of late, if the file can be read by now."""
        try:
            self._ledger = await self._remembered()
        except StoreError as error:
            await self._say(error)
        else:
            if self._store.trouble is not None:
                await self._say(self._store.trouble)

    async def _remembered(self) -> Ledger:
        ledger, now = self._ledger, self._context.clock.now()

        def read() -> Ledger:
            with telling(self._store.path):
                if ledger is None:
                    return self._habits.ledger(now)
                return self._habits.renewed(ledger, now)

        return await self._elsewhere(read)

    async def take(self, delivery: Delivery[Any]) -> None:
        """Queue a message; waits while the disk is far behind."""
        metrics.MESSAGES.labels(delivery.channel.path).inc()
        await self._queue.put(delivery)
        if self._queue.qsize() >= _ENOUGH:
            self._many.set()

    async def run(self) -> None:
        """Write what is queued until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tick(), name="tick")
            tasks.create_task(self._write(), name="write")

    async def finish(self) -> None:
        """Write what is still queued; what the disk does not take stays with the broker."""
        while (left := self._pending()) or self._announced:
            self._taken = await self._record(left)
            if self._taken:
                return

    async def _tick(self) -> None:
        while True:
            await self._queue.put(None)
            await self._context.clock.sleep(_TICK)

    async def _write(self) -> None:
        while True:
            if not self._taken:
                self._taken.append(await self._queue.get())
                watch = Stopwatch()
            await self._gather()
            work = asyncio.create_task(self._record(self._pending()), name="commit")
            try:
                self._taken = await asyncio.shield(work)
            except asyncio.CancelledError:
                # Otherwise `finish` could write the same page a second time.
                self._taken = await work
                raise
            if self._taken:
                await self._sleep(self._retry)
                self._retry = min(2 * self._retry, _LONGEST_RETRY)
            else:
                self._retry = _FIRST_RETRY
                metrics.KEPT.observe(watch.elapsed.total_seconds())

    async def _gather(self) -> None:
        """Wait for what else comes, but not for what the broker holds back until we are done."""
        over = asyncio.create_task(self._sleep(_GATHERING), name="gathering")
        many = asyncio.create_task(self._many.wait(), name="many")
        try:
            await asyncio.wait({over, many}, return_when=asyncio.FIRST_COMPLETED)
            size = -1
            while not over.done() and size != self._queue.qsize():
                size = self._queue.qsize()
                await self._sleep(_QUIET)
        finally:
            over.cancel()
            many.cancel()

    async def _sleep(self, of_the_wall: timedelta) -> None:
        await self._context.clock.sleep(of_the_wall * self._context.clock.speed)

    def _pending(self) -> Taken:
        taken, self._taken = self._taken, []
        count = max(0, min(self._queue.qsize(), _AT_ONCE - len(taken)))
        taken += (self._queue.get_nowait() for _ in range(count))
        if self._queue.qsize() < _ENOUGH:
            self._many.clear()
        return taken

    async def _record(self, taken: Taken) -> Taken:
        """Write `taken`, then say which slots were closed or corrected.

        Returns:
            All of it, if the disk did not take it; nothing else.
        """
        left = taken
        while True:
            try:
                await self._commit(left)
            except StoreRefusedError as error:
                left = self._without(error, left)
            except StoreError as error:
                await self._say(error)
                return left
            else:
                await self._context.status.clear_issue(UNWRITABLE)
                return []

    async def _commit(self, taken: Taken) -> None:
        now = self._context.clock.now()
        deliveries = [one for one in taken if one is not None]
        if self._store.trouble is not None:
            await self._elsewhere(lambda: self._store.commit(Batch(at=now)))
        if self._ledger is None or self._habits.are_old(self._ledger, now):
            self._ledger = await self._remembered()
        told: list[Reading | Power] = []
        facts: dict[UUID, Message] = {}
        control, armed = self._control, self._alarm_armed
        for message in (one.message for one in deliveries):
            if isinstance(message, EnergyCounters | HouseState):
                told += measurements(message)
                if isinstance(message, HouseState) and message.alarm_armed not in {None, armed}:
                    facts[message.message_id], armed = message, message.alarm_armed
            elif not isinstance(message, ControlState) or settings(message) != control:
                facts[message.message_id] = message
                control = settings(message) if isinstance(message, ControlState) else control
        ledger = self._ledger.after(told, now)
        page = ledger.page(now)
        batch = Batch(at=now, page=page, announced=self._announced, messages=tuple(facts.values()))
        rows: list[dict[str, Any]] = []
        if batch:
            watch = Stopwatch()
            rows = await self._elsewhere(lambda: self._store.commit(batch))
            metrics.COMMITS.observe(watch.elapsed.total_seconds())
            self._ledger = ledger.written(page)
            self._control, self._alarm_armed = control, armed
        for delivery in deliveries:
            delivery.acknowledge()
        if batch:
            await self._announce(rows, now)

    async def _announce(self, rows: list[dict[str, Any]], now: datetime) -> None:
        self._counting.add(rows)
        for row in rows:
            message = observation(row, now)
            await self._context.bus.publish(HISTORY_SLOT, message)
            metrics.SLOTS.inc()
            self._context.log.debug("slot_closed", start=row["start"], quality=message.quality)
        self._announced = tuple(row["start"] for row in rows)

    def _without(self, error: StoreRefusedError, taken: Taken) -> Taken:
        """`taken` but for the message that no disk would take, or it would come for ever."""
        refused = _of(error.message_id, taken)
        for delivery in refused:
            metrics.REFUSED.labels(delivery.channel.path).inc()
            log = because_of(self._context.log, delivery.message)
            log.error("message_refused", topic=delivery.topic, reason=str(error))
            delivery.acknowledge()
        return [one for one in taken if one not in refused]

    async def _say(self, error: StoreError) -> None:
        if self._retry == _FIRST_RETRY:
            self._context.log.error("database_unwritable", reason=str(error))
        metrics.UNWRITABLE.inc()
        issue = Issue(key=UNWRITABLE, severity="error", message=str(error), guidance=GUIDANCE)
        await self._context.status.raise_issue(issue)


def _of(message_id: UUID, taken: Taken) -> list[Delivery[Any]]:
    return [one for one in taken if one is not None and one.message.message_id == message_id]
