"""Programs that are kept running side by side, and end together: for a container of all services.

Where systemd or Compose is, they do this.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from darkstar_common.runtime.clock import Stopwatch

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=1)
STEADY = timedelta(minutes=2)
"""Who lived so long had no trouble to start: the next pause is short again."""
GRACE = timedelta(seconds=30)
"""Longer than the solver may take (planner.time_limit_seconds): it cannot be interrupted."""
FAREWELL = timedelta(seconds=8)
"""For who ends first; both together are less than the add-on's own `timeout`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What is started, as whom, and what it alone is told."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    """All that it is told; nothing of this process's own environment."""
    user: int | None = None
    """Its user and group id; None: those of this process."""
    ends_first: bool = False
    """The others end when it has, since it may need them for what it leaves behind."""


def pause(lived: timedelta, before: timedelta) -> timedelta:
    """How long to wait until a program that died after `lived` is started again.

    Args:
        lived: How long it ran.
        before: The pause before this one; zero for none.
    """
    if lived >= STEADY or not before:
        return FIRST_PAUSE
    return min(before * 2, LONGEST_PAUSE)


async def supervise(
    programs: Sequence[Program],
    stopping: asyncio.Event,
    say: Callable[[str], None],
    *,
    grace: timedelta = GRACE,
    farewell: timedelta = FAREWELL,
) -> None:
    """Run all of `programs` until `stopping` is set, then end them all.

    One that ends by itself is started again, after a pause that grows while it does not last.

    Args:
        programs: Their output is this process's own.
        stopping: All are asked to end (SIGTERM), and are ended after `grace` if they do not.
        say: Is given a sentence for each start anew.
        grace: For all of them together.
        farewell: As `grace`, for those that end first; the others are asked to after that.
    """
    others = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for program in programs:
            if not program.ends_first:
                group.create_task(_keep(program, others, say, grace), name=program.name)
        async with asyncio.TaskGroup() as first:
            first.create_task(stopping.wait(), name="stopping")
            for program in programs:
                if program.ends_first:
                    first.create_task(_keep(program, stopping, say, farewell), name=program.name)
        others.set()


async def _keep(
    program: Program, stopping: asyncio.Event, say: Callable[[str], None], grace: timedelta
) -> None:
    waited = timedelta()
    while not stopping.is_set():
        watch = Stopwatch()
        code = await _lived(program, stopping, grace)
        if stopping.is_set():
            return
        waited = pause(watch.elapsed, waited)
        again = f"it is started again in {waited.total_seconds():g} s"
        say(f"{program.name} ended by itself ({_ending(code)}); {again}")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(waited.total_seconds()):
                await stopping.wait()


async def _lived(program: Program, stopping: asyncio.Event, grace: timedelta) -> int:
    """Run `program` until it ends or is to; its exit code."""
    process = await asyncio.create_subprocess_exec(
        *program.command,
        stdin=asyncio.subprocess.DEVNULL,
        env=dict(program.environment),
        start_new_session=True,  # what is typed at a terminal is for us alone
        user=program.user,
        group=program.user,
        extra_groups=None if program.user is None else [],
    )
    ending = asyncio.create_task(process.wait(), name=f"{program.name}-end")
    told = asyncio.create_task(stopping.wait(), name=f"{program.name}-stop")
    try:
        await asyncio.wait({ending, told}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        told.cancel()
        if not ending.done():
            await _ended(process, ending, grace)
    return await ending


async def _ended(
    process: asyncio.subprocess.Process, ending: asyncio.Task[int], grace: timedelta
) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    _, pending = await asyncio.wait({ending}, timeout=grace.total_seconds())
    if pending:
        with contextlib.suppress(ProcessLookupError):
            process.kill()


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
