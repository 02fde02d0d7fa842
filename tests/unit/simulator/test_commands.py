from __future__ import annotations

from dataclasses import replace

import pytest

from darkstar_simulator.core.commands import Applied, Refused, command
from darkstar_simulator.core.dialects.deye import DEYE
from darkstar_simulator.core.entities import Value
from darkstar_simulator.core.parameters import HouseParameters
from darkstar_simulator.core.simulation import entities

ENTITIES = {one.object_id: one for one in entities(DEYE, HouseParameters())}


@pytest.mark.parametrize(
    ("object_id", "payload", "expected"),
    [
        ("inverter_work_mode", b"Export First", "Export First"),
        ("inverter_battery_grid_charging", b"ON", True),
        ("inverter_battery_grid_charging", b" OFF\n", False),
        ("inverter_battery_max_charging_current", b"0", 0.0),
        ("inverter_battery_max_charging_current", b"184.5", 185.0),
        ("inverter_battery_max_discharging_current", b"42.4", 42.0),
        ("inverter_export_surplus_power", b"16000", 16000.0),
        ("inverter_export_surplus_power", b"1e3", 1000.0),
        ("inverter_battery_soc_target", b"50.0", 50.0),
        ("water_heater_setpoint", b"45", 45.0),
    ],
)
def test_applied(object_id: str, payload: bytes, expected: Value) -> None:
    outcome = command(ENTITIES[object_id], payload)
    assert outcome == Applied(ENTITIES[object_id], expected)


def test_a_whole_step_is_half_a_step_away_at_most() -> None:
    coarse = replace(ENTITIES["water_heater_setpoint"], step=5.0)
    outcome = command(coarse, b"47.5")
    assert outcome == Applied(coarse, 50.0)


@pytest.mark.parametrize(
    ("object_id", "payload", "sentence"),
    [
        ("inverter_battery_max_charging_current", b"186", "0 to 185 A"),
        ("inverter_battery_max_charging_current", b"-1", "out of range"),
        ("inverter_battery_max_charging_current", b"nan", "out of range"),
        ("inverter_battery_max_charging_current", b"inf", "out of range"),
        ("inverter_battery_max_charging_current", b"", "not a number"),
        ("inverter_battery_max_charging_current", b"9 kW", "not a number"),
        ("inverter_battery_max_charging_current", b"\xff\x00", "not a number"),
        ("water_heater_setpoint", b"29", "30 to 85 °C"),
        ("inverter_work_mode", b"Self-Use", "Export First, Zero Export To CT"),
        ("inverter_work_mode", b"export first", "no option"),
        ("inverter_battery_grid_charging", b"true", "ON or OFF"),
        ("inverter_battery_soc", b"50", "takes no command"),
    ],
)
def test_refused_with_a_sentence(object_id: str, payload: bytes, sentence: str) -> None:
    outcome = command(ENTITIES[object_id], payload)
    assert isinstance(outcome, Refused)
    assert sentence in outcome.reason


def test_a_huge_payload_does_not_fill_the_log() -> None:
    outcome = command(ENTITIES["inverter_work_mode"], b"x" * 1_000_000)
    assert isinstance(outcome, Refused)
    assert len(outcome.reason) < 300
