"""The shell: messages in, messages out, on a bus in memory and a clock that a test moves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from unit.simulator.houses import START, constant_series

from darkstar_common.config import Config, Ev
from darkstar_common.testing import FakeClock, MemoryBroker, MemoryBus, a_context, settle
from darkstar_simulator.core.dialects import DIALECTS
from darkstar_simulator.core.parameters import HouseParameters
from darkstar_simulator.core.simulation import entities
from darkstar_simulator.files import read_truth
from darkstar_simulator.options import Options
from darkstar_simulator.playing import play

SECOND = timedelta(seconds=1)
SOC = "inverter/sim1/battery_soc"
LOAD = "inverter/sim1/total_load"
TARGET = "inverter/sim1/battery_soc_target"


@dataclass
class Stage:
    broker: MemoryBroker
    clock: FakeClock
    people: MemoryBus
    directory: Path

    def shown(self, topic: str) -> str | None:
        payload = self.broker.retained.get(topic)
        return None if payload is None else payload.decode()

    def sent(self, topic: str) -> list[str]:
        return [one.payload.decode() for one in self.broker.sent if one.topic == topic]

    async def say(self, topic: str, payload: str, *, retain: bool = False) -> None:
        await self.people.publish_raw(topic, payload, retain=retain)
        await settle()

    @property
    def truth(self) -> Path:
        return self.directory / "truth.jsonl"


@asynccontextmanager
async def playing(
    directory: Path,
    *,
    start: datetime = START,
    broker: MemoryBroker | None = None,
    dialect: str = "deye",
    evs: tuple[Ev, ...] = (),
) -> AsyncIterator[Stage]:
    """A house with a constant load of 1 kW on a bus, with everything it has said so far."""
    broker = broker or MemoryBroker()
    clock = FakeClock(start)
    bus = MemoryBus(broker=broker, now=clock.now)
    config = Config(battery=None, evs=evs)
    context = a_context(bus, state_dir=directory, clock=clock, config=config)
    options = Options(csv=Path("house.csv"), truth=directory / "truth.jsonl", dialect=dialect)
    task = asyncio.create_task(play(context, options, constant_series(load_kw=1.0)))
    await settle()
    stage = Stage(broker, clock, MemoryBus(broker=broker, now=clock.now), directory)
    await stage.say("water_heater/sim1/setpoint/set", "30")  # a load of its own disturbs
    try:
        yield stage
    finally:
        if task.done():
            task.result()
        task.cancel()
        await asyncio.wait({task})


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with playing(tmp_path) as one:
        yield one


async def test_announces_itself_with_retained_messages(stage: Stage) -> None:
    configs = [topic for topic in stage.broker.retained if topic.startswith("homeassistant/")]
    assert len(configs) == 24
    assert stage.shown("simulator/sim1/availability") == "online"
    assert stage.shown("inverter/sim1/availability") == "online"
    assert stage.shown(SOC) == "50.0"
    states = [one for one in stage.broker.sent if one.topic == SOC]
    assert states
    assert all(one.qos == 0 and one.retain for one in states)


async def test_publishes_what_changed_on_the_grid_of_the_clock(stage: Stage) -> None:
    before = len(stage.sent("inverter/sim1/pv_power"))
    await stage.clock.advance(9 * SECOND)
    assert stage.sent(LOAD)[-1] == "0.000"
    await stage.clock.advance(SECOND)
    assert stage.sent(LOAD)[-1] == "0.003"
    assert len(stage.sent("inverter/sim1/pv_power")) == before


async def test_what_does_not_change_is_said_again_every_five_minutes(stage: Stage) -> None:
    before = len(stage.sent("inverter/sim1/pv_power"))
    await stage.clock.advance(299 * SECOND)
    assert len(stage.sent("inverter/sim1/pv_power")) == before
    await stage.clock.advance(SECOND)
    assert len(stage.sent("inverter/sim1/pv_power")) == before + 1


async def test_readings_fall_on_the_slot_boundary(stage: Stage) -> None:
    await stage.clock.advance(timedelta(minutes=15))
    assert stage.shown(LOAD) == "0.250"


async def test_a_command_is_applied_and_answered_at_once(stage: Stage) -> None:
    await stage.clock.advance(timedelta(seconds=4))
    await stage.say(f"{TARGET}/set", "77")
    assert stage.sent(TARGET)[-1] == "77"
    assert stage.shown("inverter/sim1/battery_power") == "0"


async def test_a_refused_command_is_answered_with_the_old_state(stage: Stage) -> None:
    before = stage.sent(TARGET)
    await stage.say(f"{TARGET}/set", "777")
    assert stage.sent(TARGET) == [*before, "12"]


async def test_a_retained_command_is_not_obeyed(tmp_path: Path) -> None:
    broker = MemoryBroker()
    await MemoryBus(broker=broker).publish_raw(f"{TARGET}/set", "77", retain=True)
    async with playing(tmp_path, broker=broker) as stage:
        assert stage.shown(TARGET) == "12"


async def test_a_slow_command_is_answered_after_its_delay(stage: Stage) -> None:
    await stage.say("simulator/sim1/fault/set", '{"fault": "slow", "delay_seconds": 15}')
    await stage.say(f"{TARGET}/set", "77")
    await stage.clock.advance(10 * SECOND)
    assert stage.shown(TARGET) == "12"
    await stage.clock.advance(10 * SECOND)
    assert stage.shown(TARGET) == "77"


async def test_a_slow_refusal_is_an_answer_too(stage: Stage) -> None:
    await stage.say("simulator/sim1/fault/set", '{"fault": "slow", "delay_seconds": 5}')
    before = len(stage.sent(TARGET))
    await stage.say(f"{TARGET}/set", "777")
    await stage.clock.advance(10 * SECOND)
    assert stage.sent(TARGET)[before:] == ["12"]


async def test_faults_come_and_go_by_topic(stage: Stage) -> None:
    await stage.say("simulator/sim1/fault/set", "nan inverter_battery_soc")
    assert stage.shown(SOC) == "nan"
    assert json.loads(stage.sent("simulator/sim1/fault/result")[-1])["accepted"] is True
    await stage.say("simulator/sim1/fault/set", "clear")
    assert stage.shown(SOC) == "50.0"


async def test_a_fault_that_is_not_understood_is_answered_and_changes_nothing(
    stage: Stage,
) -> None:
    before = dict(stage.broker.retained)
    await stage.say("simulator/sim1/fault/set", "banana")
    answer = json.loads(stage.sent("simulator/sim1/fault/result")[-1])
    assert answer["accepted"] is False
    assert "banana" in answer["reason"]
    assert stage.broker.retained == before


@pytest.mark.parametrize("topic", ["homeassistant/status", "simulator/sim1/availability"])
async def test_says_everything_anew_when_a_listener_or_the_connection_is_back(
    stage: Stage, topic: str
) -> None:
    stage.broker.retained.clear()
    await stage.say(topic, "offline")
    assert not stage.broker.retained
    await stage.say(topic, "online")
    assert stage.shown(SOC) == "50.0"
    assert "homeassistant/sensor/inverter_sim1/battery_soc/config" in stage.broker.retained


async def test_writes_the_truth_about_each_slot(stage: Stage) -> None:
    await stage.clock.advance(timedelta(minutes=47))
    records = read_truth(stage.truth)
    assert list(records) == [START + number * timedelta(minutes=15) for number in range(3)]
    assert records[START].energy.load_kwh == pytest.approx(0.25)
    assert all(record.complete for record in records.values())
    assert records[START].start.tzinfo is UTC


async def test_a_restart_goes_on_with_counters_and_commands(tmp_path: Path) -> None:
    async with playing(tmp_path) as stage:
        await stage.say(f"{TARGET}/set", "33")
        await stage.clock.advance(timedelta(minutes=20))
    async with playing(tmp_path, start=START + timedelta(minutes=40)) as stage:
        assert stage.shown(TARGET) == "33"
        assert stage.shown(LOAD) == "0.667"
        records = read_truth(stage.truth)
    assert len(records) == 2
    assert sum(one.energy.load_kwh for one in records.values()) == pytest.approx(0.5)


async def test_a_car_is_charged_at_the_current_it_is_offered(tmp_path: Path) -> None:
    evening = START + timedelta(hours=4)
    async with playing(tmp_path, start=evening, evs=(Ev(phases=1, max_charge_kw=7.0),)) as stage:
        assert stage.shown("wallbox/sim1/connected") == "ON"
        assert stage.shown("wallbox/sim1/availability") == "online"
        await stage.say("wallbox/sim1/current/set", "10")
        await stage.say("wallbox/sim1/current/set", "5")  # below its least
        assert stage.shown("wallbox/sim1/current") == "10"
        assert stage.shown("wallbox/sim1/power") == "2300"
        assert stage.shown("inverter/sim1/load_power") == "3300"
        await stage.say("wallbox/sim1/charging/set", "OFF")
        assert stage.shown("wallbox/sim1/power") == "0"
        await stage.say("wallbox/sim1/charging/set", "ON")
        await stage.clock.advance(timedelta(minutes=15))
        assert stage.shown("wallbox/sim1/energy") == "0.575"
        truth = read_truth(stage.truth)[evening]
        assert truth.energy.ev_kwh == pytest.approx(0.575)
        assert truth.ev_soc_percent == pytest.approx(60 + 0.575 * 0.9 / 60 * 100)


async def test_a_house_without_a_car_shows_no_wallbox(stage: Stage) -> None:
    assert not [topic for topic in stage.broker.retained if "wallbox" in topic]


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_each_brand_announces_itself_and_answers(tmp_path: Path, dialect: str) -> None:
    async with playing(tmp_path, dialect=dialect) as stage:
        shown = {one.object_id for one in entities(DIALECTS[dialect], HouseParameters())}
        said = [
            json.loads(payload)
            for topic, payload in stage.broker.retained.items()
            if topic.endswith("/config")
        ]
        assert {one.get("object_id") or one["obj_id"] for one in said} == shown
        await stage.say("water_heater/sim1/power_switch/set", "OFF")
        assert stage.shown("water_heater/sim1/power_switch") == "OFF"


async def test_an_inverter_exchanged_for_another_brand_leaves_the_house_as_it_was(
    tmp_path: Path,
) -> None:
    other = next(name for name in DIALECTS if name != "deye")
    async with playing(tmp_path) as stage:
        await stage.clock.advance(timedelta(minutes=15))
        assert stage.shown(LOAD) == "0.250"
    later = START + timedelta(minutes=15)
    async with playing(tmp_path, start=later, dialect=other) as stage:
        assert stage.shown("water_heater/sim1/setpoint") == "30"
        assert json.loads((tmp_path / "house-sim1.json").read_bytes())["state"]["counters"][
            "load_kwh"
        ] == pytest.approx(0.25)


async def test_an_unreadable_memory_starts_a_new_house(tmp_path: Path) -> None:
    (tmp_path / "house-sim1.json").write_text('{"half": "a fi', encoding="utf-8")
    async with playing(tmp_path) as stage:
        assert stage.shown(SOC) == "50.0"
    json.loads((tmp_path / "house-sim1.json").read_text(encoding="utf-8"))
