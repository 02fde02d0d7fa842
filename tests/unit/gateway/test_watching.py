"""The gateway's own notifications on their way: over the bus, or past a broker that is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from support.gateway_app import NOON
from support.gateway_house import service_status

from darkstar_common.bus import MemoryBus
from darkstar_common.config import Config
from darkstar_common.contract import NOTIFY, STATUS, Notification, Service
from darkstar_common.testing import FakeClock, a_context
from darkstar_gateway.core.house import House
from darkstar_gateway.live import Live
from darkstar_gateway.notifying.watching import watch


@dataclass
class Watching:
    clock: FakeClock
    bus: MemoryBus
    live: Live
    connection: list[bool]
    taken: list[Notification] = field(default_factory=list)

    def stops(self, service: Service) -> None:
        channel, status = service_status(service, self.clock.now(), online=False)
        self.live.apply(channel.path, status)

    async def pass_minutes(self, minutes: int) -> None:
        await self.clock.advance(timedelta(minutes=minutes) * self.clock.speed)


@asynccontextmanager
async def watching(tmp_path: Path, speed: float = 1.0) -> AsyncIterator[Watching]:
    clock, connection = FakeClock(NOON, speed=speed), [True]
    bus = MemoryBus(now=clock.now, sender=Service.GATEWAY)
    context = a_context(bus, state_dir=tmp_path, clock=clock, service=Service.GATEWAY)
    house = House.of(Config(), clock_speed=speed, version="1")
    live = Live(house, clock, connected=lambda: connection[0])
    found = Watching(clock, bus, live, connection)
    task = asyncio.create_task(watch(context, live, found.taken.append))
    try:
        yield found
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("speed", [1.0, 600.0])
async def test_a_dead_service_is_told_over_the_bus_like_all_that_is_told(
    tmp_path: Path, speed: float
) -> None:
    async with watching(tmp_path, speed) as found:
        found.stops(Service.EXECUTOR)
        await found.pass_minutes(4)
        assert found.bus.sent(NOTIFY) == []
        await found.pass_minutes(2)
    (note,) = found.bus.sent(NOTIFY)
    assert (note.sender, note.kind, note.severity) == (Service.GATEWAY, "service_away", "error")
    assert found.taken == [], "it comes by the bus, once"


async def test_a_lost_broker_is_told_without_it(tmp_path: Path) -> None:
    async with watching(tmp_path) as found:
        found.connection[0] = False
        await found.pass_minutes(6)
        assert [one.kind for one in found.taken] == ["broker_lost"]
        assert list(found.live.view.notifications) == found.taken, "the page has it"
        assert found.bus.sent(NOTIFY) == [], "nothing waits to be told again"
        found.connection[0] = True
        await found.pass_minutes(2)
    assert [one.kind for one in found.bus.sent(NOTIFY)] == ["broker_back"]


def test_the_gateway_may_notify() -> None:
    assert Service.GATEWAY in NOTIFY.senders
    assert all(Service.GATEWAY in channel.receivers for channel in STATUS.values())
