"""Serves the page over a played house, to look at: `python show.py [START] [SPEED]`."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

from support.gateway_answers import Services
from support.gateway_house import house_state, messages

from darkstar_common.bus import MemoryBus
from darkstar_common.config import Access, Config, Gateway
from darkstar_common.contract import HOUSE_STATE, Service
from darkstar_common.runtime import clock_from, clock_specification
from darkstar_common.testing import a_context
from darkstar_gateway.api.page import Page
from darkstar_gateway.listening import bound_socket
from darkstar_gateway.service import serve


async def show(start: datetime, speed: float) -> None:
    clock = clock_from(clock_specification(start, speed=speed))
    bus = MemoryBus(now=clock.now)
    config = Config(gateway=Gateway(port=8410, access=Access(required=False)))
    context = a_context(
        bus, state_dir=Path(mkdtemp()), clock=clock, config=config, service=Service.GATEWAY
    )
    async with asyncio.TaskGroup() as group:
        listening = bound_socket(config.gateway)
        group.create_task(serve(context, listening, Page.read(), connected=lambda: True))
        group.create_task(Services(bus, clock.now).run())
        for channel, message in messages(clock.now()):
            await bus.publish(channel, message)
        while True:
            await clock.sleep(timedelta(seconds=10))
            await bus.publish(HOUSE_STATE, house_state(clock.now()))


if __name__ == "__main__":
    start = sys.argv[1] if len(sys.argv) > 1 else "2026-06-12T14:20:00+02:00"
    speed = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    asyncio.run(show(datetime.fromisoformat(start), speed))
