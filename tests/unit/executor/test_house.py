from datetime import timedelta

import pytest
from unit.executor.samples import NOON, discovery, ears, registry, state_topic

from darkstar_common.config import Meter
from darkstar_common.contract import UNKNOWN, Reading
from darkstar_executor.core import house

LATER = NOON + timedelta(minutes=5)


def measured(value: float | None) -> Reading:
    return Reading(value=value, measured_at=NOON)


@pytest.mark.parametrize(
    ("meter", "said", "expected"),
    [
        (Meter(), {"battery_power": -1500}, {"charge_kw": 1.5, "discharge_kw": 0}),
        (
            Meter(battery_discharge_positive=False),
            {"battery_power": -1500},
            {"charge_kw": 0, "discharge_kw": 1.5},
        ),
        (Meter(), {"grid_power": 800}, {"import_kw": 0.8, "export_kw": 0}),
        (
            Meter(grid_import_positive=False),
            {"grid_power": 800},
            {"import_kw": 0, "export_kw": 0.8},
        ),
        (Meter(), {"load_power": 1.25}, {"load_kw": 1.25}),
        (Meter(), {"pv_power": -3}, {"pv_kw": 0}),
        (Meter(), {"water_temperature": "61.5"}, {"water_temperature_c": 61.5}),
        (Meter(), {"grid_voltage": 231}, {"grid_voltage_v": 231}),
    ],
)
def test_units_and_signs(meter: Meter, said: dict[str, object], expected: dict[str, float]) -> None:
    states = house.states(ears(said), meter, NOON)
    assert {name: states[name] for name in expected} == {
        name: measured(value) for name, value in expected.items()
    }


def test_a_dual_meter_has_a_sensor_for_each_direction() -> None:
    states = house.states(ears({"grid_power": 800}), Meter(grid="dual"), NOON)
    assert states["import_kw"] == UNKNOWN


@pytest.mark.parametrize("word", ["unavailable", "unknown", "", "nan", "inf", "-inf", "12,5", "on"])
def test_what_is_no_number_is_null_and_keeps_its_time(word: str) -> None:
    before = ears({"battery_soc": 55})
    after = before.hearing(state_topic("battery_soc"), word, LATER, retained=False)
    reading = house.soc_percent(after, LATER)
    assert reading.value is None
    assert reading.measured_at in {NOON, LATER}


@pytest.mark.parametrize("soc", ["-1", "100.5", "65535"])
def test_a_state_of_charge_that_cannot_be_is_unknown(soc: str) -> None:
    assert house.soc_percent(ears({"battery_soc": soc}), NOON) == measured(None)


@pytest.mark.parametrize(("age", "value"), [(9.9, 55.0), (10.1, None)])
def test_a_reading_too_old_is_null_with_its_age(age: float, value: float | None) -> None:
    now = NOON + timedelta(minutes=age)
    assert house.soc_percent(ears({"battery_soc": 55}), now) == measured(value)


def test_an_entity_may_expire_sooner() -> None:
    quick = ears({"battery_soc": 55}, of=registry(expire_after=30))
    assert house.soc_percent(quick, NOON + timedelta(seconds=29)).value == 55
    assert house.soc_percent(quick, NOON + timedelta(seconds=31)).value is None


def test_unavailable_is_null() -> None:
    up = ears({"battery_soc": 55}, of=registry(availability_topic="house/up"))
    assert house.soc_percent(up, NOON) == measured(None)
    up = up.hearing("house/up", "online", NOON, retained=True)
    assert house.soc_percent(up, NOON) == measured(55)
    up = up.hearing("house/up", "gibberish", NOON, retained=False)
    assert house.soc_percent(up, NOON) == measured(55)
    up = up.hearing("house/up", "offline", NOON, retained=False)
    assert house.soc_percent(up, NOON) == measured(None)
    assert up.shows("work_mode") is None


def test_counters_are_in_kilowatt_hours() -> None:
    energies = house.energies(ears({"load_energy": 12.345, "pv_energy": 6789}), NOON)
    assert energies["load_kwh"] == measured(12.345)
    assert energies["pv_kwh"] == measured(6.789)
    assert energies["ev_kwh"] == UNKNOWN


def test_a_retained_counter_is_no_measurement_of_now() -> None:
    topic = state_topic("load_energy")
    fresh = ears().hearing(topic, "12", NOON, retained=True)
    assert house.energies(fresh, NOON)["load_kwh"] == UNKNOWN
    live = fresh.hearing(topic, "13", NOON, retained=False)
    again = live.hearing(topic, "13", LATER, retained=True)
    assert house.energies(again, LATER)["load_kwh"] == measured(13)


def test_a_retained_state_counts_as_of_its_arrival() -> None:
    heard = ears().hearing(state_topic("battery_soc"), "44", NOON, retained=True)
    assert house.soc_percent(heard, NOON) == measured(44)


def test_the_boundary_is_counted_when_the_last_counter_has_spoken() -> None:
    early = NOON - timedelta(seconds=8)
    heard = ears({"load_energy": 1, "pv_energy": 1}, now=early)
    assert not house.counted_since(heard, NOON)
    heard = heard.hearing(state_topic("load_energy"), "1.1", NOON, retained=False)
    assert not house.counted_since(heard, NOON)
    heard = heard.hearing(state_topic("pv_energy"), "1.1", NOON, retained=False)
    assert house.counted_since(heard, NOON)


def test_rebinding_keeps_what_was_said_by_those_that_stay() -> None:
    before = ears({"battery_soc": 55, "pv_power": 100})
    changed = registry().updated(*_moved("pv_power"), "homeassistant")
    after = before.rebound(ears(of=changed).bindings)
    assert house.soc_percent(after, NOON) == measured(55)
    assert after.reading("pv_power", NOON) == UNKNOWN
    assert "elsewhere" in after.topics
    assert state_topic("pv_power") not in after.topics


def _moved(role: str) -> tuple[str, str]:
    return discovery(role, state_topic="elsewhere")
