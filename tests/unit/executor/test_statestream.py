from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.executor.heard import heard
from unit.executor.samples import NOON, discovery

from darkstar_common.config import Config, Executor, Mqtt
from darkstar_common.contract import Reading
from darkstar_executor.core.discovery import Registry
from darkstar_executor.core.measured import measured
from darkstar_executor.core.statestream import topics, updated

BASE = "ha/stream"
POWER = f"{BASE}/sensor/meter_power"


def config(
    *, prefix: str | None = BASE, units: dict[str, str] | None = None, **roles: str
) -> Config:
    executor = Executor(roles=roles, units=units or {})
    return Config(mqtt=Mqtt(statestream_prefix=prefix), executor=executor)


METER = config(grid_power="sensor.meter_power")


def known(*messages: tuple[str, str]) -> Registry:
    found = Registry()
    for topic, payload in messages:
        found = updated(found, topic, payload)
    return found


def test_only_what_a_role_names_is_listened_to() -> None:
    some = config(grid_power="sensor.meter_power", battery_soc="unique", pv_power="device/object")
    assert topics(some) == (f"{POWER}/state", f"{POWER}/unit_of_measurement")


def test_without_a_prefix_nothing_is_listened_to() -> None:
    assert topics(config(prefix=None, grid_power="sensor.meter_power")) == ()


def test_a_prefix_may_end_with_a_slash() -> None:
    slashed = config(prefix=f"{BASE}/", grid_power="sensor.meter_power")
    assert topics(slashed) == topics(METER)


def test_a_state_makes_an_entity_that_can_only_be_read() -> None:
    (entity,) = known((f"{POWER}/state", "12.5")).entities
    assert (entity.entity_id, entity.component) == ("sensor.meter_power", "sensor")
    assert (entity.state_topic, entity.command_topic) == (f"{POWER}/state", None)
    assert entity.streamed
    assert entity.read("12.5") == "12.5"
    assert entity.read("unavailable") is None


@pytest.mark.parametrize(
    ("payload", "unit"),
    [
        ('"W"', "W"),
        ('"°C"', "°C"),
        ("W", "W"),
        ("null", None),
        ('""', None),
        ("5", None),
        (r'"\ud83d"', "\ufffd"),
    ],
)
def test_a_unit_is_an_attribute_in_json(payload: str, unit: str | None) -> None:
    for order in (1, -1):
        messages = [(f"{POWER}/state", "1"), (f"{POWER}/unit_of_measurement", payload)][::order]
        (entity,) = known(*messages).entities
        assert entity.unit == unit


def test_an_entity_goes_with_its_state() -> None:
    gone = known((f"{POWER}/state", "1"), (f"{POWER}/state", ""))
    assert not list(gone.entities)


def test_another_attribute_is_no_news() -> None:
    found = known((f"{POWER}/state", "1"))
    assert updated(found, f"{POWER}/friendly_name", '"Meter"') is found


@given(st.text(), st.text())
def test_no_message_can_break_it(topic: str, payload: str) -> None:
    for one in (topic, f"{topic}/state", f"{topic}/unit_of_measurement"):
        assert isinstance(updated(Registry(), one, payload), Registry)


STATE, UNIT = (f"{POWER}/state", "1500"), (f"{POWER}/unit_of_measurement", '"W"')


@pytest.mark.parametrize("order", [(STATE, UNIT), (UNIT, STATE)])
async def test_a_streamed_reading_is_converted_by_its_unit(order: tuple[Any, ...]) -> None:
    for retained in (order, ()):
        async with heard(METER, *retained) as house:
            for topic, payload in () if retained else order:
                await house.say(topic, payload)
            assert house.status("grid_power") == ("bound", "")
            assert house.reading("grid_power") == Reading(value=1.5, measured_at=NOON)
            await house.say(f"{POWER}/state", "-700")
            assert house.reading("grid_power").value == -0.7
            await house.say(f"{POWER}/state", "unavailable")
            assert house.reading("grid_power").value is None


async def test_a_state_keeps_its_time_when_its_unit_comes_later() -> None:
    async with heard(METER, STATE) as house:
        house.now = NOON + timedelta(minutes=9)
        await house.say(*UNIT)
        assert house.reading("grid_power").measured_at == NOON
        assert house.reading("grid_power", NOON + timedelta(minutes=11)).value is None


async def test_a_unit_that_is_not_published_is_configured() -> None:
    async with heard(METER, STATE) as house:
        status, detail = house.status("grid_power")
        assert status == "wrong_unit"
        assert "set executor.units.grid_power to the one it means" in detail
    told = config(grid_power="sensor.meter_power", units={"grid_power": "W"})
    async with heard(told, STATE) as house:
        assert house.reading("grid_power").value == 1.5


async def test_a_streamed_entity_is_never_written() -> None:
    setting = config(water_setpoint="number.heater")
    async with heard(setting, (f"{BASE}/number/heater/state", "60")) as house:
        status, detail = house.status("water_setpoint")
        assert status == "missing"
        assert "mqtt_statestream, where it can be read but not written" in detail
        assert house.listener.ears.bindings["water_setpoint"].entity is None


async def test_an_entity_on_mqtt_goes_before_its_stream() -> None:
    both = config(battery_soc="sensor.house_battery_soc")
    streamed = (f"{BASE}/sensor/house_battery_soc/state", "50")
    async with heard(both, streamed, discovery("battery_soc")) as house:
        entity = house.listener.ears.bindings["battery_soc"].entity
        assert entity is not None
        assert entity.state_topic == "house/battery_soc"


async def test_a_helper_of_home_assistant_is_the_switch_of_the_house() -> None:
    helper = config(automation_switch="input_boolean.darkstar")
    topic = f"{BASE}/input_boolean/darkstar/state"
    async with heard(helper) as house:
        for word, on in (("on", True), ("off", False), ("unavailable", None)):
            await house.say(topic, word)
            assert measured(house.listener.ears, helper, NOON).automation_on is on
    assert house.news[-2].pressing


async def test_a_retained_counter_in_the_stream_is_no_measurement_of_now() -> None:
    counter = config(load_energy="sensor.total", units={"load_energy": "kWh"})
    topic = f"{BASE}/sensor/total/state"
    async with heard(counter, (topic, "100")) as house:
        assert house.reading("load_energy").value is None
        await house.say(topic, "101")
        assert house.reading("load_energy").value == 101
