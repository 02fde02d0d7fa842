"""Which entities of Home Assistant are brought to the bus."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from support.fake_home_assistant_bridge import TOKEN, a_live_home
from unit.common.keys.probe import Probe

from darkstar_common.bus import MemoryBus
from darkstar_common.config import Config
from darkstar_common.contract import Service
from darkstar_common.contract.bridge import BridgeTopics
from darkstar_common.runtime import Secrets
from darkstar_common.testing import a_context
from darkstar_gateway.bridge.bridging import bridge

PATIENCE = 10
"""The bridge is up much sooner [s]."""
STATES = {one: {"state": "1", "attributes": {}} for one in ("number.one", "number.other")}


async def bridged(config: Config) -> object:
    """What is retained on the bus once the bridge is up."""
    topics, bus = BridgeTopics(config.site), MemoryBus(sender=Service.GATEWAY)
    with TemporaryDirectory() as state:
        async with a_live_home(states=STATES) as home, asyncio.timeout(PATIENCE):
            there = config.home_assistant.model_copy(update={"url": home.url})
            context = a_context(
                bus, state_dir=Path(state), service=Service.GATEWAY,
                config=config.model_copy(update={"home_assistant": there}),
                secrets=Secrets(home_assistant_token=TOKEN),
            )  # fmt: skip
            async with MemoryBus(broker=bus.broker).inbox(filters=(topics.availability,)) as inbox:
                task = asyncio.create_task(bridge(context))
                await anext(aiter(inbox))
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
    return sorted(bus.broker.retained)


PROBES = (
    Probe(
        key="home_assistant.bridge",
        observe=bridged,
        values=(["number.one"], ["number.one", "number.other"]),
    ),
)
