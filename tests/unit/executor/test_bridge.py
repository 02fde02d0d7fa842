"""What only Home Assistant has, as the executor hears it from the gateway's bridge."""

from __future__ import annotations

import json
from typing import Any

from unit.executor.heard import Heard, heard
from unit.executor.samples import PREFIX

from darkstar_common.config import Config, Executor
from darkstar_common.contract.bridge import BridgeTopics
from darkstar_executor.core.bridged import bridged_by
from darkstar_executor.core.discovery import Registry
from darkstar_gateway.core.bridge.announcement import announcement, payloads
from darkstar_gateway.core.bridge.showing import Shown

TOPICS = BridgeTopics("home")
SOC = Config(executor=Executor(roles={"battery_soc": "sensor.pack_soc"}))
PACK = Shown("57", {"unit_of_measurement": "%", "friendly_name": "Pack SoC"})
CURRENT = Shown("20", {"unit_of_measurement": "A", "min": 0, "max": 185, "step": 1})
LIMIT = Config(executor=Executor(roles={"max_charge_current": "input_number.charge"}))
GATEWAY = "darkstar/v1/home/service/gateway/status"


def said(entity_id: str, shown: Shown, **more: str) -> list[tuple[str, str]]:
    """All that the bridge says of an entity, in its order."""
    announced = announcement(entity_id, shown, TOPICS, degrees="C")
    return [
        (GATEWAY, json.dumps({"online": more.get("gateway", "on") == "on"})),
        (announced.topic, announced.payload),
        *payloads(entity_id, shown, TOPICS).items(),
        (TOPICS.reachable(entity_id), more.get("device", "online")),
        (TOPICS.availability, more.get("line", "online")),
    ]


async def test_its_state_is_a_reading_like_any_other() -> None:
    async with heard(SOC, *said("sensor.pack_soc", PACK)) as house:
        assert house.status("battery_soc") == ("bound", "")
        assert house.reading("battery_soc").value == 57
        await house.say(TOPICS.state("sensor.pack_soc"), "58")
        assert house.reading("battery_soc").value == 58


async def test_a_helper_is_bound_by_the_id_that_people_know() -> None:
    async with heard(LIMIT, *said("input_number.charge", CURRENT)) as house:
        binding = house.listener.ears.bindings["max_charge_current"]
        assert (binding.status, binding.quantity) == ("bound", "current")
        assert binding.entity is not None
        assert binding.entity.command_topic == TOPICS.command("input_number.charge")
        assert house.listener.ears.shows("max_charge_current") == "20"


async def _value(house: Heard) -> Any:
    return house.reading("battery_soc").value


async def test_while_the_line_is_down_it_is_unknown_with_its_age() -> None:
    async with heard(SOC, *said("sensor.pack_soc", PACK)) as house:
        await house.say(TOPICS.availability, "offline")
        lost = house.reading("battery_soc")
        assert lost.value is None
        assert lost.measured_at is not None
        assert house.status("battery_soc")[0] == "unavailable"
        await house.say(TOPICS.availability, "online")
        assert await _value(house) == 57


async def test_a_gateway_that_is_gone_vouches_for_nothing() -> None:
    async with heard(SOC, *said("sensor.pack_soc", PACK)) as house:
        await house.say(GATEWAY, json.dumps({"online": False}))
        assert await _value(house) is None
        await house.say(GATEWAY, json.dumps({"online": True}))
        assert await _value(house) == 57


async def test_a_device_that_home_assistant_does_not_reach_is_unknown() -> None:
    async with heard(SOC, *said("sensor.pack_soc", PACK, device="offline")) as house:
        assert await _value(house) is None


async def test_what_is_taken_back_is_not_there_any_more() -> None:
    async with heard(SOC, *said("sensor.pack_soc", PACK)) as house:
        await house.say(TOPICS.announcement("sensor", "sensor.pack_soc"), "")
        assert house.status("battery_soc")[0] == "missing"


async def test_an_entity_that_is_on_mqtt_itself_goes_before_the_bridge() -> None:
    own = {"name": "Pack SoC", "unique_id": "1", "state_topic": "pack/soc",
           "unit_of_measurement": "%", "default_entity_id": "sensor.pack_soc"}  # fmt: skip
    direct = (f"{PREFIX}/sensor/pack/config", json.dumps(own))
    async with heard(SOC, *said("sensor.pack_soc", PACK), direct, ("pack/soc", "31")) as house:
        assert house.status("battery_soc") == ("bound", "")
        assert await _value(house) == 31


def test_what_the_bridge_says_of_other_houses_is_not_heard() -> None:
    announced = announcement("sensor.pack_soc", PACK, TOPICS, degrees="C")
    assert bridged_by(announced.topic, announced.payload, BridgeTopics("cabin")) == ()
    assert bridged_by(announced.topic, "not json", TOPICS) == ()


def test_it_is_listed_by_the_id_that_people_know() -> None:
    announced = announcement("input_number.charge", CURRENT, TOPICS, degrees="C")
    found = bridged_by(announced.topic, announced.payload, TOPICS)
    registry = Registry().with_announced(announced.topic, found)
    assert [one.entity_id for one in registry.entities] == ["input_number.charge"]
