"""The gateway's application without a server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from darkstar_common.bus import Delivery, MemoryBus, RawDelivery
from darkstar_common.config import Config
from darkstar_common.contract import Channel, Message, RequestResult, Service
from darkstar_common.testing import FakeClock, settle
from darkstar_gateway.api.app import create_app
from darkstar_gateway.api.page import Page
from darkstar_gateway.api.wired import PATIENCE, Wired
from darkstar_gateway.core.house import House
from darkstar_gateway.live import Live
from darkstar_gateway.logbook import Logbook

NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)
NOWHERE = Path("/nonexistent")
"""The state directory of a gateway that is to keep nothing."""


@dataclass
class Gateway:
    """The application without a server: its bus, its clock, its view, and a client."""

    bus: MemoryBus
    clock: FakeClock
    live: Live
    house: House
    client: httpx.AsyncClient
    wired: Wired

    async def get(self, path: str, **params: str) -> httpx.Response:
        return await self.client.get(path, params=params)

    async def answered(
        self, channel: Channel[Any], answer: Message, path: str, body: bytes = b""
    ) -> tuple[httpx.Response, Message]:
        """Post a command while a service answers it so; the response, and what was asked."""
        async with self.bus.inbox(channel) as inbox:
            posting = asyncio.create_task(self.client.post(f"/api/commands/{path}", content=body))
            asked = await anext(aiter(inbox))
            assert isinstance(asked, Delivery)
            assert not isinstance(asked, RawDelivery)
            await asked.answer(answer)
            await settle()
            return await posting, asked.message


def result(*, accepted: bool, reason: str, understood: tuple[str, ...] = ()) -> RequestResult:
    return RequestResult(
        sender=Service.EXECUTOR,
        emitted_at=NOON,
        accepted=accepted,
        reason=reason,
        understood=understood,
    )


def opened(config: Config) -> Config:
    """`config` where nobody is asked for a password."""
    access = config.gateway.access.model_copy(update={"required": False})
    gateway = config.gateway.model_copy(update={"access": access})
    return config.model_copy(update={"gateway": gateway})


@asynccontextmanager
async def a_gateway(
    page: Page,
    patience: timedelta = PATIENCE,
    *,
    config: Config | None = None,
    guarded: bool = False,
    peer: str = "127.0.0.1",
    **wiring: Any,
) -> AsyncIterator[Gateway]:
    """One over a bus of its own; `wiring` goes to `Wired`, as `state_dir` or `secrets`.

    Nobody is asked for a password, unless it is `guarded`; then `config` says it all.
    """
    clock = FakeClock(NOON)
    bus = MemoryBus(now=clock.now, sender=Service.GATEWAY)
    config = config or Config()
    config = config if guarded else opened(config)
    house = House.of(config, clock_speed=1.0, version="0.1.0")
    live = Live(house, clock, connected=lambda: True)
    wired = Wired(
        house=house,
        live=live,
        bus=bus,
        clock=clock,
        page=page,
        logbook=Logbook(config.gateway.log_lines),
        config=config,
        patience=patience,
        **{"state_dir": NOWHERE, **wiring},
    )
    transport = httpx.ASGITransport(create_app(wired), client=(peer, 50_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://darkstar") as client:
        yield Gateway(bus, clock, live, house, client, wired)
