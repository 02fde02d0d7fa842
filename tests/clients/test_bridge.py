"""The bridge to a real Home Assistant: what only it has is read and set by the executor.

Helpers of Home Assistant stand for a battery and a heater that are not on MQTT. The simulator, the
executor and the gateway run as processes with the access list as shipped; Home Assistant is ended
in between, and started again.
"""

from __future__ import annotations

import asyncio
import os
import runpy
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
import pytest_asyncio
from support.real_home_assistant import (
    SOON,
    HomeAssistant,
    ended,
    needs_home_assistant,
    restarted,
    said,
    started,
)

from darkstar_common.bus.mqtt import Broker, MqttBus
from darkstar_common.config import Config
from darkstar_common.contract import (
    HOUSE_DEVICES,
    HOUSE_STATE,
    STATUS,
    Channel,
    Devices,
    Message,
    Service,
    ServiceStatus,
    prefix,
)
from darkstar_common.launcher.broker import broker_command, free_port, mosquitto
from darkstar_common.launcher.fleet import BROKER, SERVICES, SIMULATOR, Fleet
from darkstar_common.launcher.trial import Trial, generate_house, trial_config, write_config
from darkstar_common.runtime import Stopwatch, SystemClock

ROOT = Path(__file__).resolve().parents[2]
PREPARE: dict[str, Any] = runpy.run_path(str(ROOT / "deploy/prepare.py"))
SOC, TANK = "input_number.pack_soc", "input_number.tank"
COLD = 50
"""What the tank is set to when Home Assistant starts [°C]."""
HELPERS = f"""
input_number:
  pack_soc: {{min: 0, max: 100, initial: 57, unit_of_measurement: "%"}}
  tank: {{min: 30, max: 85, step: 1, initial: {COLD}, unit_of_measurement: "°C"}}
input_select:
  nothing_to_us: {{options: [A, B]}}
"""
LATER = 60.0
"""A gateway that was away is back within so long [s]."""
M = TypeVar("M", bound=Message)

pytestmark = [
    needs_home_assistant,
    pytest.mark.timeout(400),
    pytest.mark.asyncio(loop_scope="module"),
]


@dataclass
class Scene:
    """A house with a battery and a heater that only Home Assistant knows."""

    directory: Path
    ports: tuple[int, int]
    bus: MqttBus
    client: httpx.AsyncClient
    gateway: str
    assistant: HomeAssistant

    async def until(
        self, channel: Channel[M], holds: Callable[[M], bool], *, within: float = SOON
    ) -> float:
        """Wait for a message that is so; how long it took [s]."""
        watch, seen = Stopwatch(), None
        try:
            async with asyncio.timeout(within), self.bus.inbox(channel) as inbox:
                async for delivery in inbox:
                    seen = getattr(delivery, "message", None)
                    if isinstance(seen, channel.message) and holds(seen):
                        return watch.elapsed.total_seconds()
        except TimeoutError:
            raise AssertionError(f"{channel.path} said at last {seen}") from None
        raise AssertionError("the inbox ended")

    async def soc_is(self, percent: float | None, *, within: float = SOON) -> float:
        return await self.until(
            HOUSE_STATE, lambda one: one.soc_percent.value == percent, within=within
        )

    async def end_home_assistant(self) -> None:
        """As a power cut does."""
        await asyncio.to_thread(_killed, self.directory / "home-assistant")

    async def heated(self, above: float, *, within: float = SOON) -> float:
        """Wait until the tank is set to more than that; to how much [°C]."""
        watch = Stopwatch()
        while watch.elapsed.total_seconds() < within:
            shown = float((await self.assistant.states())[TANK]["state"])
            if shown > above:
                return shown
            await asyncio.sleep(0.1)
        raise AssertionError(f"the tank is set to {shown:g} °C")

    async def start_home_assistant(self) -> dict[str, str]:
        directory = self.directory / "home-assistant"
        return await asyncio.to_thread(started, directory, *self.ports)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    if mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    directory = tmp_path_factory.mktemp("bridge")
    ports = (free_port(), free_port())
    fleet, config = _laid_out(directory, *ports)
    users = ("simulator", "homeassistant", "people", *SERVICES)
    passwords = directory / "passwords"
    passwords.write_text(PREPARE["password_file"]({user: f"of-{user}" for user in users}, ""))
    passwords.chmod(0o600)
    acl = ROOT / "deploy/mosquitto/acl"
    command = broker_command(directory / "broker", ports[0], passwords=passwords, acl=acl)
    try:
        await fleet.start(BROKER, command)
        async with _home(directory, ports) as home, _bus(ports[0]) as bus:
            await fleet.start_service(SIMULATOR, **_login("simulator"))
            await fleet.start_service("executor", **_login("executor"))
            token = {"DARKSTAR_HOME_ASSISTANT_TOKEN": home["HA_TOKEN"]}
            await fleet.start_service("gateway", **_login("gateway"), **token)
            headers = {"authorization": f"Bearer {home['HA_TOKEN']}"}
            async with httpx.AsyncClient(
                base_url=home["HA_URL"], headers=headers, timeout=20
            ) as client:
                assistant = HomeAssistant(home["HA_URL"], home["HA_TOKEN"], client)
                address = f"http://127.0.0.1:{config.gateway.port}/api"
                yield Scene(directory, ports, bus, client, address, assistant)
    finally:
        await fleet.stop_all()
        ended(directory / "home-assistant")


def _killed(place: Path) -> None:
    """End the Home Assistant in `place` at once, and wait until it is gone."""
    pid = int((place / "ha.pid").read_text())
    os.kill(pid, signal.SIGKILL)
    while Path(f"/proc/{pid}").exists():
        time.sleep(0.1)


@asynccontextmanager
async def _home(directory: Path, ports: tuple[int, int]) -> AsyncIterator[dict[str, str]]:
    """Home Assistant with the helpers: it reads its configuration at its second start."""
    place = directory / "home-assistant"
    await asyncio.to_thread(started, place, *ports)
    with (place / "configuration.yaml").open("a", encoding="utf-8") as file:
        file.write(HELPERS)
    yield await asyncio.to_thread(restarted, place, *ports)


@asynccontextmanager
async def _bus(port: int) -> AsyncIterator[MqttBus]:
    broker = Broker(port=port, username="people", password="of-people")  # noqa: S106
    async with MqttBus(
        broker, site="home", client_id="darkstar-home-visitor", now=SystemClock().now
    ) as bus:
        yield bus


def _laid_out(directory: Path, mqtt_port: int, home_port: int) -> tuple[Fleet, Config]:
    now = SystemClock().now()
    trial = Trial(directory=directory, house=directory / "house.csv", start=now, speed=1.0)
    generate_house(trial.house, now)
    plain = trial_config(trial, gateway_port=free_port()).model_dump()
    plain["home_assistant"] = {
        "url": f"http://127.0.0.1:{home_port}",
        "bridge": [SOC, TANK, "input_number.never_made"],
    }
    plain["executor"]["roles"] |= {"battery_soc": SOC, "water_setpoint": TANK}
    config = Config.model_validate(plain)
    write_config(config, directory / "config.yaml")
    environment = {
        "DARKSTAR_CONFIG": str(directory / "config.yaml"),
        "DARKSTAR_MQTT_HOST": "127.0.0.1",
        "DARKSTAR_MQTT_PORT": str(mqtt_port),
        "DARKSTAR_STATE_DIR": str(directory / "state"),
        "DARKSTAR_HOUSE_CSV": str(trial.house),
    }
    return Fleet(directory, environment), config


def _login(user: str) -> dict[str, str]:
    return {"DARKSTAR_MQTT_USERNAME": user, "DARKSTAR_MQTT_PASSWORD": f"of-{user}"}


async def _timed(what: str, wait: Awaitable[float]) -> None:
    said(f"{what} after {await wait:.1f} s")


async def test_what_only_home_assistant_has_is_read(scene: Scene) -> None:
    await scene.soc_is(57, within=LATER)
    await scene.assistant.call("input_number", "set_value", SOC, value=61)
    await _timed("61 % in house/state", scene.soc_is(61))

    def bound(devices: Devices) -> bool:
        rows = {one.role: one for one in devices.roles}
        return (rows["battery_soc"].entity, rows["battery_soc"].status) == (SOC, "bound")

    await scene.until(HOUSE_DEVICES, bound)


async def test_what_only_home_assistant_has_is_set(scene: Scene) -> None:
    before = float((await scene.assistant.states())[TANK]["state"])
    topic = f"{prefix('home')}override/set"
    await scene.bus.publish_raw(topic, '{"action": "force_heat", "minutes": 30}', qos=1)
    said(f"the tank is set to {await scene.heated(before):g} instead of {before:g} °C")


async def test_home_assistant_shows_nothing_of_the_bridge_a_second_time(scene: Scene) -> None:
    states = await scene.assistant.states()
    assert not [one for one in states if "pack_soc" in one and one != SOC]
    assert not [one for one in states if one.endswith((".tank", "_tank")) and one != TANK]


async def test_the_page_can_try_it_and_pick_from_what_it_has(scene: Scene) -> None:
    async with httpx.AsyncClient(timeout=20, headers={"x-darkstar": "1"}) as client:
        answer = await client.post(f"{scene.gateway}/connections/home_assistant", json={})
        assert answer.json()["ok"], answer.text
        said(answer.json()["message"])
        offered = (await client.get(f"{scene.gateway}/entities/home_assistant")).json()
    rows = {one["entity"]: one for one in offered["entities"]}
    assert rows[SOC]["bridged"]
    assert (rows[TANK]["component"], rows[TANK]["unit"]) == ("number", "°C")
    assert not rows["input_select.nothing_to_us"]["bridged"]
    assert not [one for one in rows if one.startswith("sensor.inverter")], "these are on MQTT"


async def test_without_home_assistant_it_is_unknown_and_back_when_that_is_back(
    scene: Scene,
) -> None:
    await scene.end_home_assistant()
    await _timed("unknown", scene.soc_is(None))

    def troubled(status: ServiceStatus) -> bool:
        return any(one.key == "bridge" for one in status.issues)

    await scene.until(STATUS[Service.GATEWAY], troubled)
    await scene.start_home_assistant()
    await _timed("57 % again", scene.soc_is(57, within=LATER))
    await scene.until(STATUS[Service.GATEWAY], lambda one: not troubled(one))
    await scene.assistant.call("input_number", "set_value", SOC, value=33)
    await scene.soc_is(33)
    await scene.heated(COLD, within=2 * LATER)  # what it forgot is commanded again


async def test_what_home_assistant_lacks_is_said(scene: Scene) -> None:
    def missing(status: ServiceStatus) -> bool:
        return any("input_number.never_made" in one.message for one in status.issues)

    await scene.until(STATUS[Service.GATEWAY], missing, within=2 * LATER)


async def test_its_log_knows_of_no_trouble(scene: Scene) -> None:
    log = (scene.directory / "home-assistant" / "home-assistant.log").read_text()
    assert "websocket_api" not in log, log
