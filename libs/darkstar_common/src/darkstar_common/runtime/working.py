"""Keeps a service at work: until it ends, a signal comes, or the bus breaks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from darkstar_common.bus.mqtt import MqttBus
from darkstar_common.bus.stopping import stop
from darkstar_common.runtime.clock import Stopwatch
from darkstar_common.runtime.context import Context, Main
from darkstar_common.runtime.reload import KEPT_ISSUES, Reloading

_CLEANUP: Final = 5.0
"""Time a service has after a cancellation before it is cancelled again [s]."""
_TRIAL_SECONDS: Final = 30.0
"""Who crashes so soon with another configuration goes back to the one before [s of the wall]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """A service in its process.

    Attributes:
        main: The service.
        bus: Open for as long as it works.
        stopped: Set by a signal.
        reloading: Watches the configuration; None for a process that does not.
    """

    main: Main
    bus: MqttBus
    stopped: asyncio.Event
    reloading: Reloading | None

    async def until_stopped(self, context: Context) -> int:
        """Run it to the end; the exit code."""
        others = {
            asyncio.create_task(self.stopped.wait(), name="signals"),
            asyncio.create_task(self.bus.kept(), name="bus"),
        }
        if self.reloading is not None:
            others.add(asyncio.create_task(self.reloading.watch(), name="configuration"))
        working, again = await self._round(context, others)
        while again is not None:
            working, again = await self._round(again, others)
        crashes = [crash for task in (working, *others) if (crash := _crash(task)) is not None]
        for crash in crashes:
            context.log.error("service_crashed", exc_info=crash)
        for task in others:
            await stop(task)
        return 1 if crashes else 0

    async def _round(
        self, context: Context, others: set[asyncio.Task[Any]]
    ) -> tuple[asyncio.Task[Any], Context | None]:
        """Run `main` once; the task of it, and with what it is to be run again, if it is."""
        watch, reloading = Stopwatch(), self.reloading
        working = asyncio.create_task(self.main(context), name="main")
        due = asyncio.create_task(_due(reloading), name="another configuration")
        await asyncio.wait({working, due, *others}, return_when=asyncio.FIRST_COMPLETED)
        ending = any(task.done() for task in others)
        again = reloading is not None and not ending and not working.done()
        context.reread.restarting = again
        if again:
            self.bus.hold()
        await stop(working, patience=_CLEANUP)
        await stop(due)
        context.reread.restarting = False
        crash = _crash(working)
        if reloading is None or ending or (crash is None and not again):
            return working, None
        if again:
            self.bus.resume()
            await context.status.begin_again(KEPT_ISSUES)
            context.log.info("service_begins_again")
            return working, reloading.begin()
        soon = watch.elapsed.total_seconds() < _TRIAL_SECONDS
        if soon and await reloading.go_back(reason(crash)):
            context.log.error("service_goes_back", exc_info=crash)
            return working, reloading.context
        return working, None


async def _due(reloading: Reloading | None) -> None:
    if reloading is None:
        await asyncio.Event().wait()
    else:
        await reloading.due.wait()


def reason(error: BaseException | None) -> str:
    """The first cause, in words.

    Example:
        >>> reason(ExceptionGroup("all", [ValueError("no such profile")]))
        'no such profile'
    """
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error) or type(error).__name__


def _crash(task: asyncio.Task[Any]) -> BaseException | None:
    return task.exception() if task.done() and not task.cancelled() else None
