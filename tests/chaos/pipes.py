"""A TCP pipe to the broker that can stop to carry anything, as a network does that is cut."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Self

_CHUNK = 65_536


class Pipe:
    """Takes connections on a port of its own and carries them to `target` on loopback.

    Blocked, it keeps all connections open and carries nothing; new ones are taken and hear
    nothing. Unblocked, what waited goes on, as the packets of a real network are sent again.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._open = asyncio.Event()
        self._open.set()
        self._server: asyncio.Server | None = None
        self._carrying: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        carrying = list(self._carrying)
        for one in carrying:
            one.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)

    def block(self) -> None:
        """Carry nothing from now on."""
        self._open.clear()

    def unblock(self) -> None:
        """Carry on."""
        self._open.set()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)
        with suppress(asyncio.CancelledError, OSError):
            await self._connect(reader, writer)
        await _closed(writer)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._open.wait()
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        ways = {
            asyncio.create_task(self._carry(reader, far_writer), name="to the broker"),
            asyncio.create_task(self._carry(far_reader, writer), name="from the broker"),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in ways:
                one.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            await _closed(far_writer)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while content := await reader.read(_CHUNK):
            await self._open.wait()
            writer.write(content)
            await writer.drain()


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
