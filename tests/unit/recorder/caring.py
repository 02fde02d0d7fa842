"""A file that is looked after, with a clock that stands still and a disk as wanted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from darkstar_common.config import Config
from darkstar_common.contract import Service
from darkstar_common.runtime import Context
from darkstar_common.testing import FakeClock, MemoryBus, a_context, settle
from darkstar_recorder.care import Care
from darkstar_recorder.store.caring import Caring
from darkstar_recorder.store.database import open_database
from darkstar_recorder.threads import here

NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
AN_HOUR = timedelta(hours=1)


@dataclass
class Disk:
    """What is free of it [MB]."""

    free: float = 10_000.0


@dataclass
class LookedAfter:
    """The file, and what can be seen of the care that is taken."""

    context: Context
    clock: FakeClock
    writer: duckdb.DuckDBPyConnection
    care: Care
    disk: Disk

    async def wait(self, hours: float) -> None:
        """Let time pass, in steps as it is woken up."""
        for _ in range(round(hours * 4)):
            await self.clock.advance(AN_HOUR / 4)
            await settle()

    @property
    def backups(self) -> list[str]:
        """Names of the copies, oldest first."""
        return sorted(one.name for one in self.care.backups.glob("*"))

    @property
    def issues(self) -> dict[str, str]:
        """What troubles it, by key."""
        return {one.key: one.message for one in self.context.status.issues}

    def count(self, table: str) -> int:
        """How many rows there are."""
        (row,) = self.writer.execute(f"SELECT count(*) FROM {table}").fetchall()  # noqa: S608 (a test's own name)
        return int(row[0])


@asynccontextmanager
async def looked_after(
    state: Path, config: Config | None = None, at: datetime = NOON, disk: Disk | None = None
) -> AsyncIterator[LookedAfter]:
    """A file below `state`, looked after since `at`."""
    clock, disk = FakeClock(at), disk or Disk()
    bus = MemoryBus(now=clock.now)
    context = a_context(bus, state_dir=state, clock=clock, config=config, service=Service.RECORDER)
    path = state / "history.duckdb"
    writer = open_database(path)
    care = Care(context, Caring(path), here, free=lambda _: disk.free)
    work = asyncio.create_task(care.run())
    try:
        await settle()
        yield LookedAfter(context=context, clock=clock, writer=writer, care=care, disk=disk)
        assert not work.done(), work.exception()
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        writer.close()
