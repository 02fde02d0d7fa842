"""Darkstar's entities on the broker: announced, announced again, taken back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from support.gateway_app import NOON

from darkstar_common.bus import MemoryBus, RawDelivery
from darkstar_common.config import Config
from darkstar_common.contract import Service
from darkstar_common.testing import FakeClock, a_context, settle
from darkstar_gateway.announcing import announce, announced

HOUSE = Config()
WITHOUT_HEATER = Config.model_validate({"water_heater": None})
SILENT = Config.model_validate({"gateway": {"announce": False}})
BOOST = "homeassistant/button/darkstar/home-water_boost_60/config"
PLAN = "homeassistant/button/darkstar/home-plan_now/config"


class Broker:
    """What is retained, as somebody else on the broker sees it."""

    def __init__(self, tmp_path: Path) -> None:
        self.people = MemoryBus(now=FakeClock(NOON).now)
        self._state = tmp_path

    async def kept(self) -> dict[str, dict[str, object]]:
        found: dict[str, dict[str, object]] = {}
        async with self.people.inbox(filters=["homeassistant/#"]) as inbox:
            with suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    async for one in inbox:
                        if isinstance(one, RawDelivery) and one.topic.endswith("config"):
                            found[one.topic] = json.loads(one.payload or b"{}")
        return found

    @asynccontextmanager
    async def announcing(self, config: Config) -> AsyncIterator[None]:
        bus = MemoryBus(broker=self.people.broker, sender=Service.GATEWAY, now=FakeClock(NOON).now)
        context = a_context(bus, state_dir=self._state, config=config, service=Service.GATEWAY)
        task = asyncio.create_task(announce(context, version="1"))
        await settle(400)
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_everything_is_retained_for_home_assistant(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    async with broker.announcing(HOUSE):
        found = await broker.kept()
    assert {BOOST, PLAN} <= set(found)
    assert len(found) > 80
    assert found[PLAN]["payload_press"] == "now"


async def test_what_has_left_the_house_leaves_home_assistant(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    async with broker.announcing(HOUSE):
        pass
    async with broker.announcing(WITHOUT_HEATER):
        found = await broker.kept()
    assert BOOST not in found
    assert PLAN in found


async def test_all_is_taken_back_where_nothing_is_to_be_announced(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    async with broker.announcing(HOUSE):
        pass
    async with broker.announcing(SILENT):
        assert await broker.kept() == {}


async def test_what_others_announce_stays(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    cabin = Config(site="cabin")
    stranger = "homeassistant/sensor/darkstar/home-theirs/config"
    await broker.people.publish_raw(stranger, '{"device": {"identifiers": ["x"]}}', retain=True)
    async with broker.announcing(cabin):
        pass
    async with broker.announcing(SILENT):
        found = await broker.kept()
    assert stranger in found
    assert "homeassistant/button/darkstar/cabin-plan_now/config" in found


async def test_what_people_delete_is_not_forced_upon_them(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    async with broker.announcing(HOUSE):
        await broker.people.publish_raw(PLAN, "", retain=True)
        await settle(400)
        assert PLAN not in await broker.kept()


async def test_home_assistant_is_told_again_when_it_comes_up(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    async with broker.announcing(HOUSE):
        for one in await broker.kept():
            await broker.people.publish_raw(one, "", retain=True)
        await settle(400)
        assert await broker.kept() == {}
        await broker.people.publish_raw("homeassistant/status", "offline")
        await settle(400)
        assert await broker.kept() == {}
        await broker.people.publish_raw("homeassistant/status", "online")
        await settle(400)
        assert PLAN in await broker.kept()


def test_nothing_is_announced_if_so_configured(tmp_path: Path) -> None:
    bus = MemoryBus(now=FakeClock(NOON).now)
    context = a_context(bus, state_dir=tmp_path, config=SILENT, service=Service.GATEWAY)
    assert announced(context, "1") == {}
