"""The gateway as it runs, with its server, over a played house whose services answer anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from support.gateway_answers import Services
from support.gateway_app import NOON
from support.gateway_house import messages

from darkstar_common.bus import MemoryBus
from darkstar_common.config import load_config
from darkstar_common.contract import Service
from darkstar_common.runtime import Secrets
from darkstar_common.testing import FakeClock, a_context
from darkstar_gateway.api.page import Page
from darkstar_gateway.listening import bound_socket, url_of
from darkstar_gateway.service import serve


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """Where it is, and the house's bus as people have it."""

    url: str
    people: MemoryBus


@asynccontextmanager
async def a_whole_gateway(
    directory: Path, secrets: Secrets, *, config: str = "gateway: {port: 0}\n"
) -> AsyncIterator[Whole]:
    """It keeps its files in `directory`, where also its configuration is."""
    (directory / "config.yaml").write_text(config, encoding="utf-8")
    read = load_config(directory / "config.yaml")
    clock = FakeClock(NOON)
    bus = MemoryBus(now=clock.now, sender=Service.GATEWAY)
    people = MemoryBus(broker=bus.broker, now=clock.now)
    context = a_context(
        bus, state_dir=directory, clock=clock, config=read, service=Service.GATEWAY,
        secrets=secrets,
    )  # fmt: skip
    for channel, message in messages(NOON):
        await people.publish(channel, message)
    services = Services(people, clock.now)
    services.memory = {}  # the recorder remembers nothing, whatever it is asked
    listening = bound_socket(read.gateway)
    page = Page.read(directory / "none")
    working = [
        asyncio.create_task(services.run()),
        asyncio.create_task(serve(context, listening, page, connected=lambda: True)),
    ]
    try:
        yield Whole(url=url_of(listening), people=people)
    finally:
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
