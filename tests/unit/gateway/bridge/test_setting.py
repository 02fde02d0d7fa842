"""What the executor writes becomes a service call, or a sentence why not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_gateway.core.bridge.announcement import COMPONENTS, SETTABLE
from darkstar_gateway.core.bridge.setting import ServiceCall, service_call
from darkstar_gateway.core.bridge.showing import Shown

SHOWN = Shown("1", {"min": 0, "max": 32, "options": ["Eco", "Full"], "min_temp": 30,
                    "max_temp": 70})  # fmt: skip


def call(entity_id: str, payload: str) -> tuple[str, dict[str, Any]]:
    made = service_call(entity_id, payload, SHOWN)
    assert isinstance(made, ServiceCall), made
    asked = made.asked
    assert asked["target"] == {"entity_id": entity_id}
    return f"{asked['domain']}.{asked['service']}", asked["service_data"]


@pytest.mark.parametrize(
    ("entity_id", "payload", "service", "data"),
    [
        ("number.a", "12.5", "number.set_value", {"value": 12.5}),
        ("input_number.a", "0", "input_number.set_value", {"value": 0}),
        ("select.a", "Full", "select.select_option", {"option": "Full"}),
        ("input_select.a", "Eco", "input_select.select_option", {"option": "Eco"}),
        ("switch.a", "on", "switch.turn_on", {}),
        ("input_boolean.a", "off", "input_boolean.turn_off", {}),
        ("button.a", "PRESS", "button.press", {}),
        ("input_button.a", "PRESS", "input_button.press", {}),
        ("text.a", "Hello", "text.set_value", {"value": "Hello"}),
        ("input_text.a", "", "input_text.set_value", {"value": ""}),
        ("time.a", "06:30", "time.set_value", {"time": "06:30:00"}),
        ("input_datetime.a", "23:59:58", "input_datetime.set_datetime", {"time": "23:59:58"}),
        ("climate.a", "55", "climate.set_temperature", {"temperature": 55}),
        ("water_heater.a", "70", "water_heater.set_temperature", {"temperature": 70}),
    ],
)
def test_each_kind_is_set_by_its_service(
    entity_id: str, payload: str, service: str, data: dict[str, Any]
) -> None:
    assert call(entity_id, payload) == (service, data)


def test_every_kind_that_can_be_set_has_a_service() -> None:
    words = {"select": "Eco", "input_select": "Eco", "switch": "on", "input_boolean": "on",
             "time": "06:30", "input_datetime": "06:30", "climate": "50",
             "water_heater": "50"}  # fmt: skip
    for domain in SETTABLE:
        assert call(f"{domain}.a", words.get(domain, "5"))
    assert set(COMPONENTS) - SETTABLE == {"sensor", "binary_sensor", "alarm_control_panel"}


@pytest.mark.parametrize(
    ("entity_id", "payload", "why"),
    [
        ("number.a", "many", "number.a takes a number, not 'many'"),
        ("number.a", "nan", "number.a takes a number, not 'nan'"),
        ("number.a", "-1", "number.a takes at least 0, not -1"),
        ("number.a", "1e400", "number.a takes a number, not '1e400'"),
        ("input_number.a", "33", "input_number.a takes at most 32, not 33"),
        ("climate.a", "20", "climate.a takes at least 30, not 20"),
        ("select.a", "Turbo", "select.a has no option 'Turbo'; it has Eco, Full"),
        ("switch.a", "ON", "switch.a can be on or off, not 'ON'"),
        ("time.a", "24:00", "time.a takes a time such as 06:30, not '24:00'"),
        ("text.a", "x" * 256, "text.a takes 255 characters, not 256"),
        ("sensor.a", "1", "sensor.a can be read, not set"),
        ("person.a", "1", "person.a can be read, not set"),
    ],
)
def test_what_an_entity_does_not_take_is_said(entity_id: str, payload: str, why: str) -> None:
    assert service_call(entity_id, payload, SHOWN) == why


def test_what_is_not_there_is_not_called() -> None:
    assert service_call("number.a", "1", None) == "Home Assistant has no number.a"


@given(st.sampled_from([*SETTABLE]), st.text(max_size=300))
def test_any_payload_is_a_call_or_a_sentence(domain: str, payload: str) -> None:
    made = service_call(f"{domain}.a", payload, SHOWN)
    if isinstance(made, str):
        assert made.startswith(f"{domain}.a ")
        assert len(made) < 300
