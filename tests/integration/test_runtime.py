"""A whole process under `run`: status, signals, crashes, settings."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from support.broker import Mosquitto
from support.buses import heard, heard_raw, mqtt_bus

from darkstar_common.contract import (
    NOTIFY,
    OVERRIDE_SET,
    STATUS,
    Notification,
    RequestResult,
    Service,
)

pytestmark = pytest.mark.timeout(30)

SCRIPT = Path(__file__).parent.parent / "support" / "echo_service.py"
STATUS_ROW = STATUS[Service.EXECUTOR]


class Started:
    """A process, and what it logged."""

    def __init__(self, process: Process) -> None:
        self.process = process

    async def end(self, *, by: signal.Signals | None = None) -> list[dict[str, Any]]:
        if by is not None:
            self.process.send_signal(by)
        _, errors = await self.process.communicate()
        return [json.loads(line) for line in errors.splitlines() if line.startswith(b"{")]

    @property
    def code(self) -> int | None:
        return self.process.returncode


@asynccontextmanager
async def started(
    directory: Path, port: int, name: str = "executor", **environment: str
) -> AsyncIterator[Started]:
    (directory / "config.yaml").write_text("site: home\n")
    process = await asyncio.create_subprocess_exec(
        sys.executable, SCRIPT, name,
        cwd=directory, stdout=PIPE, stderr=PIPE,
        env={"DARKSTAR_MQTT_HOST": "127.0.0.1", "DARKSTAR_MQTT_PORT": str(port), **environment},
    )  # fmt: skip
    try:
        yield Started(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


@pytest.fixture
def broker(own_broker: Mosquitto) -> Mosquitto:
    own_broker.start()
    return own_broker


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def texts(inbox: Any, count: int) -> list[str]:
    got: list[str] = []
    while len(got) < count:
        message = (await heard(inbox)).message
        got += [message.text] if isinstance(message, Notification) else []
    return got


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_in_order(
    broker: Mosquitto, tmp_path: Path, number: signal.Signals
) -> None:
    async with (
        mqtt_bus(broker) as bus,
        bus.inbox(STATUS_ROW) as statuses,
        bus.inbox(NOTIFY) as notes,
        started(tmp_path, broker.port) as service,
    ):
        assert (await heard(statuses)).message.online
        await bus.publish_raw(OVERRIDE_SET.topic("home"), "force_charge", qos=1)
        assert await texts(notes, 1) == ["force_charge"]
        logs = await service.end(by=number)
        assert service.code == 0
        assert await texts(notes, 1) == ["last words in executor"]
        assert not (await heard(statuses)).message.online
    events = [log["event"] for log in logs]
    assert sorted(events[1:-1]) == ["broker_connected", "request_received"]
    assert (events[0], events[-1]) == ("service_started", "service_stopped")
    assert {log["service"] for log in logs} == {"executor"}
    assert ["caused_by" in log for log in logs].count(True) == 1
    assert (tmp_path / "state" / "executor").is_dir()


async def test_a_killed_service_is_announced_and_finds_its_requests_when_it_is_back(
    broker: Mosquitto, tmp_path: Path
) -> None:
    async with (
        mqtt_bus(broker) as bus,
        bus.inbox(STATUS_ROW) as statuses,
        bus.inbox(NOTIFY) as notes,
    ):
        async with started(tmp_path, broker.port) as service:
            assert (await heard(statuses)).message.online
            await bus.publish_raw(OVERRIDE_SET.topic("home"), "force_charge", qos=1)
            assert await texts(notes, 1) == ["force_charge"]
            await service.end(by=signal.SIGKILL)
        assert not (await heard(statuses)).message.online
        await bus.publish_raw(OVERRIDE_SET.topic("home"), "self_consume", qos=1)
        await bus.flushed()
        async with started(tmp_path, broker.port) as service:
            assert await texts(notes, 1) == ["self_consume"]
            assert (await heard(statuses)).message.online


async def test_a_crash_is_logged_with_its_traceback_and_told(
    broker: Mosquitto, tmp_path: Path
) -> None:
    async with (
        mqtt_bus(broker) as bus,
        bus.inbox(STATUS_ROW) as statuses,
        bus.inbox(NOTIFY) as notes,
        started(tmp_path, broker.port) as service,
    ):
        assert (await heard(statuses)).message.online
        await bus.publish_raw(OVERRIDE_SET.topic("home"), "hold", qos=1)
        assert await texts(notes, 1) == ["last words in executor"]
        logs = await service.end()
        assert not (await heard(statuses)).message.online
    assert service.code == 1
    crash = next(log for log in logs if log["event"] == "service_crashed")
    assert "told to crash" in crash["exception"]
    assert "echo_service.py" in crash["exception"]


async def test_a_service_may_end_by_itself(broker: Mosquitto, tmp_path: Path) -> None:
    async with (
        mqtt_bus(broker) as bus,
        bus.inbox(STATUS_ROW) as statuses,
        bus.inbox(NOTIFY) as notes,
        started(tmp_path, broker.port) as service,
    ):
        assert (await heard(statuses)).message.online
        await bus.publish_raw(OVERRIDE_SET.topic("home"), "force_heat", qos=1)
        while (await texts(notes, 1))[0] != "last words in executor":
            pass
        await service.end()
    assert service.code == 0


async def test_a_process_outside_the_contract_has_its_own_presence(
    broker: Mosquitto, tmp_path: Path
) -> None:
    async with mqtt_bus(broker) as bus, bus.inbox(STATUS_ROW, filters=["home/#"]) as inbox:
        await bus.connected()
        async with started(tmp_path, broker.port, "simulator") as process:
            assert (await heard_raw(inbox)).payload == b"online"
            await process.end(by=signal.SIGKILL)
            assert (await heard_raw(inbox)).payload == b"offline"
        async with started(tmp_path, broker.port, "simulator") as process:
            assert (await heard_raw(inbox)).payload == b"online"
            await process.end(by=signal.SIGTERM)
            assert (await heard_raw(inbox)).payload == b"offline"
    assert process.code == 0


async def test_metrics_are_served(broker: Mosquitto, tmp_path: Path) -> None:
    port = free_port()
    async with (
        mqtt_bus(broker) as bus,
        bus.inbox(STATUS_ROW) as statuses,
        bus.inbox(filters=[OVERRIDE_SET.topic("home") + "/result"]) as results,
        started(tmp_path, broker.port, DARKSTAR_METRICS_PORT=str(port)) as service,
    ):
        assert (await heard(statuses)).message.online
        await bus.publish_raw(OVERRIDE_SET.topic("home"), "banana", qos=1)
        answer = RequestResult.model_validate_json((await heard_raw(results)).payload)
        text = await asyncio.to_thread(_read, f"http://127.0.0.1:{port}/metrics")
        await service.end(by=signal.SIGTERM)
    assert answer.sender is Service.EXECUTOR
    assert 'darkstar_messages_rejected_total{topic="override/set"} 1.0' in text
    assert 'darkstar_service{name="executor"' in text
    assert service.code == 0


def _read(address: str) -> str:
    with urlopen(address) as response:  # noqa: S310 (our own)
        return str(response.read().decode())


async def test_a_taken_metrics_port_is_an_issue_and_no_end(
    broker: Mosquitto, tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        async with (
            mqtt_bus(broker) as bus,
            bus.inbox(STATUS_ROW) as statuses,
            started(tmp_path, broker.port, DARKSTAR_METRICS_PORT=port),
        ):
            while not (issues := (await heard(statuses)).message.issues):
                pass
    assert issues[0].key == "metrics_port"
    assert port in issues[0].message


async def test_without_a_broker_it_says_where_it_looks_and_goes_on(tmp_path: Path) -> None:
    port = free_port()
    async with started(tmp_path, port) as service:
        assert service.process.stderr is not None
        line = b""
        while b"broker_unreachable" not in line:
            line = await service.process.stderr.readline()
        logs = await service.end(by=signal.SIGTERM)
    assert json.loads(line)["broker"] == f"127.0.0.1:{port}"
    assert service.code == 0
    assert [log["event"] for log in logs] == ["messages_left_unsent", "service_stopped"]


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({"DARKSTAR_MQTT_PORT": "abc"}, "DARKSTAR_MQTT_PORT is 'abc'"),
        ({"DARKSTAR_CONFIG": "nowhere.yaml"}, "nowhere.yaml: cannot be read"),
        ({"DARKSTAR_CLOCK": "noon"}, "DARKSTAR_CLOCK is 'noon'"),
        ({"DARKSTAR_STATE_DIR": "/proc/nowhere"}, "/proc/nowhere/executor cannot be made"),
    ],
)
async def test_what_cannot_be_used_is_one_line_and_code_2(
    tmp_path: Path, environment: dict[str, str], line: str
) -> None:
    async with started(tmp_path, 1, **environment) as service:
        _, errors = await service.process.communicate()
    assert service.code == 2
    said = errors.decode().splitlines()
    assert len(said) == 1
    assert said[0].startswith("darkstar-executor: ")
    assert line in said[0]


async def test_a_simulated_day_shows_its_time_in_the_log(broker: Mosquitto, tmp_path: Path) -> None:
    clock = "2025-06-01T00:00:00+00:00@1750000000*1.5"
    async with (
        mqtt_bus(broker) as bus,
        bus.inbox(STATUS_ROW) as statuses,
        started(tmp_path, broker.port, DARKSTAR_CLOCK=clock) as service,
    ):
        status = (await heard(statuses)).message
        logs = await service.end(by=signal.SIGTERM)
    assert logs[0]["house_time"][:19] == status.started_at.isoformat()[:19]
