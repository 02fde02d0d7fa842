"""`darkstar-executor release` on a real broker: what a person runs before taking it all away."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from support.broker import Mosquitto, needs_mosquitto
from support.buses import mqtt_bus
from unit.executor.living import SHOWN
from unit.executor.samples import ENTITIES, command_topic, discovery, house, state_topic

from darkstar_common.bus import Delivery, Inbox, RawDelivery
from darkstar_common.bus.mqtt import Broker, MqttBus
from darkstar_common.config import Config
from darkstar_common.contract import HOUSE_DEVICES, OVERRIDE_SET, OverrideSet, Service
from darkstar_common.runtime import SystemClock
from darkstar_common.testing import a_context
from darkstar_executor.releasing import NoAnswerError, asked
from darkstar_executor.service import main

pytestmark = needs_mosquitto
CLOCK = SystemClock()


def place(broker: Mosquitto) -> Broker:
    return Broker(host="127.0.0.1", port=broker.port)


@asynccontextmanager
async def an_executor(broker: Mosquitto, config: Config, state: Path) -> AsyncIterator[None]:
    """An executor at work, in this process."""
    bus = MqttBus(
        place(broker), site="home", client_id="executor", now=CLOCK.now, sender=Service.EXECUTOR
    )
    async with bus:
        await bus.connected()
        context = a_context(
            bus, state_dir=state, clock=CLOCK, config=config, service=Service.EXECUTOR
        )
        task = asyncio.create_task(main(context))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_the_devices_are_given_back_when_asked_for(
    own_broker: Mosquitto, tmp_path: Path
) -> None:
    own_broker.start()
    config, heard = house(), asyncio.Queue[str]()
    async with mqtt_bus(own_broker) as home, an_executor(own_broker, config, tmp_path):
        await home.connected()
        async with home.inbox(filters=[command_topic("max_charge_current")]) as inbox:
            listening = asyncio.create_task(_note(inbox, heard))
            for role in ENTITIES:
                await home.publish_raw(*discovery(role), retain=True)
            for role, value in (SHOWN | {"max_charge_current": "30"}).items():
                await home.publish_raw(state_topic(role), value, retain=True)
            await _bound(home)
            await home.publish(OVERRIDE_SET, OverrideSet(action="hold"))
            async with asyncio.timeout(10):
                assert await heard.get() == "100"
                await home.publish_raw(state_topic("max_charge_current"), "100", retain=True)
                result = await asked(place(own_broker), config, CLOCK)
                assert result.accepted
                assert "given back" in result.reason
                assert await heard.get() == "30"
            listening.cancel()


async def _bound(home: MqttBus) -> None:
    """Wait until the executor knows its entities."""
    async with asyncio.timeout(20), home.inbox(HOUSE_DEVICES) as inbox:
        async for delivery in inbox:
            assert isinstance(delivery, Delivery)
            rows = {row.role: row.status for row in delivery.message.roles}
            if rows.get("max_charge_current") == "bound":
                return


async def _note(inbox: Inbox, heard: asyncio.Queue[str]) -> None:
    async for delivery in inbox:
        assert isinstance(delivery, RawDelivery)
        heard.put_nowait(delivery.payload.decode())


async def test_without_an_executor_it_says_so(own_broker: Mosquitto) -> None:
    own_broker.start()
    with pytest.raises(NoAnswerError, match="no executor has answered"):
        await asked(place(own_broker), house(), CLOCK, patience=0.5)


async def test_without_a_broker_it_says_so(own_broker: Mosquitto) -> None:
    with pytest.raises(NoAnswerError, match=f"no broker at 127.0.0.1:{own_broker.port}"):
        await asked(place(own_broker), house(), CLOCK, patience=0.5)


async def test_the_command_prints_the_answer(own_broker: Mosquitto, tmp_path: Path) -> None:
    own_broker.start()
    (tmp_path / "config.yaml").write_text("{}")
    state = tmp_path / "state"
    state.mkdir()
    environment = {
        **os.environ,
        "DARKSTAR_CONFIG": str(tmp_path / "config.yaml"),
        "DARKSTAR_MQTT_HOST": "127.0.0.1",
        "DARKSTAR_MQTT_PORT": str(own_broker.port),
    }
    async with an_executor(own_broker, house(), state):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "darkstar_executor", "release",
            env=environment, stdout=PIPE, stderr=PIPE,
        )  # fmt: skip
        out, trouble = await process.communicate()
    assert process.returncode == 0, trouble.decode()
    assert "given back" in out.decode()
