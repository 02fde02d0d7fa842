import json
from datetime import timedelta
from typing import Any

import pytest
from unit.executor.samples import PREFIX

from darkstar_executor.core import abbreviations
from darkstar_executor.core.discovery import announced_by
from darkstar_executor.core.entities import AvailabilityTopic, Entity
from darkstar_executor.core.templates import SILENT, Said

TOPIC = "homeassistant/sensor/node/soc/config"


def announced(raw: dict[str, Any], topic: str = TOPIC) -> Entity:
    (entity,) = announced_by(topic, json.dumps(raw), PREFIX)
    return entity


def test_full_and_short_keys_say_the_same() -> None:
    full = announced({
        "name": "SoC", "unique_id": "u1", "state_topic": "inv/soc", "command_topic": "inv/set",
        "value_template": "{{ value_json.soc }}", "unit_of_measurement": "%", "min": 5, "max": 95,
        "step": 5, "device": {"name": "Inverter"}, "availability_topic": "inv/avail",
    }, "homeassistant/number/soc/config")  # fmt: skip
    short = announced({
        "~": "inv", "name": "SoC", "uniq_id": "u1", "stat_t": "~/soc", "cmd_t": "~/set",
        "val_tpl": "{{ value_json.soc }}", "unit_of_meas": "%", "min": 5, "max": 95,
        "step": 5, "dev": {"name": "Inverter"}, "avty_t": "~/avail",
    }, "homeassistant/number/soc/config")  # fmt: skip
    assert short == full
    assert full.entity_id == "number.inverter_soc"
    assert (full.minimum, full.maximum, full.step) == (5, 95, 5)


@pytest.mark.parametrize(
    ("raw", "entity_id"),
    [
        ({"name": "Battery SoC", "device": {"name": "Inverter"}}, "sensor.inverter_battery_soc"),
        ({"name": None, "device": {"name": "Water heater"}}, "sensor.water_heater"),
        (
            {"name": "Inverter SoC", "device": {"name": "Inverter"}},
            "sensor.inverter_inverter_soc",
        ),
        ({"name": "Inverters", "device": {"name": "Inverter"}}, "sensor.inverter_inverters"),
        ({"dev_cla": "power", "device": {"name": "Meter"}}, "sensor.meter_power"),
        ({"dev_cla": "apparent_power", "device": {"name": "M"}}, "sensor.m_apparent_power"),
        ({"device": {"name": "Meter"}}, "sensor.meter_mqtt_sensor"),
        ({"name": "SoC", "device": {"ids": ["1"]}}, "sensor.soc"),
        ({"name": "Värme é"}, "sensor.varme_e"),
        ({"name": "x", "object_id": "mine"}, "sensor.x"),
        ({"name": "x", "obj_id": "mine", "def_ent_id": "sensor.later"}, "sensor.later"),
        ({"name": "x", "default_entity_id": "sensor.own"}, "sensor.own"),
        ({"name": "x", "default_entity_id": "switch.own"}, "sensor.own"),
        ({}, "sensor.soc"),
    ],
)
def test_entity_ids_are_home_assistants(raw: dict[str, Any], entity_id: str) -> None:
    assert announced({"state_topic": "t", **raw}).entity_id == entity_id


def test_an_entity_is_also_known_by_the_id_that_other_releases_give_it() -> None:
    raw = {"name": "SoC", "device": {"name": "Inverter"}, "object_id": "old", "def_ent_id": "x.new"}
    entity = announced({"state_topic": "t", **raw})
    assert entity.entity_id == "sensor.new"
    assert entity.also == {"sensor.old", "sensor.inverter_soc"}
    shortened = announced({"state_topic": "t", "name": "M Power", "device": {"name": "M"}})
    assert shortened.also == {"sensor.m_power"}


@pytest.mark.parametrize(
    ("component", "raw", "fields"),
    [
        ("switch", {"cmd_t": "c", "pl_on": 1, "pl_off": 0}, {"payload_on": "1", "state_off": "0"}),
        ("switch", {"pl_on": "1", "stat_on": "on"}, {"payload_on": "1", "state_on": "on"}),
        ("switch", {"pl_on": True}, {"payload_on": "True"}),
        ("button", {"cmd_t": "c", "pl_prs": "now"}, {"payload_press": "now"}),
        ("button", {"cmd_t": "c"}, {"payload_press": "PRESS"}),
        ("select", {"ops": ["a", 1, True]}, {"options": ("a", "1", "True")}),
        ("select", {"ops": "only"}, {"options": ("only",)}),
        ("text", {"cmd_t": "c", "max": 5}, {"command_topic": "c", "maximum": None}),
        ("time", {"cmd_t": "c"}, {"command_topic": "c"}),
        ("number", {"min": -5, "max": "5"}, {"minimum": -5, "maximum": 5, "step": 1}),
        ("sensor", {"unit_of_meas": " W "}, {"unit": "W"}),
        ("sensor", {"unit_of_meas": ""}, {"unit": None}),
        ("sensor", {"exp_aft": 30}, {"expire_after": timedelta(seconds=30)}),
        ("sensor", {"qos": 2, "ret": True, "en": False, "e": ""}, {"qos": 2, "retain": True}),
        ("sensor", {"stat_t": "x~", "~": "b/"}, {"state_topic": "xb/"}),
        ("sensor", {"stat_t": "~", "~": "base"}, {"state_topic": "base"}),
        ("sensor", {"stat_t": "~/a~", "~": "b"}, {"state_topic": "b/ab"}),
        ("sensor", {"name": "~x", "~": "b"}, {"name": "~x"}),
    ],
)
def test_what_entities_say_of_themselves(
    component: str, raw: dict[str, Any], fields: dict[str, Any]
) -> None:
    entity = announced({"name": "x", **raw}, f"homeassistant/{component}/x/config")
    assert {key: getattr(entity, key) for key in fields} == fields


@pytest.mark.parametrize("component", ["climate", "water_heater"])
def test_a_thermostat_is_a_set_point_and_a_sensor(component: str) -> None:
    raw = {
        "name": None, "dev": {"ids": "1", "name": "Boiler"}, "uniq_id": "b", "~": "boiler",
        "temp_cmd_t": "~/set", "temp_cmd_tpl": "{{ value | int }}", "temp_stat_t": "~/state",
        "temp_stat_tpl": "{{ value_json.target }}", "curr_temp_t": "~/state",
        "curr_temp_tpl": "{{ value_json.now }}", "min_temp": 30, "max_temp": 85, "temp_step": 0.5,
        "mode_cmd_t": "~/mode", "modes": ["heat", "off"],
    }  # fmt: skip
    topic = f"homeassistant/{component}/boiler/config"
    set_point, sensor = announced_by(topic, json.dumps(raw), PREFIX)
    assert (set_point.entity_id, set_point.unit) == (f"{component}.boiler", "°C")
    assert (set_point.minimum, set_point.maximum, set_point.step) == (30, 85, 0.5)
    assert set_point.read('{"target": 61.5, "now": 50}') == "61.5"
    assert set_point.spell(60.4) == "60"
    assert sensor.entity_id == "sensor.boiler_current_temperature"
    assert sensor.unique_id == "b_current_temperature"
    assert sensor.command_topic is None
    assert sensor.read('{"target": 61.5, "now": 50}') == "50"


@pytest.mark.parametrize(
    ("raw", "unit"),
    [
        ({"temp_unit": "F", "max_temp": 60}, "°F"),
        ({"temp_unit": "C"}, "°C"),
        ({"max_temp": 85}, "°C"),
        ({"max_temp": 140}, None),
        ({}, None),
    ],
)
def test_a_thermostats_unit_is_never_guessed(raw: dict[str, Any], unit: str | None) -> None:
    topic = "homeassistant/climate/x/config"
    assert announced({"name": "x", "temp_cmd_t": "t", **raw}, topic).unit == unit


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("avty", "availability"), ("cmd_t", "command_topic"), ("stat_t", "state_topic"),
        ("obj_id", "object_id"), ("def_ent_id", "default_entity_id"), ("p", "platform"),
        ("cmps", "components"), ("pl_prs", "payload_press"), ("o", "origin"), ("e", "encoding"),
        ("temp_cmd_tpl", "temperature_command_template"), ("ent_cat", "entity_category"),
        ("curr_temp_t", "current_temperature_topic"), ("exp_aft", "expire_after"),
        ("migr_discvry", "migrate_discovery"), ("opt", "optimistic"), ("ptrn", "pattern"),
        ("sug_dsp_prc", "suggested_display_precision"), ("en", "enabled_by_default"),
    ],
)  # fmt: skip
def test_the_table_of_abbreviations_is_home_assistants(short: str, full: str) -> None:
    assert abbreviations.ENTITY[short] == full


def test_the_table_of_abbreviations_is_whole() -> None:
    assert len(abbreviations.ENTITY) > 230
    assert set(abbreviations.DEVICE) == {
        "cdev", "cns", "cu", "hw", "ids", "mdl", "mdl_id", "mf", "sa", "sn", "sw",
    }  # fmt: skip
    assert not set(abbreviations.ENTITY) & set(abbreviations.ENTITY.values())


def test_a_full_key_goes_before_its_short_one() -> None:
    assert announced({"name": "x", "stat_t": "short", "state_topic": "full"}).state_topic == "full"


@pytest.mark.parametrize(
    ("raw", "topics", "mode"),
    [
        ({}, (), "latest"),
        (
            {"availability_topic": "a", "payload_available": "up", "payload_not_available": "down"},
            (AvailabilityTopic(topic="a", available="up", not_available="down"),),
            "latest",
        ),
        (
            {"availability": [{"topic": "a"}, {"t": "~b", "pl_avail": "1"}], "~": "x/"},
            (AvailabilityTopic(topic="a"), AvailabilityTopic(topic="x/b", available="1")),
            "latest",
        ),
        (
            {"avty": {"topic": "a", "val_tpl": "{{ value_json.s }}"}, "avty_mode": "all"},
            (AvailabilityTopic(topic="a", template="{{ value_json.s }}"),),
            "all",
        ),
    ],
)
def test_availability_in_all_its_forms(
    raw: dict[str, Any], topics: tuple[AvailabilityTopic, ...], mode: str
) -> None:
    entity = announced({"name": "x", "state_topic": "t", **raw})
    assert entity.availability.topics == topics
    assert entity.availability.mode == mode


ONE, TWO = AvailabilityTopic(topic="1"), AvailabilityTopic(topic="2")


@pytest.mark.parametrize(
    ("mode", "said", "holds"),
    [
        ("all", {}, False),
        ("all", {ONE: True}, False),
        ("all", {ONE: True, TWO: True}, True),
        ("any", {ONE: True}, True),
        ("any", {ONE: False, TWO: False}, False),
        ("latest", {ONE: True, TWO: False}, False),
        ("latest", {ONE: False, TWO: True}, True),
        ("latest", {}, False),
    ],
)
def test_availability_modes(mode: Any, said: dict[AvailabilityTopic, bool], holds: bool) -> None:
    entity = announced({
        "name": "x", "state_topic": "t", "availability_mode": mode,
        "availability": [{"topic": "1"}, {"topic": "2"}],
    })  # fmt: skip
    assert entity.availability.holds(said) is holds


def test_a_number_that_does_not_say_has_home_assistants_range() -> None:
    entity = announced({"name": "x", "command_topic": "t"}, "homeassistant/number/x/config")
    assert (entity.minimum, entity.maximum, entity.step) == (0, 100, 1)


@pytest.mark.parametrize(
    ("raw", "payload", "state"),
    [
        ({}, "41.5", "41.5"),
        ({}, " 41.5 ", "41.5"),
        ({}, "unavailable", None),
        ({}, "Unknown", None),
        ({}, "None", None),
        ({}, "nan", None),
        ({}, "", None),
        ({"val_tpl": "{{ value_json.soc }}"}, '{"soc": 41.5}', "41.5"),
        ({"val_tpl": "{{ value_json.soc }}"}, '{"soc": null}', None),
        ({"val_tpl": "{{ value_json.soc }}"}, "no json", None),
        ({"val_tpl": "{{ value_json.soc | float(0) }}"}, '{"other": 1}', SILENT),
        ({"val_tpl": "{{ value_json.soc }}"}, '{"other": 1}', SILENT),
        ({"val_tpl": "{{ value_json.soc }}"}, '{"soc": "unavailable"}', None),
        ({"val_tpl": "{{ value_json.soc }}"}, '{"soc": ""}', None),
        ({"val_tpl": "{{ value_json.soc }}"}, '{"soc": NaN}', None),
        ({"val_tpl": "{{ value_json.soc }}"}, "unavailable", None),
        ({"val_tpl": "{{ value | replace('x', '') }}"}, "unavailable", None),
        (
            {"val_tpl": "{% if value_json.soc is defined %}{{ value_json.soc }}{% endif %}"},
            "{}",
            SILENT,
        ),
        ({"val_tpl": "{{ none }}"}, "1", None),
        ({"val_tpl": "{% if value == '1' %}on{% endif %}"}, "2", SILENT),
        ({"val_tpl": "{% if value == '1' %}on{% endif %}"}, "unavailable", None),
        ({"pl_rst": "gone"}, "gone", None),
    ],
)
def test_states_as_read(raw: dict[str, Any], payload: str, state: Said) -> None:
    assert announced({"name": "x", "state_topic": "t", **raw}).read(payload) == state


@pytest.mark.parametrize(
    ("raw", "value", "payload"),
    [
        ({}, 63.0, "63"),
        ({}, 62.5, "62.5"),
        ({}, "Export First", "Export First"),
        ({}, True, "ON"),
        ({"pl_off": "0"}, False, "0"),
        ({"cmd_tpl": '{"target": {{ value }}}'}, 63.0, '{"target": 63}'),
        ({"cmd_tpl": "{{ broken"}, 63.0, None),
        ({"cmd_tpl": "{{ (value * 100) | int }}"}, 6.3, "630"),
        ({"cmd_tpl": "{{ value }} {{ entity_id }}"}, "Off", "Off sensor.x"),
        ({"cmd_tpl": '{"on": "{{ value }}"}', "pl_on": "yes"}, True, '{"on": "yes"}'),
        ({}, 0.1 + 0.2, "0.3"),
        ({}, -0.0000001, "0"),
    ],
)
def test_values_as_written(raw: dict[str, Any], value: Any, payload: str | None) -> None:
    assert announced({"name": "x", "command_topic": "t", **raw}).spell(value) == payload
