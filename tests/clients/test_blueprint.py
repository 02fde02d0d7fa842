"""The blueprint in the real Home Assistant: a house that lost its executor goes into its safe mode.

Started as `test_home_assistant.py` says, on a broker with the access list as shipped. Simulator,
executor and gateway are processes of their own.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from support.client_house import ClientHouse, client_house, login
from support.real_home_assistant import (
    HomeAssistant,
    ended,
    needs_home_assistant,
    restarted,
    said,
    started,
)

from darkstar_common.launcher.broker import free_port, mosquitto
from darkstar_common.launcher.fleet import BROKER
from darkstar_common.runtime import Stopwatch

ROOT = Path(__file__).resolve().parents[2]
BLUEPRINT = ROOT / "deploy/home-assistant/blueprints/safe_mode.yaml"
EXECUTOR = "binary_sensor.darkstar_executor_online"
WORK_MODE = "select.inverter_work_mode"
CHARGING = "switch.inverter_battery_grid_charging"
CURRENT = "number.inverter_battery_max_charging_current"
SAFE, SELLING = "Zero Export To CT", "Export First"
PATIENCE = 3
"""In place of five minutes [s]."""
LATER = 60.0
"""A busy machine may take so long [s]."""

pytestmark = [
    needs_home_assistant,
    pytest.mark.timeout(400),
    pytest.mark.asyncio(loop_scope="module"),
]


@dataclass
class Scene:
    """A house that Home Assistant watches over."""

    house: ClientHouse
    home: HomeAssistant

    async def asked(self, option: str, mode: str, charging: str) -> None:
        """Choose an override, and wait until the inverter shows it."""
        await self.home.shows("select.darkstar_override", "plan", within=LATER)
        await self.home.call("select", "select_option", "select.darkstar_override", option=option)
        await self.home.shows(WORK_MODE, mode, within=LATER)
        await self.home.shows(CHARGING, charging, within=LATER)

    async def executor_dies(self) -> None:
        """As by a power cut, and nobody starts it again."""
        child = self.house.fleet.children["executor"]
        assert child.watch is not None
        child.watch.cancel()
        assert child.process is not None
        child.process.send_signal(signal.SIGKILL)
        await child.process.wait()

    async def executor_is_back(self) -> None:
        await self.house.fleet.start_service("executor", **login("executor"))
        await self.home.shows(EXECUTOR, "on", within=LATER)

    async def until(self, holds: Callable[[], Awaitable[bool]], what: str) -> float:
        watch = Stopwatch()
        while watch.elapsed.total_seconds() < LATER:
            if await holds():
                return watch.elapsed.total_seconds()
            await asyncio.sleep(0.2)
        raise AssertionError(what)

    async def noted(self) -> list[str]:
        notes = await self.home.asked("persistent_notification/get")
        return [one["message"] for one in notes if one["notification_id"] == "darkstar_safe_mode"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    if mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    directory = tmp_path_factory.mktemp("blueprint")
    place, port = directory / "home-assistant", free_port()
    try:
        async with client_house(directory, ("executor", "gateway")) as house:
            home = await asyncio.to_thread(_automated, place, house.mqtt_port, port)
            headers = {"authorization": f"Bearer {home['HA_TOKEN']}"}
            async with httpx.AsyncClient(
                base_url=home["HA_URL"], headers=headers, timeout=20
            ) as client:
                scene = Scene(house, HomeAssistant(home["HA_URL"], home["HA_TOKEN"], client))
                await scene.home.shows(EXECUTOR, "on", within=LATER)
                await _imported(scene.home)
                yield scene
    finally:
        ended(place)


def _automated(place: Path, mqtt_port: int, port: int) -> dict[str, str]:
    """Home Assistant with automations, as every usual installation has them."""
    started(place, mqtt_port, port)
    (place / "automations.yaml").write_text("[]\n")
    with (place / "configuration.yaml").open("a", encoding="utf-8") as file:
        file.write("automation: !include automations.yaml\n")
    return restarted(place, mqtt_port, port)


async def _imported(home: HomeAssistant) -> None:
    """Take the blueprint over and make an automation of it, as its people do on the page."""
    text = BLUEPRINT.read_text(encoding="utf-8")
    path = "darkstar/safe_mode.yaml"
    await home.asked("blueprint/save", domain="automation", path=path, yaml=text)
    told = {
        "patience": {"seconds": PATIENCE},
        "switches_off": [CHARGING],
        "work_mode": [WORK_MODE],
        "safe_work_mode": SAFE,
        "limits": [CURRENT],
        "safe_limit": 20,
    }
    body = {"alias": "Safe mode", "use_blueprint": {"path": path, "input": told}}
    answer = await home.client.post("/api/config/automation/config/safe_mode", json=body)
    assert answer.status_code == 200, answer.text
    await home.shows("automation.safe_mode", "on")


async def test_it_does_nothing_while_the_executor_is_there(scene: Scene) -> None:
    await scene.asked("force_export", SELLING, "off")
    await asyncio.sleep(PATIENCE + 1)
    await scene.home.shows(WORK_MODE, SELLING)
    assert await scene.noted() == []


async def test_an_executor_that_is_gone_leaves_an_inverter_in_its_safe_mode(scene: Scene) -> None:
    watch = Stopwatch()
    await scene.executor_dies()
    await scene.home.shows(EXECUTOR, "off")
    await scene.home.shows(WORK_MODE, SAFE, within=LATER)
    await scene.home.shows(CURRENT, "20", "20.0", within=LATER)
    said(f"safe {watch.elapsed.total_seconds():.1f} s after the kill, {PATIENCE} s of them waited")
    assert watch.elapsed.total_seconds() >= PATIENCE
    (note,) = await scene.noted()
    assert "offline" in note


async def test_an_executor_that_is_back_takes_over(scene: Scene) -> None:
    await scene.executor_is_back()
    await scene.home.shows(WORK_MODE, SELLING, within=LATER)


async def test_with_the_broker_gone_it_waits_until_it_can(scene: Scene) -> None:
    fleet = scene.house.fleet
    broker = fleet.children[BROKER]
    await scene.executor_dies()
    assert broker.watch is not None
    broker.watch.cancel()
    os.kill(broker.pid or 0, signal.SIGTERM)
    assert broker.process is not None
    await broker.process.wait()
    await scene.home.shows(EXECUTOR, "unavailable", within=LATER)

    async def running() -> bool:
        state = (await scene.home.states())["automation.safe_mode"]
        return bool(state["attributes"]["current"])

    seconds = await scene.until(running, "the automation did not start")
    assert "not heard of" in (await scene.noted())[0]
    await fleet.start(BROKER, broker.command)
    await scene.home.shows(WORK_MODE, SAFE, within=LATER)
    said(f"begun {seconds:.1f} s after the broker went, safe as soon as it was back")
