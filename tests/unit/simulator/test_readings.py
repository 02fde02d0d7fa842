from __future__ import annotations

import json
from dataclasses import replace

import pytest
from unit.simulator.houses import a_house, a_simulation, at_soc

from darkstar_simulator.core.readings import number_text, sensor_values
from darkstar_simulator.core.settings import Settings, WorkMode

QUIET = Settings(water_setpoint_c=30, soc_target_percent=12)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(49.96, 1, "50.0"), (-0.4, 0, "0"), (-0.6, 0, "-1"), (1.23456, 3, "1.235"), (0, 3, "0.000")],
)
def test_texts_of_numbers(value: float, decimals: int, text: str) -> None:
    assert number_text(value, decimals) == text


def test_signs_while_discharging_and_exporting() -> None:
    sells = replace(QUIET, work_mode=WorkMode.EXPORT_FIRST, export_limit_w=1500)
    values = sensor_values(at_soc(50), a_house(load_kw=1.0), sells)
    assert values["inverter_battery_power"] == pytest.approx(2500)
    assert values["grid_meter_power"] == pytest.approx(-1500)
    assert values["inverter_load_power"] == pytest.approx(1000)
    assert values["inverter_grid_voltage"] > 231


def test_signs_while_charging_from_the_grid() -> None:
    buys = replace(QUIET, grid_charging=True, soc_target_percent=90, max_charging_current_a=40)
    values = sensor_values(at_soc(50), a_house(load_kw=1.0), buys)
    assert values["inverter_battery_power"] == pytest.approx(-2000)
    assert values["grid_meter_power"] == pytest.approx(3000)
    assert values["inverter_grid_voltage"] < 231


def test_load_counts_the_heater_as_well() -> None:
    hot = replace(QUIET, water_setpoint_c=80)
    values = sensor_values(at_soc(50), a_house(load_kw=1.0), hot)
    assert values["inverter_load_power"] == pytest.approx(4000)
    assert values["water_heater_power"] == pytest.approx(3000)


def test_every_entity_has_a_text_and_a_topic() -> None:
    simulation = a_simulation()
    texts = simulation.texts()
    assert set(texts) == {one.object_id for one in simulation.entities}
    payloads = simulation.payloads()
    assert payloads["inverter/sim1/battery_soc"] == "50.0"
    assert payloads["inverter/sim1/work_mode"] == "Zero Export To CT"
    assert payloads["inverter/sim1/battery_grid_charging"] == "OFF"
    assert payloads["inverter/sim1/battery_max_charging_current"] == "185"
    assert payloads["inverter/sim1/total_load"] == "0.000"
    assert json.loads(payloads["grid_meter/sim1/state"]) == {
        "power": 0,
        "import_energy": 0.0,
        "export_energy": 0.0,
    }
