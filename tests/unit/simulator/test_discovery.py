"""The discovery messages have the shapes that Home Assistant's MQTT integration accepts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from darkstar_simulator.core.dialects.deye import DEYE
from darkstar_simulator.core.discovery import discovery
from darkstar_simulator.core.entities import Device, Entity
from darkstar_simulator.core.parameters import HouseParameters
from darkstar_simulator.core.simulation import entities

FULL_WORDS = {
    "uniq_id": "unique_id", "obj_id": "object_id", "def_ent_id": "default_entity_id",
    "stat_t": "state_topic", "cmd_t": "command_topic", "unit_of_meas": "unit_of_measurement",
    "dev_cla": "device_class", "stat_cla": "state_class", "avty": "availability",
    "avty_mode": "availability_mode", "t": "topic", "dev": "device", "ids": "identifiers",
    "mf": "manufacturer", "mdl": "model",
}  # fmt: skip
ENTITY_IDS = {
    "sensor.inverter_battery_soc", "sensor.inverter_battery_power", "sensor.inverter_pv_power",
    "sensor.inverter_load_power", "sensor.inverter_grid_voltage", "sensor.inverter_total_pv",
    "sensor.inverter_total_load", "sensor.inverter_total_battery_charge",
    "sensor.inverter_total_battery_discharge", "sensor.grid_meter_power",
    "sensor.grid_meter_import_energy", "sensor.grid_meter_export_energy",
    "sensor.water_heater_temperature", "sensor.water_heater_power", "sensor.water_heater_energy",
    "select.inverter_work_mode", "switch.inverter_battery_grid_charging",
    "number.inverter_battery_max_charging_current",
    "number.inverter_battery_max_discharging_current", "number.inverter_export_surplus_power",
    "number.inverter_battery_soc_target", "number.water_heater_setpoint",
    "binary_sensor.inverter_grid_status", "switch.water_heater_power_switch",
}  # fmt: skip
ALL = entities(DEYE, HouseParameters())
MESSAGES = {topic: json.loads(text) for topic, text in discovery(ALL, "sim1").items()}


def expanded(config: Any, base: str = "") -> Any:
    """As Home Assistant reads it: abbreviations and `~` replaced."""
    if isinstance(config, dict):
        base = config.get("~", base)
        return {
            FULL_WORDS.get(word, word): expanded(value, base)
            for word, value in config.items()
            if word != "~"
        }
    if isinstance(config, list):
        return [expanded(value, base) for value in config]
    if isinstance(config, str) and base and config.startswith("~"):
        return base + config[1:]
    return config


CONFIGS = {topic: expanded(message) for topic, message in MESSAGES.items()}


def config_of(entity: Entity) -> dict[str, Any]:
    found: dict[str, Any] = CONFIGS[
        f"homeassistant/{entity.component}/{entity.device}_sim1/{entity.key}/config"
    ]
    return found


def test_all_entities_are_announced_under_the_ids_people_know() -> None:
    assert {config["default_entity_id"] for config in CONFIGS.values()} == ENTITY_IDS
    assert len({config["unique_id"] for config in CONFIGS.values()}) == len(ENTITY_IDS)


@pytest.mark.parametrize("entity", ALL, ids=lambda one: one.object_id)
def test_every_config_has_what_home_assistant_needs(entity: Entity) -> None:
    config = config_of(entity)
    assert config["object_id"] == entity.object_id
    assert config["state_topic"].startswith(f"{entity.device}/sim1/")
    assert config["device"]["identifiers"] == [f"{entity.device}_sim1"]
    assert config["availability_mode"] == "all"
    assert [one["topic"] for one in config["availability"]] == [
        "simulator/sim1/availability",
        f"{entity.device}/sim1/availability",
    ]
    assert config.get("unit_of_measurement") == entity.unit
    assert ("command_topic" in config) == entity.is_setting


def test_energy_is_total_increasing_and_power_a_measurement() -> None:
    for config in CONFIGS.values():
        if config.get("device_class") == "energy":
            assert (config["unit_of_measurement"], config["state_class"]) == (
                "kWh",
                "total_increasing",
            )
        if config.get("device_class") == "power" and "state_class" in config:
            assert (config["unit_of_measurement"], config["state_class"]) == ("W", "measurement")


def test_numbers_have_bounds_selects_options_and_switches_payloads() -> None:
    current = CONFIGS["homeassistant/number/inverter_sim1/battery_max_charging_current/config"]
    assert (current["min"], current["max"], current["step"]) == (0, 185, 1)
    assert current["unit_of_measurement"] == "A"
    setpoint = CONFIGS["homeassistant/number/water_heater_sim1/setpoint/config"]
    assert (setpoint["min"], setpoint["max"]) == (30, 85)
    assert setpoint["command_topic"] == "water_heater/sim1/setpoint/set"
    export = CONFIGS["homeassistant/number/inverter_sim1/export_surplus_power/config"]
    assert (export["max"], export["unit_of_measurement"]) == (16000, "W")
    mode = CONFIGS["homeassistant/select/inverter_sim1/work_mode/config"]
    assert mode["options"] == ["Export First", "Zero Export To CT"]
    switch = CONFIGS["homeassistant/switch/inverter_sim1/battery_grid_charging/config"]
    assert (switch["payload_on"], switch["payload_off"]) == ("ON", "OFF")


def test_the_meter_is_one_json_topic_with_templates() -> None:
    meters = [config_of(one) for one in ALL if one.device is Device.GRID_METER]
    assert {one["state_topic"] for one in meters} == {"grid_meter/sim1/state"}
    assert {one["value_template"] for one in meters} == {
        "{{ value_json.power }}",
        "{{ value_json.import_energy }}",
        "{{ value_json.export_energy }}",
    }


def test_the_water_heater_speaks_in_abbreviations() -> None:
    raw = MESSAGES["homeassistant/sensor/water_heater_sim1/temperature/config"]
    assert raw["~"] == "water_heater/sim1"
    assert raw["stat_t"] == "~/temperature"
    assert raw["avty"][1] == {"t": "~/availability"}
    assert "state_topic" not in raw


def test_node_and_prefix_are_free() -> None:
    topics = discovery(ALL, "cabin", prefix="ha")
    config = json.loads(topics["ha/sensor/inverter_cabin/battery_soc/config"])
    assert config["state_topic"] == "inverter/cabin/battery_soc"
    assert config["unique_id"] == "cabin_inverter_battery_soc"
