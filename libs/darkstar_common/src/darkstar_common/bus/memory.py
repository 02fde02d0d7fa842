"""A bus inside one process, for tests: the same semantics, through bytes, without a broker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any, TypeVar
from uuid import uuid4

from darkstar_common.bus.reading import Incoming
from darkstar_common.bus.receipts import Owed
from darkstar_common.bus.topics import matches
from darkstar_common.bus.typed import TypedBus
from darkstar_common.bus.wire import Outgoing
from darkstar_common.contract import Channel, Message, Service

M = TypeVar("M", bound=Message)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class MemoryBroker:
    """What the buses of one process share; delivers at once and forgets nobody."""

    def __init__(self) -> None:
        self.retained: dict[str, bytes] = {}
        self.sent: list[Outgoing] = []
        """All that was ever published, in order."""
        self._wires: list[_MemoryWire] = []

    def attach(self, wire: _MemoryWire) -> None:
        """Let `wire` send and receive."""
        self._wires.append(wire)

    def post(self, outgoing: Outgoing) -> None:
        """Deliver to all who subscribed."""
        self.sent.append(outgoing)
        if outgoing.retain and outgoing.payload:
            self.retained[outgoing.topic] = outgoing.payload
        elif outgoing.retain:
            self.retained.pop(outgoing.topic, None)
        for wire in self._wires:
            wire.offer(outgoing)


class _MemoryWire:
    def __init__(self, broker: MemoryBroker) -> None:
        self.deliver: Callable[[Incoming], None]
        self._broker = broker
        self._filters: set[str] = set()
        self._numbers = count()
        self.unacknowledged: dict[int, Outgoing] = {}
        self._owed = Owed(self.unacknowledged.pop)

    def post(self, outgoing: Outgoing) -> None:
        self._broker.post(outgoing)

    async def subscribe(self, *filters: str) -> None:
        self._filters.update(filters)
        for topic, payload in list(self._broker.retained.items()):
            if any(matches(one, topic) for one in filters):
                self.deliver(Incoming(topic, payload, retained=True))

    async def unsubscribe(self, *filters: str) -> None:
        self._filters.difference_update(filters)

    def offer(self, outgoing: Outgoing) -> None:
        if not any(matches(one, outgoing.topic) for one in self._filters):
            return
        number = next(self._numbers)
        self.unacknowledged[number] = outgoing
        self.deliver(
            Incoming(
                outgoing.topic,
                outgoing.payload,
                response_topic=outgoing.response_topic,
                correlation=outgoing.correlation,
                receipt=self._owed.receipt(number),
            )
        )


class MemoryBus(TypedBus):
    """The bus of one process, or with a common `broker` of several services in one."""

    def __init__(
        self,
        site: str = "home",
        *,
        broker: MemoryBroker | None = None,
        sender: Service = Service.PEOPLE,
        now: Callable[[], datetime] = lambda: _EPOCH,
    ) -> None:
        self.broker = broker or MemoryBroker()
        self._memory = wire = _MemoryWire(self.broker)
        super().__init__(wire, site=site, client_id=uuid4().hex, sender=sender, now=now)
        wire.deliver = self.deliver
        self.broker.attach(wire)
        wire._filters.add(self.reply_topic)  # noqa: SLF001 (one module)

    @property
    def unacknowledged(self) -> list[Outgoing]:
        """What a broker would still keep for this bus, oldest first."""
        return list(self._memory.unacknowledged.values())

    def sent(self, channel: Channel[M]) -> list[M]:
        """All messages published on `channel` so far, oldest first."""
        rows = self._sent_on(channel)
        return [channel.message.model_validate_json(one.payload) for one in rows]

    def sent_raw(self, topic: str) -> list[bytes]:
        """All payloads published on `topic` so far, oldest first."""
        return [one.payload for one in self.broker.sent if one.topic == topic]

    def _sent_on(self, channel: Channel[Any]) -> list[Outgoing]:
        wanted = channel.topic(self.site)
        return [one for one in self.broker.sent if matches(wanted, one.topic)]
