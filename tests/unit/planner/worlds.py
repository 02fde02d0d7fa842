"""A running planner on a bus in memory, its neighbours played by the test."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock, Semaphore
from typing import Any

from prometheus_client import REGISTRY
from unit.planner.houses import NOON, PLAIN, forecast, house, prices

from darkstar_common.bus import RawDelivery
from darkstar_common.config import Config
from darkstar_common.contract import (
    HOUSE_STATE,
    LOAD_FORECAST,
    NOTIFY,
    PLAN_STATUS,
    PRICES,
    PV_FORECAST,
    SCHEDULE,
    STATUS,
    STRATEGY,
    Channel,
    Message,
    Notification,
    PlanStatus,
    Request,
    RequestResult,
    Schedule,
    Service,
)
from darkstar_common.slots import slot_start
from darkstar_common.testing import FakeClock, MemoryBroker, MemoryBus, a_context, settle
from darkstar_planner.core.assemble import Planned
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.solution import Solution
from darkstar_planner.rounds import Work
from darkstar_planner.service import planner, worked_out

PATIENCE = 20
A_SECOND = timedelta(seconds=1)
QUICK = PLAIN.model_copy(update={"planner": PLAIN.planner.model_copy(update={"horizon_hours": 6})})
"""A battery and six hours ahead: planned in a blink."""


def metric(name: str, **labels: str) -> float:
    """What the planner's metric shows now; 0 when it shows nothing yet."""
    return REGISTRY.get_sample_value(f"darkstar_planner_{name}", labels) or 0.0


@dataclass(frozen=True)
class World:
    """A running planner and the bus it is on."""

    bus: MemoryBus
    clock: FakeClock
    heard: AsyncIterator[object]
    """All that the planner publishes, as it does."""

    async def tell(self, *, soc_percent: float | None = 50.0) -> None:
        """Publish all that a plan needs."""
        at = self.clock.now()
        start = slot_start(at)
        await self.bus.publish(PRICES, prices(start=start))
        await self.bus.publish(LOAD_FORECAST, forecast("load", 1.0, start=start))
        await self.bus.publish(PV_FORECAST, forecast("pv", 0.0, start=start))
        await self.bus.publish(HOUSE_STATE, house(soc_percent, at=at))

    async def measure(self, soc_percent: float | None, *, age: timedelta = timedelta(0)) -> Message:
        """Publish the battery's charge."""
        state = house(soc_percent, at=self.clock.now() - age)
        await self.bus.publish(HOUSE_STATE, state)
        await settle()
        return state

    async def ask(self, channel: Channel[Any], request: Request) -> RequestResult:
        """The planner's answer."""
        return (await self.bus.request(channel, request, timeout=A_SECOND)).result

    async def type(self, path: str, words: str) -> dict[str, Any]:
        """The answer to what somebody types at a command line."""
        topic = f"darkstar/v1/home/{path}"
        async with self.bus.inbox(filters=[f"{topic}/result"]) as box, asyncio.timeout(PATIENCE):
            await self.bus.publish_raw(topic, words)
            said = await anext(aiter(box))
        assert isinstance(said, RawDelivery)
        answer: dict[str, Any] = json.loads(said.payload)
        return answer

    async def schedules(self, count: int) -> list[Schedule]:
        """All schedules, once there are `count` and the last round is over."""
        await self.until(lambda: len(self.bus.sent(SCHEDULE)) >= count)
        await self.status(lambda one: not one.running)
        await settle()
        return self.bus.sent(SCHEDULE)

    async def status(self, wanted: Callable[[PlanStatus], bool]) -> PlanStatus:
        """The plan's status, once it is as wanted."""
        await self.until(lambda: bool(self.said) and wanted(self.said[-1]))
        return self.said[-1]

    @property
    def said(self) -> list[PlanStatus]:
        """All of plan/status so far."""
        return self.bus.sent(PLAN_STATUS)

    @property
    def notes(self) -> list[Notification]:
        """All notifications so far."""
        return self.bus.sent(NOTIFY)

    @property
    def issues(self) -> list[str]:
        """What troubles the planner now."""
        said = self.bus.sent(STATUS[Service.PLANNER])
        return [one.key for one in said[-1].issues] if said else []

    async def until(self, true: Callable[[], bool]) -> None:
        """Return once something the planner publishes has made it true."""
        async with asyncio.timeout(PATIENCE):
            while not true():
                await anext(self.heard)


class Held:
    """The planner's work, each piece of which ends when the test lets it."""

    def __init__(self) -> None:
        self.seen: list[Inputs] = []
        self.at_once = self.most_at_once = 0
        self._began, self._go, self._lock = Semaphore(0), Semaphore(0), Lock()

    def __call__(self, inputs: Inputs, now: datetime) -> tuple[Planned, Solution]:
        """Plan, when let."""
        with self._lock:
            self.seen.append(inputs)
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
        self._began.release()
        self._go.acquire(timeout=PATIENCE)
        try:
            return worked_out(inputs, now)
        finally:
            with self._lock:
                self.at_once -= 1

    async def begun(self) -> None:
        """Return once one more piece of work has begun."""
        assert await asyncio.to_thread(self._began.acquire, timeout=PATIENCE)
        await settle()

    def let(self, pieces: int = 1) -> None:
        """Let so many pieces of work end, begun or not."""
        self._go.release(pieces)


@asynccontextmanager
async def running(
    state: Path,
    *,
    config: Config = PLAIN,
    broker: MemoryBroker | None = None,
    work: Work = worked_out,
    at: datetime = NOON,
) -> AsyncIterator[World]:
    """A planner that is started and, at the end, stopped."""
    clock = FakeClock(at)
    bus = MemoryBus(now=clock.now, broker=broker)
    context = a_context(bus, state_dir=state, clock=clock, config=config, service=Service.PLANNER)
    async with bus.inbox(SCHEDULE, STRATEGY, PLAN_STATUS, NOTIFY) as inbox:
        task = asyncio.create_task(planner(context, work=work))
        await settle()
        try:
            yield World(bus, clock, aiter(inbox))
        finally:
            task.cancel()
            await asyncio.wait({task})
    if not task.cancelled():
        task.result()
