"""Programs that are kept running side by side, and end together."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from darkstar_common.launcher.supervising import LONGEST_PAUSE, STEADY, Program, pause, supervise
from darkstar_common.runtime import Stopwatch

SECOND = timedelta(seconds=1)
PATIENCE = timedelta(seconds=10)
STAYS = "import signal; signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
TELLS = "import os, pathlib; pathlib.Path(os.environ['WHERE']).write_text(repr(dict(os.environ)))\n"


@pytest.mark.parametrize(
    ("lived", "before", "expected"),
    [
        (SECOND, timedelta(), SECOND),
        (SECOND, SECOND, 2 * SECOND),
        (SECOND, 16 * SECOND, 32 * SECOND),
        (SECOND, 32 * SECOND, LONGEST_PAUSE),
        (SECOND, LONGEST_PAUSE, LONGEST_PAUSE),
        (STEADY, LONGEST_PAUSE, SECOND),
    ],
)
def test_the_pause_grows_while_a_start_does_not_last(
    lived: timedelta, before: timedelta, expected: timedelta
) -> None:
    assert pause(lived, before) == expected


def _program(name: str, code: str, **environment: str) -> Program:
    return Program(name=name, command=(sys.executable, "-c", code), environment=environment)


async def _written(path: Path) -> str:
    """What a program wrote to `path`, as soon as it did."""
    return await asyncio.to_thread(_read, path, Stopwatch())


def _read(path: Path, watch: Stopwatch) -> str:
    while not (path.exists() and path.read_text()):
        assert watch.elapsed < PATIENCE, f"nothing was written to {path}"
    return path.read_text()


async def test_all_run_and_all_end(tmp_path: Path) -> None:
    stopping, said = asyncio.Event(), list[str]()
    paths = [tmp_path / name for name in ("a", "b")]
    programs = [_program(one.name, TELLS + STAYS, WHERE=str(one)) for one in paths]
    running = asyncio.create_task(supervise(programs, stopping, said.append))
    for path in paths:
        await _written(path)
    stopping.set()
    async with asyncio.timeout(20):
        await running
    assert said == []


async def test_a_program_is_told_nothing_but_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPERVISOR_TOKEN", "hush-hush")
    stopping, where = asyncio.Event(), tmp_path / "told"
    program = _program("a", TELLS + STAYS, WHERE=str(where), OWN="yes")
    running = asyncio.create_task(supervise([program], stopping, print))
    told = await _written(where)
    stopping.set()
    await running
    assert "'OWN': 'yes'" in told
    assert "hush" not in told
    assert "yes" not in repr(program), "what it is told may be secret"


@pytest.mark.parametrize(
    ("code", "ending"),
    [("raise SystemExit(3)", "exit code 3"), ("import os; os.kill(os.getpid(), 9)", "by SIGKILL")],
)
async def test_one_that_ends_is_started_again_and_the_other_stays(
    code: str, ending: str, tmp_path: Path
) -> None:
    stopping, said, again = asyncio.Event(), list[str](), asyncio.Event()

    def say(sentence: str) -> None:
        said.append(sentence)
        again.set()

    path = tmp_path / "other"
    programs = [_program("short", code), _program("long", TELLS + STAYS, WHERE=str(path))]
    running = asyncio.create_task(supervise(programs, stopping, say))
    await again.wait()
    await _written(path)
    stopping.set()
    async with asyncio.timeout(20):
        await running
    assert said == [f"short ended by itself ({ending}); it is started again in 1 s"]


async def test_who_does_not_end_is_ended(tmp_path: Path) -> None:
    stopping, path = asyncio.Event(), tmp_path / "here"
    program = _program("deaf", STUBBORN + TELLS + "while True: signal.pause()", WHERE=str(path))
    grace = timedelta(milliseconds=50)
    running = asyncio.create_task(supervise([program], stopping, print, grace=grace))
    await _written(path)
    stopping.set()
    async with asyncio.timeout(20):
        await running


FAREWELL = (
    "signal.signal(signal.SIGTERM, lambda *_: (time.sleep({slow}), print('{name} ends'), exit()))"
)


def _leaving(name: str, where: Path, *, slow: float = 0, first: bool = False) -> Program:
    """One that adds its name to a file when it ends, after a while."""
    code = "import os, signal, sys, time\nsys.stdout = open(os.environ['ENDS'], 'a', 1)\n"
    code += FAREWELL.format(name=name, slow=slow) + "\n"
    one = _program(name, code + TELLS + STAYS, WHERE=str(where / name), ENDS=str(where / "ends"))
    return replace(one, ends_first=first)


async def test_who_ends_first_has_ended_before_the_others_are_asked_to(tmp_path: Path) -> None:
    stopping = asyncio.Event()
    programs = [_leaving("b", tmp_path), _leaving("a", tmp_path, slow=0.3, first=True)]
    running = asyncio.create_task(supervise(programs, stopping, print))
    for name in ("a", "b"):
        await _written(tmp_path / name)
    stopping.set()
    async with asyncio.timeout(20):
        await running
    assert (tmp_path / "ends").read_text() == "a ends\nb ends\n"


async def test_nobody_waits_for_ever_for_who_ends_first(tmp_path: Path) -> None:
    stopping, short = asyncio.Event(), timedelta(milliseconds=50)
    programs = [_leaving("b", tmp_path), _leaving("a", tmp_path, slow=60, first=True)]
    running = asyncio.create_task(supervise(programs, stopping, print, farewell=short))
    for name in ("a", "b"):
        await _written(tmp_path / name)
    stopping.set()
    async with asyncio.timeout(20):
        await running
    assert (tmp_path / "ends").read_text() == "b ends\n"


@pytest.fixture
def shared() -> Iterator[Path]:
    """A directory that everybody may write in; those of pytest are its user's alone."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may start a program as somebody else")
async def test_a_program_runs_as_whom_it_is_to(shared: Path) -> None:
    stopping, path = asyncio.Event(), shared / "who"
    tells = "printf '%s %s' $(id -u) $(id -g) > $WHERE; sleep 60"
    program = Program(
        name="a", command=("/bin/sh", "-c", tells), user=10001,
        environment={"WHERE": str(path), "PATH": os.defpath},
    )  # fmt: skip
    running = asyncio.create_task(supervise([program], stopping, print))
    assert await _written(path) == "10001 10001"
    stopping.set()
    await running
