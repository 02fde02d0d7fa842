"""A whole house on this machine, for tests: its processes, its truth, and a visitor on its bus."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from support.asking import ask

from darkstar_common.bus import Delivery
from darkstar_common.bus.mqtt import MqttBus
from darkstar_common.contract import (
    CONTROL_STATE,
    HOUSE_STATE,
    LOAD_FORECAST,
    SCHEDULE,
    STATUS,
    Channel,
    HistoryRows,
    Message,
    Schedule,
)
from darkstar_common.launcher.run import House, Options, start
from darkstar_common.launcher.trial import Trial
from darkstar_common.runtime.clock import Stopwatch
from darkstar_common.slots import SLOT
from darkstar_simulator.core.counters import SlotRecord
from darkstar_simulator.files import read_truth

M = TypeVar("M", bound=Message)
SEEN: tuple[Channel[Any], ...] = (
    *STATUS.values(),
    HOUSE_STATE,
    LOAD_FORECAST,
    SCHEDULE,
    CONTROL_STATE,
)


@dataclass(slots=True)
class Visitor:
    """Looks on, and remembers what it saw."""

    house: House
    bus: MqttBus
    truth_path: Path
    schedules: list[Schedule] = field(default_factory=list)
    latest: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def look(self) -> None:
        """Remember everything, until cancelled."""
        async with self.bus.inbox(*SEEN) as inbox:
            async for delivery in inbox:
                if isinstance(delivery, Delivery):
                    await self._note(delivery)

    async def _note(self, delivery: Delivery[Any]) -> None:
        async with self.changed:
            path = delivery.channel.path
            self.latest[path] = delivery.message
            self.counts[path] = self.counts.get(path, 0) + 1
            if isinstance(delivery.message, Schedule):
                self.schedules.append(delivery.message)
            self.changed.notify_all()

    async def until(self, condition: Callable[[], bool], *, seconds: float, what: str) -> float:
        """Wait for `condition`, and say how long it took [s of wall time]."""
        watch = Stopwatch()
        try:
            async with asyncio.timeout(seconds), self.changed:
                await self.changed.wait_for(condition)
        except TimeoutError:
            raise AssertionError(f"{what}: not within {seconds:g} s") from None
        return watch.elapsed.total_seconds()

    async def after(self, path: str, *, seconds: float) -> float:
        """Wait for a message on `path` that is newer than now."""
        seen = self.counts.get(path, 0)
        return await self.until(
            lambda: self.counts.get(path, 0) > seen, seconds=seconds, what=f"a new {path}"
        )

    async def history(self, what: str, begin: datetime, end: datetime) -> HistoryRows:
        """Ask the recorder, as often as it takes within 10 s of wall time."""
        async with asyncio.timeout(10):
            return await ask(self.bus, what=what, start=begin, end=end, limit=50_000)

    async def closed(self, begin: datetime, end: datetime) -> HistoryRows:
        """Every slot from `begin` to `end`, as soon as the last is on record."""
        async with asyncio.timeout(20):
            while True:
                rows = await self.history("slots", begin, end)
                if rows.row_count >= (end - begin) // SLOT:
                    return rows
                await asyncio.sleep(0.1)

    def truth(self) -> dict[datetime, SlotRecord]:
        """The simulator's own account of the closed slots."""
        return read_truth(self.truth_path)

    def kill(self, name: str) -> None:
        """End a process the hard way; the launcher's watch starts it again."""
        child = self.house.fleet.children[name]
        assert child.pid is not None, f"{name} is not running"
        os.kill(child.pid, signal.SIGKILL)

    def logs(self, name: str) -> str:
        """What a process has said so far."""
        return self.house.fleet.children[name].log.read_text(encoding="utf-8", errors="replace")


@asynccontextmanager
async def running_house(trial: Trial, *simulator_words: str) -> AsyncIterator[Visitor]:
    """Everything started, on ports of its own; everything stopped at the end."""
    truth = trial.directory / "truth.jsonl"
    words = ("--truth", str(truth), *simulator_words)
    options = Options(
        directory=trial.directory,
        speed=trial.speed,
        mqtt_port=0,
        page_port=0,
        simulator_words=words,
    )
    house = await start(trial, options)
    try:
        async with house.bus("visitor") as bus:
            visitor = Visitor(house, bus, truth)
            looking = asyncio.create_task(visitor.look(), name="visitor")
            try:
                yield visitor
            finally:
                looking.cancel()
    finally:
        await house.fleet.stop_all()
