"""Who may listen at the WebSocket, and for how long: without a server, as ASGI has it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from support.doors import BEARER, OURS, VIEWER, Door
from support.gateway_house import service_status

from darkstar_common.contract import Service
from darkstar_common.testing import settle

SIGN_IN_FIRST = {"type": "websocket.close", "code": 4401, "reason": "Sign in first."}


@dataclass
class Socket:
    """A connection as the page has it."""

    said: list[dict[str, Any]] = field(default_factory=list)
    saying: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)

    @property
    def kinds(self) -> list[str]:
        return [one["type"] for one in self.said]

    @property
    def told(self) -> list[str]:
        return [one["text"] for one in self.said if one["type"] == "websocket.send"]


@asynccontextmanager
async def connected(door: Door, **headers: str) -> AsyncIterator[Socket]:
    socket = Socket()
    socket.saying.put_nowait({"type": "websocket.connect"})
    said = {"host": "darkstar", "origin": "http://darkstar", **headers}
    scope = {
        "type": "websocket",
        "path": "/api/live",
        "raw_path": b"/api/live",
        "query_string": b"",
        "client": ("192.0.2.7", 50_000),
        "headers": [(name.encode(), value.encode()) for name, value in said.items() if value],
        "subprotocols": [],
    }

    async def send(message: dict[str, Any]) -> None:
        socket.said.append(message)

    app: Any = door.client._transport.app  # type: ignore[attr-defined]
    serving = asyncio.create_task(app(scope, socket.saying.get, send))
    await settle()
    try:
        yield socket
    finally:
        socket.saying.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await asyncio.wait_for(serving, 5)


async def cookie_of(door: Door, *password: str) -> str:
    return (await door.sign_in(*password)).headers["set-cookie"].split(";")[0]


async def test_without_a_session_it_closes_before_anything_is_told(door: Door) -> None:
    for cookie in ("", "darkstar_session_home=guessed"):
        async with connected(door, cookie=cookie) as socket:
            assert socket.kinds == ["websocket.accept", "websocket.close"]
            assert socket.said[-1] == SIGN_IN_FIRST


@pytest.mark.parametrize("password", [(), (VIEWER,)])
async def test_with_a_session_one_listens(door: Door, password: tuple[str, ...]) -> None:
    async with connected(door, cookie=await cookie_of(door, *password)) as socket:
        assert socket.kinds[:2] == ["websocket.accept", "websocket.send"]
        assert '"bundle"' in socket.told[0]


async def test_a_program_listens_by_its_token(door: Door) -> None:
    async with connected(door, origin="", **BEARER) as socket:
        assert '"bundle"' in socket.told[0]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"host": "elsewhere.example", "origin": "http://elsewhere.example"},
        {"x-long": "a" * 20_000},
    ],
)
async def test_a_page_of_another_site_does_not_even_connect(
    door: Door, headers: dict[str, str]
) -> None:
    async with connected(door, cookie=await cookie_of(door), **headers) as socket:
        assert socket.kinds == ["websocket.close"]


async def test_signing_out_ends_what_listens(door: Door) -> None:
    async with connected(door, cookie=await cookie_of(door)) as socket:
        await door.client.delete("/api/session", headers=OURS)
        before = len(socket.told)
        await heard_of_something(door)
        assert len(socket.told) == before
        assert socket.said[-1] == SIGN_IN_FIRST


async def test_the_end_of_the_session_ends_what_listens(door: Door) -> None:
    async with (
        connected(door, cookie=await cookie_of(door)) as socket,
        connected(door, **BEARER) as program,
    ):
        await door.wall.advance(timedelta(days=31))
        await heard_of_something(door)
        assert socket.said[-1] == SIGN_IN_FIRST
        assert "websocket.close" not in program.kinds


async def heard_of_something(door: Door) -> None:
    channel, message = service_status(Service.PLANNER, door.gateway.clock.now())
    door.gateway.live.apply(channel.path, message)
    door.gateway.live.publish()
    await settle()
