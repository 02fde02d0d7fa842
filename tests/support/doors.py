"""A gateway that asks who comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from support.gateway_app import NOON, Gateway, a_gateway

from darkstar_common.config import Access, Config
from darkstar_common.config import Gateway as Settings
from darkstar_common.runtime import Secrets
from darkstar_common.testing import FakeClock
from darkstar_gateway.api.page import Page

PASSWORD, VIEWER, TOKEN = "planted-password", "planted-viewer", "planted-token-of-programs"
SECRETS = Secrets(gateway_password=PASSWORD, viewer_password=VIEWER, gateway_token=TOKEN)
ORIGIN = "http://darkstar"
OURS = {"origin": ORIGIN, "x-darkstar": "1", "content-type": "application/json"}
"""What our page sends with what it asks for."""
BEARER = {"authorization": f"Bearer {TOKEN}"}


@dataclass
class Door:
    """The gateway, which waits for no service, and the wall's time."""

    gateway: Gateway
    wall: FakeClock

    @property
    def client(self) -> httpx.AsyncClient:
        return self.gateway.client

    async def sign_in(self, password: str = PASSWORD, **headers: str) -> httpx.Response:
        said = {"password": password}
        return await self.client.post("/api/session", json=said, headers={**OURS, **headers})

    async def state(self) -> Any:
        return (await self.client.get("/api/session")).json()

    async def may_look(self, **headers: str) -> bool:
        answer = await self.client.get("/api/dashboard/bundle", headers=headers)
        assert answer.status_code in {200, 401}
        return answer.status_code == 200


@asynccontextmanager
async def a_door(
    page: Page,
    state_dir: Path,
    *,
    told: Secrets = SECRETS,
    wall: FakeClock | None = None,
    peer: str = "192.0.2.7",
    **access: Any,
) -> AsyncIterator[Door]:
    wall = wall or FakeClock(NOON)
    config = Config(gateway=Settings(access=Access(**access)))
    async with a_gateway(
        page,
        timedelta(milliseconds=1),
        config=config,
        guarded=True,
        secrets=told,
        state_dir=state_dir,
        wall=wall,
        peer=peer,
    ) as gateway:
        yield Door(gateway, wall)
