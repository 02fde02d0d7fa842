"""From payloads to messages: what is let in, and what is refused why."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from darkstar_common.bus.receipts import NOTHING_OWED, Receipt
from darkstar_common.contract import Channel, Message, Request, UnreadableRequestError

MAX_PAYLOAD = 256 * 1024
"""Largest payload that is read [bytes]; a two-day schedule takes about a fifth of it."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A payload as the broker hands it over."""

    topic: str
    payload: bytes
    retained: bool = False
    response_topic: str | None = None
    correlation: bytes | None = None
    receipt: Receipt = field(default=NOTHING_OWED, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """A payload that no service gets to see."""

    kind: str
    """Sort of problem, of which there are few."""
    reason: str
    """One sentence for people."""


def read(
    channel: Channel[Any], incoming: Incoming, *, now: datetime, speed: float = 1.0
) -> Message | Refused:
    """The message in `incoming`, or why there is none.

    Args:
        channel: The row of the topic table.
        incoming: What came.
        now: Against which the age of a request is measured.
        speed: Seconds of `now` in a second of the broker's time, in which expiry counts.
    """
    size = len(incoming.payload)
    if size > MAX_PAYLOAD:
        return Refused("too_large", f"{size} bytes; at most {MAX_PAYLOAD} are read")
    if channel.kind != "request":
        return _message(channel, incoming)
    if incoming.retained:
        return Refused("retained", "a request is not to be retained, or it would act again")
    return _request(channel, incoming, now, speed)


def _message(channel: Channel[Any], incoming: Incoming) -> Message | Refused:
    try:
        message: Message = channel.message.model_validate_json(incoming.payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "the payload"
        return Refused(f"{first['type']} {_place(first['loc'])}", f"{name}: {first['msg']}")
    return message


def _place(location: tuple[int | str, ...]) -> str:
    """`location` without list positions, so that a list is one kind of problem."""
    return ".".join(str(part) for part in location if isinstance(part, str))


def _request(
    channel: Channel[Any], incoming: Incoming, now: datetime, speed: float
) -> Message | Refused:
    try:
        request: Request = channel.message.parse(incoming.payload)
    except UnreadableRequestError as error:
        return Refused("unreadable", str(error))
    except RecursionError:
        return Refused("unreadable", "the payload is nested too deep")
    age = now - request.emitted_at if request.emitted_at else timedelta(0)
    if channel.expires is not None and age > channel.expires * speed:
        return Refused("expired", f"sent {age.total_seconds():.0f} s ago, too old to act on")
    return request
