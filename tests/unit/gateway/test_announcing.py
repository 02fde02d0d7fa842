"""Darkstar's entities on the broker: announced, announced again, taken back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
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


WHOLE = Config.model_validate({"gateway": {"discovery": "device"}})
DEVICE = "homeassistant/device/darkstar/home/config"


class Broker:
    """What is retained, as somebody else on the broker sees it."""

    def __init__(self, tmp_path: Path) -> None:
        self.people = MemoryBus(now=FakeClock(NOON).now)
        self.heard: list[tuple[str, bytes]] = []
        """All that was published below Home Assistant's prefix while somebody listened."""
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
    async def listening(self) -> AsyncIterator[None]:
        async def listen() -> None:
            async with self.people.inbox(filters=["homeassistant/#"]) as inbox:
                async for one in inbox:
                    if isinstance(one, RawDelivery):
                        self.heard.append((one.topic, one.payload))

        task = asyncio.create_task(listen())
        await settle(400)
        self.heard.clear()
        yield
        await settle(400)
        task.cancel()

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


async def test_all_entities_may_be_in_one_message(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    async with broker.announcing(WHOLE):
        found = await broker.kept()
    assert set(found) == {DEVICE}
    assert len(found[DEVICE]["components"]) > 80  # type: ignore[arg-type]


@pytest.mark.parametrize(("one", "other"), [(HOUSE, WHOLE), (WHOLE, HOUSE)])
async def test_the_other_way_leaves_nothing_of_the_first(
    tmp_path: Path, one: Config, other: Config
) -> None:
    broker = Broker(tmp_path)
    async with broker.announcing(other):
        alone = await broker.kept()
    broker = Broker(tmp_path)
    async with broker.announcing(one):
        pass
    async with broker.announcing(other):
        assert await broker.kept() == alone


@pytest.mark.parametrize(("one", "other"), [(HOUSE, WHOLE), (WHOLE, HOUSE)])
async def test_entities_are_handed_over_before_they_are_announced_in_the_other_way(
    tmp_path: Path, one: Config, other: Config
) -> None:
    """Else Home Assistant would forget what people have changed of them."""
    broker = Broker(tmp_path)
    async with broker.announcing(one):
        former = await broker.kept()
    async with broker.listening(), broker.announcing(other):
        pass
    now = await broker.kept()
    told = [(topic, payload) for topic, payload in broker.heard if "nothing" not in topic]
    handed = [at for at, (_, payload) in enumerate(told) if b"migrate_discovery" in payload]
    announced = [at for at, (topic, payload) in enumerate(told) if topic in now and payload]
    emptied = [at for at, (topic, payload) in enumerate(told) if topic in former and not payload]
    assert {told[at][0] for at in handed} == set(former) == {told[at][0] for at in emptied}
    assert max(handed) < min(announced) <= max(announced) < min(emptied)


async def test_in_the_same_way_nothing_is_handed_over(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    async with broker.announcing(HOUSE):
        pass
    async with broker.listening(), broker.announcing(WITHOUT_HEATER):
        pass
    assert not [one for one in broker.heard if b"migrate" in one[1]]
