"""One client session on an MQTT 5 broker, over as many connections as it takes."""

from __future__ import annotations

import asyncio
import random
import socket
import ssl
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiomqtt
import structlog
from paho.mqtt.subscribeoptions import SubscribeOptions

from darkstar_common.bus import metrics
from darkstar_common.bus.mqtt import packets, tls
from darkstar_common.bus.outbox import Outbox
from darkstar_common.bus.reading import Incoming
from darkstar_common.bus.receipts import Owed
from darkstar_common.bus.stopping import stop
from darkstar_common.bus.wire import Outgoing

_log = structlog.get_logger("darkstar_common.bus")

_FIRST_DELAY, _LONGEST_DELAY = 0.1, 2.0
"""Between two attempts to connect [s]."""
_STABLE = 5.0
"""A connection that held so long starts the delays anew [s]."""
_KEEPALIVE = 15
_IN_FLIGHT = 20
"""Sent without an acknowledgement at most; brokers allow 20 unless told otherwise."""
_AT_ONCE = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
"""Without it an answer waits 40 ms for the acknowledgement of a packet before."""
_FIRST_WORD = 3.0
"""A port that opens and says nothing is no broker, or none yet [s]."""
_PATIENCE = 10.0
"""A broker that does not acknowledge for so long is left [s]."""
_FLUSH = 3.0
"""Time to send the rest at the end [s]."""
_SETTLED = 30.0
"""After so long a service has opened its inboxes [s]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the broker is, and who we are to it."""

    host: str = "localhost"
    port: int = 1883
    username: str | None = None
    password: str | None = None
    tls: bool = False
    """Whether all is encrypted; a broker that cannot, or that shows a certificate not to be
    believed, is not talked to."""
    ca_file: Path | None = None
    """Who must have signed its certificate; None: somebody whom this machine believes."""

    def __repr__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Presence:
    """A retained topic that tells whether this client is there."""

    topic: str
    online: Callable[[], bytes]
    """Published on every connection."""
    offline: Callable[[], bytes]
    """Published at the end, and by the broker if the client is lost."""

    def birth(self) -> Outgoing:
        """What to send on connecting."""
        return Outgoing(topic=self.topic, payload=self.online(), retain=True)

    def death(self) -> Outgoing:
        """What to send, or have sent, at the end."""
        return Outgoing(topic=self.topic, payload=self.offline(), retain=True)


class MqttWire:
    """One connection after the other, all of the same session."""

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        presence: Presence | None,
        session_expiry: timedelta,
        queued: Callable[[str], bool],
        *,
        window: int | None = None,
    ) -> None:
        self.deliver: Callable[[Incoming], None]
        self.filters: Callable[[], tuple[str, ...]]
        self.outbox = Outbox(lambda: asyncio.get_running_loop().time())
        self.connected = asyncio.Event()
        self.certificate_ends: datetime | None = None
        self._broker, self._client_id, self._presence = broker, client_id, presence
        self._session_expiry, self._queued, self._window = session_expiry, queued, window
        self._owed: Owed | None = None
        self._live: tuple[aiomqtt.Client, asyncio.TaskGroup] | None = None
        self._task: asyncio.Task[None] | None = None
        self._in_order = False
        self._trouble = ""

    def post(self, outgoing: Outgoing) -> None:
        """Queue it."""
        self.outbox.put(outgoing)

    async def subscribe(self, *filters: str) -> None:
        """Subscribe now, or with the next connection."""
        if filters:
            wanted = [(one, self._options(one)) for one in filters]
            await self._ask(lambda client: client.subscribe(wanted))

    async def unsubscribe(self, *filters: str) -> None:
        """Unsubscribe, if connected."""
        if filters:
            await self._ask(lambda client: client.unsubscribe(list(filters)))

    async def _ask(self, question: Callable[[aiomqtt.Client], Coroutine[Any, Any, Any]]) -> None:
        """Wait for the broker's answer, but no longer than this connection lasts."""
        if self._live is not None:
            client, group = self._live
            await asyncio.wait({group.create_task(question(client), name="mqtt-ask")})

    def open(self) -> None:
        """Start to connect."""
        self._task = asyncio.create_task(self._stay_connected(), name="mqtt")

    async def kept(self) -> None:
        """Wait for as long as the connection is looked after; raises what ends that."""
        looking = None
        while self._task is not looking and self._task is not None:
            looking = self._task
            await asyncio.wait({looking})
        if looking is not None:
            looking.result()

    def renew(self) -> None:
        """Connect anew in the same session: the broker repeats what we have not acknowledged."""
        if self._task is not None:
            self._live = None  # who subscribes meanwhile does so with the next connection
            self._task = asyncio.create_task(self._renewed(self._task), name="mqtt")

    async def _renewed(self, old: asyncio.Task[None]) -> None:
        self._in_order = True  # it is back in the same moment, which is nobody's loss
        await stop(old)
        self._in_order = False
        await self._stay_connected()

    async def close(self) -> None:
        """Send the rest, say goodbye, hang up; what cannot be sent in time, the will says."""
        if self._task is None:
            return
        if self.connected.is_set():
            if self._presence is not None:
                self.post(self._presence.death())
            with suppress(TimeoutError):
                async with asyncio.timeout(_FLUSH):
                    await self.outbox.emptied()
                    self._in_order = True
        if len(self.outbox):
            _log.warning("messages_left_unsent", count=len(self.outbox))
        await stop(self._task)

    async def _stay_connected(self) -> None:
        delays, loop = backoff(), asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                await self._connection()
            except* (aiomqtt.MqttError, tls.TlsError, OSError, ValueError) as group:
                self._log_lost(packets.reason(group, encrypted=self._broker.tls))
            if loop.time() - began > _STABLE:
                delays = backoff()
            await asyncio.sleep(next(delays))

    async def _connection(self) -> None:
        """One connection, until it breaks.

        Raises:
            aiomqtt.MqttError: It could not be made, or broke; perhaps in a group.
            tls.TlsError: The file of the authority cannot be used.
        """
        async with self._new_client() as client:
            client.timeout = _PATIENCE
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._until_lost(client), name="mqtt-watch")
                    self._live = client, group  # from here on an inbox subscribes by itself
                    await self._greet(client)
                    await self._send(client, group)
            finally:
                self._live = None
                if self._presence is not None and not self._in_order:
                    packets.hang_up_leaving_the_will(client)
                if self._owed is not None:
                    self._owed.forget()
                self.connected.clear()
                self.outbox.disconnected()
                metrics.CONNECTED.set(0)

    async def _until_lost(self, client: aiomqtt.Client) -> None:
        try:
            async for _ in client.messages:  # they go straight to `deliver`
                pass
        finally:
            self._live = None

    async def _greet(self, client: aiomqtt.Client) -> None:
        await client.subscribe([(one, self._options(one)) for one in self.filters()])
        if self._presence is not None:
            birth = self._presence.birth()
            await client.publish(birth.topic, birth.payload, qos=1, retain=True)
        self.certificate_ends = self._end_of_certificate(client)
        self.outbox.connected()
        self.connected.set()
        metrics.CONNECTED.set(1)
        metrics.CONNECTIONS.inc()
        self._trouble = ""
        _log.info("broker_connected", broker=repr(self._broker), client_id=self._client_id)

    async def _send(self, client: aiomqtt.Client, group: asyncio.TaskGroup) -> None:
        """Send what waits, `_IN_FLIGHT` at a time, in order."""
        window = asyncio.Semaphore(_IN_FLIGHT)
        while True:
            await window.acquire()
            ticket, outgoing = await self.outbox.take()
            sending = group.create_task(self._send_one(client, ticket, outgoing))
            sending.add_done_callback(lambda _: window.release())

    async def _send_one(self, client: aiomqtt.Client, ticket: int, outgoing: Outgoing) -> None:
        try:
            await client.publish(
                outgoing.topic,
                outgoing.payload,
                qos=outgoing.qos,
                retain=outgoing.retain,
                properties=packets.publication(outgoing),
            )
        except ValueError as error:
            _log.exception("message_unsendable", topic=outgoing.topic, reason=str(error))
        self.outbox.acknowledge(ticket)

    def _log_lost(self, reason: str) -> None:
        if reason != self._trouble:
            self._trouble = reason
            _log.warning("broker_unreachable", broker=repr(self._broker), reason=reason)

    def _options(self, topic_filter: str) -> SubscribeOptions:
        return SubscribeOptions(qos=1 if self._queued(topic_filter) else 0)

    def _end_of_certificate(self, client: aiomqtt.Client) -> datetime | None:
        """Until when the broker's certificate holds; None without one."""
        line = client._client.socket() if self._broker.tls else None  # noqa: SLF001 (see below)
        return tls.valid_until(line.getpeercert()) if isinstance(line, ssl.SSLSocket) else None

    def _new_client(self) -> aiomqtt.Client:
        # what acknowledges by hand is reached only through the client below the client
        self._owed = owed = (
            None if self._window is None else Owed(lambda number: client._client.ack(number, 1))  # noqa: SLF001
        )
        client = aiomqtt.Client(
            self._broker.host,
            self._broker.port,
            username=self._broker.username,
            password=self._broker.password,
            # made for each connection, so that a renewed authority needs no new start
            tls_context=tls.client_context(self._broker.ca_file) if self._broker.tls else None,
            identifier=self._client_id,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=False,
            properties=packets.session(self._session_expiry, self._window),
            keepalive=_KEEPALIVE,
            socket_options=_AT_ONCE,
            max_inflight_messages=_IN_FLIGHT,
            queue_type=packets.straight_to(self.deliver, owed),
            will=self._will(),
            timeout=_FIRST_WORD,
        )
        client.pending_calls_threshold = 2 * _IN_FLIGHT
        client._client.manual_ack_set(owed is not None)  # noqa: SLF001 (see above)
        return client

    def _will(self) -> aiomqtt.Will | None:
        if self._presence is None:
            return None
        last = self._presence.death()
        return aiomqtt.Will(last.topic, last.payload, qos=1, retain=True)


def backoff() -> Iterator[float]:
    """How long to wait before each attempt to connect [s]: longer each time, never the same.

    So that five services do not fall upon a broker that comes back all at once.
    """
    delay = _FIRST_DELAY
    while True:
        yield delay * random.uniform(0.5, 1.0)  # noqa: S311 (no secret)
        delay = min(2 * delay, _LONGEST_DELAY)
