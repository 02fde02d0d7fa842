"""A process whose configuration changes while it runs, on a real broker."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from support.broker import Mosquitto
from support.buses import NOON, heard, mqtt_bus

from darkstar_common.bus import Inbox
from darkstar_common.bus.mqtt import MqttBus
from darkstar_common.contract import CONFIG, NOTIFY, OVERRIDE_SET, STATUS, ConfigState, Service

pytestmark = pytest.mark.timeout(30)

SCRIPT = Path(__file__).parent.parent / "support" / "reload_service.py"


@dataclass
class Running:
    """A process, its file, and what it says."""

    process: Process
    path: Path
    bus: MqttBus
    notes: Inbox
    statuses: Inbox

    def write(self, text: str) -> str:
        self.path.write_text(text)
        return sha256(text.encode()).hexdigest()

    async def save(self, text: str) -> None:
        """Write the file, and tell as the gateway does."""
        state = ConfigState(sender=Service.GATEWAY, emitted_at=NOON, revision=self.write(text))
        await self.bus.publish(CONFIG, state)

    async def says(self) -> str:
        return str((await heard(self.notes)).message.text)

    async def issues(self, *keys: str) -> dict[str, Any]:
        """Its issues, once they are those with these keys; it must be there all the while."""
        while True:
            status = (await heard(self.statuses)).message
            assert status.online
            found = {one.key: one for one in status.issues}
            if set(found) == set(keys):
                return found

    async def end(self) -> list[dict[str, Any]]:
        self.process.terminate()
        _, errors = await self.process.communicate()
        return [json.loads(line) for line in errors.splitlines() if line.startswith(b"{")]


@asynccontextmanager
async def running(
    broker: Mosquitto, directory: Path, service: str = "planner"
) -> AsyncIterator[Running]:
    site = f"s{uuid4().hex}"
    path = directory / "config.yaml"
    path.write_text(f"site: {site}\nbattery: {{capacity_kwh: 10}}\n")
    async with (
        mqtt_bus(broker, site=site, sender=Service.GATEWAY) as bus,
        bus.inbox(NOTIFY) as notes,
        bus.inbox(STATUS[Service(service)]) as statuses,
    ):
        process = await asyncio.create_subprocess_exec(
            sys.executable, SCRIPT, service,
            cwd=directory, stdout=PIPE, stderr=PIPE,
            env={"DARKSTAR_MQTT_HOST": "127.0.0.1", "DARKSTAR_MQTT_PORT": str(broker.port)},
        )  # fmt: skip
        try:
            one = Running(process, path, bus, notes, statuses)
            assert await one.says() == "10 kWh"
            await one.issues("at_10")
            yield one
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()


def house(one: Running, capacity: str, more: str = "") -> str:
    return f"site: {one.bus.site}\nbattery: {{capacity_kwh: {capacity}}}\n{more}"


@pytest.mark.parametrize("service", ["planner", "recorder"])
async def test_a_saved_configuration_is_taken_over_by_the_same_process(
    shared_broker: Mosquitto, tmp_path: Path, service: str
) -> None:
    async with running(shared_broker, tmp_path, service) as one:
        await one.save(house(one, "12"))
        assert [await one.says(), await one.says()] == ["goes on", "12 kWh"]
        await one.issues("at_12")  # what troubled it before is forgotten
        logs = await one.end()
        assert await one.says() == "ends"
    assert one.process.returncode == 0
    events = [log["event"] for log in logs]
    assert events.count("service_started") == 1
    assert events.count("service_begins_again") == 1


async def test_sighup_has_it_read_again(shared_broker: Mosquitto, tmp_path: Path) -> None:
    async with running(shared_broker, tmp_path) as one:
        one.write(house(one, "12"))
        one.process.send_signal(signal.SIGHUP)
        assert [await one.says(), await one.says()] == ["goes on", "12 kWh"]


async def test_a_file_that_is_broken_by_hand_changes_nothing_until_it_is_mended(
    shared_broker: Mosquitto, tmp_path: Path
) -> None:
    async with running(shared_broker, tmp_path) as one:
        one.write("battery: [")
        one.process.send_signal(signal.SIGHUP)
        issue = (await one.issues("at_10", "config_refused"))["config_refused"]
        assert "is no YAML" in issue.message
        assert "goes on with the one it had before" in issue.guidance
        one.write(house(one, "12"))
        one.process.send_signal(signal.SIGHUP)
        assert [await one.says(), await one.says()] == ["goes on", "12 kWh"]
        await one.issues("at_12")


async def test_a_configuration_that_crashes_it_is_left_again(
    shared_broker: Mosquitto, tmp_path: Path
) -> None:
    async with running(shared_broker, tmp_path) as one:
        await one.save(house(one, "13"))
        assert [await one.says(), await one.says()] == ["goes on", "10 kWh"]
        issue = (await one.issues("at_10", "config_refused"))["config_refused"]
        assert "13 brings bad luck" in issue.message
        await one.save(house(one, "12"))
        assert [await one.says(), await one.says()] == ["goes on", "12 kWh"]
        await one.issues("at_12")


async def test_what_needs_a_restart_is_told_and_the_rest_is_in_force(
    shared_broker: Mosquitto, tmp_path: Path
) -> None:
    async with running(shared_broker, tmp_path) as one:
        await one.save(house(one, "12", "mqtt: {host: elsewhere}\n").replace("site: s", "site: t"))
        assert [await one.says(), await one.says()] == ["goes on", "12 kWh"]
        issue = (await one.issues("at_12", "restart_needed"))["restart_needed"]
        assert "site." in issue.message  # the broker is named by the environment here


@pytest.mark.parametrize("service", ["planner", "recorder"])
async def test_what_is_asked_meanwhile_is_answered_afterwards(
    shared_broker: Mosquitto, tmp_path: Path, service: str
) -> None:
    async with running(shared_broker, tmp_path, service) as one:
        await one.save(house(one, "11"))
        assert [await one.says(), await one.says()] == ["goes on", "11 kWh"]
        await one.save(house(one, "12"))
        assert await one.says() == "goes on"
        await one.bus.publish_raw(OVERRIDE_SET.topic(one.bus.site), "hold", qos=1)
        assert sorted([await one.says(), await one.says()]) == ["12 kWh", "asked at 12"]


async def test_a_process_that_is_told_to_end_right_after_a_change_ends(
    shared_broker: Mosquitto, tmp_path: Path
) -> None:
    async with running(shared_broker, tmp_path) as one:
        await one.save(house(one, "11"))
        await one.says()
        await one.save(house(one, "12"))
        async with asyncio.timeout(20):
            await one.end()
    assert one.process.returncode == 0
