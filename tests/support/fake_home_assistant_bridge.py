"""A stand-in for Home Assistant's WebSocket API: shows entities live, takes service calls."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

TOKEN = "a token of the fake bridge"  # noqa: S105 (of nothing)


@dataclass
class LiveHome:
    """What it shows; `show` and `remove` tell those who subscribed."""

    port: int = 0
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Entity id to `state` and `attributes`."""
    registry: list[dict[str, Any]] | None = field(default_factory=list)
    """None: the token may not see it."""
    degrees: str = "°C"
    phase: str = "RUNNING"
    asked: list[dict[str, Any]] = field(default_factory=list)
    logins: int = 0
    refuses: str | None = None
    """Why every service call fails; None: it does not."""
    hangs_up: bool = False
    """It ends every call before it has begun."""
    silent: bool = False
    """It takes commands, and never answers."""
    busy: asyncio.Event | None = None
    """Service calls are answered when it is set; None: at once."""
    token: str = TOKEN
    server: Server | None = None
    _watching: dict[ServerConnection, tuple[int, frozenset[str]]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def calls(self) -> list[tuple[str, str, Any, Any]]:
        """Service calls: domain, service, entity, data."""
        return [
            (one["domain"], one["service"], one["target"]["entity_id"], one["service_data"])
            for one in self.asked
            if one["type"] == "call_service"
        ]

    @property
    def watched(self) -> list[frozenset[str]]:
        """What each client that is connected has subscribed to."""
        return [ids for _, ids in self._watching.values()]

    async def start(self) -> None:
        self.server = await serve(self._talk, "127.0.0.1", self.port)
        self.port = next(iter(self.server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        if self.server is not None:
            self.server.close()
            await self.server.wait_closed()

    async def show(self, entity: str, state: str, **attributes: Any) -> None:
        known = self.states.get(entity)
        full = {**(known["attributes"] if known else {}), **attributes}
        self.states[entity] = {"state": state, "attributes": full}
        if known is None:
            await self._tell(entity, {"a": {entity: {"s": state, "a": full}}})
        else:
            await self._tell(entity, {"c": {entity: {"+": {"s": state, "a": attributes}}}})

    async def remove(self, entity: str) -> None:
        del self.states[entity]
        await self._tell(entity, {"r": [entity]})

    async def _tell(self, entity: str, event: dict[str, Any]) -> None:
        for socket, (number, ids) in list(self._watching.items()):
            if entity in ids:
                with suppress(ConnectionClosed):
                    await socket.send(json.dumps({"id": number, "type": "event", "event": event}))

    async def _talk(self, socket: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            self.logins += 1
            if self.hangs_up:
                return
            await socket.send(json.dumps({"type": "auth_required", "ha_version": "2026.11.0"}))
            if json.loads(await socket.recv()).get("access_token") != self.token:
                await socket.send(json.dumps({"type": "auth_invalid", "message": "Invalid"}))
                return
            await socket.send(json.dumps({"type": "auth_ok", "ha_version": "2026.11.0"}))
            try:
                async for text in socket:
                    await self._answer(socket, json.loads(text))
            finally:
                self._watching.pop(socket, None)

    async def _answer(self, socket: ServerConnection, message: dict[str, Any]) -> None:
        self.asked.append(message)
        if self.silent:
            return
        number, what = message["id"], message["type"]
        result: Any = None
        error: str | None = None
        if what == "get_config":
            result = {"unit_system": {"temperature": self.degrees}, "state": self.phase}
        elif what == "get_states":
            result = [{"entity_id": one, **said} for one, said in self.states.items()]
        elif what == "config/entity_registry/list":
            result, error = self.registry, None if self.registry is not None else "Unauthorized"
        elif what == "call_service":
            error = self.refuses
            if self.busy is not None:
                await self.busy.wait()
        elif what != "subscribe_entities":
            error = "Unknown command."
        answer = {"id": number, "type": "result", "success": error is None, "result": result}
        if error is not None:
            answer["error"] = {"code": "failed", "message": error}
        await socket.send(json.dumps(answer))
        if what == "subscribe_entities":
            ids = frozenset(message["entity_ids"])
            self._watching[socket] = (number, ids)
            there = {
                one: {"s": said["state"], "a": said["attributes"]}
                for one, said in self.states.items()
                if one in ids
            }
            await socket.send(json.dumps({"id": number, "type": "event", "event": {"a": there}}))


@asynccontextmanager
async def a_live_home(**said: Any) -> AsyncIterator[LiveHome]:
    """One that listens as long as the block lasts."""
    home = LiveHome(**said)
    await home.start()
    try:
        yield home
    finally:
        await home.stop()
