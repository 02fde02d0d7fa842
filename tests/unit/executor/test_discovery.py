import json
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.executor.samples import PREFIX

from darkstar_executor.core.discovery import Registry, announced_by
from darkstar_executor.core.entities import AvailabilityTopic

TOPIC = "homeassistant/sensor/node/soc/config"


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
    ("origin", "found"),
    [
        ({"name": "Darkstar", "sw_version": "1"}, 0),
        ({"name": "Zigbee2MQTT", "sw": "2"}, 1),
        ({}, 1),
        ("Darkstar", 1),
        (None, 1),
    ],
)
def test_what_darkstar_announces_itself_is_no_part_of_the_house(origin: object, found: int) -> None:
    raw = {"name": "SoC", "unique_id": "a", "state_topic": "x", "o": origin}
    topic = "homeassistant/sensor/darkstar/home-soc/config"
    assert len(announced_by(topic, json.dumps(raw), PREFIX)) == found


def test_half_a_character_in_a_name_is_replaced() -> None:
    """JSON may spell one, and Python reads it; no message could tell of it."""
    own = r'"name": "Lamp \ud83d", "unit_of_meas": "\ude00"'
    raw = rf'{{{own}, "stat_t": "x", "ops": ["\ud83d"], "dev": {{"name": "\ud83d"}}}}'
    (entity,) = announced_by(TOPIC, raw, PREFIX)
    assert (entity.name, entity.unit, entity.device) == ("Lamp \ufffd", "\ufffd", "\ufffd")
    assert entity.options == ("\ufffd",)


def test_a_member_of_a_device_goes_before_what_the_device_says_for_all() -> None:
    raw = {
        "dev": {"ids": "1", "name": "Deye"}, "stat_t": "all", "avty_t": "up", "qos": 1,
        "unit_of_meas": "V",
        "cmps": {
            "a": {"p": "sensor", "name": "A", "uniq_id": "a"},
            "b": {"p": "sensor", "name": "B", "uniq_id": "b", "stat_t": "own", "qos": 0},
        },
    }  # fmt: skip
    one, other = announced_by("homeassistant/device/n/deye1/config", json.dumps(raw), PREFIX)
    assert (one.state_topic, one.qos, other.state_topic, other.qos) == ("all", 1, "own", 0)
    assert one.unit is None, "a unit is nothing that devices say for all"
    assert other.availability.topics == (AvailabilityTopic(topic="up"),)


def test_a_device_may_have_parts() -> None:
    raw = {
        "device": {"ids": "1", "name": "Station"}, "origin": {"name": "g"},
        "cdevs": [{"ids": "2", "name": "Left plug", "cmps": {
            "p": {"p": "sensor", "name": "Power", "uniq_id": "l", "stat_t": "l/p"}}}],
    }  # fmt: skip
    (entity,) = announced_by("homeassistant/device/s/config", json.dumps(raw), PREFIX)
    assert entity.entity_id == "sensor.station_left_plug_power"
    assert entity.device == "Station Left plug"


def test_an_empty_component_takes_that_entity_back_and_no_other() -> None:
    def device(*components: str) -> str:
        full = {"name": "x", "stat_t": "t"}
        cmps = {key: {"p": "sensor"} | (full if key in components else {}) for key in "ab"}
        return json.dumps({"dev": {"ids": "1", "name": "D"}, "cmps": cmps})

    topic = "homeassistant/device/d/config"
    both = Registry().updated(topic, device("a", "b"), PREFIX)
    assert [one.object_id for one in both.entities] == ["a", "b"]
    assert [one.object_id for one in both.updated(topic, device("b"), PREFIX).entities] == ["b"]


@pytest.mark.parametrize("payload", ['{"migrate_discovery": true}', '{"migr_discvry": true}'])
def test_an_entity_moves_to_its_device_without_being_there_twice(payload: str) -> None:
    member = {"name": "SoC", "uniq_id": "u", "stat_t": "t"}
    alone = Registry().updated(TOPIC, json.dumps(member), PREFIX)
    left = alone.updated(TOPIC, payload, PREFIX)
    assert not list(left.entities)
    device = {"dev": {"ids": "1"}, "cmps": {"soc": member | {"p": "sensor"}}}
    moved = left.updated("homeassistant/device/d/config", json.dumps(device), PREFIX)
    assert [one.unique_id for one in moved.entities] == ["u"]
    assert not list(moved.updated("homeassistant/device/d/config", payload, PREFIX).entities)


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
        (TOPIC, '{"name": "x", "state_topic": "everything/#"}'),
        (TOPIC, '{"name": "x", "state_topic": "all/+/there"}'),
        (TOPIC, '{"name": "x", "state_topic": ""}'),
        (TOPIC, '{"name": "x", "availability_topic": "#"}'),
        (TOPIC, '{"name": "x", "command_topic": "set/#"}'),
        (TOPIC, '{"name": "x", "step": ' + "9" * 5000 + "}"),
        ("homeassistant/number/x/config", '{"name": "x", "min": 5, "max": 4}'),
        ("homeassistant/number/x/config", '{"name": "x", "min": 200}'),
        ("homeassistant/device/x/config", '{"dev": {"ids": "1"}, "cdevs": [1, {"cmps": 3}]}'),
        ("homeassistant/sensor/config", '{"name": "x"}'),
        ("other/sensor/x/config", '{"name": "x"}'),
    ],
)
def test_what_cannot_be_read_announces_nothing(topic: str, payload: str) -> None:
    assert announced_by(topic, payload, PREFIX) == ()


@given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from([
            "~", "avty", "t", "dev", "name", "cmps", "p", "min", "ops", "stat_t", "cdevs", "cdev",
            "temp_cmd_t", "curr_temp_t", "max_temp", "def_ent_id", "dev_cla", "val_tpl",
        ]),
        inner),
))  # fmt: skip
def test_no_discovery_message_can_break_it(raw: object) -> None:
    topics = (TOPIC, "homeassistant/device/x/config", "homeassistant/climate/x/config")
    for topic, content in product(topics, (raw, {"cmps": {"a": raw, "b": {"p": "text", "c": 1}}})):
        found = announced_by(topic, json.dumps(content), PREFIX)
        assert isinstance(found, tuple)
        for entity in found:
            assert "." in entity.entity_id
            entity.read("1")


@given(st.text(), st.text())
def test_no_text_on_a_discovery_topic_can_break_it(topic: str, payload: str) -> None:
    for one in (topic, f"{PREFIX}/{topic}/config"):
        assert isinstance(announced_by(one, payload, PREFIX), tuple)
