"""Forwards what people ask for: any request of the contract, by its path."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError

from darkstar_common.bus import Bus, Reply, RequestTimeoutError
from darkstar_common.contract import (
    HISTORY_QUERY,
    TABLE,
    Channel,
    RequestResult,
    Service,
    UnreadableRequestError,
)
from darkstar_common.runtime import Clock
from darkstar_gateway.api.problems import Problem, documented

COMMANDS: tuple[Channel[Any], ...] = tuple(
    channel for channel in TABLE if channel.kind == "request" and channel is not HISTORY_QUERY
)

_REFUSALS = documented(
    HTTPStatus.NOT_FOUND,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.GATEWAY_TIMEOUT,
)
_SPOKEN: dict[str, Any] = {
    "requestBody": {
        "required": False,
        "content": {
            "application/json": {
                "schema": {"type": "object"},
                "example": {"action": "force_charge", "minutes": 60},
            },
            "text/plain": {"schema": {"type": "string"}, "example": "force_charge"},
        },
    }
}


def command_channel(path: str) -> Channel[Any] | None:
    """The request channel at `path`, with a name in place of its `+`; None: there is none."""
    levels = path.split("/")
    for channel in COMMANDS:
        wanted = channel.path.split("/")
        if len(wanted) != len(levels):
            continue
        names = [got for want, got in zip(wanted, levels, strict=True) if want == "+"]
        if all(want in {"+", got} for want, got in zip(wanted, levels, strict=True)):
            return channel.at(names[0]) if names and _is_name(names[0]) else _plain(channel)
    return None


def commands_router(bus: Bus, clock: Clock, patience: timedelta) -> APIRouter:
    """`POST /api/commands/{path}`; services have `patience` of wall time to answer."""
    router = APIRouter(tags=["commands"])

    @router.post(
        "/commands/{path:path}",
        summary="Ask for something",
        responses=_REFUSALS,
        openapi_extra=_SPOKEN,
    )
    async def command(path: str, request: Request) -> RequestResult:
        """Forward a request of the contract and say what its service made of it.

        The body is what one would publish on the topic: a JSON object, a bare word, or
        nothing. `path` is one of the contract's requests, such as `override/set` or
        `ev/car/set`. 200: accepted, 422: refused with the reason, 504: nobody answered.
        """
        channel = command_channel(path)
        if channel is None:
            known = [one.path for one in COMMANDS]
            raise Problem(HTTPStatus.NOT_FOUND, f"{path} is no command.", understood=known)
        message = _read(channel, await request.body())
        sent = message.model_copy(update={"sender": Service.GATEWAY, "emitted_at": clock.now()})
        return await _forwarded(bus, channel, sent, patience)

    return router


def refused(channel: Channel[Any], reason: str, *, understood: tuple[str, ...] = ()) -> Problem:
    """The problem of a request that its service, or the contract, does not accept."""
    examples = list(understood or channel.message.examples)
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, reason, understood=examples)


def unanswered(channel: Channel[Any], error: RequestTimeoutError) -> Problem:
    """The problem of a request that nobody answered."""
    receiver = " or ".join(sorted(channel.receivers))
    waited = f"{error.timeout.total_seconds():g} s"
    return Problem(
        HTTPStatus.GATEWAY_TIMEOUT,
        f"The {receiver} did not answer within {waited}. See under health whether it runs.",
    )


async def _forwarded(
    bus: Bus, channel: Channel[Any], message: Any, patience: timedelta
) -> RequestResult:
    try:
        reply = await bus.request(channel, message, timeout=patience)
    except RequestTimeoutError as error:
        raise unanswered(channel, error) from None
    result = _result(channel, reply)
    if not result.accepted:
        raise refused(channel, result.reason, understood=result.understood)
    return result


def _result(channel: Channel[Any], reply: Reply) -> RequestResult:
    try:
        return reply.result
    except ValidationError:
        detail = f"The answer on {channel.path} could not be read."
        raise Problem(HTTPStatus.BAD_GATEWAY, detail) from None


def _read(channel: Channel[Any], body: bytes) -> Any:
    try:
        return channel.message.parse(body)
    except UnreadableRequestError as error:
        raise refused(channel, f"Not understood: {error}.") from None


def _is_name(level: str) -> bool:
    return bool(level) and not set(level) & set("+#\0")


def _plain(channel: Channel[Any]) -> Channel[Any] | None:
    return channel if "+" not in channel.path else None
