"""What a real Mosquitto tells of itself, as the gateway shows it to Prometheus."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from math import isnan
from pathlib import Path

import aiomqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from prometheus_client import REGISTRY
from support.broker import Mosquitto
from support.buses import mqtt_bus

from darkstar_common.contract import Service
from darkstar_common.runtime import SystemClock
from darkstar_common.testing import a_context
from darkstar_gateway.measuring import watch_broker

SITE = "cabin"
TOLD_EVERY = "sys_interval 1\n"
SOON = 20.0
FEW = 10
"""Its own figures the broker stores and keeps, and tells of both at different times [messages]."""


def shown(name: str) -> float:
    value = REGISTRY.get_sample_value(f"darkstar_broker_{name}")
    assert value is not None
    return value


async def until(condition: Callable[[], bool], what: str) -> None:
    try:
        async with asyncio.timeout(SOON):
            while not condition():  # noqa: ASYNC110 (the broker says so, in its own time)
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(what) from None


@pytest.fixture
async def watched(own_broker: Mosquitto, tmp_path: Path) -> AsyncIterator[Mosquitto]:
    """A broker that the gateway watches, and that tells of itself every second."""
    own_broker.extra = TOLD_EVERY
    own_broker.start()
    async with mqtt_bus(own_broker, site=SITE, sender=Service.GATEWAY) as bus:
        await bus.connected()
        clock = SystemClock()
        context = a_context(bus, state_dir=tmp_path, clock=clock, service=Service.GATEWAY)
        watching = asyncio.create_task(watch_broker(context))
        try:
            yield own_broker
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching


async def test_the_broker_s_own_figures_are_shown(watched: Mosquitto) -> None:
    assert isnan(shown("clients")), "nothing is known before it has told"
    await until(lambda: shown("clients") == 1, "one client")
    async with mqtt_bus(watched) as another:
        await another.connected()
        await until(lambda: shown("clients") == 2, "two clients")
    await until(lambda: shown("clients") == 1, "one client again")
    assert shown("dropped_messages") == 0


async def test_what_waits_for_somebody_who_is_away_is_counted_until_it_is_taken(
    watched: Mosquitto,
) -> None:
    async with away(watched) as reader:
        await reader.subscribe("queue/me", qos=1)
    await until(lambda: shown("clients_away") == 1, "one is away")
    await until(lambda: shown("queued_messages") < FEW, "nobody waits yet")
    async with mqtt_bus(watched) as writer:
        await writer.connected()
        for number in range(40):
            await writer.publish_raw("queue/me", str(number), qos=1)
            await writer.publish_raw(f"kept/{number}", "state", qos=1, retain=True)
        await writer.flushed()
    await until(lambda: shown("retained_messages") >= 40, "40 are kept")
    await until(lambda: 40 <= shown("queued_messages") < 40 + FEW, "40 wait, kept ones apart")
    async with away(watched) as reader:
        for _ in range(40):
            await anext(aiter(reader.messages))
        await until(lambda: shown("queued_messages") < FEW, "they were taken")


def away(broker: Mosquitto) -> aiomqtt.Client:
    """Somebody for whom the broker keeps what comes meanwhile."""
    kept = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's
    kept.SessionExpiryInterval = 3600
    return aiomqtt.Client(
        "127.0.0.1", broker.port, identifier="away", protocol=aiomqtt.ProtocolVersion.V5,
        clean_start=False, properties=kept,
    )  # fmt: skip
