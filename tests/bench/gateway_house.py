"""A gateway and a recorder with a year behind it, as processes on a real broker."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import psutil
from bench.recorder_house import live
from support.broker import Mosquitto
from support.buses import mqtt_bus
from support.gateway_house import house_state, messages

from darkstar_common.bus.mqtt import MqttBus
from darkstar_common.contract import HOUSE_STATE, SCHEDULE, Service
from darkstar_common.launcher.broker import free_port
from darkstar_common.runtime.clock import clock_specification
from darkstar_recorder.store import Store

DAYS = 366
MIB = 1024 * 1024
_CONFIG = """\
gateway:
  port: {port}
  access:
    required: false
"""


@dataclass
class Bench:
    """All of it, and how to look at it."""

    url: str
    bus: MqttBus
    gateway: Process
    start: datetime
    """What the house's clock showed when it began."""
    began: float

    @property
    def now(self) -> datetime:
        """By the house's clock."""
        return self.start + timedelta(seconds=asyncio.get_running_loop().time() - self.began)

    @property
    def process(self) -> psutil.Process:
        """The gateway's."""
        return psutil.Process(self.gateway.pid)

    @property
    def resident_mb(self) -> float:
        """Of the gateway [MiB]."""
        return float(self.process.memory_info().rss) / MIB

    async def say(self, number: int) -> None:
        """A new state of the house, as the executor sends it."""
        await self.bus.publish(HOUSE_STATE, house_state(self.now, 40 + number % 50))

    async def plan(self) -> None:
        """A new schedule."""
        for channel, message in messages(self.now):
            if channel is SCHEDULE:
                await self.bus.publish(channel, message)


def history(path: Path) -> datetime:
    """A year in the recorder's file; when it ends."""
    path.parent.mkdir(parents=True)
    store = Store(path)
    try:
        return live(store, DAYS, lambda _done, _all: None)
    finally:
        store.close()


@asynccontextmanager
async def bench_house(directory: Path) -> AsyncIterator[Bench]:
    """All of it at real speed, once the gateway knows the house; stopped at the end."""
    end = await asyncio.to_thread(history, directory / "state/recorder/history.duckdb")
    broker, port = Mosquitto(directory / "mosquitto"), free_port(0)
    (directory / "config.yaml").write_text(_CONFIG.format(port=port))
    broker.start()
    environment = {
        **os.environ,
        "DARKSTAR_CONFIG": str(directory / "config.yaml"),
        "DARKSTAR_MQTT_HOST": "127.0.0.1",
        "DARKSTAR_MQTT_PORT": str(broker.port),
        "DARKSTAR_STATE_DIR": str(directory / "state"),
        "DARKSTAR_CLOCK": clock_specification(end, speed=1.0),
    }
    started = [await _process(name, environment) for name in ("recorder", "gateway")]
    try:
        async with mqtt_bus(broker, sender=Service.EXECUTOR) as bus:
            await bus.connected()
            began = asyncio.get_running_loop().time()
            url = f"http://127.0.0.1:{port}/"
            made = Bench(url, bus, started[1], end, began)
            for channel, message in messages(end):
                if message.sender not in {Service.RECORDER, Service.GATEWAY}:
                    await bus.publish(channel, message)
            async with asyncio.timeout(60):
                await _until_there(url)
            yield made
    finally:
        for one in started:
            one.send_signal(signal.SIGTERM)
            await one.wait()
        broker.stop()


async def _process(name: str, environment: dict[str, str]) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"darkstar_{name}", "run",
        stdout=DEVNULL, stderr=DEVNULL, env=environment,
    )  # fmt: skip


async def _until_there(url: str) -> None:
    """Wait until the gateway shows the plan and the recorder answers."""
    async with httpx.AsyncClient(base_url=url, timeout=20) as client:
        while True:
            try:
                bundle = (await client.get("api/dashboard/bundle")).json()["bundle"]
                energy = await client.get("api/energy", params={"period": "year"})
            except httpx.TransportError:
                await asyncio.sleep(0.2)
                continue
            if bundle["schedule"] and energy.status_code == httpx.codes.OK:
                return
            await asyncio.sleep(0.2)
