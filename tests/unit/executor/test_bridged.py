"""Settings that only Home Assistant has, brought to MQTT as `mqtt_discoverystream_alt` does it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from unit.executor.played import PREFIX, configuration

from darkstar_executor.core.binding import bound
from darkstar_executor.core.discovery import Registry
from darkstar_executor.core.entities import Entity
from darkstar_executor.profiles import load_profile


def bridged(profile: str, role: str, entity_id: str, **more: Any) -> Entity:
    """The entity that plays `role`, announced as the bridge announces it."""
    domain, name = entity_id.split(".")
    announced = {
        "~": f"hass/{domain}/{name}",
        "uniq_id": f"mqtt_{entity_id}",
        "def_ent_id": entity_id,
        "stat_t": "~/state",
        "json_attr_t": "~/attributes",
        "avty": [{"t": "~/availability"}],
        "dev": {"name": "Inverter", "ids": ["one"]},
        "o": {"name": "mqtt_discoverystream_alt"},
        **more,
    }
    topic = f"{PREFIX}/{domain}/{name}/config"
    registry = Registry().updated(topic, json.dumps(announced), PREFIX)
    binding = bound(registry.entities, load_profile(profile), configuration(profile))[role]
    assert binding.status == "bound", binding.detail
    assert binding.entity is not None
    return binding.entity


def test_a_switch_is_set_by_the_bridges_own_words() -> None:
    name = "switch.grid_time_of_use_charging_period_1"
    switch = bridged("solis", "charge_slot", name, pl_on="on", pl_off="off", cmd_t="~/set")
    assert switch.command_topic == "hass/switch/grid_time_of_use_charging_period_1/set"
    assert [switch.spell(value) for value in (True, False)] == ["on", "off"]
    assert [switch.is_on(text) for text in ("on", "off")] == [True, False]


@pytest.mark.parametrize("domain", ["time", "text"])
def test_a_time_is_found_whether_mqtt_knows_times_or_not(domain: str) -> None:
    name = f"{domain}.solis_grid_time_of_use_charge_start_slot_1"
    time = bridged("solis", "charge_slot_start", name, cmd_t="~/set_time")
    assert time.spell("00:00") == "00:00"


def test_a_number_keeps_its_range_and_unit() -> None:
    more = {"min": 0, "max": 50, "step": 1, "unit_of_meas": "%", "cmd_t": "~/set"}
    number = bridged("sungrow", "min_soc", "number.battery_min_soc", **more)
    assert (number.minimum, number.maximum, number.step, number.unit) == (0, 50, 1, "%")


def test_a_select_keeps_its_options() -> None:
    options = ["Stop (default)", "Forced charge", "Forced discharge"]
    name = "select.battery_forced_charge_discharge"
    select = bridged("sungrow", "forced_command", name, ops=options, cmd_t="~/set")
    assert select.options == tuple(options)
    assert select.spell("Forced charge") == "Forced charge"
