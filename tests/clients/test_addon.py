"""The add-on's process, as the Supervisor starts it: all five services on a real mosquitto.

A Supervisor of ours answers on this machine. The address that it comes from to the page is this
machine's, too, so that is what the test's configuration says of it.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest
import pytest_asyncio
from support.client_house import client_house, visiting
from support.fake_web import Asked, FakeWeb, Given, fake_web

from darkstar_common.bus import Delivery
from darkstar_common.bus.mqtt import MqttBus
from darkstar_common.contract import STATUS
from darkstar_common.launcher.broker import free_port, mosquitto
from darkstar_common.launcher.fleet import SERVICES
from darkstar_common.runtime import Stopwatch

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "config.example.yaml"
TOKEN = "of-the-supervisor"  # noqa: S105 (made up)
LATER = 60.0
"""A busy machine may take so long [s]."""
INGRESS = "/api/hassio_ingress/abcdef"

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(mosquitto() is None, reason="mosquitto is not installed"),
    pytest.mark.timeout(200),
    pytest.mark.asyncio(loop_scope="module"),
]


@dataclass
class AddOn:
    """One that runs, with what the Supervisor keeps for it."""

    directory: Path
    process: asyncio.subprocess.Process
    page_port: int
    mqtt_port: int
    bus: MqttBus
    supervisor: FakeWeb

    async def online(self, *services: str, within: float = LATER) -> float:
        """Wait until each of `services` has said that it is there; how long that took [s]."""
        watch, missing = Stopwatch(), set(services)
        async with asyncio.timeout(within), self.bus.inbox(*STATUS.values()) as inbox:
            async for delivery in inbox:
                if isinstance(delivery, Delivery):
                    there = delivery.message.online
                    name = str(delivery.message.sender)
                    missing = missing - {name} if there else missing
                if not missing:
                    return watch.elapsed.total_seconds()
        raise AssertionError(f"{missing} are not online")

    def child(self, service: str) -> psutil.Process:
        """The process of `service`."""
        (found,) = [
            one
            for one in psutil.Process(self.process.pid).children()
            if any(f"darkstar-{service}" in word for word in one.cmdline())
        ]
        return found

    def said(self) -> str:
        return (self.directory / "log").read_text(encoding="utf-8", errors="replace")


def _supervisor(mqtt_port: int) -> dict[str, Given]:
    mqtt = {
        "host": "127.0.0.1", "port": mqtt_port, "ssl": False, "protocol": "3.1.1",
        "username": "addons", "password": "of-addons",
    }  # fmt: skip
    return {
        "/services/mqtt": Given(body={"result": "ok", "data": mqtt}),
        "/info": Given(body={"result": "ok", "data": {"timezone": "Europe/Helsinki"}}),
    }


async def _started(directory: Path, url: str, page_port: int) -> asyncio.subprocess.Process:
    for name in ("data", "config"):
        (directory / name).mkdir(exist_ok=True)
    (directory / "data/options.json").write_text(json.dumps({"log_level": "info"}))
    text = EXAMPLE.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^( +ingress_address:) .*$", r"\1 127.0.0.1", text)
    (directory / "example.yaml").write_text(text, encoding="utf-8")
    words = (
        *("-m", "darkstar_common.launcher.addon", "--example", str(directory / "example.yaml")),
        *("--data", str(directory / "data"), "--config", str(directory / "config")),
        *("--page-host", "127.0.0.1", "--page-port", str(page_port)),
    )
    told = {"SUPERVISOR_URL": url, "SUPERVISOR_TOKEN": TOKEN}
    with (directory / "log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable, *words, env={**os.environ, **told}, stdout=log, stderr=log
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def addon(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AddOn]:
    directory, page_port = tmp_path_factory.mktemp("addon"), free_port()
    async with client_house(directory / "house", (), others=("addons",)) as house:
        answers = _supervisor(house.mqtt_port)
        with fake_web(lambda asked: answers.get(asked.path, Given(status=404))) as web:
            process = await _started(directory, web.url, page_port)
            try:
                yield AddOn(directory, process, page_port, house.mqtt_port, house.bus, web)
            finally:
                if process.returncode is None:
                    process.kill()
                await process.wait()


async def test_all_five_services_are_online(addon: AddOn) -> None:
    seconds = await addon.online(*SERVICES)
    print(f"\n    all online after {seconds:.1f} s", end="", flush=True)  # noqa: T201
    asked = {one.path: one.headers["authorization"] for one in addon.supervisor.asked}
    assert set(asked.values()) == {f"Bearer {TOKEN}"}
    assert "/services/mqtt" in asked
    config = (addon.directory / "config/config.yaml").read_text(encoding="utf-8")
    assert "timezone: Europe/Helsinki" in config
    assert "url: http://supervisor/core" in config


async def test_a_service_is_told_its_own_and_no_more(addon: AddOn) -> None:
    told = {name: addon.child(name).environ() for name in SERVICES}
    for environment in told.values():
        assert environment["DARKSTAR_MQTT_USERNAME"] == "addons"
        assert "SUPERVISOR_TOKEN" not in environment
    assert "DARKSTAR_HOME_ASSISTANT_TOKEN" not in told["planner"]
    assert "DARKSTAR_HOME_ASSISTANT_TOKEN" not in told["executor"]
    assert told["gateway"]["DARKSTAR_HOME_ASSISTANT_TOKEN"] == TOKEN
    assert (addon.directory / "data/page_password").stat().st_mode & 0o777 == 0o600


async def test_the_page_answers_in_home_assistants_window_and_nowhere_else(addon: AddOn) -> None:
    inside = {"X-Ingress-Path": INGRESS, "X-Remote-User-Name": "somebody"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{addon.page_port}") as client:
        page = await client.get("/", headers=inside)
        assert page.status_code == 200
        assert not re.findall(r'(?:src|href)="/', page.text), "all paths go below the prefix"
        state = await client.get("/api/entities", headers=inside)
        assert state.status_code == 200, state.text
        assert (await client.get("/api/entities")).status_code == 401


async def test_a_service_that_is_killed_comes_back(addon: AddOn) -> None:
    before = addon.child("recorder").pid
    os.kill(before, signal.SIGKILL)
    watch = Stopwatch()
    while "recorder ended by itself (by SIGKILL); it is started again in 1 s" not in addon.said():
        assert watch.elapsed.total_seconds() < LATER
        await asyncio.sleep(0.1)
    await asyncio.sleep(1.5)
    await addon.online("recorder")
    assert addon.child("recorder").pid != before


async def test_it_ends_in_order_when_the_supervisor_says_so(addon: AddOn) -> None:
    children = psutil.Process(addon.process.pid).children()
    assert len(children) == len(SERVICES)
    watch = Stopwatch()
    addon.process.terminate()
    assert await asyncio.wait_for(addon.process.wait(), LATER) == 0
    print(f"\n    ended after {watch.elapsed.total_seconds():.1f} s", end="", flush=True)  # noqa: T201
    assert not [one for one in children if one.is_running()]
    assert addon.said().rstrip().endswith("darkstar: stopped")
    offline = set[str]()
    async with (
        asyncio.timeout(LATER),
        visiting(addon.mqtt_port, "addons") as late,  # who has heard nothing of before
        late.inbox(*STATUS.values()) as inbox,
    ):
        async for delivery in inbox:
            assert isinstance(delivery, Delivery)
            assert not delivery.message.online
            offline.add(str(delivery.message.sender))
            if offline == set(SERVICES):
                break


async def test_it_starts_again_with_what_it_kept(addon: AddOn) -> None:
    path = addon.directory / "config/config.yaml"
    path.write_text(path.read_text().replace("Europe/Helsinki", "Europe/Oslo"))
    process = await _started(addon.directory, addon.supervisor.url, addon.page_port)
    try:
        await addon.online(*SERVICES)
    finally:
        process.terminate()
        await process.wait()
    assert "Europe/Oslo" in path.read_text()


async def test_without_a_broker_it_waits_and_says_what_to_do(tmp_path: Path) -> None:
    def answer(_: Asked) -> Given:
        return Given(status=400, body={"result": "error", "message": "no"})

    with fake_web(answer) as web:
        process = await _started(tmp_path, web.url, free_port())
        watch = Stopwatch()
        while "install and start the Mosquitto broker" not in (tmp_path / "log").read_text():
            assert watch.elapsed.total_seconds() < LATER
            await asyncio.sleep(0.1)
        assert process.returncode is None
        process.terminate()
        assert await process.wait() == 0


@pytest.mark.parametrize("options", ["{", '{"log_level": "loud"}'])
async def test_bad_options_end_it_with_a_sentence(options: str, tmp_path: Path) -> None:
    process = await _started(tmp_path, "http://127.0.0.1:9", free_port())
    process.kill()
    await process.wait()
    (tmp_path / "data/options.json").write_text(options)
    words = ("--example", str(EXAMPLE), "--data", str(tmp_path / "data"))
    bad = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "darkstar_common.launcher.addon", *words),
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await bad.communicate()
    assert bad.returncode == 2
    assert len(said.decode().splitlines()) == 1
    assert said.startswith(b"darkstar: ")
