"""A proxy that serves another server below a prefix, as Home Assistant's ingress does.

It knows just enough of HTTP/1.1: the prefix is taken off the request's path and told in
`x-ingress-path`; each connection carries one request, or a WebSocket.
"""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


@asynccontextmanager
async def prefixing(url: str, prefix: str) -> AsyncIterator[str]:
    """The address of a proxy that has what is at `url` below `prefix`."""
    target = urlsplit(url)
    assert target.hostname is not None
    assert target.port is not None
    host, port = target.hostname, target.port
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                head = rewritten(await reader.readuntil(b"\r\n\r\n"), prefix)
                if head is None:
                    writer.write(_NOT_FOUND)
                    await writer.drain()
                    return
                behind, ahead = await asyncio.open_connection(host, port)
                try:
                    ahead.write(head)
                    await asyncio.gather(_carry(reader, ahead), _carry(behind, writer))
                finally:
                    await _close(ahead)
        finally:
            await _close(writer)
            tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def rewritten(head: bytes, prefix: str) -> bytes | None:
    """The head of the request behind the proxy; None: it is not below the prefix.

    Example:
        >>> rewritten(b"GET /p/x HTTP/1.1\\r\\nhost: h\\r\\n\\r\\n", "/p")
        b'GET /x HTTP/1.1\\r\\nhost: h\\r\\nx-ingress-path: /p\\r\\nconnection: close\\r\\n\\r\\n'
    """
    first, *others = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    method, path, version = first.split(b" ")
    if not path.startswith(prefix.encode() + b"/"):
        return None
    upgrade = any(one.lower().startswith(b"upgrade:") for one in others)
    kept = [one for one in others if upgrade or not one.lower().startswith(b"connection:")]
    lines = [b" ".join((method, path.removeprefix(prefix.encode()), version)), *kept]
    lines.append(b"x-ingress-path: " + prefix.encode())
    if not upgrade:
        lines.append(b"connection: close")
    return b"\r\n".join(lines) + b"\r\n\r\n"


async def _carry(source: StreamReader, sink: StreamWriter) -> None:
    with suppress(OSError):
        while part := await source.read(65_536):
            sink.write(part)
            await sink.drain()
    await _close(sink)


async def _close(writer: StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
