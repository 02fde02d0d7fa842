from __future__ import annotations

import json

import pytest
from unit.simulator.houses import a_house, a_simulation, at_soc, deye

from darkstar_simulator.core.control import Orders
from darkstar_simulator.core.dialects.deye import DEYE, WorkMode
from darkstar_simulator.core.entities import Value
from darkstar_simulator.core.house import House, HouseState
from darkstar_simulator.core.readings import number_text, sensor_values
from darkstar_simulator.core.simulation import entities

QUIET: dict[str, Value] = {"water_heater_setpoint": 30, "battery_soc_target": 12}


def told(**settings: Value) -> Orders:
    return deye(**QUIET | settings)


def read(state: HouseState, house: House, orders: Orders) -> dict[str, float]:
    return sensor_values(entities(DEYE, house.parameters), state, house, orders)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(49.96, 1, "50.0"), (-0.4, 0, "0"), (-0.6, 0, "-1"), (1.23456, 3, "1.235"), (0, 3, "0.000")],
)
def test_texts_of_numbers(value: float, decimals: int, text: str) -> None:
    assert number_text(value, decimals) == text


def test_signs_while_discharging_and_exporting() -> None:
    sells = told(work_mode=WorkMode.EXPORT_FIRST, export_surplus_power=1500)
    values = read(at_soc(50), a_house(load_kw=1.0), sells)
    assert values["inverter_battery_power"] == pytest.approx(2500)
    assert values["grid_meter_power"] == pytest.approx(-1500)
    assert values["inverter_load_power"] == pytest.approx(1000)
    assert values["inverter_grid_voltage"] > 231


def test_signs_while_charging_from_the_grid() -> None:
    buys = told(battery_grid_charging=True, battery_soc_target=90, battery_max_charging_current=40)
    values = read(at_soc(50), a_house(load_kw=1.0), buys)
    assert values["inverter_battery_power"] == pytest.approx(-2000)
    assert values["grid_meter_power"] == pytest.approx(3000)
    assert values["inverter_grid_voltage"] < 231


def test_load_counts_the_heater_as_well() -> None:
    hot = told(water_heater_setpoint=80)
    values = read(at_soc(50), a_house(load_kw=1.0), hot)
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
