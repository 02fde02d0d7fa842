from __future__ import annotations

import json
from datetime import timedelta

import pytest
from unit.simulator.houses import START, a_house, a_simulation

from darkstar_simulator.core.commands import Applied, Refused
from darkstar_simulator.core.entities import Device, Entity
from darkstar_simulator.core.faults import Fault, FaultKind, NotUnderstood, parse_fault
from darkstar_simulator.core.simulation import Simulation, disturb, move, receive

FRESH = a_simulation()
HOUR = timedelta(hours=1)


def entity(object_id: str) -> Entity:
    return next(one for one in FRESH.entities if one.object_id == object_id)


def suffering(*payloads: str, simulation: Simulation = FRESH) -> Simulation:
    for payload in payloads:
        fault = parse_fault(payload.encode(), simulation.entities)
        assert isinstance(fault, Fault)
        simulation = disturb(simulation, fault)
    return simulation


def told(simulation: Simulation, **payloads: str) -> Simulation:
    for object_id, payload in payloads.items():
        simulation = receive(simulation, entity(object_id), payload.encode()).simulation
    return simulation


def later(simulation: Simulation, by: timedelta = HOUR) -> Simulation:
    return move(simulation, simulation.state.at + by).simulation


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("frozen", Fault(kind=FaultKind.FROZEN)),
        ("clear", Fault(kind=None)),
        ('"nan"', Fault(kind=FaultKind.NAN)),
        ("nan inverter_battery_soc", Fault(kind=FaultKind.NAN, target="inverter_battery_soc")),
        (
            '{"fault": "slow", "target": "inverter", "delay_seconds": 7}',
            Fault(kind=FaultKind.SLOW, target="inverter", delay_seconds=7.0),
        ),
        ('{"fault": "frozen", "on": false}', Fault(kind=FaultKind.FROZEN, on=False)),
    ],
)
def test_requests_are_json_or_bare_words(payload: str, expected: Fault) -> None:
    assert parse_fault(payload.encode(), FRESH.entities) == expected


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        ("banana", "'banana' is no fault; understood are unavailable, frozen, reset, nan"),
        ("", "'' is no fault"),
        ("[1]", "is no fault"),
        ("frozen toaster", "'toaster' is no entity or device"),
        ('{"fault": "frozen", "target": ["a"]}', "is no entity"),
        ('{"fault": "frozen", "on": "yes"}', "on must be true or false"),
        ('{"fault": "slow", "delay_seconds": "soon"}', "delay_seconds must be a number"),
        ('{"fault": "slow", "delay_seconds": -1}', "delay_seconds must be a number"),
        ('{"fault": "slow", "delay_seconds": NaN}', "delay_seconds must be a number"),
        ('{"fault": "slow", "delay_seconds": true}', "delay_seconds must be a number"),
        ('{"fault": "frozen", "entity": "x"}', "unknown key entity"),
        ("reset inverter_battery_soc", "no counter"),
        ("grid_outage inverter", "a grid_outage is of the whole house, not of inverter"),
    ],
)
def test_what_is_not_understood_says_what_would_be(payload: str, sentence: str) -> None:
    found = parse_fault(payload.encode(), FRESH.entities)
    assert isinstance(found, NotUnderstood)
    assert sentence in found.reason
    assert '{"fault": "frozen"' in found.reason


def test_unavailable_sensor() -> None:
    sick = suffering("unavailable inverter_battery_soc")
    assert sick.texts()["inverter_battery_soc"] == "unavailable"
    assert sick.texts()["inverter_pv_power"] != "unavailable"
    assert sick.payloads()["inverter/sim1/availability"] == "online"


def test_unavailable_device_goes_offline_and_hears_nothing() -> None:
    sick = suffering("unavailable inverter")
    payloads = sick.payloads()
    assert payloads["inverter/sim1/availability"] == "offline"
    assert payloads["grid_meter/sim1/availability"] == "online"
    assert receive(sick, entity("inverter_battery_soc_target"), b"50").simulation == sick
    assert all(suffering("unavailable").faults.offline(device) for device in Device)


def test_unavailable_in_the_meters_json() -> None:
    sick = suffering("unavailable grid_meter_power")
    assert json.loads(sick.payloads()["grid_meter/sim1/state"])["power"] == "unavailable"


def test_frozen_keeps_its_last_text_until_it_thaws() -> None:
    before = FRESH.texts()["inverter_total_load"]
    sick = later(suffering("frozen inverter_total_load"))
    assert sick.texts()["inverter_total_load"] == before
    assert float(sick.texts()["grid_meter_import_energy"]) >= 0
    well = suffering('{"fault": "frozen", "target": "inverter_total_load", "on": false}',
                     simulation=sick)  # fmt: skip
    assert float(well.texts()["inverter_total_load"]) == pytest.approx(1.0)


def test_a_reset_counter_starts_anew_and_only_that_one() -> None:
    hour = later(FRESH)
    sick = suffering("reset inverter_total_load", simulation=hour)
    assert sick.texts()["inverter_total_load"] == "0.000"
    assert sick.texts()["inverter_total_battery_discharge"] != "0.000"
    assert float(later(sick).texts()["inverter_total_load"]) == pytest.approx(1.0)
    assert sick.state.counters == hour.state.counters
    undone = suffering('{"fault": "reset", "on": false}', simulation=sick)
    assert undone.texts() == hour.texts()


def test_nan_is_for_sensors_only() -> None:
    texts = suffering("nan").texts()
    assert texts["inverter_battery_soc"] == "nan"
    assert texts["inverter_battery_soc_target"] == "12"
    state = suffering("nan").payloads()["grid_meter/sim1/state"]
    assert json.loads(state) == {"power": "nan", "import_energy": "nan", "export_energy": "nan"}


def test_an_ignored_command_leaves_no_trace() -> None:
    sick = suffering("ignore_commands inverter_battery_soc_target")
    step = receive(sick, entity("inverter_battery_soc_target"), b"50")
    assert step.simulation == sick
    assert step.answered == frozenset()
    other = receive(sick, entity("water_heater_setpoint"), b"50")
    assert other.simulation.settings["water_heater_setpoint"] == 50


def test_a_refused_command_is_answered_with_the_old_state() -> None:
    sick = suffering("refuse_commands")
    step = receive(sick, entity("inverter_battery_soc_target"), b"50")
    assert isinstance(step.outcomes[0], Refused)
    assert step.simulation.settings == sick.settings
    assert step.answered == {"inverter/sim1/battery_soc_target"}


def test_a_slow_device_acts_and_answers_later() -> None:
    sick = suffering('{"fault": "slow", "delay_seconds": 30}')
    target = entity("inverter_battery_soc_target")
    step = receive(receive(sick, target, b"90").simulation, target, b"40")
    assert step.outcomes == ()
    early = move(step.simulation, START + timedelta(seconds=29))
    assert early.simulation.settings["battery_soc_target"] == 12
    late = move(early.simulation, START + timedelta(seconds=31))
    assert [type(one) for one in late.outcomes] == [Applied, Applied]
    assert late.simulation.settings["battery_soc_target"] == 40
    assert late.simulation.pending == ()
    assert late.answered == {"inverter/sim1/battery_soc_target"}


def test_a_slow_command_acts_at_its_exact_time() -> None:
    sick = suffering('{"fault": "slow", "delay_seconds": 1800}')
    waiting = receive(sick, entity("inverter_battery_max_discharging_current"), b"0").simulation
    moved = move(waiting, START + HOUR).simulation
    assert moved.state.counters.discharge_kwh == pytest.approx(0.5)
    assert moved.state.counters.import_kwh == pytest.approx(0.5)


def test_slow_commands_act_in_the_order_in_which_they_fall_due() -> None:
    target = entity("inverter_battery_soc_target")
    waiting = receive(suffering('{"fault": "slow", "delay_seconds": 30}'), target, b"90")
    faster = suffering('{"fault": "slow", "delay_seconds": 10}', simulation=waiting.simulation)
    both = receive(faster, target, b"40").simulation
    assert move(both, START + timedelta(minutes=1)).simulation.settings["battery_soc_target"] == 90


def test_without_a_grid_the_battery_serves_the_house_and_nothing_crosses_the_meter() -> None:
    dark = later(suffering("grid_outage"))
    texts = dark.texts()
    assert texts["inverter_grid_voltage"] == "0.0"
    assert texts["inverter_grid_status"] == "OFF"
    assert texts["grid_meter_power"] == "0"
    counters = dark.state.counters
    assert (counters.import_kwh, counters.export_kwh) == (0.0, 0.0)
    assert counters.discharge_kwh == pytest.approx(counters.load_kwh) == pytest.approx(1.0)
    assert suffering("clear", simulation=dark).texts()["inverter_grid_status"] == "ON"


def test_without_a_grid_no_order_and_no_heater_empties_the_battery() -> None:
    selling = told(FRESH, inverter_work_mode="Export First", water_heater_setpoint="85")
    dark = later(suffering("grid_outage", simulation=selling))
    assert dark.state.counters.discharge_kwh == pytest.approx(1.0)
    assert dark.state.counters.water_kwh == 0.0
    buying = told(FRESH, inverter_battery_grid_charging="ON", inverter_battery_soc_target="100")
    dark = later(suffering("grid_outage", simulation=buying))
    assert (dark.state.counters.charge_kwh, dark.state.counters.import_kwh) == (0.0, 0.0)


def test_without_a_grid_what_the_battery_cannot_serve_goes_dark() -> None:
    dark = later(suffering("grid_outage"), 10 * HOUR)
    # 4.5 kWh above 5 % give 3.6 kWh
    assert dark.state.counters.load_kwh == pytest.approx(3.6)
    assert dark.texts()["inverter_load_power"] == "0"
    assert dark.texts()["inverter_battery_soc"] == "5.0"


def test_without_a_grid_sun_that_nobody_needs_is_lost() -> None:
    sunny = a_simulation(a_house(load_kw=1.0, pv_kw=9.0))
    dark = later(suffering("grid_outage", simulation=sunny), 4 * HOUR)
    c = dark.state.counters
    assert dark.state.stored_kwh == 10.0
    assert c.pv_kwh + c.curtailed_kwh == pytest.approx(36.0)
    assert c.pv_kwh == pytest.approx(c.load_kwh + c.charge_kwh)


def test_the_grid_fails_and_returns_at_its_exact_moment() -> None:
    before = later(FRESH, timedelta(minutes=20))
    dark = later(suffering("grid_outage", simulation=before), timedelta(minutes=20))
    well = later(suffering("clear", simulation=dark), timedelta(minutes=20))
    assert well.state.at == START + HOUR
    assert well.state.counters.discharge_kwh == pytest.approx(1.0)


def test_clear_ends_all_but_the_resets() -> None:
    hour = later(FRESH)
    sick = suffering("nan", "frozen", "unavailable", "reset", "clear", simulation=hour)
    assert sick.texts()["inverter_total_load"] == "0.000"
    assert sick.texts()["inverter_battery_soc"] == hour.texts()["inverter_battery_soc"]
    assert sick.payloads()["inverter/sim1/availability"] == "online"


def test_faults_do_not_touch_the_physics() -> None:
    sick = later(suffering("nan", "frozen", "unavailable", "reset", "slow", "refuse_commands"))
    assert sick.state == later(FRESH).state
