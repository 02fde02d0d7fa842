"""What Home Assistant tells, put together to what it shows; and what is said of that on the bus."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.contract.bridge import BridgeTopics
from darkstar_executor.core.bridged import bridged_by
from darkstar_executor.core.entities import AvailabilityTopic, Entity
from darkstar_gateway.core.bridge.announcement import (
    COMPONENTS,
    announcement,
    left_behind,
    payloads,
    place_of,
    unfit,
)
from darkstar_gateway.core.bridge.showing import Shown, merged

TOPICS = BridgeTopics("home")
CHARGE = Shown("10", {"unit_of_measurement": "A", "min": 0, "max": 32, "step": 0.5,
                      "friendly_name": "Charge current"})  # fmt: skip


def heard(entity_id: str, shown: Shown, **more: Any) -> tuple[Entity, ...]:
    """The entities that the executor makes of it."""
    said = announcement(entity_id, shown, TOPICS, **({"degrees": "C"} | more))
    return bridged_by(said.topic, said.payload, TOPICS)


def test_entities_come_change_and_go() -> None:
    shown = merged({}, {"a": {"number.a": {"s": "1", "a": {"min": 0, "x": 1}}}})
    assert shown == {"number.a": Shown("1", {"min": 0, "x": 1})}
    shown = merged(
        shown, {"c": {"number.a": {"+": {"s": "2", "a": {"max": 9}}, "-": {"a": ["x"]}}}}
    )
    assert shown == {"number.a": Shown("2", {"min": 0, "max": 9})}
    assert merged(shown, {"c": {"number.a": {"+": {"a": {"max": 8}}}}})["number.a"].state == "2"
    assert merged(shown, {"r": ["number.a", "number.b"]}) == {}


def test_what_has_not_changed_is_the_same() -> None:
    shown = merged({}, {"a": {"number.a": {"s": "1"}, "number.b": {"s": "1"}}})
    assert merged(shown, {"c": {"number.b": {"+": {"s": "2"}}}})["number.a"] is shown["number.a"]


def test_a_change_of_what_is_not_there_changes_nothing() -> None:
    assert merged({}, {"c": {"number.a": {"+": {"s": "1"}}}}) == {}


anything = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "c", "r", "s", "+", "-", "number.a"]), inner)
    ),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from(["a", "c", "r"]), anything))
def test_whatever_it_tells_can_be_taken(event: dict[str, Any]) -> None:
    shown = merged({"number.a": CHARGE}, event)
    assert all(isinstance(one.state, str) for one in shown.values())


def test_a_number_keeps_its_name_unit_and_range() -> None:
    (entity,) = heard("number.charge", CHARGE)
    assert (entity.entity_id, entity.component, entity.bridged) == ("number.charge", "number", True)
    assert (entity.minimum, entity.maximum, entity.step, entity.unit) == (0, 32, 0.5, "A")
    assert entity.state_topic == "darkstar/v1/home/bridge/number.charge/state"
    assert entity.command_topic == "darkstar/v1/home/bridge/number.charge/set"
    assert (entity.name, entity.device) == ("Charge current", "Home Assistant")


@pytest.mark.parametrize(
    ("entity_id", "component"),
    [("input_number.a", "number"), ("input_boolean.a", "switch"), ("input_select.a", "select"),
     ("input_text.a", "text"), ("input_datetime.a", "time"), ("input_button.a", "button")],
)  # fmt: skip
def test_a_helper_is_what_it_stands_for_and_keeps_its_id(entity_id: str, component: str) -> None:
    (entity,) = heard(entity_id, Shown("unknown", {"options": ["A"]}))
    assert (entity.entity_id, entity.component) == (entity_id, component)
    assert entity.command_topic == TOPICS.command(entity_id)


def test_a_switch_speaks_home_assistants_words() -> None:
    (switch,) = heard("switch.heater", Shown("on"))
    assert [switch.spell(value) for value in (True, False)] == ["on", "off"]
    assert [switch.is_on(text) for text in ("on", "off", "unknown")] == [True, False, None]


def test_a_sensor_is_read_only() -> None:
    (sensor,) = heard("sensor.soc", Shown("57", {"unit_of_measurement": "%"}))
    assert (sensor.unit, sensor.command_topic) == ("%", None)
    assert payloads("sensor.soc", Shown("57"), TOPICS) == {TOPICS.state("sensor.soc"): "57"}


def test_a_thermostat_is_its_set_point_and_what_it_measures() -> None:
    tank = Shown("heat", {"temperature": 55, "current_temperature": None, "min_temp": 86,
                          "max_temp": 140, "target_temp_step": 1})  # fmt: skip
    point, sensor = heard("water_heater.tank", tank, degrees="F")
    assert (point.entity_id, point.component) == ("water_heater.tank", "water_heater")
    assert (point.unit, point.minimum, point.maximum) == ("°F", 86, 140)
    assert (sensor.entity_id, sensor.bridged) == ("sensor.tank_current_temperature", True)
    said = payloads("water_heater.tank", tank, TOPICS)
    assert (point.read(said[str(point.state_topic)])) == "55"
    assert sensor.read(said[str(sensor.state_topic)]) is None


@pytest.mark.parametrize("domain", COMPONENTS)
def test_everything_that_is_announced_is_understood_by_the_executor(domain: str) -> None:
    found = heard(f"{domain}.a", Shown("unknown", {"options": ["A"], "temperature": 1}))
    assert f"{domain}.a" in {one.entity_id for one in found}
    assert all(one.bridged for one in found)


@pytest.mark.parametrize("attributes", [{}, {"min": "x", "max": None}, {"options": 3}])
@pytest.mark.parametrize("domain", COMPONENTS)
def test_odd_attributes_break_nothing(domain: str, attributes: dict[str, Any]) -> None:
    found = heard(f"{domain}.a", Shown("1", attributes))
    # what cannot be described is left out, not announced in part
    assert {one.entity_id for one in found} <= {f"{domain}.a", "sensor.a_current_temperature"}
    assert all(one.bridged for one in found)


def vouched(one_of: Entity, **said: str) -> bool:
    """Whether it is available after these have spoken."""
    places = {
        "gateway": "darkstar/v1/home/service/gateway/status",
        "line": TOPICS.availability,
        "entity": TOPICS.reachable(one_of.entity_id),
    }
    found = dict[AvailabilityTopic, bool]()
    for name, payload in said.items():
        for one in one_of.availability.topics:
            word = one.says(payload) if one.topic == places[name] else None
            if word is not None:
                found[one] = word
    return one_of.availability.holds(found)


ONLINE, OFFLINE = json.dumps({"online": True}), json.dumps({"online": False})


def test_gateway_line_and_device_must_all_be_there() -> None:
    (entity,) = heard("number.charge", CHARGE)
    assert vouched(entity, gateway=ONLINE, line="online", entity="online")
    assert not vouched(entity, gateway=OFFLINE, line="online", entity="online")
    assert not vouched(entity, gateway=ONLINE, line="offline", entity="online")
    assert not vouched(entity, gateway=ONLINE, line="online", entity="offline")
    assert not vouched(entity, gateway=ONLINE, line="online")


@pytest.mark.parametrize(
    ("entity_id", "word"),
    [("number", "no entity id"), ("person.anna", "by a person"),
     ("sensor.darkstar_price", "Darkstar's own")],
)  # fmt: skip
def test_what_cannot_be_bridged_is_said(entity_id: str, word: str) -> None:
    assert word in str(unfit(entity_id))


def test_what_was_said_of_an_entity_can_be_taken_back() -> None:
    said = announcement("number.charge", CHARGE, TOPICS, degrees="C")
    assert left_behind(said.topic, said.payload, TOPICS) == (
        said.topic,
        "darkstar/v1/home/bridge/number.charge/state",
        "darkstar/v1/home/bridge/number.charge/current",
        "darkstar/v1/home/bridge/number.charge/availability",
    )
    assert f"/{place_of('number.charge')}/config" in said.topic


@pytest.mark.parametrize("payload", ["{", "[]", "{}", '{"default_entity_id": 3}',
                                     '{"default_entity_id": "sensor.a/#"}'])  # fmt: skip
def test_only_its_announcement_is_taken_back_where_nothing_else_is_known(payload: str) -> None:
    found = left_behind("t/config", payload, TOPICS)
    assert found[0] == "t/config"
    assert all("#" not in one for one in found)


def test_no_announcement_is_below_home_assistants_prefix() -> None:
    said = announcement("number.charge", CHARGE, TOPICS, degrees="C")
    assert said.topic.startswith("darkstar/v1/home/bridge/discovery/")
