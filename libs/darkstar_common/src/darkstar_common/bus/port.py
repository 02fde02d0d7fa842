"""What a service may ask of the bus, and what it gets from it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from darkstar_common.bus.receipts import NOTHING_OWED
from darkstar_common.contract import Channel, Message, Request, RequestResult

M = TypeVar("M", bound=Message)
R = TypeVar("R", bound=Request)
Answer: TypeAlias = "Callable[[Message | bytes], Awaitable[None]]"


@dataclass(frozen=True, slots=True)
class Delivery(Generic[M]):
    """A message of the contract, as it arrived."""

    channel: Channel[M]
    message: M
    retained: bool
    """Whether the broker had kept it, so it may be old."""
    topic: str
    reply: Answer = field(repr=False, compare=False)
    acknowledge: Callable[[], None] = field(default=NOTHING_OWED.give, repr=False, compare=False)
    """Tells the broker that this message is kept; for an inbox that is acknowledged by hand."""

    @property
    def name(self) -> str:
        """What stands in place of the `+` of the channel's path; empty where there is none."""
        return _name(self.channel.path, self.topic)

    async def answer(self, result: Message | bytes) -> None:
        """Say what became of a request.

        A `RequestResult` goes to `<topic>/result` and to the requester's response topic;
        what was asked for (rows, a plan, bytes) to the response topic alone when there is one.
        """
        await self.reply(result)


@dataclass(frozen=True, slots=True)
class RawDelivery:
    """A payload from a topic outside the contract, untouched."""

    topic: str
    payload: bytes
    retained: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a request."""

    payload: bytes

    def read(self, message: type[M]) -> M:
        """The payload as a message of that class.

        Raises:
            pydantic.ValidationError: It is none.
        """
        return message.model_validate_json(self.payload)

    @property
    def result(self) -> RequestResult:
        """The payload as the plain answer to a request."""
        return self.read(RequestResult)


class Inbox(Protocol):
    """The messages of the subscribed channels and filters, in the order of arrival."""

    async def watch(self, *filters: str) -> None:
        """Subscribe to outside topic filters as well; what is retained there is delivered."""

    async def unwatch(self, *filters: str) -> None:
        """Give outside topic filters up."""

    def __aiter__(self) -> AsyncIterator[Delivery[Any] | RawDelivery]: ...


class Bus(Protocol):
    """Typed publish, subscribe and request over the rows of the topic table."""

    @property
    def site(self) -> str:
        """The house this bus speaks for."""

    async def publish(self, channel: Channel[M], message: M) -> None:
        """Queue `message`, to be sent in order and at least once, over reconnections too."""

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

        With QoS 0 and no retain flag it is lost while the broker is away. With `expiry`
        neither this bus nor the broker delivers it later than that.
        """

    def inbox(
        self, *channels: Channel[Any], filters: Iterable[str] = (), by_hand: bool = False
    ) -> AbstractAsyncContextManager[Inbox]:
        """Subscribe to `channels` and outside topic `filters` for as long as it is open.

        With `by_hand` the taker acknowledges each delivery itself, once it is safe; what
        it has not when the process dies, the broker sends again. So events may come twice.
        """

    async def request(self, channel: Channel[R], message: R, *, timeout: timedelta) -> Reply:  # noqa: ASYNC109 (part of the request)
        """Send a request and wait for the answer.

        Raises:
            RequestTimeoutError: None came within `timeout` of wall time.
        """


def _name(path: str, topic: str) -> str:
    levels = path.split("/")
    if "+" not in levels:
        return ""
    return topic.split("/")[levels.index("+") - len(levels)]
