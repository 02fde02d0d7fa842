"""A pipe that is cut loses nothing and carries nothing, as a network that is cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from chaos.pipes import Pipe

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def echoing() -> AsyncIterator[int]:
    """Says everything back; gives its port."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while content := await reader.read(100):
            writer.write(content)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def talking(pipe: Pipe) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection("127.0.0.1", pipe.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        await writer.wait_closed()


async def heard(reader: asyncio.StreamReader, *, seconds: float = 2) -> bytes:
    async with asyncio.timeout(seconds):
        return await reader.read(100)


async def test_it_carries_both_ways() -> None:
    async with echoing() as port, Pipe(port) as pipe, talking(pipe) as (reader, writer):
        writer.write(b"hello")
        assert await heard(reader) == b"hello"


async def test_what_is_said_while_it_is_cut_comes_when_it_is_mended() -> None:
    async with echoing() as port, Pipe(port) as pipe, talking(pipe) as (reader, writer):
        writer.write(b"before")
        assert await heard(reader) == b"before"
        pipe.block()
        writer.write(b"meanwhile")
        with pytest.raises(TimeoutError):
            await heard(reader, seconds=0.05)
        pipe.unblock()
        assert await heard(reader) == b"meanwhile"


async def test_who_connects_while_it_is_cut_hears_nothing_until_it_is_mended() -> None:
    async with echoing() as port, Pipe(port) as pipe:
        pipe.block()
        async with talking(pipe) as (reader, writer):
            writer.write(b"new")
            with pytest.raises(TimeoutError):
                await heard(reader, seconds=0.05)
            pipe.unblock()
            assert await heard(reader) == b"new"


async def test_an_end_at_one_side_is_an_end_at_the_other() -> None:
    async with echoing() as port, Pipe(port) as pipe, talking(pipe) as (reader, writer):
        writer.write_eof()
        assert await heard(reader) == b""


async def test_a_broker_that_is_away_ends_the_connection() -> None:
    async with echoing() as port:
        pass
    async with Pipe(port) as pipe, talking(pipe) as (reader, _):
        assert await heard(reader) == b""
