"""The real Home Assistant as a client of the same broker: it sees the house, and its people act.

The simulator and the five services run as processes of their own, each with its own broker user,
on a mosquitto with the access list as shipped.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio
from support.client_house import ClientHouse, client_house, login
from support.real_home_assistant import (
    SOON,
    HomeAssistant,
    ended,
    needs_home_assistant,
    said,
    started,
)

from darkstar_common.bus import RawDelivery
from darkstar_common.contract import CONTROL_STATE, ControlState
from darkstar_common.launcher.broker import free_port, mosquitto
from darkstar_common.launcher.fleet import SERVICES
from darkstar_common.launcher.trial import (
    write_config,
)
from darkstar_common.runtime import Stopwatch
from darkstar_gateway.core.controls import controls
from darkstar_gateway.core.sensors import sensors

GRID_CHARGING = "inverter/+/battery_grid_charging/set"
A_PLAN = 90.0
"""A plan for several futures may take that long on a slow machine that does something else [s]."""

pytestmark = [
    needs_home_assistant,
    pytest.mark.timeout(400),
    pytest.mark.asyncio(loop_scope="module"),
]


@dataclass
class Scene(ClientHouse):
    """The house, its broker, and a Home Assistant in it."""

    home: HomeAssistant

    async def choose(self, option: str) -> None:
        """Choose an override in Home Assistant."""
        entity = "select.darkstar_override"
        await self.home.call("select", "select_option", entity, option=option)

    async def override(self, option: str) -> None:
        """Choose an override in Home Assistant, and wait until the executor goes by it."""
        await self.choose(option)
        await self.control(lambda one: (one.override.action if one.override else "plan") == option)

    async def control(self, condition: Callable[[ControlState], bool]) -> ControlState:
        """Wait for a state of control that is so."""
        async with asyncio.timeout(SOON), self.bus.inbox(CONTROL_STATE) as inbox:
            async for delivery in inbox:
                state = getattr(delivery, "message", None)
                if isinstance(state, ControlState) and condition(state):
                    return state
        raise AssertionError("the inbox ended")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    if mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    directory, home_port = tmp_path_factory.mktemp("home"), free_port()
    home_directory = directory / "home-assistant"
    settings = {
        "home_assistant": {"url": f"http://127.0.0.1:{home_port}"},
        "gateway": {"notify_service": "persistent_notification"},
    }
    try:
        async with client_house(directory, (), settings=settings) as house:
            home = await asyncio.to_thread(started, home_directory, house.mqtt_port, home_port)
            for name in SERVICES:
                token = {"DARKSTAR_HOME_ASSISTANT_TOKEN": home["HA_TOKEN"]}
                told = token if name == "gateway" else {}
                await house.fleet.start_service(name, **login(name), **told)
            headers = {"authorization": f"Bearer {home['HA_TOKEN']}"}
            async with httpx.AsyncClient(
                base_url=home["HA_URL"], headers=headers, timeout=20
            ) as client:
                # a device that can be notified, so that the domain `notify` is in every release
                bell = {"name": "Bell", "unique_id": "bell", "command_topic": "inverter/bell/set"}
                topic = "homeassistant/notify/test/bell/config"
                await house.bus.publish_raw(topic, json.dumps(bell), retain=True)
                assistant = HomeAssistant(home["HA_URL"], home["HA_TOKEN"], client)
                yield Scene(house.fleet, house.bus, house.config, house.mqtt_port, assistant)
    finally:
        ended(home_directory)


def _broker_version() -> str:
    shown = subprocess.run([str(mosquitto()), "-h"], capture_output=True, text=True, check=False)
    return shown.stdout.splitlines()[0]


async def test_home_assistant_sees_the_house_and_darkstar(scene: Scene) -> None:
    about = (await scene.home.client.get("/api/config")).json()
    said(f"Home Assistant {about['version']}, {_broker_version()}")
    announced = [*controls(scene.config), *sensors(scene.config)]
    wanted = {f"{one.component}.darkstar_{one.key}" for one in announced}
    watch, missing = Stopwatch(), wanted
    while missing and watch.elapsed.total_seconds() < SOON:
        states = await scene.home.states()
        missing = wanted - set(states)
        await asyncio.sleep(0.1)
    assert not missing
    said(f"{len(wanted)} entities of Darkstar after {watch.elapsed.total_seconds():.1f} s")
    assert states["sensor.inverter_battery_soc"]["state"] not in ("unknown", "unavailable")
    assert states["select.inverter_work_mode"]["attributes"]["options"]
    await scene.home.shows("binary_sensor.darkstar_executor_online", "on")
    await scene.home.shows("select.darkstar_override", "plan")


async def test_the_counters_serve_the_energy_dashboard(scene: Scene) -> None:
    await scene.home.shows_a_number("sensor.darkstar_import_energy")
    found = {
        one["statistic_id"]: one for one in await scene.home.asked("recorder/list_statistic_ids")
    }
    for what in ("import", "export", "pv", "charge", "discharge"):
        counter = found[f"sensor.darkstar_{what}_energy"]
        assert (counter["has_sum"], counter["statistics_unit_of_measurement"]) == (True, "kWh")


async def test_a_select_in_home_assistant_commands_the_inverter(scene: Scene) -> None:
    await scene.override("self_consume")  # whatever the plan does at this hour
    seconds = await scene.commanded(
        GRID_CHARGING, "ON", lambda: scene.choose("force_charge"), within=SOON
    )
    shown = await scene.home.shows("sensor.darkstar_commanded", "charge_from_grid")
    said(f"force_charge: on the inverter's topic after {seconds:.3f} s, shown after {shown:.1f} s")
    assert max(seconds, shown) < SOON
    await scene.home.shows("select.darkstar_override", "force_charge")
    seconds = await scene.commanded(GRID_CHARGING, "OFF", lambda: scene.choose("stop"), within=SOON)
    said(f"stop: on the inverter's topic after {seconds:.3f} s")
    state = await scene.control(lambda one: (one.override and one.override.action) == "stop")
    assert state.command.intent != "charge_from_grid"
    await scene.override("plan")
    await scene.home.shows("select.darkstar_override", "plan")


async def test_a_button_in_home_assistant_commands_for_its_minutes(scene: Scene) -> None:
    async def press(key: str) -> None:
        await scene.home.call("button", "press", f"button.darkstar_{key}")

    await scene.override("self_consume")
    await scene.commanded(GRID_CHARGING, "ON", lambda: press("force_charge_15"), within=SOON)
    state = await scene.control(lambda one: one.command.intent == "charge_from_grid")
    assert state.override is not None
    left = (state.override.until - state.emitted_at).total_seconds()
    assert left == pytest.approx(15 * 60, abs=5)
    shown = state.override.until.replace(microsecond=0).isoformat()
    await scene.home.shows("sensor.darkstar_override_end", shown)
    await press("pause_30")
    await scene.control(lambda one: one.paused_until is not None)
    await press("resume")
    await scene.control(lambda one: one.paused_until is None)
    await scene.override("plan")


async def test_a_switch_in_home_assistant_takes_the_hands_off(scene: Scene) -> None:
    await scene.home.call("switch", "turn_off", "switch.darkstar_automation")
    state = await scene.control(lambda one: not one.automation)
    assert state.rule == "off"
    await scene.home.shows("switch.darkstar_automation", "off")
    await scene.home.call("switch", "turn_on", "switch.darkstar_automation")
    await scene.control(lambda one: one.automation)
    await scene.home.shows("switch.darkstar_automation", "on")


async def test_what_the_planner_goes_by_is_set_in_home_assistant(scene: Scene) -> None:
    await scene.home.shows("number.darkstar_risk_appetite", "3", within=A_PLAN)
    await scene.home.call("number", "set_value", "number.darkstar_risk_appetite", value=5)
    seconds = await scene.home.shows("number.darkstar_risk_appetite", "5", within=A_PLAN)
    said(f"risk appetite: in the strategy after {seconds:.1f} s")
    await scene.home.call("switch", "turn_on", "switch.darkstar_vacation")
    await scene.home.shows("switch.darkstar_vacation", "on", within=A_PLAN)
    cost = await scene.home.client.get("/api/states/sensor.darkstar_plan_cost")
    assert float(cost.json()["state"])
    price = (await scene.home.client.get("/api/states/sensor.darkstar_import_price")).json()
    assert float(price["state"])
    assert price["attributes"]["unit_of_measurement"] == "SEK/kWh"


async def begun(scene: Scene) -> list[str]:
    """What people were told of force charges that began."""
    notes = await scene.home.asked("persistent_notification/get")
    titles = [str(one["title"]).lower() for one in notes]
    return [one for one in titles if "force charge" in one and "begun" in one]


async def test_notifications_arrive_in_home_assistant(scene: Scene) -> None:
    await scene.override("self_consume")
    earlier = len(await begun(scene))  # what other tests asked for
    await scene.home.call("button", "press", "button.darkstar_force_charge_30")
    watch = Stopwatch()
    while not (told := (await begun(scene))[earlier:]):
        assert watch.elapsed.total_seconds() < SOON
        await asyncio.sleep(0.2)
    assert len(told) == 1, "people are told once"
    said(f"notified after {watch.elapsed.total_seconds():.1f} s: {told}")


async def test_an_entity_is_unavailable_while_nobody_stands_behind_it(scene: Scene) -> None:
    await scene.fleet.stop("executor")
    await scene.home.shows("binary_sensor.darkstar_executor_online", "off")
    await scene.home.shows("sensor.darkstar_soc", "unavailable")
    await scene.home.shows("select.darkstar_override", "unavailable")
    cost = await scene.home.client.get("/api/states/sensor.darkstar_plan_cost")
    assert cost.json()["state"] != "unavailable", "the plan holds"
    await scene.fleet.start_service("executor", **login("executor"))
    await scene.home.shows("binary_sensor.darkstar_executor_online", "on")
    await scene.home.shows("select.darkstar_override", "force_charge")


async def against_darkstar(scene: Scene) -> list[str]:
    """What Home Assistant has logged of Darkstar."""
    log = await scene.home.asked("system_log/list")
    return [one["message"] for one in log if "darkstar" in str(one["message"]).lower()]


async def test_home_assistant_has_nothing_to_say_against_darkstar(scene: Scene) -> None:
    assert await against_darkstar(scene) == []


async def announced_as(scene: Scene, **settings: Any) -> None:
    """The gateway starts again with these settings of its own."""
    await scene.fleet.stop("gateway")
    gateway = scene.config.gateway.model_copy(update=settings)
    other = scene.config.model_copy(update={"gateway": gateway})
    write_config(other, scene.fleet.directory / "config.yaml")
    await scene.fleet.start_service("gateway", **login("gateway"))


@pytest.mark.parametrize("way", ["device", "entity"])
async def test_entities_go_over_to_the_other_way_with_all_that_people_changed(
    scene: Scene, way: str
) -> None:
    soc, topic = "sensor.darkstar_soc", "homeassistant/device/darkstar/home/config"
    await scene.home.shows("binary_sensor.darkstar_gateway_online", "on", within=A_PLAN)
    await scene.home.asked("config/entity_registry/update", entity_id=soc, name=f"Ours {way}")
    before = {one for one in await scene.home.states() if ".darkstar_" in one}
    assert len(before) > 80
    await announced_as(scene, discovery=way)
    async with asyncio.timeout(A_PLAN), scene.bus.inbox(filters=["homeassistant/#"]) as inbox:
        async for delivery in inbox:
            assert isinstance(delivery, RawDelivery)
            whole = delivery.topic == topic
            if delivery.payload and (
                whole if way == "device" else "/darkstar/home-" in delivery.topic
            ):
                break
    await scene.home.shows_a_number("sensor.darkstar_import_price")
    await asyncio.sleep(3)  # what is taken back is taken back after
    states = await scene.home.states()
    assert {one for one in states if ".darkstar_" in one} == before
    assert states[soc]["attributes"]["friendly_name"].endswith(f"Ours {way}")
    await scene.home.shows("select.darkstar_override", "force_charge", "plan")
    if way == "device":
        # on the way back it says that an emptied message of a device has nothing left to clean up
        assert await against_darkstar(scene) == []


async def test_all_is_taken_back_where_nothing_is_to_be_announced(scene: Scene) -> None:
    await announced_as(scene, announce=False)
    watch, left = Stopwatch(), {"not looked yet"}
    while left and watch.elapsed.total_seconds() < SOON:
        left = {one for one in await scene.home.states() if ".darkstar_" in one}
        await asyncio.sleep(0.1)
    assert not left
    assert "select.inverter_work_mode" in await scene.home.states()
