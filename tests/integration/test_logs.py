"""What a process logs, over a real broker: the last words of a crash as well, and no secret."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from support.broker import Mosquitto
from support.buses import heard, mqtt_bus

from darkstar_common.bus import Inbox
from darkstar_common.contract import LOG, OVERRIDE_SET, STATUS, LogLine, Service

pytestmark = pytest.mark.timeout(30)

SCRIPT = Path(__file__).parent.parent / "support" / "echo_service.py"
PLANTED = "Planted-1"


@asynccontextmanager
async def started(directory: Path, port: int, name: str) -> AsyncIterator[None]:
    """A process whose password nobody is to see, and which is left to its end."""
    (directory / "config.yaml").write_text("site: home\n")
    process = await asyncio.create_subprocess_exec(
        sys.executable, SCRIPT, name, cwd=directory, stdout=DEVNULL, stderr=DEVNULL,
        env={
            **os.environ, "DARKSTAR_MQTT_HOST": "127.0.0.1", "DARKSTAR_MQTT_PORT": str(port),
            "DARKSTAR_GATEWAY_PASSWORD": PLANTED,
        },
    )  # fmt: skip
    try:
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def lines_until(inbox: Inbox, event: str) -> list[LogLine]:
    """All that is logged up to an event of that name."""
    found: list[LogLine] = []
    while not any(one.event == event for one in found):
        found += (await heard(inbox)).message.lines
    return found


@pytest.fixture
def broker(own_broker: Mosquitto) -> Mosquitto:
    own_broker.start()
    return own_broker


async def test_a_crash_is_told_to_its_last_word_and_no_secret_is(
    broker: Mosquitto, tmp_path: Path
) -> None:
    async with (
        mqtt_bus(broker) as bus,
        bus.inbox(LOG[Service.EXECUTOR]) as logs,
        bus.inbox(STATUS[Service.EXECUTOR]) as statuses,
        started(tmp_path, broker.port, "executor"),
    ):
        await heard(statuses)
        word = f'{{"action": "hold", "{PLANTED}": "{PLANTED}"}}'
        await bus.publish_raw(OVERRIDE_SET.topic("home"), word, qos=1)
        lines = await lines_until(logs, "service_crashed")
    events = [one.event for one in lines]
    assert events[0] == "service_started"
    assert "request_received" in events
    crash = next(one for one in lines if one.event == "service_crashed")
    assert crash.level == "error"
    assert "told to crash" in crash.details["exception"]
    asked = next(one for one in lines if one.event == "request_received")
    assert asked.caused_by
    assert asked.details == {"word": "hold"}
    assert PLANTED not in "".join(one.model_dump_json() for one in lines)
