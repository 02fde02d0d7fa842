"""The recorder as a process on a broker: started, killed, asked; and a house that talks to it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from support.asking import ask
from support.broker import Mosquitto
from support.buses import mqtt_bus

from darkstar_common.bus import Delivery
from darkstar_common.bus.mqtt import MqttBus
from darkstar_common.contract import (
    HOUSE_ENERGY,
    NOTIFY,
    STATUS,
    EnergyCounters,
    Notification,
    Reading,
    Service,
    ServiceStatus,
)

MORNING = datetime.now(UTC).replace(hour=6, minute=0, second=0, microsecond=0) - timedelta(days=1)
"""Of the house: past by any clock, and not so long that it could only be a wrong one's."""
STATUS_ROW = STATUS[Service.RECORDER]


@dataclass
class Recorder:
    """`darkstar-recorder` in a directory of its own."""

    directory: Path
    port: int
    process: Process | None = None
    config: str = "site: home\n"
    environment: dict[str, str] = field(default_factory=dict)
    """More than it needs to be started."""

    @property
    def database(self) -> Path:
        return self.state / "recorder" / "history.duckdb"

    @property
    def state(self) -> Path:
        return self.directory / "state"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def resident_mb(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        (line,) = (one for one in status.splitlines() if one.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    async def start(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "config.yaml").write_text(self.config)
        environment = {
            **os.environ,
            "DARKSTAR_MQTT_HOST": "127.0.0.1",
            "DARKSTAR_MQTT_PORT": str(self.port),
            "DARKSTAR_STATE_DIR": str(self.state),
            **self.environment,
        }
        # no file of its own to log to: that one would be full as well
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "darkstar_recorder", "run",
            cwd=self.directory, stdout=DEVNULL, stderr=DEVNULL, env=environment,
        )  # fmt: skip

    async def end(self, by: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(by)
            await self.process.wait()
        self.process = None


@dataclass
class Neighbour:
    """Speaks for the executor and others: notes with a number, and a load counter."""

    bus: MqttBus
    notes: int = 0
    energies: int = 0
    statuses: list[ServiceStatus] = field(default_factory=list)

    async def say(self) -> None:
        """One note, and every fourth time what the load counter shows."""
        note = Notification(
            sender=Service.PLANNER, emitted_at=MORNING + timedelta(seconds=self.notes),
            kind="test", title="Test", text=str(self.notes),
        )  # fmt: skip
        self.notes += 1
        await self.bus.publish(NOTIFY, note)
        if self.notes % 4 == 0:
            await self.count()

    async def count(self) -> None:
        """A second of the house's time passes, and 1 Wh."""
        at = MORNING + timedelta(seconds=self.energies)
        reading = Reading(value=round(100 + self.energies / 1000, 3), measured_at=at)
        self.energies += 1
        message = EnergyCounters(sender=Service.EXECUTOR, emitted_at=at, load_kwh=reading)
        await self.bus.publish(HOUSE_ENERGY, message)

    async def talk(self, per_second: float) -> None:
        """Say one thing after the other until cancelled."""
        clock = asyncio.get_running_loop()
        began, before = clock.time(), self.notes
        while True:
            while self.notes - before < (clock.time() - began) * per_second:
                await self.say()
            await asyncio.sleep(0.01)

    async def watch(self) -> None:
        """Remember what the recorder says of itself until cancelled."""
        async with self.bus.inbox(STATUS_ROW) as inbox:
            async for delivery in inbox:
                if isinstance(delivery, Delivery):
                    self.statuses.append(delivery.message)

    @property
    def troubles(self) -> tuple[str, ...]:
        """The keys of what troubles the recorder by its own word."""
        return tuple(one.key for one in self.statuses[-1].issues) if self.statuses else ()

    async def recorded(self) -> list[int]:
        """The numbers of the notes that are in the file."""
        rows = await ask(
            self.bus, what="notifications", start=MORNING, end=MORNING + timedelta(days=1),
            limit=50_000, columns=("text",),
        )  # fmt: skip
        return sorted(int(one) for one in rows.columns["text"])

    async def until_recorded(self, count: int) -> list[int]:
        """Wait until so many notes are in the file, and nothing else is under way."""
        while len(found := await self.recorded()) < count:  # noqa: ASYNC110 (each is asked for)
            await asyncio.sleep(0.05)
        return found


@asynccontextmanager
async def neighbour(broker: Mosquitto) -> AsyncIterator[Neighbour]:
    async with mqtt_bus(broker, sender=Service.EXECUTOR) as bus:
        await bus.connected()
        yield Neighbour(bus)


@asynccontextmanager
async def talking(broker: Mosquitto) -> AsyncIterator[Neighbour]:
    """A neighbour that also hears what the recorder says of itself."""
    async with neighbour(broker) as house, asyncio.TaskGroup() as tasks:
        watch = tasks.create_task(house.watch())
        try:
            yield house
        finally:
            watch.cancel()


async def until(true: Callable[[], object]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 (another process says so)
            await asyncio.sleep(0.02)
