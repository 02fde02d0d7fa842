"""A bridge at work between a Home Assistant that is played and a bus, and what is said there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from support.fake_home_assistant_bridge import TOKEN, LiveHome

from darkstar_common.bus import MemoryBus, RawDelivery
from darkstar_common.bus.memory import MemoryBroker
from darkstar_common.config import Config, HomeAssistant
from darkstar_common.contract import STATUS, Issue, Service
from darkstar_common.contract.bridge import BridgeTopics
from darkstar_common.runtime import Context, Secrets
from darkstar_common.testing import FakeClock, a_context, settle
from darkstar_gateway.bridge.bridging import REPEAT, bridge

NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)
TOPICS = BridgeTopics("home")
CHARGE, MODE, SOC = "number.charge", "input_select.mode", "sensor.soc"
PATIENCE = 10
"""What happens by itself happens much sooner [s]."""


def states() -> dict[str, dict[str, Any]]:
    return {
        CHARGE: {"state": "10", "attributes": {"min": 0, "max": 32, "step": 1,
                                               "unit_of_measurement": "A"}},
        MODE: {"state": "Eco", "attributes": {"options": ["Eco", "Full"]}},
        SOC: {"state": "57", "attributes": {"unit_of_measurement": "%"}},
        "light.hall": {"state": "on", "attributes": {}},
    }  # fmt: skip


class Watched(FakeClock):
    """A clock that tells who sleeps.

    Attributes:
        pauses: How long each of the sleeps was to be, but for those between repetitions.
        sleeping: How many sleep now.
    """

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self.pauses = list[timedelta]()
        self.sleeping = 0

    async def sleep(self, duration: timedelta) -> None:
        if duration != REPEAT:
            self.pauses.append(duration)
        self.sleeping += 1
        try:
            await super().sleep(duration)
        finally:
            self.sleeping -= 1


@dataclass
class Bridged:
    """A bridge at work, and all that was said on its topics."""

    home: LiveHome
    context: Context
    clock: Watched
    bus: MemoryBus
    heard: dict[str, str] = field(default_factory=dict)
    said: list[tuple[str, str]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for messages until it holds."""
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self.news.clear()
                await self.news.wait()

    async def shows(self, topic: str, payload: str) -> None:
        await self.until(lambda: self.heard.get(topic) == payload)

    async def up(self) -> None:
        await self.shows(TOPICS.availability, "online")

    async def down(self) -> None:
        await self.shows(TOPICS.availability, "offline")

    async def command(self, entity: str, payload: str) -> None:
        await self.bus.publish_raw(TOPICS.command(entity), payload, qos=1)

    async def issue(self, key: str) -> Issue:
        """The issue, once it is raised."""
        await self.until(lambda: key in self.issues)
        return self.issues[key]

    async def no_issue(self, key: str) -> None:
        await self.until(lambda: key not in self.issues)

    @property
    def issues(self) -> dict[str, Issue]:
        return {one.key: one for one in self.context.status.issues}

    async def hear(self) -> None:
        """Keep what is said, as the executor would."""
        filters = (f"{TOPICS.root}/#", STATUS[Service.GATEWAY].topic("home"))
        async with self.bus.inbox(filters=filters) as inbox:
            async for delivery in inbox:
                assert isinstance(delivery, RawDelivery)
                self.heard[delivery.topic] = delivery.payload.decode()
                self.said.append((delivery.topic, delivery.payload.decode()))
                self.news.set()


@asynccontextmanager
async def bridged(
    home: LiveHome,
    tmp_path: Path,
    *chosen: str,
    broker: MemoryBroker | None = None,
    token: str | None = TOKEN,
    url: str | None = "",
) -> AsyncIterator[Bridged]:
    clock, broker = Watched(NOON), broker or MemoryBroker()
    config = Config(
        home_assistant=HomeAssistant(
            url=home.url if url == "" else url, bridge=chosen or (CHARGE, MODE, SOC)
        )
    )
    context = a_context(
        MemoryBus(broker=broker, now=clock.now, sender=Service.GATEWAY),
        state_dir=tmp_path, clock=clock, config=config, service=Service.GATEWAY,
        secrets=Secrets(home_assistant_token=token),
    )  # fmt: skip
    made = Bridged(home, context, clock, MemoryBus(broker=broker, now=clock.now))
    tasks = [asyncio.create_task(one) for one in (made.hear(), bridge(context))]
    try:
        await settle()
        yield made
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def soon(holds: Callable[[], bool]) -> None:
    """Let sockets and tasks have their turns until it holds."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 (a socket tells a test nothing)
            await asyncio.sleep(0)
