"""An executor at work over a memory bus, in a house that obeys, or does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from unit.executor.samples import (
    ENTITIES,
    NOON,
    SETTINGS,
    command_topic,
    discovery,
    house,
    state_topic,
)

from darkstar_common.bus import MemoryBus, RawDelivery
from darkstar_common.config import Config
from darkstar_common.contract import (
    CONTROL_STATE,
    NOTIFY,
    Channel,
    ControlState,
    Message,
    RequestResult,
    Service,
    prefix,
)
from darkstar_common.testing import FakeClock, a_context, settle
from darkstar_executor.service import main

M = TypeVar("M", bound=Message)
SHOWN = {
    "battery_soc": "50", "battery_power": "0", "pv_power": "0", "load_power": "0.5",
    "grid_power": "500", "grid_voltage": "230", "water_temperature": "55",
    "work_mode": "Zero Export To CT", "grid_charging": "OFF", "max_charge_current": "100",
    "max_discharge_current": "100", "export_limit": "11000", "soc_target": "12",
    "water_setpoint": "60",
}  # fmt: skip


class House:
    """The world around the executor: what it hears, and what people and planner say."""

    def __init__(self, config: Config, clock: JumpyClock) -> None:
        self.config, self.clock = config, clock
        self.bus = MemoryBus(now=clock.now)
        self.obeys = True
        self.pace = timedelta(seconds=10)

    async def announce(self, **more: Any) -> None:
        for role in ENTITIES:
            await self.bus.publish_raw(*discovery(role, **more), retain=True)

    async def show(self, role: str, value: str, *, retain: bool = False) -> None:
        await self.bus.publish_raw(state_topic(role), value, retain=retain)
        await settle()

    async def obey(self) -> None:
        """Show what is commanded, as an inverter does."""
        filters = [command_topic(role) for role in SETTINGS]
        async with self.bus.inbox(filters=filters) as inbox:
            async for delivery in inbox:
                assert isinstance(delivery, RawDelivery)
                if self.obeys:
                    topic = delivery.topic.removesuffix("/set")
                    await self.bus.publish_raw(topic, delivery.payload, retain=True)

    async def ask(self, request: str, payload: str) -> RequestResult:
        """What a person at a command line gets for `payload` on the request's topic."""
        topic = prefix(self.bus.site) + request
        answered = len(self.bus.sent_raw(f"{topic}/result"))
        await self.bus.publish_raw(topic, payload)
        async with asyncio.timeout(20):  # the answer waits for the disk
            while len(self.bus.sent_raw(f"{topic}/result")) == answered:
                await settle()
        return RequestResult.model_validate_json(self.bus.sent_raw(f"{topic}/result")[-1])

    async def tell(self, channel: Channel[Any], message: Message) -> None:
        await self.bus.publish(channel, message)
        await settle()

    async def wait(self, **duration: float) -> None:
        """Let time pass in steps in which the house answers, sensors alive."""
        left = timedelta(**duration)
        while left > timedelta(0):
            await self.clock.advance(min(left, self.pace))
            left -= self.pace
            for role in ("battery_soc", "grid_voltage"):
                if role in self.alive:
                    await self.show(role, self.alive[role])

    alive: dict[str, str] = {"battery_soc": "50", "grid_voltage": "230"}  # noqa: RUF012 (replaced, never changed)

    def commanded(self, role: str) -> list[str]:
        return [payload.decode() for payload in self.bus.sent_raw(command_topic(role))]

    @property
    def written(self) -> int:
        return sum(len(self.commanded(role)) for role in SETTINGS)

    @property
    def state(self) -> ControlState:
        return self.bus.sent(CONTROL_STATE)[-1]

    @property
    def told(self) -> list[str]:
        """Kinds of what people were told, in order."""
        return [note.kind for note in self.bus.sent(NOTIFY)]

    @asynccontextmanager
    async def executor(
        self,
        state_dir: Path,
        *,
        killed: bool = False,
        begins_again: bool = False,
        pending: Config | None = None,
    ) -> AsyncIterator[None]:
        """The executor while it runs; at the end it is stopped as by SIGTERM, or killed.

        One that `begins_again` is stopped as for another configuration, which is `pending`.
        """
        bus = Cable(broker=self.bus.broker, sender=Service.EXECUTOR, now=self.clock.now)
        context = a_context(
            bus,
            state_dir=state_dir,
            clock=self.clock,
            config=self.config,
            service=Service.EXECUTOR,
        )
        task = asyncio.create_task(main(context))
        await settle()
        try:
            yield
        finally:
            files = _files(state_dir)
            bus.cut = killed
            context.reread.restarting, context.reread.pending = begins_again, pending
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await settle()
            if killed:  # what it does at its end, a killed one does not
                _put_back(state_dir, files)


def _files(directory: Path) -> dict[Path, bytes]:
    """What is there; a file that is just being written has no name of its own yet."""
    files = {}
    for one in directory.iterdir():
        with suppress(FileNotFoundError, IsADirectoryError):
            files[one] = one.read_bytes()
    return files


def _put_back(directory: Path, files: dict[Path, bytes]) -> None:
    for one in directory.iterdir():
        one.unlink()
    for one, content in files.items():
        one.write_bytes(content)


class Cable(MemoryBus):
    """A bus that may be cut: what is published then goes nowhere."""

    cut = False

    async def publish(self, channel: Channel[M], message: M) -> None:
        if not self.cut:
            await super().publish(channel, message)

    async def publish_raw(self, topic: str, payload: bytes | str, **more: Any) -> None:
        if not self.cut:
            await super().publish_raw(topic, payload, **more)


class JumpyClock(FakeClock):
    """The clock of a machine that may be set; sleepers sleep by another one, as on a machine."""

    offset = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.offset

    async def sleep_until(self, when: datetime) -> None:
        while (left := when - self.now()) > timedelta(0):
            await self.sleep(min(left, timedelta(seconds=30)))

    async def sleep(self, duration: timedelta) -> None:
        await super().sleep_until(super().now() + duration)

    async def advance(self, by: timedelta) -> None:
        await self.advance_to(super().now() + by)


@asynccontextmanager
async def a_house(*, obeys: bool = True, config: Config | None = None) -> AsyncIterator[House]:
    """A house whose entities are announced and show their states."""
    made = House(config or house(), JumpyClock(NOON + timedelta(seconds=7)))
    made.obeys = obeys
    obeying = asyncio.create_task(made.obey())
    await made.announce()
    for role, value in SHOWN.items():
        await made.show(role, value, retain=True)
    try:
        yield made
    finally:
        obeying.cancel()
        with suppress(asyncio.CancelledError):
            await obeying
