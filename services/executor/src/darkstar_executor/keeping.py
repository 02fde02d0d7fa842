"""Keeps what outlives a restart, without making a command wait for the disk."""

from __future__ import annotations

import asyncio

from darkstar_common.contract import Issue
from darkstar_common.runtime import Context
from darkstar_executor.core.kept import NOTHING_KEPT
from darkstar_executor.store import Store


class Keeper:
    """Holds the present state; a task writes it down, in a thread, soon after each change."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = Store(context.state_dir)
        self.kept = NOTHING_KEPT
        self._changes = self._written = 0
        self._changed, self._done = asyncio.Event(), asyncio.Condition()
        self._writing: asyncio.Future[None] | None = None

    async def restore(self) -> None:
        """Take up what the last run left; what is wrong with it is said, and stops nothing."""
        self.kept, problem = self._store.load()
        if problem is not None:
            self._context.log.error("state_file_not_understood", reason=problem)
            guidance = "look at the file that was kept aside, and ask again for what you miss"
            await self._complain("state_file", problem, guidance)

    def keep(self, **changes: object) -> None:
        """Change what is kept; it is written down soon."""
        made = self.kept.model_copy(update=changes)
        if made != self.kept:
            self.kept = made
            self._changes += 1
            self._changed.set()

    async def run(self) -> None:
        """Write down what changes, until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self._write()

    async def settled(self) -> None:
        """Wait until what is kept now is on the disk, or could not be brought there."""
        awaited = self._changes
        async with self._done:
            await self._done.wait_for(lambda: self._written >= awaited)

    async def close(self) -> None:
        """Write down what was not yet."""
        if self._writing is not None:
            await asyncio.wait({self._writing})
        if self._written < self._changes:
            await self._write()

    async def _write(self) -> None:
        number = self._changes
        loop = asyncio.get_running_loop()
        self._writing = loop.run_in_executor(None, self._store.save, self.kept)
        try:
            await asyncio.shield(self._writing)
        except OSError as error:
            problem = f"what you asked for would not survive a restart: {error}"
            self._context.log.error("state_file_not_written", reason=str(error))  # noqa: TRY400 (no fault of ours)
            guidance = "free or repair the disk that DARKSTAR_STATE_DIR is on"
            await self._complain("state_file_unwritten", problem, guidance)
        else:
            await self._context.status.clear_issue("state_file_unwritten")
        async with self._done:
            self._written = number
            self._done.notify_all()

    async def _complain(self, key: str, problem: str, guidance: str) -> None:
        await self._context.status.raise_issue(
            Issue(key=key, severity="error", message=problem, guidance=guidance)
        )
