import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.executor.samples import PREFIX

from darkstar_executor.core.discovery import Registry, announced_by
from darkstar_executor.core.entities import AvailabilityTopic, Entity

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
        ({"name": "Inverter SoC", "device": {"name": "Inverter"}}, "sensor.inverter_soc"),
        ({"name": "Värme é"}, "sensor.varme_e"),
        ({"name": "x", "object_id": "mine"}, "sensor.mine"),
        ({"name": "x", "obj_id": "mine", "def_ent_id": "sensor.later"}, "sensor.later"),
        ({"name": "x", "default_entity_id": "sensor.own"}, "sensor.own"),
        ({}, "sensor.soc"),
    ],
)
def test_entity_ids_are_home_assistants(raw: dict[str, Any], entity_id: str) -> None:
    assert announced({"state_topic": "t", **raw}).entity_id == entity_id


def test_a_device_announces_all_its_entities() -> None:
    raw = {
        "dev": {"ids": "1", "name": "Deye"},
        "o": {"name": "gateway"},
        "~": "deye",
        "avty_t": "~/avail",
        "stat_t": "~/state",
        "cmps": {
            "soc": {
                "p": "sensor",
                "name": "SoC",
                "val_tpl": "{{ value_json.soc }}",
                "uniq_id": "a",
            },
            "mode": {"p": "select", "name": "Mode", "ops": ["A", "B"], "cmd_t": "~/mode/set"},
            "gone": {"p": "sensor"},
            "light": {"p": "light", "name": "Lamp", "cmd_t": "x"},
        },
    }
    soc, mode = announced_by("homeassistant/device/deye1/config", json.dumps(raw), PREFIX)
    assert (soc.entity_id, soc.state_topic) == ("sensor.deye_soc", "deye/state")
    assert (mode.entity_id, mode.command_topic) == ("select.deye_mode", "deye/mode/set")
    assert mode.options == ("A", "B")
    assert soc.availability.topics == (AvailabilityTopic(topic="deye/avail"),)


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
    assert (entity.minimum, entity.maximum, entity.step) == (1, 100, 1)


def test_an_empty_payload_takes_back_what_the_topic_announced() -> None:
    there = Registry().updated(TOPIC, '{"name": "x", "state_topic": "t"}', PREFIX)
    assert [entity.entity_id for entity in there.entities] == ["sensor.x"]
    assert not list(there.updated(TOPIC, "", PREFIX).entities)


def test_the_same_message_again_changes_nothing() -> None:
    payload = '{"name": "x", "state_topic": "t"}'
    there = Registry().updated(TOPIC, payload, PREFIX)
    assert there.updated(TOPIC, payload, PREFIX) is there


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (TOPIC, "not json"),
        (TOPIC, "[1, 2]"),
        (TOPIC, "null"),
        (TOPIC, "[" * 50_000),
        (TOPIC, '{"name": {"a": 1}}'),
        (TOPIC, '{"name": "x", "step": 0}'),
        (TOPIC, '{"name": "x", "availability": [{"payload_available": "x"}]}'),
        ("homeassistant/device/x/config", '{"cmps": [1]}'),
        ("homeassistant/device/x/config", '{"cmps": {"a": 1}}'),
        ("homeassistant/lock/x/config", '{"name": "x"}'),
        ("homeassistant/sensor/config", '{"name": "x"}'),
        ("other/sensor/x/config", '{"name": "x"}'),
    ],
)
def test_what_cannot_be_read_announces_nothing(topic: str, payload: str) -> None:
    assert announced_by(topic, payload, PREFIX) == ()


@given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["~", "avty", "t", "dev", "name", "cmps", "p", "min", "ops", "stat_t"]),
        inner),
))  # fmt: skip
def test_no_discovery_message_can_break_it(raw: object) -> None:
    for topic in (TOPIC, "homeassistant/device/x/config"):
        found = announced_by(topic, json.dumps(raw), PREFIX)
        assert isinstance(found, tuple)
        assert all("." in entity.entity_id for entity in found)


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
        ({"val_tpl": "{{ value_json.soc | float(0) }}"}, '{"other": 1}', "0"),
    ],
)
def test_states_as_read(raw: dict[str, Any], payload: str, state: str | None) -> None:
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
    ],
)
def test_values_as_written(raw: dict[str, Any], value: Any, payload: str | None) -> None:
    assert announced({"name": "x", "command_topic": "t", **raw}).spell(value) == payload
