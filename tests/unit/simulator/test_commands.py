from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from darkstar_simulator.core.commands import Applied, Refused, command
from darkstar_simulator.core.entities import entities
from darkstar_simulator.core.parameters import HouseParameters
from darkstar_simulator.core.settings import Settings, WorkMode

ENTITIES = {one.object_id: one for one in entities(HouseParameters())}
BEFORE = Settings()


@pytest.mark.parametrize(
    ("object_id", "payload", "expected"),
    [
        ("inverter_work_mode", b"Export First", {"work_mode": WorkMode.EXPORT_FIRST}),
        ("inverter_battery_grid_charging", b"ON", {"grid_charging": True}),
        ("inverter_battery_grid_charging", b" OFF\n", {"grid_charging": False}),
        ("inverter_battery_max_charging_current", b"0", {"max_charging_current_a": 0.0}),
        ("inverter_battery_max_charging_current", b"184.5", {"max_charging_current_a": 185.0}),
        ("inverter_battery_max_discharging_current", b"42.4", {"max_discharging_current_a": 42.0}),
        ("inverter_export_surplus_power", b"16000", {"export_limit_w": 16000.0}),
        ("inverter_export_surplus_power", b"1e3", {"export_limit_w": 1000.0}),
        ("inverter_battery_soc_target", b"50.0", {"soc_target_percent": 50.0}),
        ("water_heater_setpoint", b"45", {"water_setpoint_c": 45.0}),
    ],
)
def test_applied(object_id: str, payload: bytes, expected: dict[str, object]) -> None:
    outcome = command(ENTITIES[object_id], payload, BEFORE)
    assert isinstance(outcome, Applied)
    assert asdict(outcome.settings) == asdict(BEFORE) | expected


def test_a_whole_step_is_half_a_step_away_at_most() -> None:
    coarse = replace(ENTITIES["water_heater_setpoint"], step=5.0)
    outcome = command(coarse, b"47.5", BEFORE)
    assert isinstance(outcome, Applied)
    assert outcome.settings.water_setpoint_c == 50.0


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
    outcome = command(ENTITIES[object_id], payload, BEFORE)
    assert isinstance(outcome, Refused)
    assert sentence in outcome.reason


def test_a_huge_payload_does_not_fill_the_log() -> None:
    outcome = command(ENTITIES["inverter_work_mode"], b"x" * 1_000_000, BEFORE)
    assert isinstance(outcome, Refused)
    assert len(outcome.reason) < 300
