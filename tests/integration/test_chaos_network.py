"""The networks of the fault campaign: what is cut is cut, what is mended works, nothing is left."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from chaos.disk import disk
from chaos.network import Namespaces, Pipes, Way, network

from darkstar_common.launcher.broker import free_port

WHO = ("planner", "executor")


@asynccontextmanager
async def listening(address: str, port: int) -> AsyncIterator[None]:
    """Somebody takes connections there and says hello."""

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(greet, address, port)
    try:
        yield
    finally:
        server.close()


async def reached(command: tuple[str, ...], address: str, port: int) -> bool:
    """Whether a process that is started with `command` before it hears the hello."""
    words = (*command, "timeout", "1", "bash", "-c", f"read x < /dev/tcp/{address}/{port}; [ $x ]")
    process = await asyncio.create_subprocess_exec(*words, stderr=asyncio.subprocess.DEVNULL)
    return await process.wait() == 0


def there(path: Path) -> bool:
    return path.exists()


async def test_a_cable_between_namespaces_is_cut_for_one_alone() -> None:
    port = free_port()
    async with network(WHO, port) as net:
        if not isinstance(net, Namespaces):
            pytest.skip("no network namespaces can be made here")
        address, other = (net.broker(one)[0] for one in WHO)
        async with listening(address, port), listening(other, port):
            inside = tuple(net.command("planner"))
            assert await reached(inside, address, port)
            net.cut("planner")
            assert not await reached(inside, address, port)
            assert await reached(tuple(net.command("executor")), other, port)
            net.mend("planner")
            assert await reached(inside, address, port)
        space = Path(net.command("planner")[1].removeprefix("--net="))
        assert there(space)
    assert not there(space)


async def test_a_pipe_is_cut_for_one_alone() -> None:
    port = free_port()
    async with listening("127.0.0.1", port), network(WHO, port, way="pipes") as net:
        assert isinstance(net, Pipes)
        net.cut("planner")
        assert not await reached((), *net.broker("planner"))
        assert await reached((), *net.broker("executor"))
        net.mend("planner")
        assert await reached((), *net.broker("planner"))


async def test_loopback_alone_cannot_be_cut() -> None:
    async with network(WHO, 1883, way="loopback") as net:
        assert net.broker("planner") == ("127.0.0.1", 1883)
        with pytest.raises(ValueError, match="network of planner cannot be cut"):
            net.cut("planner")


@pytest.mark.parametrize("way", ["spaces", "pipes", "loopback"])
async def test_every_way_says_what_it_is(way: Way) -> None:
    async with network((), 1883, way=way) as net:
        assert net.name


def test_a_disk_is_full_and_free_again(tmp_path: Path) -> None:
    with disk(tmp_path / "disk") as small:
        if small is None:
            pytest.skip("no file system may be mounted here")
        (small.path / "kept").write_bytes(b"x" * 100_000)
        small.fill()
        with pytest.raises(OSError, match="No space left"):
            (small.path / "more").write_bytes(b"x" * 100_000)
        small.free()
        (small.path / "more").write_bytes(b"x" * 100_000)
        assert (small.path / "kept").stat().st_size == 100_000
    assert not (tmp_path / "disk" / "kept").exists()
    assert (
        str(tmp_path)
        not in subprocess.run(("mount",), check=True, capture_output=True, text=True).stdout
    )
