"""A gateway over a configuration file of its own."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.gateway_app import Gateway, a_gateway

from darkstar_common.config import load_config
from darkstar_common.runtime import Secrets
from darkstar_gateway.api.page import Page

HOUSE = """\
# Our house; ask Ada before you change the battery.
site: home
timezone: Europe/Stockholm  # where we live

grid:
  max_import_kw: 11.0
battery:
  # Usable energy between 0 and 100 % [kWh].
  capacity_kwh: 10.0
  min_soc_percent: 12.0
evs: []
executor:
  shadow: true
  roles:
    battery_soc: sensor.inverter_battery_soc  # not the one of the BMS
    pv_power: sensor.inverter_pv_power
"""


@dataclass
class Settings:
    """The settings of a gateway, and the file they are in."""

    gateway: Gateway
    path: Path
    state_dir: Path

    async def state(self) -> dict[str, Any]:
        response = await self.gateway.get("/api/settings")
        assert response.status_code == 200
        return dict(response.json())

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self.gateway.client.post(
            f"/api/settings{path}",
            content=json.dumps(body),
            headers={"content-type": "application/json", "x-darkstar": "1"},
        )

    async def save(self, *, remove: tuple[str, ...] = (), **changes: Any) -> httpx.Response:
        """Save keys; `__` stands for the dots in them."""
        named = {key.replace("__", "."): value for key, value in changes.items()}
        revision = (await self.state())["revision"]
        return await self.post("", revision=revision, changes=named, remove=list(remove))


@asynccontextmanager
async def settings_of(path: Path, state_dir: Path, **wiring: Any) -> AsyncIterator[Settings]:
    async with a_gateway(
        Page({}), config=load_config(path), config_path=path, state_dir=state_dir, **wiring
    ) as gateway:
        yield Settings(gateway, path, state_dir)


@pytest.fixture
async def settings(tmp_path: Path) -> AsyncIterator[Settings]:
    path = tmp_path / "house" / "config.yaml"
    path.parent.mkdir()
    path.write_text(HOUSE, encoding="utf-8")
    state_dir = tmp_path / "state"
    state_dir.mkdir()
    async with settings_of(path, state_dir, secrets=Secrets(gateway_token="t0ken")) as one:  # noqa: S106
        yield one
