"""The bus over any wire: what is the same in a test and on a broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

import structlog
from pydantic_core import PydanticSerializationError

from darkstar_common.bus import metrics
from darkstar_common.bus.errors import RequestTimeoutError
from darkstar_common.bus.inbox import QueueInbox
from darkstar_common.bus.port import Reply
from darkstar_common.bus.reading import Incoming, Refused, read
from darkstar_common.bus.router import Router
from darkstar_common.bus.topics import is_filter, is_topic
from darkstar_common.bus.wire import Outgoing, Wire
from darkstar_common.contract import Channel, Message, Request, RequestResult, Service, prefix

M = TypeVar("M", bound=Message)
R = TypeVar("R", bound=Request)

_log = structlog.get_logger("darkstar_common.bus")

_RESULT_EXPIRY = timedelta(seconds=60)
_REMEMBERED_PROBLEMS = 1000


class TypedBus:
    """Implements the `Bus` port over a `Wire`."""

    def __init__(
        self,
        wire: Wire,
        *,
        site: str,
        client_id: str,
        sender: Service,
        now: Callable[[], datetime],
        speed: float = 1.0,
    ) -> None:
        self.site = site
        # below the sender's name, so that the broker can keep others' answers from it
        self.reply_topic = f"{prefix(site)}reply/{sender}/{client_id}"
        self.router = Router()
        self._wire, self._sender, self._now, self._speed = wire, sender, now, speed
        self._asked: dict[bytes, asyncio.Future[Reply]] = {}
        self._problems: set[tuple[str, str]] = set()

    def deliver(self, incoming: Incoming) -> None:
        """Take what the wire received."""
        if incoming.topic != self.reply_topic:
            self.router.route(incoming)
            return
        incoming.receipt.give()
        asked = self._asked.get(incoming.correlation or b"")
        if asked is not None and not asked.done():
            asked.set_result(Reply(incoming.payload))

    async def publish(self, channel: Channel[M], message: M) -> None:
        """Queue `message`, to be sent in order and at least once.

        A report that cannot be written is logged and dropped: what it holds comes from outside,
        and telling must not stop who tells.

        Raises:
            ValueError: The channel's path still holds a `+`.
            PydanticSerializationError: It is a request, whose sender has to know.
        """
        topic = channel.topic(self.site)
        try:
            outgoing = _envelope(channel, message, topic)
        except PydanticSerializationError as error:
            if channel.kind == "request":
                raise
            self._once(topic, "unwritable", str(error), event="message_dropped")
        else:
            self._wire.post(outgoing)

    async def publish_raw(
        self,
        topic: str,
        payload: bytes | str,
        *,
        qos: int = 0,
        retain: bool = False,
        expiry: timedelta | None = None,
    ) -> None:
        """Queue a payload for a topic outside the contract.

        A topic that no broker takes is logged; it comes from what a device said of itself.
        """
        if not is_topic(topic):
            self._once(topic, "topic", "no topic to publish on")
            return
        raw = payload.encode(errors="replace") if isinstance(payload, str) else payload
        self._wire.post(Outgoing(topic=topic, payload=raw, qos=qos, retain=retain, expiry=expiry))

    @asynccontextmanager
    async def inbox(
        self, *channels: Channel[Any], filters: Iterable[str] = (), by_hand: bool = False
    ) -> AsyncIterator[QueueInbox]:
        """Subscribe to `channels` and outside topic `filters` for as long as it is open.

        With `by_hand` the taker acknowledges each delivery itself, once it is safe.
        Channels stay part of the broker's session when it is closed: a service that is
        stopped in order finds its queue when it comes back.
        """
        inbox = QueueInbox(
            {
                **dict.fromkeys(self._valid(filters)),
                **{row.topic(self.site): row for row in channels},
            },
            read=self._read,
            refuse=self._refuse,
            answer=self._answer,
            valid=self._valid,
            watch=self._watch,
            unwatch=self._unwatch,
            by_hand=by_hand,
        )
        self.router.open(inbox)
        try:
            await self._wire.subscribe(*inbox.filters)
            yield inbox
        finally:
            gone = self.router.close(inbox)
            self.router.keep(inbox.leave())
            outside = [one for one in gone if not one.startswith(prefix(self.site))]
            if outside:
                await self._wire.unsubscribe(*outside)

    async def request(self, channel: Channel[R], message: R, *, timeout: timedelta) -> Reply:  # noqa: ASYNC109 (part of the request)
        """Send a request and wait for the answer.

        Raises:
            RequestTimeoutError: None came within `timeout` of wall time.
        """
        topic, correlation = channel.topic(self.site), uuid4().bytes
        asked = asyncio.get_running_loop().create_future()
        self._asked[correlation] = asked
        try:
            self._wire.post(_envelope(channel, message, topic, self.reply_topic, correlation))
            async with asyncio.timeout(timeout.total_seconds()):
                reply: Reply = await asked
        except TimeoutError:
            raise RequestTimeoutError(topic, timeout) from None
        else:
            return reply
        finally:
            del self._asked[correlation]

    def _valid(self, filters: Iterable[str]) -> tuple[str, ...]:
        """Those of `filters` that a broker takes; the others come from a device's own words."""
        named = tuple(filters)
        for one in named:
            if not is_filter(one):
                self._once(one, "filter", "no topic filter to subscribe to")
        return tuple(one for one in named if is_filter(one))

    async def _watch(self, filters: tuple[str, ...]) -> None:
        self.router.want(filters)
        await self._wire.subscribe(*filters)

    async def _unwatch(self, filters: tuple[str, ...]) -> None:
        gone = self.router.release(filters)
        if gone:
            await self._wire.unsubscribe(*gone)

    def _read(self, channel: Channel[Any], incoming: Incoming) -> Message | Refused:
        return read(channel, incoming, now=self._now(), speed=self._speed)

    def _refuse(self, channel: Channel[Any], incoming: Incoming, refused: Refused) -> None:
        metrics.REJECTED.labels(channel.path).inc()
        sample = incoming.payload[:80].decode(errors="replace")
        self._once(incoming.topic, refused.kind, refused.reason, sample=sample)
        if channel.kind == "request":
            self._post_answer(incoming, self._result(channel, refused).model_dump_json().encode())

    def _once(
        self, topic: str, problem: str, reason: str, event: str = "message_rejected", **more: str
    ) -> None:
        """Log a problem of a topic when it is met for the first time."""
        if (topic, problem) not in self._problems and len(self._problems) < _REMEMBERED_PROBLEMS:
            self._problems.add((topic, problem))
            _log.warning(event, topic=topic, problem=problem, reason=reason, **more)

    def _result(self, channel: Channel[Any], refused: Refused) -> RequestResult:
        return RequestResult(
            sender=self._sender,
            emitted_at=self._now(),
            accepted=False,
            reason=refused.reason,
            understood=channel.message.examples,
        )

    async def _answer(self, incoming: Incoming, result: Message | bytes) -> None:
        if isinstance(result, bytes):
            self._post_answer(incoming, result, also_result=False)
        else:
            told = isinstance(result, RequestResult)
            self._post_answer(incoming, result.model_dump_json().encode(), also_result=told)

    def _post_answer(self, incoming: Incoming, payload: bytes, *, also_result: bool = True) -> None:
        """Answer where the requester listens, below `reply/` only.

        Elsewhere a request could make its receiver write what only that one may write.
        """
        asked = incoming.response_topic or ""
        private = asked.startswith(f"{prefix(self.site)}reply/") and not {"+", "#"} & set(asked)
        if private:
            self._wire.post(
                Outgoing(
                    topic=asked,
                    payload=payload,
                    expiry=_RESULT_EXPIRY,
                    correlation=incoming.correlation,
                )
            )
        if also_result or not private:
            self._wire.post(
                Outgoing(topic=f"{incoming.topic}/result", payload=payload, expiry=_RESULT_EXPIRY)
            )


def _envelope(
    channel: Channel[Any],
    message: Message,
    topic: str,
    response_topic: str | None = None,
    correlation: bytes | None = None,
) -> Outgoing:
    if "+" in topic:
        raise ValueError(f"{topic} is for many; name one of them with channel.at(...)")
    return Outgoing(
        topic=topic,
        payload=message.model_dump_json().encode(),
        qos=channel.qos,
        retain=channel.retain,
        expiry=channel.expires,
        response_topic=response_topic,
        correlation=correlation,
    )
