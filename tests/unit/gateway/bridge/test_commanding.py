"""Commands that come at a bad time are dropped and said aloud, never carried out late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from support.fake_home_assistant_bridge import TOKEN, LiveHome, a_live_home

from darkstar_common.bus import MemoryBus
from darkstar_common.contract import STATUS, Service
from darkstar_common.contract.bridge import BridgeTopics
from darkstar_common.testing import a_context
from darkstar_gateway.bridge.commanding import FRESH, Commander
from darkstar_gateway.bridge.line import called
from darkstar_gateway.bridge.telling import Teller

CHARGE = "number.charge"
STATES = {CHARGE: {"state": "10", "attributes": {"min": 0, "max": 32}}}
PATIENCE = 10
"""What happens by itself happens much sooner [s]."""


@asynccontextmanager
async def commanding(
    home: LiveHome, state: Path, *, fresh: timedelta = FRESH, told: bool = True
) -> AsyncIterator[tuple[Commander, MemoryBus]]:
    """A commander on an open line, and the bus that its issues are on."""
    bus = MemoryBus(sender=Service.GATEWAY)
    context = a_context(bus, state_dir=state, service=Service.GATEWAY)
    teller = Teller(bus, BridgeTopics("home"), (CHARGE,))
    commander = Commander(context, teller, fresh=fresh)
    async with called(home.url, TOKEN, patience=timedelta(milliseconds=300)) as line:
        commander.line = line
        if told:
            await teller.told({"a": {CHARGE: {"s": "10", "a": {"min": 0, "max": 32}}}})
        running = asyncio.create_task(commander.run())
        try:
            yield commander, bus
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def trouble(bus: MemoryBus) -> str:
    """What the first issue says."""
    channel = STATUS[Service.GATEWAY]
    async with asyncio.timeout(PATIENCE):
        while not (said := bus.sent(channel)):  # noqa: ASYNC110 (a socket tells a test nothing)
            await asyncio.sleep(0)
    return said[-1].issues[0].message


async def test_what_has_waited_too_long_is_not_carried_out(tmp_path: Path) -> None:
    async with (
        a_live_home(states=STATES) as home,
        commanding(home, tmp_path, fresh=timedelta(0)) as (commander, bus),
    ):
        commander.take(CHARGE, "20")
        assert "it waited for more than 0 s" in await trouble(bus)
        assert home.calls == []


async def test_a_home_assistant_that_does_not_answer_holds_up_nobody_for_long(
    tmp_path: Path,
) -> None:
    async with (
        a_live_home(states=STATES) as home,
        commanding(home, tmp_path) as (commander, bus),
    ):
        home.silent = True
        commander.take(CHARGE, "20")
        assert "it did not answer within 0.3 s" in await trouble(bus)
        home.silent = False
        commander.take(CHARGE, "21")
        async with asyncio.timeout(PATIENCE):
            while bus.sent(STATUS[Service.GATEWAY])[-1].issues:  # noqa: ASYNC110
                await asyncio.sleep(0)
        assert home.calls[-1][3] == {"value": 21.0}


async def test_before_the_states_are_known_nothing_is_set(tmp_path: Path) -> None:
    async with (
        a_live_home(states=STATES) as home,
        commanding(home, tmp_path, told=False) as (commander, bus),
    ):
        commander.take(CHARGE, "20")
        assert "it is not connected" in await trouble(bus)
        assert home.calls == []


async def test_who_waits_for_its_end_does_not_wait_for_long(tmp_path: Path) -> None:
    async with (
        a_live_home(states=STATES) as home,
        commanding(home, tmp_path) as (commander, _),
    ):
        home.silent = True
        commander.take(CHARGE, "20")
        async with asyncio.timeout(PATIENCE):
            await commander.finished(timedelta(milliseconds=10))
