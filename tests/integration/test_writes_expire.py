"""A command that waits, in the client or in the broker, dies before it could act late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiomqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from support.broker import Mosquitto, needs_mosquitto
from support.buses import mqtt_bus
from unit.executor.samples import command_topic, ears, house, registry
from unit.executor.writing import SHOWN, TARGET, bound

from darkstar_common.bus.mqtt import MqttBus
from darkstar_common.contract import Command, Service
from darkstar_common.runtime import Stopwatch, SystemClock
from darkstar_common.testing import a_context
from darkstar_executor.acting import Act, Hands
from darkstar_executor.core.decide import Decision
from darkstar_executor.core.setting import Setting

pytestmark = [needs_mosquitto, pytest.mark.timeout(60)]
GATEWAY = "gateway"
LIVES = 1.0
"""What a command has until it dies in these tests [s]; a broker counts whole seconds."""
OVER = timedelta(seconds=2.2)
COMMANDS = "house/+/set"


class Desk:
    """Hands on a real bus, in a house that shows nothing new."""

    def __init__(self, bus: MqttBus, state: Path, *, confirm_seconds: float) -> None:
        config = house(confirm_seconds=confirm_seconds)
        self._clock = SystemClock()
        self._hands = Hands(
            a_context(
                bus, state_dir=state, clock=self._clock, config=config, service=Service.EXECUTOR
            )
        )
        self._ears = ears(SHOWN, now=self._clock.now(), of=registry())

    async def write(self, *wanted: Setting) -> None:
        decision = Decision(
            command=Command(intent="hold"), rule="plan_hold", reason="", water_rule=""
        )
        act = Act(
            decision=decision, settings=wanted, slot_start=None, soc_percent=50.0, caused_by=None,
            urgent=True, shadow=False,
        )  # fmt: skip
        outcome = self._hands.weigh(act, self._ears, self._clock.now())
        assert outcome.orders
        await self._hands.do(act, outcome, since=Stopwatch())


@asynccontextmanager
async def a_gateway(broker: Mosquitto) -> AsyncIterator[aiomqtt.Client]:
    """A gateway whose session outlives it, as those do that lose no command."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # typed in part
    properties.SessionExpiryInterval = 3600
    client = aiomqtt.Client(
        "127.0.0.1", broker.port, identifier=GATEWAY, clean_start=False, properties=properties,
        protocol=aiomqtt.ProtocolVersion.V5,
    )  # fmt: skip
    async with client:
        await client.subscribe(COMMANDS, qos=1)
        yield client


async def told(client: aiomqtt.Client, last: bytes) -> list[bytes]:
    """All payloads up to `last`."""
    got = []
    async for message in client.messages:
        got.append(bytes(message.payload))
        if got[-1] == last:
            break
    return got


async def real_time(duration: timedelta) -> None:
    """Let it pass: a broker has a clock of its own."""
    await asyncio.sleep(duration.total_seconds())


async def test_the_broker_drops_what_a_gateway_that_was_away_did_not_fetch_in_time(
    own_broker: Mosquitto, tmp_path: Path
) -> None:
    own_broker.start()
    async with a_gateway(own_broker):
        pass
    async with mqtt_bus(own_broker, sender=Service.EXECUTOR) as bus:
        await bus.connected()
        await Desk(bus, tmp_path, confirm_seconds=LIVES).write(TARGET)
        await bus.flushed()
        await real_time(OVER)
        await bus.publish_raw(command_topic("soc_target"), b"marker", qos=1)
        await bus.flushed()
    async with a_gateway(own_broker) as gateway:
        assert await told(gateway, b"marker") == [b"marker"]


async def test_the_client_drops_what_could_not_be_sent_in_time(
    own_broker: Mosquitto, tmp_path: Path
) -> None:
    own_broker.start()
    async with mqtt_bus(own_broker, sender=Service.EXECUTOR) as bus:
        await bus.connected()
        async with a_gateway(own_broker):
            pass
        own_broker.stop()
        await Desk(bus, tmp_path, confirm_seconds=LIVES).write(TARGET)
        await real_time(OVER)
        own_broker.start()
        await bus.connected()
        await bus.publish_raw(command_topic("soc_target"), b"marker", qos=1)
        await bus.flushed()
        async with a_gateway(own_broker) as gateway:
            assert await told(gateway, b"marker") == [b"marker"]


async def test_a_moment_without_a_broker_loses_nothing_and_keeps_the_order(
    own_broker: Mosquitto, tmp_path: Path
) -> None:
    own_broker.start()
    async with mqtt_bus(own_broker, sender=Service.EXECUTOR) as bus:
        await bus.connected()
        async with a_gateway(own_broker):
            pass
        own_broker.stop()
        desk = Desk(bus, tmp_path, confirm_seconds=60.0)
        await desk.write(TARGET)
        await desk.write(bound(30.0, None))
        own_broker.start()
        await bus.connected()
        async with a_gateway(own_broker) as gateway:
            assert await told(gateway, b"30") == [b"60", b"30"]
