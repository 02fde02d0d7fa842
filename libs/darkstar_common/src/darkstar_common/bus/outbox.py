"""What waits to be sent, and what is under way without an acknowledgement."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import structlog

from darkstar_common.bus import metrics
from darkstar_common.bus.backlog import LIMIT, Backlog
from darkstar_common.bus.wire import Outgoing

_log = structlog.get_logger("darkstar_common.bus")

MAX_SENT = 1024 * 1024
"""Most that is sent at once [B]; a broker cuts off who sends too much, again and again."""


class Outbox:
    """The queue to the broker.

    Connected, everything is sent in order. While the broker is away the retained state of
    a topic is replaced by a newer one, events and requests stay in order, and QoS 0 is
    lost, as it means. What was sent and not acknowledged is sent again, first.
    """

    def __init__(self, seconds: Callable[[], float], *, limit: int = LIMIT) -> None:
        """Make an empty one.

        Args:
            seconds: Steady time, by which messages expire [s].
            limit: Events that are kept.
        """
        self._seconds = seconds
        self._backlog: Backlog[tuple[Outgoing, float]] = Backlog(limit)
        self._unacknowledged: dict[int, tuple[Outgoing, float]] = {}
        self._again: deque[tuple[Outgoing, float]] = deque()
        self._next_ticket = 0
        self._connected = False
        self._overflowing = False
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        return len(self._backlog) + len(self._unacknowledged) + len(self._again)

    def put(self, outgoing: Outgoing) -> None:
        """Queue `outgoing`; what no broker would take is logged and left out."""
        if len(outgoing.payload) > MAX_SENT:
            metrics.DROPPED.labels("out").inc()
            _log.error("message_too_large", topic=outgoing.topic, size=len(outgoing.payload))
            return
        if not self._connected and not _kept(outgoing):
            return
        dropped = self._backlog.put(
            (outgoing, self._seconds()), outgoing.key, latest_only=not self._connected
        )
        self._changed.set()
        if dropped is not None:
            metrics.DROPPED.labels("out").inc()
            if not self._overflowing:
                _log.error("outbox_overflowed", topic=dropped[0].topic, waiting=len(self))
            self._overflowing = True

    def connected(self) -> None:
        """Say that what is taken now may arrive."""
        self._connected = True

    def disconnected(self) -> None:
        """Put what was not acknowledged in front again."""
        self._connected = False
        lost = self._unacknowledged.values()
        self._again.extendleft([one for one in lost if _kept(one[0])][::-1])
        self._unacknowledged.clear()

    async def take(self) -> tuple[int, Outgoing]:
        """The next to send, once there is one, with a ticket for `acknowledge`.

        What expired while it waited is passed over; what waited has less time left.
        """
        while True:
            while not (self._again or self._backlog):
                self._overflowing = False
                self._changed.clear()
                await self._changed.wait()
            outgoing, queued_at = self._again.popleft() if self._again else self._backlog.pop()
            left = self._left(outgoing, queued_at)
            if left is None or left > timedelta(0):
                break
            self._changed.set()
        ticket, self._next_ticket = self._next_ticket, self._next_ticket + 1
        self._unacknowledged[ticket] = (outgoing, queued_at)
        return ticket, replace(outgoing, expiry=left) if left is not None else outgoing

    def acknowledge(self, ticket: int) -> None:
        """Forget what the broker has."""
        self._unacknowledged.pop(ticket, None)
        if not len(self):
            self._changed.set()

    async def emptied(self) -> None:
        """Wait until all is sent and acknowledged."""
        while len(self):
            self._changed.clear()
            await self._changed.wait()

    def _left(self, outgoing: Outgoing, queued_at: float) -> timedelta | None:
        if outgoing.expiry is None:
            return None
        return outgoing.expiry - timedelta(seconds=self._seconds() - queued_at)


def _kept(outgoing: Outgoing) -> bool:
    """Whether it waits for a broker that is away."""
    return outgoing.qos > 0 or outgoing.retain
