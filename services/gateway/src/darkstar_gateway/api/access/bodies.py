"""Takes the body of a request before any route does, and only one that is short enough."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope

from darkstar_gateway.api.problems import Problem
from darkstar_gateway.core.access.paths import longest_body

PATIENCE_SECONDS: Final = 15.0
"""A body that takes longer to come is not waited for [s of the wall]."""


async def whole_body(scope: Scope, receive: Receive) -> Receive:
    """What receives the body that has come, and then what comes after it.

    Raises:
        Problem: It is too long, or does not come.
        ClientDisconnect: Who sends it has gone.
    """
    limit = longest_body(str(scope["path"]).removeprefix("/api/"))
    said = Headers(scope=scope).get("content-length", "0")
    if said.isascii() and said.isdigit() and int(said[:20]) > limit:
        raise _too_long(limit)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            body = await _read(receive, limit)
    except TimeoutError:
        raise Problem(
            HTTPStatus.REQUEST_TIMEOUT, "The request was begun, and its end did not come."
        ) from None
    given = False

    async def after() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return after


async def _read(receive: Receive, limit: int) -> bytes:
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > limit:
            raise _too_long(limit)
    return bytes(body)


def _too_long(limit: int) -> Problem:
    return Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"What is sent here may be {limit // 1024} kB long."
    )
