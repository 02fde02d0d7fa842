"""A process that does what it is told, within limits, and what its owner knows of it.

Calls and results go through its pipes, each as its length and a pickle: both ends are this
program, and nobody else has hold of the pipes. Idle for a minute, the process ends by itself;
the next call starts another.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from darkstar_common.runtime import Stopwatch

T = TypeVar("T")

LENGTH = 8
"""Of the number before each pickle [B]."""
_GLANCE = 0.1
"""How often time and memory are looked at [s]."""
_IDLE_SECONDS = 60
_PASSIVE = {"OMP_WAIT_POLICY": "passive"}
"""XGBoost's threads that wait for a core would keep it busy by asking for it: ten times as slow
where other services compute, too."""


class WorkFailedError(Exception):
    """Work in another process came to no end; the message says why, as a sentence."""


class _GoneError(Exception):
    """The process ended while it was spoken to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a piece of work may take.

    Attributes:
        minutes: of real time [min].
        memory_mb: resident in its process, libraries included [MB].
    """

    minutes: float
    memory_mb: float


class Worker:
    """Owns at most one process; one call after the other."""

    def __init__(
        self, limits: Limits, *, niceness: int = 0, idle_seconds: float = _IDLE_SECONDS
    ) -> None:
        self._limits = limits
        self._words = (str(niceness), str(idle_seconds), str(int(limits.minutes * 60 * 4) + 60))
        self._process: Process | None = None
        self._turn = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """Of the process, where one runs."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process else None

    async def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """What `function` gives; it and the arguments must be such as can be pickled.

        Raises:
            WorkFailedError: The process ended, by itself or because it was beyond its limits.
        """
        said = pickle.dumps((function, arguments))
        async with self._turn:
            fresh = self.pid is None
            try:
                answer = await self._answer(said)
            except _GoneError:
                if fresh:
                    raise await self._failure() from None
                await self.close()  # it had just ended for want of work
                try:
                    answer = await self._answer(said)
                except _GoneError:
                    raise await self._failure() from None
        result: T = pickle.loads(answer)  # noqa: S301 (from our own process)
        return result

    async def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        await process.wait()

    async def _answer(self, said: bytes) -> bytes:
        if self.pid is None:
            self._process = await self._started()
        assert self._process is not None  # noqa: S101 (just started)
        process, watch = self._process, Stopwatch()
        exchange = asyncio.create_task(_exchange(process, said), name="work")
        try:
            while not exchange.done():
                await asyncio.wait({exchange}, timeout=_GLANCE)
                if not exchange.done() and (trouble := self._trouble(process.pid, watch)):
                    raise WorkFailedError(trouble)
            return exchange.result()
        finally:
            if not exchange.done():
                exchange.cancel()
                await self.close()

    def _trouble(self, pid: int, watch: Stopwatch) -> str:
        """Which limit is passed, in a sentence; empty: none."""
        if watch.elapsed > timedelta(minutes=self._limits.minutes):
            return f"it was ended after {self._limits.minutes:g} minutes without a result"
        if resident_mb(pid) > self._limits.memory_mb:
            return f"it was ended because it took more than {self._limits.memory_mb:g} MB"
        return ""

    async def _failure(self) -> WorkFailedError:
        """What a process that ended by itself left behind."""
        process, self._process = self._process, None
        code = await process.wait() if process else None
        return WorkFailedError(f"its process ended with {code}; the log has more")

    async def _started(self) -> Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "darkstar_forecaster.working", *self._words,
            stdin=PIPE, stdout=PIPE, start_new_session=True, env={**_PASSIVE, **os.environ},
        )  # fmt: skip


async def _exchange(process: Process, said: bytes) -> bytes:
    """Tell a process, and hear what it answers.

    Raises:
        _GoneError: It ended.
    """
    assert process.stdin is not None  # noqa: S101 (a pipe)
    assert process.stdout is not None  # noqa: S101 (another)
    try:
        process.stdin.write(len(said).to_bytes(LENGTH) + said)
        await process.stdin.drain()
        length = int.from_bytes(await process.stdout.readexactly(LENGTH))
        return await process.stdout.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        raise _GoneError from error


def resident_mb(pid: int) -> float:
    """What a process has in memory [MB]; 0 where that cannot be read."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return 0.0
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6
