"""The queue between the broker and a service."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, TypeAlias
from uuid import UUID

import structlog

from darkstar_common.bus import metrics
from darkstar_common.bus.backlog import ALL_A_BROKER_KEEPS, LIMIT, Backlog
from darkstar_common.bus.port import Delivery, RawDelivery
from darkstar_common.bus.reading import Incoming, Refused
from darkstar_common.bus.router import Row
from darkstar_common.contract import Channel, Message

_log = structlog.get_logger("darkstar_common.bus")

_REMEMBERED_MESSAGES = 4096
_BURST = 64

Read: TypeAlias = "Callable[[Channel[Any], Incoming], Message | Refused]"
Refuse: TypeAlias = "Callable[[Channel[Any], Incoming, Refused], None]"
Answer: TypeAlias = "Callable[[Incoming, Message | bytes], Awaitable[None]]"
Valid: TypeAlias = "Callable[[Iterable[str]], tuple[str, ...]]"
Change: TypeAlias = "Callable[[tuple[str, ...]], Awaitable[None]]"


class QueueInbox:
    """Payloads in the order of arrival; each is read only when its turn comes.

    So a long queue stays small in memory. It keeps `limit` payloads in order; when the
    service is slower for longer than that, of each state only the latest is kept, and of
    events and requests the oldest are dropped, counted and logged.
    """

    def __init__(
        self,
        filters: dict[str, Row],
        *,
        read: Read,
        refuse: Refuse,
        answer: Answer,
        valid: Valid,
        watch: Change,
        unwatch: Change,
        by_hand: bool = False,
        limit: int | None = None,
    ) -> None:
        self.filters = filters
        self._read, self._refuse, self._answer = read, refuse, answer
        self._valid, self._watch, self._unwatch = valid, watch, unwatch
        self._by_hand = by_hand
        most = limit or (ALL_A_BROKER_KEEPS if by_hand else LIMIT)
        self._backlog: Backlog[tuple[Incoming, Row]] = Backlog(
            most, gave_way=lambda item: item[0].receipt.give()
        )
        self._arrived = asyncio.Event()
        self._seen: OrderedDict[tuple[str, UUID], None] = OrderedDict()
        self._in_a_row = 0
        self._overflowing = False

    def accept(self, incoming: Incoming, row: Row) -> None:
        """Queue `incoming`, which falls under `row` of the topic table or is outside of it."""
        state = row is None or row.kind == "state"
        dropped = self._backlog.put((incoming, row), incoming.topic if state else None)
        self._arrived.set()
        if dropped is not None:
            metrics.DROPPED.labels("in").inc()
            if not self._overflowing:
                _log.error("inbox_overflowed", topic=incoming.topic, waiting=len(self._backlog))
            self._overflowing = True

    async def watch(self, *filters: str) -> None:
        """Subscribe to outside topic filters as well."""
        wanted = self._valid(dict.fromkeys(filters))
        added = tuple(one for one in wanted if one not in self.filters)
        self.filters |= dict.fromkeys(added)
        if added:
            await self._watch(added)

    async def unwatch(self, *filters: str) -> None:
        """Give outside topic filters up."""
        gone = tuple(one for one in dict.fromkeys(filters) if one in self.filters)
        for one in gone:
            del self.filters[one]
        if gone:
            await self._unwatch(gone)

    def __aiter__(self) -> AsyncIterator[Delivery[Any] | RawDelivery]:
        return self

    async def __anext__(self) -> Delivery[Any] | RawDelivery:
        while True:
            incoming, row = await self._next()
            if row is None:
                incoming.receipt.give()
                return RawDelivery(incoming.topic, incoming.payload, incoming.retained)
            delivery = self._opened(row, incoming)
            if delivery is not None:
                return delivery

    def leave(self) -> tuple[Incoming, ...]:
        """What is left in the queue, still owed for; nothing where the broker is to keep it."""
        left: list[Incoming] = []
        while len(self._backlog) and not self._by_hand:
            left.append(self._backlog.pop()[0])
        return tuple(left)

    async def _next(self) -> tuple[Incoming, Row]:
        self._in_a_row += 1
        if self._in_a_row > _BURST:  # let the rest of the service have its turn
            self._in_a_row = 0
            await asyncio.sleep(0)
        while not len(self._backlog):
            self._in_a_row, self._overflowing = 0, False
            self._arrived.clear()
            await self._arrived.wait()
        return self._backlog.pop()

    def _opened(self, channel: Channel[Any], incoming: Incoming) -> Delivery[Any] | None:
        message = self._read(channel, incoming)
        if isinstance(message, Refused):
            self._refuse(channel, incoming, message)
            incoming.receipt.give()
            return None
        if self._once(channel) and self._known(channel.path, message.message_id):
            metrics.DUPLICATES.labels(channel.path).inc()
            incoming.receipt.give()
            return None
        if not self._by_hand:
            incoming.receipt.give()

        async def answer(result: Message | bytes) -> None:
            await self._answer(incoming, result)

        give = incoming.receipt.give
        return Delivery(channel, message, incoming.retained, incoming.topic, answer, give)

    def _once(self, channel: Channel[Any]) -> bool:
        """Whether a second copy is dropped.

        By hand it would be acknowledged that way before the first one is safe.
        """
        return channel.kind == "request" or (channel.kind == "event" and not self._by_hand)

    def _known(self, path: str, message_id: UUID) -> bool:
        known = (path, message_id) in self._seen
        self._seen[path, message_id] = None
        self._seen.move_to_end((path, message_id))
        if len(self._seen) > _REMEMBERED_MESSAGES:
            self._seen.popitem(last=False)
        return known
