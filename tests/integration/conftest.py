"""Brokers and buses for the suites of this directory."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from support.broker import BINARY, Mosquitto
from support.buses import NOON, Peers, mqtt_bus
from support.recorder_process import Recorder
from support.small_disk import SmallDisk, mounted

from darkstar_common.bus import MemoryBroker, MemoryBus
from darkstar_common.contract import Service


@pytest.fixture(scope="session")
def shared_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    if BINARY is None:
        pytest.skip("mosquitto is not installed")
    broker = Mosquitto(tmp_path_factory.mktemp("mosquitto"))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker that the test may stop and kill; not started yet."""
    if BINARY is None:
        pytest.skip("mosquitto is not installed")
    broker = Mosquitto(tmp_path / "mosquitto")
    yield broker
    broker.stop()


@pytest.fixture
def broker(own_broker: Mosquitto) -> Mosquitto:
    """One that runs, and sends as far ahead as the recorder wants."""
    own_broker.extra = "max_inflight_messages 500\n"
    own_broker.start()
    return own_broker


@pytest.fixture
async def recorder(broker: Mosquitto, tmp_path: Path) -> AsyncIterator[Recorder]:
    """The recorder; not started yet."""
    made = Recorder(tmp_path / "recorder", broker.port)
    yield made
    await made.end(signal.SIGKILL)


@pytest.fixture
def small(recorder: Recorder) -> Iterator[SmallDisk]:
    """A disk of its own for the recorder, with hardly any room."""
    with mounted(recorder.state) as disk:
        yield disk


@pytest.fixture(params=["memory", "mqtt"])
async def peers(request: pytest.FixtureRequest) -> AsyncIterator[Peers]:
    site = f"s{uuid4().hex}"
    if request.param == "memory":
        common: dict[str, Any] = {"site": site, "broker": MemoryBroker(), "now": lambda: NOON}
        yield Peers(MemoryBus(**common), MemoryBus(sender=Service.EXECUTOR, **common))
        return
    broker = request.getfixturevalue("shared_broker")
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(mqtt_bus(broker, site=site))
        two = await stack.enter_async_context(mqtt_bus(broker, site=site, sender=Service.EXECUTOR))
        await one.connected()
        await two.connected()
        yield Peers(one, two)
