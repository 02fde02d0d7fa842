"""Darkstar's entities on a real broker: what is retained there is known before it is changed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
from support.broker import Mosquitto
from support.buses import mqtt_bus

from darkstar_common.bus import RawDelivery
from darkstar_common.config import Config
from darkstar_common.contract import Service
from darkstar_common.testing import a_context
from darkstar_gateway.announcing import announce

SINGLE = Config()
WHOLE = Config.model_validate({"gateway": {"discovery": "device"}})
DEVICE = "homeassistant/device/darkstar/home/config"


async def announced(broker: Mosquitto, tmp_path: Path, config: Config, last: str) -> list[str]:
    """What is published below Home Assistant's prefix until `last` is emptied or announced."""
    told: list[str] = []
    async with (
        mqtt_bus(broker, sender=Service.PEOPLE) as people,
        mqtt_bus(broker, client_id="gateway", sender=Service.GATEWAY) as bus,
        people.inbox(filters=["homeassistant/#"]) as inbox,
    ):
        await people.connected()
        context = a_context(bus, state_dir=tmp_path, config=config, service=Service.GATEWAY)
        task = asyncio.create_task(announce(context, version="1"))
        async with asyncio.timeout(30):
            async for one in inbox:
                if isinstance(one, RawDelivery) and "nothing" not in one.topic:
                    kind = "hand over" if b"migrate" in one.payload else "announce"
                    told.append(f"{kind if one.payload else 'empty'} {one.topic}")
                    if told[-1] == last:
                        break
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    return told


@pytest.mark.parametrize("other", ["device", "entity"])
async def test_the_other_way_begins_when_the_former_was_handed_over(
    broker: Mosquitto, tmp_path: Path, other: str
) -> None:
    gateway = "homeassistant/binary_sensor/darkstar/home-gateway_online/config"
    first, then = (SINGLE, WHOLE) if other == "device" else (WHOLE, SINGLE)
    old, new = (gateway, DEVICE) if other == "device" else (DEVICE, gateway)
    before = await announced(broker, tmp_path, first, f"announce {old}")
    assert not [one for one in before if not one.startswith("announce")]
    after = await announced(broker, tmp_path, then, f"empty {old}")
    live = after[after.index(next(one for one in after if one.startswith("hand over"))) :]
    assert live.index(f"hand over {old}") < live.index(f"announce {new}")
    assert live.index(f"announce {new}") < live.index(f"empty {old}")
    handed = {one.removeprefix("hand over ") for one in live if one.startswith("hand over")}
    emptied = {one.removeprefix("empty ") for one in live if one.startswith("empty")}
    assert len(handed) == (1 if other == "entity" else len(handed))
    assert emptied <= handed
