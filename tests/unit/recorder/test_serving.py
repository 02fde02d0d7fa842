"""Tools at work in a recorder that runs: its socket, and the command line at the other end."""

from __future__ import annotations

import asyncio
import socket
import stat
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import pytest
from support.stores import empty_history

from darkstar_common.contract import Service
from darkstar_common.slots import SLOT
from darkstar_common.testing import FakeClock, MemoryBus, a_context
from darkstar_recorder.calling import call, connected
from darkstar_recorder.desk import database_path
from darkstar_recorder.serving import Serving
from darkstar_recorder.store import Asked, Details, Store
from darkstar_recorder.tools import TOOLS
from darkstar_recorder.tools.tool import Desk, Stopped, Tool, ToolError
from darkstar_recorder.wire import SOCKET, Call, Said

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PATIENCE = 20
HOUSE = "start_utc,load_kwh,pv_kwh\n2026-01-01T12:00:00Z,0.5,0.25\n"


def a_tool(name: str, run: Callable[[Desk, Namespace], int], *, offline: bool = False) -> Tool:
    def number(parser: ArgumentParser) -> None:
        parser.add_argument("--number", type=int, default=0)

    return Tool(name=name, help=name, arguments=number, run=run, offline=offline)


def echo(desk: Desk, options: Namespace) -> int:
    desk.tell(f"at {desk.directory} at {desk.now.isoformat()}")
    desk.progress(1, 2)
    return int(options.number)


class Endless:
    """Works until it is stopped."""

    def __init__(self) -> None:
        self.started, self.stopped = Event(), Event()

    def run(self, desk: Desk, _options: Namespace) -> int:
        self.started.set()
        try:
            while True:
                desk.checkpoint()
                desk.tell("more")
        except Stopped:
            self.stopped.set()
            raise


def refusing(_desk: Desk, _options: Namespace) -> int:
    raise ToolError("not today; try tomorrow")


def broken(_desk: Desk, _options: Namespace) -> int:
    raise ZeroDivisionError


def unlucky(_desk: Desk, _options: Namespace) -> int:
    raise OSError(28, "No space left on device", "copy.duckdb")


def asking(desk: Desk, _options: Namespace) -> int:
    desk.store.answer(
        Asked(what="slots", start=NOON, end=NOON, limit=1, details=Details(columns=("cats",)))
    )
    return 0


def wrong_in_sql(desk: Desk, _options: Namespace) -> int:
    exporter = desk.store.exporter()
    exporter.close()
    exporter.months("slots")
    return 0


@pytest.fixture
def state() -> Iterator[Path]:
    """A socket's path is short."""
    with TemporaryDirectory(prefix="recorder-") as name:
        yield Path(name)


@asynccontextmanager
async def served(state: Path, tools: Sequence[Tool] = TOOLS) -> AsyncIterator[None]:
    clock = FakeClock(NOON)
    context = a_context(
        MemoryBus(now=clock.now), state_dir=state, clock=clock, service=Service.RECORDER
    )
    store = Store(empty_history(database_path(state)))
    work = asyncio.create_task(Serving(context, store, tools).run())
    await until((state / SOCKET).is_socket)
    try:
        async with asyncio.timeout(PATIENCE):
            yield
    finally:
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        store.close()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 (another thread makes it true)
            await asyncio.sleep(0.002)


def connection(state: Path) -> socket.socket:
    one = connected(state)
    assert one is not None
    return one


async def ask(state: Path, *arguments: str) -> tuple[int, list[str], list[tuple[int, int]]]:
    """What a caller in the root directory is told."""
    lines, progress = list[str](), list[tuple[int, int]]()

    def hear(done: int, whole: int) -> None:
        progress.append((done, whole))

    one = connection(state)
    asked = Call(arguments=arguments, directory=Path("/"))
    code = await asyncio.to_thread(
        lambda: call(one, asked, tell=lines.append, progress=hear, note=lines.append)
    )
    return code, lines, progress


async def test_a_tool_is_told_where_and_what_and_its_words_and_code_come_back(
    state: Path,
) -> None:
    async with served(state, [a_tool("echo", echo)]):
        found = await ask(state, "echo", "--number", "3")
    assert found == (3, [f"at / at {NOON.isoformat()}"], [(1, 2)])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("refusing",), "not today; try tomorrow"),
        (("offline",), "needs the file for itself; stop the recorder"),
        (("newer",), "invalid choice"),
        (("refusing", "--number", "x"), "invalid int value"),
        (("refusing", "--help"), "ended with 0"),
        (("run",), "no tool run"),
        (("refusing", "--database", "/else.duckdb"), "open in another process"),
        (("broken",), "the recorder's log says how"),
        (("unlucky",), "unlucky: .*No space left on device: 'copy.duckdb'"),
        (("asking",), "asking: .*cats"),
        (("sql",), "history.duckdb: the database refused this"),
    ],
)
async def test_what_cannot_be_done_comes_back_as_a_sentence(
    state: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    tools = [
        a_tool("refusing", refusing),
        a_tool("broken", broken),
        a_tool("offline", echo, offline=True),
        a_tool("unlucky", unlucky),
        a_tool("asking", asking),
        a_tool("sql", wrong_in_sql),
    ]
    async with served(state, tools):
        with pytest.raises(ToolError, match=sentence):
            await ask(state, *arguments)
        with pytest.raises(ToolError, match="not today"):
            await ask(state, "refusing")  # it goes on


async def test_who_hangs_up_stops_the_tool_at_its_next_piece(state: Path) -> None:
    endless = Endless()
    async with served(state, [a_tool("endless", endless.run), a_tool("echo", echo)]):
        one = connection(state)
        one.sendall(b'{"arguments": ["endless"], "directory": "/"}\n')
        await until(endless.started.is_set)
        one.close()
        await until(endless.stopped.is_set)
        assert (await ask(state, "echo"))[0] == 0


@pytest.mark.parametrize("reading", [True, False])
async def test_a_recorder_that_stops_stops_its_tools(state: Path, *, reading: bool) -> None:
    """Also one whose caller reads nothing, so that it hangs in the middle of a line."""
    endless = Endless()
    caller = None
    async with served(state, [a_tool("endless", endless.run)]):
        if reading:
            caller = asyncio.create_task(ask(state, "endless"))
        else:
            silent = connection(state)
            silent.sendall(b'{"arguments": ["endless"], "directory": "/"}\n')
        await until(endless.started.is_set)
    assert endless.stopped.is_set()
    assert not (state / SOCKET).exists()
    if caller is not None:
        with pytest.raises(ToolError, match="went away"):
            await caller
    else:
        silent.close()


async def test_one_tool_works_at_a_time(state: Path) -> None:
    endless, order = Endless(), list[str]()

    def second(_desk: Desk, _options: Namespace) -> int:
        order.append("stopped" if endless.stopped.is_set() else "running")
        return 0

    async with served(state, [a_tool("endless", endless.run), a_tool("second", second)]):
        one = connection(state)
        one.sendall(b'{"arguments": ["endless"], "directory": "/"}\n')
        await until(endless.started.is_set)
        waiting = asyncio.create_task(ask(state, "second"))
        assert not (await asyncio.wait({waiting}, timeout=0.1))[0]
        one.close()
        code, lines, _ = await waiting
    assert (code, order) == (0, ["stopped"])
    assert lines == ["another command is at work; this one waits for its turn"]


async def test_who_has_had_enough_of_waiting_gets_nothing_done(state: Path) -> None:
    endless, done = Endless(), list[str]()

    def second(_desk: Desk, options: Namespace) -> int:
        done.append(str(options.number))
        return 0

    async with served(state, [a_tool("endless", endless.run), a_tool("second", second)]):
        first, impatient = connection(state), connection(state)
        first.sendall(b'{"arguments": ["endless"], "directory": "/"}\n')
        await until(endless.started.is_set)
        impatient.sendall(b'{"arguments": ["second", "--number", "1"], "directory": "/"}\n')
        assert b"waits for its turn" in await asyncio.to_thread(impatient.recv, 1000)
        impatient.close()
        patient = asyncio.create_task(ask(state, "second", "--number", "2"))
        first.close()
        await patient
    assert done == ["2"]


@pytest.mark.parametrize("garbage", [b"", b"\n", b"{}\n", b"\xff\xfe\n", b'{"arguments": 1}\n'])
async def test_garbage_is_hung_up_on(state: Path, garbage: bytes) -> None:
    async with served(state, [a_tool("echo", echo)]):
        one = connection(state)
        one.sendall(garbage)
        one.shutdown(socket.SHUT_WR)
        assert await asyncio.to_thread(one.recv, 100) == b""
        one.close()
        assert (await ask(state, "echo"))[0] == 0


async def test_nobody_else_may_connect_and_what_a_killed_one_left_is_replaced(
    state: Path,
) -> None:
    (state / SOCKET).touch(mode=0o777)
    assert connected(state) is None
    async with served(state, [a_tool("echo", echo)]):
        assert stat.S_IMODE((state / SOCKET).stat().st_mode) == 0o600
        assert (await ask(state, "echo"))[0] == 0


async def test_a_path_may_be_longer_than_an_address(state: Path) -> None:
    deep = state / ("x" * 60) / ("y" * 60)
    deep.mkdir(parents=True)
    async with served(deep, [a_tool("echo", echo)]):
        assert (await ask(deep, "echo", "--number", "4"))[0] == 4
    assert connected(deep) is None


async def test_where_nobody_can_listen_the_recorder_is_at_work(state: Path) -> None:
    (state / SOCKET).mkdir()
    clock = FakeClock(NOON)
    context = a_context(
        MemoryBus(now=clock.now), state_dir=state, clock=clock, service=Service.RECORDER
    )
    store = Store(empty_history(database_path(state)))
    await Serving(context, store).run()
    assert connected(state) is None
    assert store.slots(NOON, NOON + SLOT) == []
    store.close()


async def test_the_command_imports_into_a_recorder_that_runs(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process of its own: the file is locked for it, and it needs no configuration."""
    (state / "recorder").mkdir()
    (state / "house.csv").write_text(HOUSE)
    monkeypatch.setenv("DARKSTAR_STATE_DIR", str(state))
    command = (sys.executable, "-m", "darkstar_recorder", "import")

    async def run(file: str) -> tuple[int | None, str]:
        work = await asyncio.create_subprocess_exec(
            *command, file, cwd=state, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        out, _ = await work.communicate()
        return work.returncode, out.decode()

    async with served(state / "recorder"):
        first, again, missing = await run("house.csv"), await run("house.csv"), await run("no.csv")
    database = database_path(state / "recorder")
    assert first == (0, f"house.csv: 1 slots read, 1 new in {database}\n")
    assert again == (0, f"house.csv: 1 slots read, 0 new in {database}\n")
    assert missing[0] == 2
    assert missing[1].startswith("darkstar-recorder: no.csv: it cannot be read")


@pytest.fixture
def private(state: Path) -> Path:
    """A directory with a file, where a process may have another one by that name."""
    place = state / "private"
    place.mkdir()
    try:
        mount = ("unshare", "--mount", "mount", "-t", "tmpfs", "none", str(place))
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no process can have a file system of its own here")
    (place / "mine.csv").write_text(HOUSE)
    return place


@pytest.mark.parametrize("words", [("backup", "--to"), ("import",), ("export",)])
async def test_what_the_recorder_sees_elsewhere_is_neither_read_nor_written(
    state: Path, private: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with systemd, which gives the service a /tmp of its own: a copy there would be lost."""
    (state / "recorder").mkdir()
    monkeypatch.setenv("DARKSTAR_STATE_DIR", str(state))
    tool = f"{sys.executable} -m darkstar_recorder {' '.join(words)} {private}/mine.csv"
    script = f"mount -t tmpfs none {private} && echo '{HOUSE}' > {private}/mine.csv && {tool}"
    async with served(state / "recorder"):
        work = await asyncio.create_subprocess_exec(
            *("unshare", "--mount", "sh", "-c", script), stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        out, _ = await work.communicate()
    said = out.decode()
    assert work.returncode == 2, said
    assert "does not see there what you see" in said
    assert f"name a file below {state / 'recorder'}" in said
    assert (private / "mine.csv").read_text() == HOUSE


def test_a_line_says_only_what_it_has_to() -> None:
    assert Said(progress=(1, 2)).encoded() == b'{"progress":[1,2]}\n'
