from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from unit.simulator.acme import ACME
from unit.simulator.houses import ROUND, START, a_house, a_simulation

from darkstar_simulator.core.car import Car
from darkstar_simulator.core.faults import Fault, FaultKind
from darkstar_simulator.core.memory import LONGEST_ABSENCE, recall, remember
from darkstar_simulator.core.parameters import WallboxParameters
from darkstar_simulator.core.simulation import Simulation, disturb, move

HOUSE = a_house(load_kw=1.0)
DRIVING = a_house(load_kw=1.0, parameters=replace(ROUND, wallbox=WallboxParameters()))
LATER = START + timedelta(minutes=100)


def lived() -> Simulation:
    simulation = a_simulation(HOUSE)
    settings = {**simulation.settings, "work_mode": "Export First", "battery_soc_target": 44.0}
    simulation = move(replace(simulation, settings=settings), LATER).simulation
    return disturb(simulation, Fault(kind=FaultKind.RESET, target="inverter_total_load"))


def through_json(simulation: Simulation) -> dict[str, object]:
    memory: dict[str, object] = json.loads(json.dumps(remember(simulation)))
    return memory


def test_a_restart_goes_on_exactly() -> None:
    before = lived()
    after = recall(through_json(before), HOUSE, node="sim1", now=LATER)
    assert after.state == before.state
    assert after.settings == before.settings
    assert after.settings["work_mode"] == "Export First"
    assert after.texts() == before.texts()


def test_the_house_went_on_while_nobody_watched() -> None:
    before = lived()
    now = LATER + timedelta(hours=3)
    after = move(recall(through_json(before), HOUSE, node="sim1", now=now), now)
    assert after.simulation.state == move(before, now).simulation.state
    assert len(after.records) == 12


@pytest.mark.parametrize("away", [LONGEST_ABSENCE + timedelta(seconds=1), timedelta(hours=-5)])
def test_after_a_long_absence_or_with_the_clock_set_back_it_stands_as_it_was(
    away: timedelta,
) -> None:
    before = lived()
    after = recall(through_json(before), HOUSE, node="sim1", now=LATER + away)
    assert after.state.at == LATER + away
    assert after.state.stored_kwh == before.state.stored_kwh
    assert after.state.counters == before.state.counters
    assert after.state.opened == before.state.counters


def test_an_inverter_of_another_brand_is_set_as_a_new_one_in_the_same_house() -> None:
    simulation = lived()
    warm = {**simulation.settings, "water_heater_setpoint": 71.0, "_note": "Deye's own"}
    before = replace(simulation, settings=warm)
    after = recall(through_json(before), HOUSE, node="sim1", now=LATER, dialect=ACME)
    assert after.state == before.state
    assert after.settings["mode"] == "Self-use"
    assert after.settings["water_heater_setpoint"] == 71.0
    assert not set(after.settings) & {"work_mode", "_note"}
    assert after.faults.zeros == {}
    assert after.texts()["inverter_bought"] != "0"


def test_a_memory_of_before_there_was_a_car_or_a_dialect_goes_on() -> None:
    memory = through_json(lived())
    del memory["dialect"]
    state = memory["state"]
    assert isinstance(state, dict)
    del state["car"]
    after = recall(memory, DRIVING, node="sim1", now=LATER)
    assert after.state.stored_kwh == lived().state.stored_kwh
    assert after.state.car == Car(stored_kwh=36.0)
    assert after.settings["work_mode"] == "Zero Export To CT"


def test_the_car_is_remembered_while_there_is_a_wallbox() -> None:
    simulation = move(a_simulation(DRIVING), LATER).simulation
    driven = replace(simulation, state=replace(simulation.state, car=Car(stored_kwh=12.5)))
    memory = through_json(driven)
    assert recall(memory, DRIVING, node="sim1", now=LATER).state.car == Car(stored_kwh=12.5)
    assert recall(memory, HOUSE, node="sim1", now=LATER).state.car is None


def test_faults_end_with_a_restart() -> None:
    sick = disturb(lived(), Fault(kind=FaultKind.NAN))
    assert recall(through_json(sick), HOUSE, node="sim1", now=LATER).texts() == lived().texts()


def test_a_memory_of_something_else_is_an_error() -> None:
    with pytest.raises(KeyError):
        recall({"something": "else"}, HOUSE, node="sim1", now=START)
