"""A broker, the executor as a process, and entities that do at once what they are told."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiomqtt
import psutil
from bench.flood import AT_ONCE, VALUES
from unit.executor.samples import (
    ENTITIES,
    HOLD,
    SETTINGS,
    command_topic,
    discovery,
    house,
    schedule,
    state_topic,
)

from darkstar_common.contract import SCHEDULE, prefix
from darkstar_common.launcher.broker import broker_command, free_port
from darkstar_common.launcher.fleet import BROKER, Fleet
from darkstar_common.launcher.trial import write_config
from darkstar_common.runtime import Stopwatch
from darkstar_common.runtime.clock import clock_from
from darkstar_common.slots import slot_start

SETTLED = 0.15
"""So long without another command, an override is carried out [s]."""
PATIENCE = 5.0
ACTIONS = ("force_charge", "hold")
SHOWN = {
    "work_mode": "Zero Export To CT", "grid_charging": "OFF", "max_charge_current": "100",
    "max_discharge_current": "100", "export_limit": "11000", "soc_target": "12",
    "water_setpoint": "50",
}  # fmt: skip
TICKS, READINGS = "darkstar_executor_tick_seconds", "darkstar_executor_readings_total"


@dataclass(slots=True)
class Bench:
    """The house, and when it was told what."""

    directory: Path
    port: int
    metrics_port: int
    fleet: Fleet
    client: aiomqtt.Client
    watch: Stopwatch = field(default_factory=Stopwatch)
    told: list[float] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def executor(self) -> psutil.Process:
        """Its process."""
        return psutil.Process(self.fleet.children["executor"].pid)

    def seconds(self) -> float:
        """Since the house was made [s]."""
        return self.watch.elapsed.total_seconds()

    async def obey(self) -> None:
        """Note each command and show what it sets, until cancelled."""
        roles = {command_topic(role): role for role in SETTINGS}
        async for message in self.client.messages:
            self.told.append(self.seconds())
            self.heard.set()
            role = roles[str(message.topic)]
            await self.client.publish(state_topic(role), message.payload, retain=True)

    async def announce(self) -> None:
        """Tell of all entities, what they show, and a plan."""
        for role in ENTITIES:
            await self.client.publish(*discovery(role), qos=1, retain=True)
            shown = SHOWN.get(role) or str(VALUES[role])
            await self.client.publish(state_topic(role), shown, qos=1, retain=True)
        begin = slot_start(clock_from("").now())
        plan = schedule(*[HOLD] * 192, start=begin)
        await self.client.publish(
            prefix("home") + SCHEDULE.path, plan.model_dump_json(), qos=1, retain=True
        )

    async def override(self, action: str) -> tuple[float, float]:
        """Ask for it; the time until the first and until the last command [s]."""
        self.told.clear()
        self.heard.clear()
        begin = self.seconds()
        await self.client.publish(prefix("home") + "override/set", action, qos=1)
        async with asyncio.timeout(PATIENCE):
            await self.heard.wait()
        while self.seconds() - self.told[-1] < SETTLED:  # noqa: ASYNC110 (for want of news)
            await asyncio.sleep(SETTLED / 4)
        return self.told[0] - begin, self.told[-1] - begin

    async def overrides(self, count: int) -> tuple[list[float], list[float]]:
        """So many overrides, each of which writes; times to the first and last command [s]."""
        times = [await self.override(ACTIONS[number % 2]) for number in range(count)]
        return [first for first, _ in times], [last for _, last in times]

    @asynccontextmanager
    async def flooded(self, rate: float) -> AsyncIterator[None]:
        """With so many sensor messages a second, once they flow."""
        reached: list[float] = []
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.flood", str(self.port), str(rate),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None

        async def look(out: asyncio.StreamReader) -> None:
            while line := await out.readline():
                reached.append(float(line))

        looking = asyncio.create_task(look(process.stdout), name="flood")
        try:
            async with asyncio.timeout(PATIENCE * 2):
                while not reached:  # noqa: ASYNC110 (another process)
                    await asyncio.sleep(0.1)
            yield
        finally:
            process.terminate()
            await process.wait()
            await looking

    async def metric(self, name: str) -> float:
        """What the executor counts under that whole name, labels included."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.metrics_port)
        writer.write(b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n")
        await writer.drain()
        text = (await reader.read()).decode()
        writer.close()
        return next(float(one.split()[-1]) for one in text.splitlines() if one.startswith(name))


@asynccontextmanager
async def bench_house(directory: Path) -> AsyncIterator[Bench]:
    """All of it in real time, ready for overrides; stopped at the end."""
    write_config(house(max_writes_per_day=1_000_000), directory / "config.yaml")
    port, metrics_port = free_port(0), free_port(0)
    environment = {
        "DARKSTAR_CONFIG": str(directory / "config.yaml"),
        "DARKSTAR_MQTT_HOST": "127.0.0.1",
        "DARKSTAR_MQTT_PORT": str(port),
        "DARKSTAR_METRICS_PORT": str(metrics_port),
        "DARKSTAR_STATE_DIR": str(directory / "state"),
    }
    fleet = Fleet(directory, environment)
    try:
        await fleet.start(BROKER, broker_command(directory / "broker", port))
        await asyncio.sleep(1)
        async with aiomqtt.Client("127.0.0.1", port=port, socket_options=AT_ONCE) as client:
            bench = Bench(directory, port, metrics_port, fleet, client)
            for role in SETTINGS:
                await client.subscribe(command_topic(role), qos=1)
            obeying = asyncio.create_task(bench.obey(), name="house")
            try:
                await bench.announce()
                await fleet.start_service("executor")
                async with asyncio.timeout(30):
                    await bench.heard.wait()
                yield bench
            finally:
                obeying.cancel()
    finally:
        await fleet.stop_all()
