"""A simulated house and the executor as real processes on a real broker, for breaking things.

The test is the planner: it publishes the schedule. A minute of the house passes in a second.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from darkstar_common.bus import Delivery, RawDelivery
from darkstar_common.bus.mqtt import Broker, MqttBus
from darkstar_common.config import Config
from darkstar_common.contract import (
    ACTION,
    CONTROL_STATE,
    HOUSE_DEVICES,
    HOUSE_STATE,
    NOTIFY,
    SCHEDULE,
    STATUS,
    ActionRecord,
    Channel,
    ControlState,
    Devices,
    HouseState,
    Notification,
    Schedule,
    ScheduleSlot,
    Service,
    ServiceStatus,
    prefix,
)
from darkstar_common.generate.configuration import ROLE_EXAMPLES
from darkstar_common.launcher.broker import broker_command, free_port
from darkstar_common.launcher.fleet import BROKER, SIMULATOR, Fleet
from darkstar_common.launcher.trial import write_config
from darkstar_common.runtime import clock_specification
from darkstar_common.runtime.clock import Clock, clock_from
from darkstar_common.slots import SLOT

SPEED = 60.0
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SEEN: tuple[Channel[Any], ...] = (
    CONTROL_STATE, HOUSE_STATE, HOUSE_DEVICES, ACTION, NOTIFY, STATUS[Service.EXECUTOR],
)  # fmt: skip
BATTERY = {
    "capacity_kwh": 20.0, "max_charge_kw": 8.88, "max_discharge_kw": 8.88, "standby_kw": 0.0,
}  # fmt: skip


@dataclass(slots=True)
class Broken:
    """A house in which things break, and what it says."""

    directory: Path
    port: int
    fleet: Fleet
    clock: Clock
    bus: MqttBus
    latest: dict[str, Any] = field(default_factory=dict)
    notes: list[Notification] = field(default_factory=list)
    actions: list[ActionRecord] = field(default_factory=list)
    commands: list[tuple[datetime, str, str]] = field(default_factory=list)
    answers: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def control(self) -> ControlState | None:
        """What is commanded."""
        return self.latest.get(CONTROL_STATE.path)

    @property
    def rule(self) -> str:
        """The row that decided last."""
        return self.control.rule if self.control else ""

    @property
    def state(self) -> HouseState | None:
        """What is measured."""
        return self.latest.get(HOUSE_STATE.path)

    @property
    def devices(self) -> Devices | None:
        """Who plays which role."""
        return self.latest.get(HOUSE_DEVICES.path)

    @property
    def issues(self) -> dict[str, str]:
        """What troubles the executor."""
        status: ServiceStatus | None = self.latest.get(STATUS[Service.EXECUTOR].path)
        return {one.key: one.message for one in status.issues} if status else {}

    async def look(self) -> None:
        """Remember everything, until cancelled."""
        filters = ("inverter/sim1/+/set", f"{prefix('home')}+/set/result")
        async with self.bus.inbox(*SEEN, filters=filters) as inbox:
            async for delivery in inbox:
                async with self.changed:
                    self._note(delivery)
                    self.changed.notify_all()

    def _note(self, delivery: Delivery[Any] | RawDelivery) -> None:
        if isinstance(delivery, RawDelivery):
            if delivery.topic.endswith("/result"):
                self.answers += 1
                return
            role = delivery.topic.split("/")[2]
            self.commands.append((self.clock.now(), role, delivery.payload.decode()))
            return
        self.latest[delivery.channel.path] = delivery.message
        if isinstance(delivery.message, Notification):
            self.notes.append(delivery.message)
        if isinstance(delivery.message, ActionRecord):
            self.actions.append(delivery.message)

    async def until(self, what: str, condition: Callable[[], bool], *, seconds: float = 15) -> None:
        """Wait for `condition`; fails with `what` and what was seen after so much wall time."""
        try:
            async with asyncio.timeout(seconds), self.changed:
                await self.changed.wait_for(condition)
        except TimeoutError:
            seen = (self.rule, self.control and self.control.reason, self.issues)
            raise AssertionError(f"{what}: not within {seconds:g} s; seen: {seen}") from None

    async def pass_(self, **duration: float) -> None:
        """Let the house's time pass."""
        await self.clock.sleep(timedelta(**duration))

    async def ask(self, request: str, payload: str) -> None:
        """What a person types; returns when it is answered."""
        before = self.answers
        await self.bus.publish_raw(prefix("home") + request, payload)
        await self.until(f"an answer to {request}", lambda: self.answers > before)

    async def fault(self, words: str) -> None:
        """Break something in the simulated house, or mend it with `clear`."""
        await self.bus.publish_raw("simulator/sim1/fault/set", words)

    async def plan(self, schedule: Schedule) -> None:
        """What the planner would publish."""
        await self.bus.publish(SCHEDULE, schedule)

    def kill(self, name: str) -> None:
        """End a process the hard way."""
        pid = self.fleet.children[name].pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    def log(self, name: str = "executor") -> str:
        """What a process has said."""
        return self.fleet.children[name].log.read_text(encoding="utf-8", errors="replace")


def charging(begin: datetime, *, slots: int = 8, kilowatts: float = 4.0) -> Schedule:
    """Charge from the grid from `begin` on."""
    rows = tuple(
        ScheduleSlot(
            start=begin + number * SLOT, import_kw=kilowatts + 0.5, export_kw=0.0,
            charge_kw=kilowatts, discharge_kw=0.0, soc_percent=90.0, load_kw=0.5, pv_kw=0.0,
            import_per_kwh=1.0, export_per_kwh=0.5, price_kind="published", reason="cheap",
        )
        for number in range(slots)
    )  # fmt: skip
    return Schedule(
        sender=Service.PLANNER, emitted_at=begin, issued_at=begin,
        valid_until=rows[-1].start + SLOT, status="optimal", currency="SEK", cost=0.0,
        objective=0.0, bound=0.0, gap=0.0, solver="test", solve_seconds=0.1,
        soc_percent_at_start=50.0, slots=rows,
    )  # fmt: skip


@asynccontextmanager
async def broken_house(
    directory: Path, *, executor_ahead: timedelta = timedelta(0)
) -> AsyncIterator[Broken]:
    """Broker, house and executor, the executor's clock ahead by so much; stopped at the end."""
    _write_slots(directory / "house.csv")
    config = Config.model_validate(
        {"battery": BATTERY, "executor": {"shadow": False, "roles": ROLE_EXAMPLES}}
    )
    write_config(config, directory / "config.yaml")
    port = free_port(0)
    specification = clock_specification(NOON, speed=SPEED, delay=timedelta(seconds=3))
    ahead = clock_specification(NOON + executor_ahead, speed=SPEED, delay=timedelta(seconds=3))
    environment = {
        "DARKSTAR_CONFIG": str(directory / "config.yaml"),
        "DARKSTAR_MQTT_HOST": "127.0.0.1",
        "DARKSTAR_MQTT_PORT": str(port),
        "DARKSTAR_METRICS_PORT": "0",
        "DARKSTAR_STATE_DIR": str(directory / "state"),
        "DARKSTAR_HOUSE_CSV": str(directory / "house.csv"),
        "DARKSTAR_CLOCK": specification,
        "PYTHONUNBUFFERED": "1",
    }
    fleet = Fleet(directory, environment)
    clock = clock_from(specification)
    try:
        await fleet.start(BROKER, broker_command(directory / "broker", port))
        await fleet.start_service(SIMULATOR)
        await fleet.start_service("executor", DARKSTAR_CLOCK=ahead)
        bus = MqttBus(
            Broker(port=port), site="home", client_id="darkstar-home-breaker", now=clock.now,
            speed=clock.speed, sender=Service.PLANNER,
        )  # fmt: skip
        async with bus:
            await bus.connected()
            broken = Broken(directory, port, fleet, clock, bus)
            looking = asyncio.create_task(broken.look(), name="breaker")
            try:
                await broken.until(
                    "all roles bound",
                    lambda: broken.state is not None and broken.state.soc_percent.value is not None,
                    seconds=30,
                )
                yield broken
            finally:
                looking.cancel()
    finally:
        await fleet.stop_all()


def _write_slots(path: Path) -> None:
    """Two days without sun: half a kilowatt of load."""
    first = NOON - timedelta(days=1)
    rows = [f"{(first + number * SLOT).isoformat()},0.125,0.0,1.0" for number in range(3 * 96)]
    path.write_text("\n".join(["start_utc,load_kwh,pv_kwh,spot_per_kwh", *rows]) + "\n")
