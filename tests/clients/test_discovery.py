"""What gateways announce, read by the real Home Assistant and by us: the same ids, states, ranges.

Started as `test_home_assistant.py` says, on a broker of its own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
import pytest_asyncio
from support.real_home_assistant import SOON, START, ended, said, started

from darkstar_common.bus.mqtt import Broker, MqttBus
from darkstar_common.launcher.broker import broker_command, free_port, mosquitto
from darkstar_common.launcher.fleet import BROKER, Fleet
from darkstar_common.runtime import Stopwatch, SystemClock
from darkstar_executor.core.discovery import Registry
from darkstar_executor.core.entities import AvailabilityTopic, Entity
from darkstar_executor.core.templates import SILENT

pytestmark = [
    pytest.mark.skipif(
        not START, reason="DARKSTAR_TEST_HOME_ASSISTANT names no command that starts Home Assistant"
    ),
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
]
PREFIX = "homeassistant"
INVERTER = {"ids": "inverter", "name": "Inverter"}
ORIGIN = {"name": "gateway"}
ANNOUNCED: Mapping[str, dict[str, Any]] = {
    "sensor/named": {"name": "Battery SoC", "stat_t": "t/soc", "dev": INVERTER,
                     "unit_of_meas": "%"},
    "sensor/main": {"name": None, "stat_t": "t/word", "dev": {"ids": "w", "name": "Heater"}},
    "sensor/prefixed": {"name": "Inverter heat", "stat_t": "t/soc", "dev": INVERTER},
    "sensor/classed": {"dev_cla": "apparent_power", "unit_of_meas": "VA", "stat_t": "t/soc",
                       "dev": INVERTER},
    "sensor/nameless": {"stat_t": "t/soc", "dev": {"ids": "n", "name": "Thing"}},
    "sensor/letters": {"name": "Värme é Øl µ²", "stat_t": "t/soc"},
    "sensor/asked": {"name": "x", "def_ent_id": "sensor.as_asked", "stat_t": "t/soc"},
    "sensor/tilde": {"name": "Tilde", "~": "t", "stat_t": "~/soc", "avty_t": "up/~"},
    "sensor/silent": {"name": "All", "stat_t": "t/soc", "avty_mode": "all",
                      "avty": [{"t": "up/t"}, {"t": "up/silent"}]},
    "sensor/any": {"name": "Any", "stat_t": "t/soc", "avty_mode": "any",
                   "avty": [{"t": "up/t"}, {"t": "up/silent"}]},
    "sensor/latest": {"name": "Latest", "stat_t": "t/soc", "avty": [{"t": "up/t"}, {"t": "up/d"}]},
    "sensor/up": {"name": "Up", "stat_t": "t/soc", "avty_t": "up/json", "pl_avail": "yes",
                  "avty_tpl": "{{ value_json.there }}"},
    "sensor/part": {"name": "Part", "stat_t": "t/json", "val_tpl": "{{ value_json.a }}",
                    "unit_of_meas": "W"},
    "sensor/default": {"name": "Kept", "stat_t": "t/json", "val_tpl": "{{ value_json.a|int(0) }}"},
    "sensor/none": {"name": "Nothing", "stat_t": "t/json", "val_tpl": "{{ value_json.n }}",
                    "unit_of_meas": "W"},
    "number/bare": {"name": "Current", "cmd_t": "c", "stat_t": "t/soc", "dev": INVERTER},
    "number/range": {"name": "Limit", "cmd_t": "c", "stat_t": "t/watts", "min": 0.5, "max": 9,
                     "step": 0.5, "val_tpl": "{{ (value | float) / 1000 }}"},
    "select/mode": {"name": "Mode", "cmd_t": "c", "stat_t": "t/word", "ops": ["Zero Export", "B"]},
    "switch/numbers": {"name": "One", "cmd_t": "c", "stat_t": "t/one", "pl_on": 1, "pl_off": 0},
    "switch/states": {"name": "Off", "cmd_t": "c", "stat_t": "t/off", "stat_on": "on",
                      "stat_off": "off"},
    "switch/truth": {"name": "True", "cmd_t": "c", "stat_t": "t/json", "pl_on": True,
                     "pl_off": False, "val_tpl": "{{ value_json.s }}"},
    "binary_sensor/grid": {"name": "Grid", "stat_t": "t/on", "dev_cla": "power", "dev": INVERTER},
    "button/go": {"name": "Go", "cmd_t": "c", "dev": INVERTER},
    "text/from": {"name": "From", "cmd_t": "c", "stat_t": "t/time", "dev": INVERTER},
    "climate/boiler": {"name": None, "dev": {"ids": "b", "name": "Boiler"}, "temp_cmd_t": "c",
                       "temp_stat_t": "t/soc", "min_temp": 30, "max_temp": 85, "temp_step": 0.5,
                       "modes": ["heat", "off"]},
    "device/whole": {"dev": {"ids": "d", "name": "Whole"}, "o": ORIGIN, "stat_t": "t/json",
                     "avty_t": "up/t", "cmps": {
                         "a": {"p": "sensor", "name": "A", "uniq_id": "whole_a",
                               "unit_of_meas": "W",
                               "val_tpl": "{{ value_json.a }}"},
                         "b": {"p": "number", "name": "B", "uniq_id": "whole_b", "cmd_t": "c",
                               "val_tpl": "{{ value_json.b }}", "max": 50},
                         "gone": {"p": "sensor"}}},
}  # fmt: skip
SPOKEN = (
    ("up/t", "online"), ("up/d", "offline"), ("up/json", '{"there": "yes"}'), ("t/soc", "55"),
    ("t/watts", "2500"), ("t/word", "Zero Export"), ("t/one", "1"), ("t/off", "off"),
    ("t/on", "ON"), ("t/time", "06:00"), ("t/json", '{"a": 7, "b": 3, "s": true, "n": null}'),
    ("t/json", '{"b": 4}'),
)  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def states(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[dict[str, dict[str, Any]]]:
    """What Home Assistant shows, by entity id, when all is announced and said."""
    if mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    directory = tmp_path_factory.mktemp("discovery")
    port, home_port, fleet = free_port(), free_port(), Fleet(directory, {})
    try:
        await fleet.start(BROKER, broker_command(directory / "broker", port))
        home = await asyncio.to_thread(started, directory / "home", port, home_port)
        headers = {"authorization": f"Bearer {home['HA_TOKEN']}"}
        async with (
            httpx.AsyncClient(base_url=home["HA_URL"], headers=headers, timeout=20) as client,
            MqttBus(Broker(port=port), site="x", client_id="g", now=SystemClock().now) as bus,
        ):
            said(f"Home Assistant {(await client.get('/api/config')).json()['version']}")
            for topic, payload in messages():
                await bus.publish_raw(topic, payload, retain=True)
            watch, shown = Stopwatch(), dict[str, dict[str, Any]]()
            while watch.elapsed.total_seconds() < SOON and len(_missing(shown)) > 0:
                await asyncio.sleep(0.5)
                shown = {one["entity_id"]: one for one in (await client.get("/api/states")).json()}
            await asyncio.sleep(2)  # it subscribes a little later than it shows an entity
            for topic, payload in SPOKEN:
                await bus.publish_raw(topic, payload)
            await asyncio.sleep(2)
            yield {one["entity_id"]: one for one in (await client.get("/api/states")).json()}
    finally:
        await fleet.stop_all()
        ended(directory / "home")


def messages() -> list[tuple[str, str]]:
    """All discovery messages, each entity with a unique id."""
    return [
        (f"{PREFIX}/{place}/config", json.dumps({"uniq_id": place} | raw))
        if not place.startswith("device/")
        else (f"{PREFIX}/{place}/config", json.dumps(raw))
        for place, raw in ANNOUNCED.items()
    ]


def entities() -> list[Entity]:
    """All of them as we read them."""
    found = Registry()
    for topic, payload in messages():
        found = found.updated(topic, payload, PREFIX)
    return list(found.entities)


def shown_as(entity: Entity) -> str:
    """The state as we read it, in Home Assistant's words."""
    state, vouched = "unknown", dict[AvailabilityTopic, bool]()
    for topic, payload in SPOKEN:
        text = entity.read(payload) if topic == entity.state_topic else SILENT
        if text is not SILENT:
            state = text or "unknown"
        for one in entity.availability.topics:
            word = one.says(payload) if one.topic == topic else None
            if word is not None:
                vouched.pop(one, None)
                vouched[one] = word
    if entity.component in {"switch", "binary_sensor"}:
        state = {True: "on", False: "off", None: "unknown"}[entity.is_on(state)]
    return state if entity.availability.holds(vouched) else "unavailable"


def _missing(shown: Mapping[str, Any]) -> list[Entity]:
    return [one for one in entities() if not ({one.entity_id, *one.also} & set(shown))]


async def test_every_entity_has_the_id_that_home_assistant_gives_it(
    states: dict[str, dict[str, Any]],
) -> None:
    assert len(entities()) == len(ANNOUNCED) + 1
    assert [one.entity_id for one in _missing(states)] == []


async def test_every_entity_says_what_home_assistant_shows(
    states: dict[str, dict[str, Any]],
) -> None:
    ours, theirs = {}, {}
    for entity in entities():
        name = next(one for one in (entity.entity_id, *entity.also) if one in states)
        state = states[name]["state"]
        if entity.component == "climate":
            state = str(states[name]["attributes"]["temperature"]).removesuffix(".0")
        ours[name], theirs[name] = shown_as(entity), state
    assert ours == theirs


async def test_every_number_has_the_range_that_home_assistant_shows(
    states: dict[str, dict[str, Any]],
) -> None:
    numbers = [one for one in entities() if one.component == "number"]
    assert len(numbers) == 3
    for entity in numbers:
        shown = states[entity.entity_id]["attributes"]
        ours = (entity.minimum, entity.maximum, entity.step)
        assert ours == (shown["min"], shown["max"], shown["step"]), entity.entity_id
