"""A web server on loopback that takes what is posted, and answers as it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn

from darkstar_common.launcher.broker import free_port

PATIENCE = 20
"""What is waited for takes a few milliseconds [s]."""


async def until(condition: Callable[[], object]) -> None:
    """Wait for servers and threads, which nothing here is told of."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 (see above)
            await asyncio.sleep(0.002)


@dataclass
class Server:
    """Takes what is posted, and answers as it is told."""

    port: int
    statuses: list[int] = field(default_factory=list)
    """Of the next answers; 200 after them."""
    hangs: bool = False
    requests: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            event = await receive()
            body, more = body + event.get("body", b""), event.get("more_body", False)
        headers = {key.decode(): value.decode() for key, value in scope["headers"]}
        self.requests.append((scope["path"], headers, json.loads(body)))
        if self.hangs:
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        status = self.statuses.pop(0) if self.statuses else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"[]"})

    async def until(self, count: int) -> None:
        await until(lambda: len(self.requests) >= count)


@asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    made = Server(free_port())
    config = uvicorn.Config(made, port=made.port, log_level="critical", lifespan="off")
    running = uvicorn.Server(config)
    task = asyncio.create_task(running._serve())
    await until(lambda: running.started)
    try:
        yield made
    finally:
        running.should_exit = running.force_exit = True
        await task
