import json
from datetime import timedelta
from typing import Any

import pytest
from unit.executor.samples import DEYE, NOON, PREFIX, ears, house

from darkstar_common.config import Config, Ev, Executor
from darkstar_executor.core.binding import bound
from darkstar_executor.core.discovery import Registry
from darkstar_executor.core.ears import Ears, deaf
from darkstar_executor.core.house import house_state
from darkstar_executor.core.measured import EvMeasured, Measured, measured

BARE = Config(evs=(Ev(id="zoe", phases=1, voltage_v=230), Ev(id="ioniq")))
ZOE = {
    "zoe/charging": ("switch", {}),
    "zoe/current": ("number", {"unit_of_measurement": "A"}),
    "zoe/power": ("sensor", {"unit_of_measurement": "W"}),
    "zoe/connected": ("binary_sensor", {"payload_on": "plugged", "payload_off": "free"}),
    "zoe/soc": ("sensor", {"unit_of_measurement": "%"}),
}


def test_readings_are_bare_figures() -> None:
    heard = ears({"battery_soc": 55, "battery_power": -1500, "grid_power": 300, "pv_power": 2100})
    found = measured(heard, house(), NOON)
    assert (found.soc_percent, found.pv_kw) == (55, 2.1)
    assert (found.charge_kw, found.discharge_kw) == (1.5, 0)
    assert (found.import_kw, found.export_kw) == (0.3, 0)


def test_what_is_not_known_is_none() -> None:
    assert measured(deaf(house()), house(), NOON) == Measured()


def test_the_mode_is_in_the_inverters_own_word() -> None:
    assert measured(ears({"work_mode": "Export First"}), house(), NOON).work_mode == "Export First"


def playing(entities: dict[str, tuple[str, dict[str, Any]]], **said: str) -> tuple[Ears, Config]:
    """Ears of a house with these entities, by role, having heard what they `said`."""
    found, roles = Registry(), {}
    for role, (component, raw) in entities.items():
        key = role.replace("/", "_")
        roles[role] = f"{component}.{key}"
        full = {"name": key, "state_topic": key, "command_topic": "c"} | raw
        found = found.updated(f"{PREFIX}/{component}/{key}/config", json.dumps(full), PREFIX)
    config = BARE.model_copy(update={"executor": Executor(roles=roles)})
    made = deaf(config).rebound(bound(found.entities, DEYE, config))
    for key, payload in said.items():
        made = made.hearing(key, payload, NOON, retained=False)
    return made, config


def test_a_vehicle_is_measured_at_its_charger() -> None:
    heard, config = playing(
        ZOE, zoe_charging="ON", zoe_power="3600", zoe_connected="plugged", zoe_soc="61"
    )
    assert measured(heard, config, NOON).evs == {
        "zoe": EvMeasured(connected=True, charging=True, power_kw=3.6, soc_percent=61),
        "ioniq": EvMeasured(),
    }


def test_a_vehicle_that_says_nonsense_is_unknown() -> None:
    heard, config = playing(ZOE, zoe_charging="maybe", zoe_power="lots", zoe_soc="255")
    assert measured(heard, config, NOON).evs["zoe"] == EvMeasured()


@pytest.mark.parametrize(("word", "on"), [("ON", True), ("OFF", False), ("?", None)])
@pytest.mark.parametrize("component", ["switch", "binary_sensor"])
def test_a_switch_of_the_house_is_read(component: str, word: str, on: bool | None) -> None:
    heard, config = playing({"automation_switch": (component, {})}, automation_switch=word)
    assert measured(heard, config, NOON).automation_on is on
    later = NOON + timedelta(days=3)
    assert measured(heard, config, later).automation_on is on, "a switch speaks when it changes"


@pytest.mark.parametrize(
    ("component", "word", "armed"),
    [
        ("alarm_control_panel", "armed_away", True),
        ("alarm_control_panel", "armed_vacation", True),
        ("alarm_control_panel", "pending", True),
        ("alarm_control_panel", "armed_home", False),
        ("alarm_control_panel", "armed_night", False),
        ("alarm_control_panel", "disarmed", False),
        ("alarm_control_panel", "arming", False),
        ("alarm_control_panel", "triggered", None),
        ("alarm_control_panel", "unavailable", None),
        ("binary_sensor", "ON", True),
        ("binary_sensor", "OFF", False),
        ("switch", "?", None),
    ],
)
def test_an_alarm_tells_that_the_house_was_left(
    component: str, word: str, armed: bool | None
) -> None:
    heard, config = playing({"alarm": (component, {})}, alarm=word)
    assert house_state(heard, config, NOON)["alarm_armed"] is armed


def test_a_house_without_an_alarm_says_nothing_of_it() -> None:
    heard, config = playing({})
    assert house_state(heard, config, NOON)["alarm_armed"] is None


@pytest.mark.parametrize(
    ("component", "raw", "word", "there"),
    [
        ("binary_sensor", {}, "ON", True),
        ("binary_sensor", {}, "OFF", False),
        ("binary_sensor", {"device_class": "problem"}, "ON", False),
        ("binary_sensor", {"device_class": "problem"}, "OFF", True),
        ("switch", {"state_on": "1", "state_off": "0"}, "0", False),
        ("sensor", {}, "On-Grid", True),
        ("sensor", {}, "connected", True),
        ("sensor", {}, "off_grid", False),
        ("sensor", {}, "Island", False),
        ("sensor", {}, "whatever", None),
        ("sensor", {}, "unavailable", None),
    ],
)
def test_the_grids_status_is_understood_in_many_words(
    component: str, raw: dict[str, Any], word: str, there: bool | None
) -> None:
    heard, config = playing({"grid_status": (component, raw)}, grid_status=word)
    assert measured(heard, config, NOON).grid_available is there


VOLTAGE = ("sensor", {"unit_of_measurement": "V"})


@pytest.mark.parametrize(
    ("said", "there"),
    [
        ({"grid_voltage": "231"}, True),
        ({"grid_voltage": "3"}, False),
        ({"grid_voltage": "unavailable"}, None),
        ({}, None),
        ({"grid_status": "OFF", "grid_voltage": "231"}, False),
        ({"grid_status": "ON", "grid_voltage": "0"}, True),
        ({"grid_status": "hm", "grid_voltage": "0"}, False),
    ],
)
def test_the_grid_is_there_by_status_else_by_voltage(
    said: dict[str, str], there: bool | None
) -> None:
    heard, config = playing({"grid_status": ("binary_sensor", {}), "grid_voltage": VOLTAGE}, **said)
    assert measured(heard, config, NOON).grid_available is there
