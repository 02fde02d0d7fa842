from datetime import timedelta
from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.executor.samples import DEYE, NOON, PREFIX, discovery, ears, registry, state_topic
from unit.executor.samples import house as house_config

from darkstar_common.config import Ev, Meter
from darkstar_common.contract import UNKNOWN, HouseState, Reading, Service
from darkstar_executor.core import house
from darkstar_executor.core.binding import bound
from darkstar_executor.core.ears import deaf

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


def test_a_role_may_have_an_age_limit_of_its_own() -> None:
    config = house_config(max_age_seconds={"battery_soc": 30, "grid_power": 7200})
    heard = deaf(config).rebound(ears().bindings)
    for role, value in {"battery_soc": "55", "grid_power": "800", "pv_power": "100"}.items():
        heard = heard.hearing(state_topic(role), value, NOON, retained=False)
    for age, soc, grid, pv in ((29, 55, 0.8, 0.1), (31, None, 0.8, 0.1), (3600, None, 0.8, None)):
        states = house.states(heard, Meter(), NOON + timedelta(seconds=age))
        found = [states[name].value for name in ("soc_percent", "import_kw", "pv_kw")]
        assert found == [soc, grid, pv], age


def test_a_word_gets_old_only_by_a_limit_of_its_own() -> None:
    config = house_config(max_age_seconds={"grid_charging": 60})
    heard = deaf(config).rebound(ears().bindings)
    for role, word in {"grid_charging": "ON", "work_mode": "Export First"}.items():
        heard = heard.hearing(state_topic(role), word, NOON, retained=False)
    later = NOON + timedelta(seconds=61)
    assert heard.is_on("grid_charging", NOON) is True
    assert heard.is_on("grid_charging", later) is None
    assert heard.word("work_mode", later + timedelta(days=1)) == "Export First"


TWO = {
    "battery_charge_power": "sensor.house_pv_power",
    "battery_discharge_power": "sensor.house_load_power",
}


@pytest.mark.parametrize(
    ("said", "charge", "discharge"),
    [
        ({"pv_power": 1500, "load_power": 0}, 1.5, 0),
        ({"pv_power": -4, "load_power": 2.5}, 0, 2.5),
        ({"pv_power": 1500}, 1.5, None),
        ({"pv_power": 1500, "battery_power": 900}, 1.5, None),
    ],
)
def test_a_battery_may_have_a_sensor_for_each_direction(
    said: dict[str, float], charge: float, discharge: float | None
) -> None:
    config = house_config(roles=TWO | {"battery_power": "sensor.house_battery_power"})
    heard = deaf(config).rebound(bound(registry().entities, DEYE, config))
    for role, value in said.items():
        heard = heard.hearing(state_topic(role), str(value), NOON, retained=False)
    states = house.states(heard, Meter(), NOON)
    assert (states["charge_kw"].value, states["discharge_kw"].value) == (charge, discharge)


def test_entities_that_share_a_topic_each_take_their_own() -> None:
    shared = registry(["battery_soc"], state_topic="all", value_template="{{ value_json.soc }}")
    topic, payload = discovery("pv_power", state_topic="all", val_tpl="{{ value_json.pv }}")
    heard = ears(of=shared.updated(topic, payload, PREFIX))
    heard = heard.hearing("all", '{"soc": 61, "pv": 1500}', NOON, retained=False)
    assert house.soc_percent(heard, NOON) == measured(61)
    assert heard.reading("pv_power", NOON) == measured(1.5)


def test_a_message_about_something_else_is_no_news_and_no_loss() -> None:
    shared = registry(["battery_soc"], state_topic="all", value_template="{{ value_json.soc }}")
    heard = ears(of=shared).hearing("all", '{"soc": 61}', NOON, retained=False)
    again = heard.hearing("all", '{"link": 7}', LATER, retained=False)
    assert again is heard
    assert house.soc_percent(again, NOON + timedelta(minutes=11)).value is None
    lost = heard.hearing("all", "unavailable", LATER, retained=False)
    assert house.soc_percent(lost, LATER) == measured(None)


EVS = (Ev(id="zoe", phases=1), Ev(id="ioniq"))
PLAYS = {"zoe/power": "sensor.house_pv_power", "ioniq/power": "sensor.house_load_power"}


@pytest.mark.parametrize(
    ("roles", "said", "total"),
    [
        (PLAYS, {"pv_power": 1500, "load_power": 2}, 3.5),
        (PLAYS, {"pv_power": 1500}, None),
        (PLAYS | {"ev_power": "sensor.house_grid_power"}, {"grid_power": 4200}, 4.2),
        ({}, {"pv_power": 1500}, None),
    ],
)
def test_all_vehicles_together_are_known_when_each_is(
    roles: dict[str, str], said: dict[str, float], total: float | None
) -> None:
    config = house_config(roles=roles).model_copy(update={"evs": EVS})
    heard = deaf(config).rebound(bound(registry().entities, DEYE, config))
    for role, value in said.items():
        heard = heard.hearing(state_topic(role), str(value), NOON, retained=False)
    assert house.house_state(heard, config, NOON)["ev_kw"].value == total


def test_what_a_charger_is_set_to_is_in_amperes() -> None:
    amperes = house_config(roles={"zoe/current": "number.house_max_charge_current"})
    watts = house_config(roles={"zoe/current": "number.house_export_limit"})
    for config, role, said in (
        (amperes, "max_charge_current", "16"),
        (watts, "export_limit", "3680"),
    ):
        whole = config.model_copy(update={"evs": EVS})
        heard = deaf(whole).rebound(bound(registry().entities, DEYE, whole))
        heard = heard.hearing(state_topic(role), said, NOON, retained=False)
        assert house.house_state(heard, whole, NOON)["evs"]["zoe"].current_a == measured(16)


def test_the_state_of_a_house_has_all_its_fields() -> None:
    said = {"battery_soc": 55, "grid_voltage": 231, "work_mode": "Export First"}
    fields = house.house_state(ears(said), house_config(), NOON)
    state = HouseState(sender=Service.EXECUTOR, emitted_at=NOON, **fields)
    assert (state.grid_available, state.work_mode, state.evs) == (True, "Export First", {})


@given(st.text(max_size=20), st.booleans())
def test_no_payload_can_break_the_ears(payload: str, retained: bool) -> None:
    heard = ears({"battery_soc": 55})
    for topic in heard.topics:
        heard = heard.hearing(topic, payload, LATER, retained=retained)
    for reading in house.states(heard, Meter(), LATER).values():
        assert reading.value is None or isfinite(reading.value)


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


def test_what_is_known_and_comes_again_retained_gets_no_younger() -> None:
    """A broker that comes and goes brings it at each start; the sensor said it once."""
    topic = state_topic("battery_soc")
    heard = ears().hearing(topic, "44", NOON, retained=False)
    again = heard.hearing(topic, "44", LATER, retained=True)
    assert house.soc_percent(again, LATER) == measured(44)
    assert again.hearing(topic, "44", LATER, retained=False).said["battery_soc"].at == LATER
    assert again.hearing(topic, "45", LATER, retained=True).said["battery_soc"].at == LATER


def test_what_was_lost_and_comes_again_retained_is_news() -> None:
    topic = state_topic("battery_soc")
    lost = ears({"battery_soc": 44}).hearing(topic, "unavailable", NOON, retained=False)
    assert lost.hearing(topic, "44", LATER, retained=True).said["battery_soc"].at == LATER


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
