"""A real Home Assistant for tests: started by a command that the environment names, and stopped.

DARKSTAR_TEST_HOME_ASSISTANT is the command: it is given MQTT_HOST, MQTT_PORT, MQTT_USER, MQTT_PASS,
HA_PORT and HA_DIR, a directory to make and fill; it prints HA_URL=… and HA_TOKEN=…, leaves the
process id in HA_DIR/ha.pid, and ends while Home Assistant goes on.
"""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from darkstar_common.launcher.broker import broker_command, free_port
from darkstar_common.runtime import Stopwatch

START = os.environ.get("DARKSTAR_TEST_HOME_ASSISTANT", "")
needs_home_assistant = pytest.mark.skipif(
    not START, reason="DARKSTAR_TEST_HOME_ASSISTANT names no command that starts Home Assistant"
)
SOON = 10.0
"""What happens by itself happens sooner [s]."""


@dataclass
class HomeAssistant:
    """A running one, as a person or a program meets it."""

    url: str
    token: str
    client: httpx.AsyncClient

    async def states(self) -> dict[str, dict[str, Any]]:
        answer = await self.client.get("/api/states")
        return {one["entity_id"]: one for one in answer.raise_for_status().json()}

    async def call(self, domain: str, service: str, entity: str, **data: Any) -> None:
        body = {"entity_id": entity, **data}
        answer = await self.client.post(f"/api/services/{domain}/{service}", json=body)
        answer.raise_for_status()

    async def shows(self, entity: str, *expected: str, within: float = SOON) -> float:
        """Wait until `entity` shows one of these; how long it took [s]."""
        watch, seen = Stopwatch(), None
        while watch.elapsed.total_seconds() < within:
            seen = (await self.client.get(f"/api/states/{entity}")).json().get("state")
            if seen in expected:
                return watch.elapsed.total_seconds()
            await asyncio.sleep(0.1)
        raise AssertionError(f"{entity} shows {seen}, not {' or '.join(expected)}")

    async def shows_a_number(self, entity: str) -> None:
        """Wait until `entity` shows one."""
        async with asyncio.timeout(SOON):
            while True:
                state = (await self.client.get(f"/api/states/{entity}")).json().get("state")
                with suppress(TypeError, ValueError):
                    float(state)
                    return
                await asyncio.sleep(0.1)

    async def asked(self, what: str, **words: Any) -> list[dict[str, Any]]:
        """The answer to a command of its WebSocket API."""
        async with connect(self.url.replace("http", "ws") + "/api/websocket") as socket:
            await socket.recv()
            await socket.send(json.dumps({"type": "auth", "access_token": self.token}))
            await socket.recv()
            await socket.send(json.dumps({"id": 1, "type": what, **words}))
            found: list[dict[str, Any]] = json.loads(await socket.recv())["result"]
            return found


def said(text: str) -> None:
    """Show a figure, whatever pytest captures otherwise."""
    print(f"\n    {text}", end="", flush=True)  # noqa: T201 (the figures are the point)


def started(directory: Path, mqtt_port: int, home_port: int) -> dict[str, str]:
    """Home Assistant's address and token, once it is there."""
    told = {
        "MQTT_HOST": "127.0.0.1",
        "MQTT_PORT": str(mqtt_port),
        "MQTT_USER": "homeassistant",
        "MQTT_PASS": "of-homeassistant",
        "HA_PORT": str(home_port),
        "HA_DIR": str(directory),
    }
    watch = Stopwatch()
    log = directory.with_suffix(".out")
    with log.open("w") as out:  # no pipe: Home Assistant itself would keep it open
        done = subprocess.run(
            shlex.split(START), env={**os.environ, **told}, stdout=out, stderr=out, check=False
        )
    text = log.read_text()
    assert done.returncode == 0, text
    said(f"Home Assistant is up after {watch.elapsed.total_seconds():.1f} s")
    lines = (line.partition("=") for line in text.splitlines())
    return {name: value for name, _, value in lines if name in ("HA_URL", "HA_TOKEN")}


def ended(directory: Path) -> None:
    """Stop the Home Assistant that was started here, and leave nothing of it behind."""
    with suppress(FileNotFoundError, ProcessLookupError, ValueError):
        os.kill(int((directory / "ha.pid").read_text()), signal.SIGKILL)
    if directory.exists():
        for one in directory.iterdir():
            shutil.rmtree(one) if one.is_dir() else one.unlink()


def restarted(directory: Path, mqtt_port: int, home_port: int) -> dict[str, str]:
    """End it as its people do, so that it writes down what it knows, and start it again."""
    pid = int((directory / "ha.pid").read_text())
    os.kill(pid, signal.SIGTERM)
    while Path(f"/proc/{pid}").exists():
        time.sleep(0.1)
    return started(directory, mqtt_port, home_port)


def shown_before(
    home: tuple[str, str],
    directory: Path,
    entity: str,
    unit: str,
    states: Sequence[tuple[datetime, str]],
) -> None:
    """Let it remember what `entity` showed; it takes no past by itself, so its file is written.

    Args:
        home: Its address and token.
        directory: Its own.
        entity: It shows the last of the states from now on.
        unit: Of the states.
        states: By time.
    """
    url, headers = home[0], {"authorization": f"Bearer {home[1]}"}
    body = {"state": states[-1][1], "attributes": {"unit_of_measurement": unit}}
    httpx.post(f"{url}/api/states/{entity}", json=body, headers=headers).raise_for_status()
    watch = Stopwatch()
    with closing(sqlite3.connect(directory / "home-assistant_v2.db", timeout=30)) as file:
        ids = "SELECT metadata_id FROM states_meta WHERE entity_id = ?"
        while (row := file.execute(ids, [entity]).fetchone()) is None:  # it writes once a second
            assert watch.elapsed.total_seconds() < SOON
        file.executemany(
            "INSERT INTO states (metadata_id, state, last_updated_ts) VALUES (?, ?, ?)",
            [(row[0], text, at.timestamp()) for at, text in states],
        )
        file.commit()
    # it believes that it knows nothing older than its start, until it looks
    purge = f"{url}/api/services/recorder/purge"
    httpx.post(purge, json={"keep_days": 1000}, headers=headers).raise_for_status()


@contextmanager
def alone(directory: Path) -> Iterator[tuple[str, str]]:
    """One with a broker of its own, which it does not come up without: its address and token."""
    port = free_port()
    broker = subprocess.Popen(broker_command(directory / "broker", port))
    try:
        home = started(directory / "home-assistant", port, free_port())
        yield home["HA_URL"], home["HA_TOKEN"]
    finally:
        ended(directory / "home-assistant")
        broker.terminate()
        broker.wait()
