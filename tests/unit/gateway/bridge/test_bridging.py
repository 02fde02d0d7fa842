"""The bridge between a Home Assistant that is played and a bus, as the executor sees it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.fake_home_assistant_bridge import TOKEN, LiveHome, a_live_home
from unit.gateway.bridge.at_work import CHARGE, MODE, SOC, TOPICS, bridged, soon, states

from darkstar_common.bus import MemoryBus
from darkstar_common.bus.memory import MemoryBroker
from darkstar_gateway.bridge.bridging import PAUSES, REPEAT, SHUT_OUT, STARTING


@pytest.fixture
async def home() -> AsyncIterator[LiveHome]:
    async with a_live_home(states=states()) as there:
        yield there


async def test_states_are_there_before_anything_is_called_available(
    home: LiveHome, tmp_path: Path
) -> None:
    async with bridged(home, tmp_path) as it:
        await it.up()
        assert it.heard[TOPICS.state(CHARGE)] == "10"
        assert it.heard[TOPICS.state(MODE)] == "Eco"
        assert it.heard[TOPICS.reachable(SOC)] == "online"
        assert it.said[-1] == (TOPICS.availability, "online")
        announced = json.loads(it.heard[TOPICS.announcement("number", CHARGE)])
        assert announced["command_topic"] == TOPICS.command(CHARGE)
        assert all(it.bus.broker.retained[topic] for topic in it.heard)


async def test_only_what_is_chosen_is_asked_for(home: LiveHome, tmp_path: Path) -> None:
    async with bridged(home, tmp_path, CHARGE) as it:
        await it.up()
        assert home.watched == [frozenset({CHARGE})]
        assert "get_states" not in [one["type"] for one in home.asked]
        assert not [topic for topic in it.heard if "light" in topic or "soc" in topic]


async def test_changes_come_in_their_order(home: LiveHome, tmp_path: Path) -> None:
    async with bridged(home, tmp_path) as it:
        await it.up()
        for value in range(11, 31):
            await home.show(CHARGE, str(value))
        await it.shows(TOPICS.state(CHARGE), "30")
        seen = [payload for topic, payload in it.said if topic == TOPICS.state(CHARGE)]
        assert seen == [str(value) for value in range(10, 31)]


async def test_what_was_commanded_before_it_ends_is_carried_out(
    home: LiveHome, tmp_path: Path
) -> None:
    async with bridged(home, tmp_path) as it:
        await it.up()
        home.busy = asyncio.Event()
        await it.command(CHARGE, "20")
        await it.command(MODE, "Full")
        await soon(lambda: len(home.calls) == 1)
        asyncio.get_running_loop().call_later(0.1, home.busy.set)
    assert [one[2] for one in home.calls] == [CHARGE, MODE]


async def test_another_range_is_announced(home: LiveHome, tmp_path: Path) -> None:
    async with bridged(home, tmp_path) as it:
        await it.up()
        await home.show(CHARGE, "10", max=50)
        place = TOPICS.announcement("number", CHARGE)
        await it.until(lambda: json.loads(it.heard[place])["max"] == 50)


async def test_an_entity_that_is_unavailable_or_gone_is_not_reachable(
    home: LiveHome, tmp_path: Path
) -> None:
    async with bridged(home, tmp_path) as it:
        await it.up()
        await home.show(CHARGE, "unavailable")
        await it.shows(TOPICS.reachable(CHARGE), "offline")
        await home.show(CHARGE, "12")
        await it.shows(TOPICS.reachable(CHARGE), "online")
        await home.remove(CHARGE)
        await it.shows(TOPICS.reachable(CHARGE), "offline")
        assert it.heard[TOPICS.reachable(SOC)] == "online"
        await home.show(CHARGE, "13")
        await it.shows(TOPICS.reachable(CHARGE), "online")


async def test_an_entity_that_home_assistant_lacks_is_an_issue_until_it_has_it(
    home: LiveHome, tmp_path: Path
) -> None:
    async with bridged(home, tmp_path, CHARGE, "number.gone") as it:
        await it.up()
        assert it.heard[TOPICS.reachable("number.gone")] == "offline"
        await it.clock.advance(REPEAT)
        assert "has no number.gone" in (await it.issue("bridge_missing")).message
        await home.show("number.gone", "1")
        await it.shows(TOPICS.reachable("number.gone"), "online")
        await it.clock.advance(REPEAT)
        await it.no_issue("bridge_missing")


async def test_what_does_not_change_is_said_again_and_again(home: LiveHome, tmp_path: Path) -> None:
    async with bridged(home, tmp_path) as it:
        await it.up()
        before = len(it.said)
        await it.clock.advance(REPEAT)
        await it.until(lambda: (TOPICS.state(SOC), "57") in it.said[before:])
        assert not [topic for topic, _ in it.said[before:] if topic.endswith("/config")]


async def test_a_command_is_a_service_call(home: LiveHome, tmp_path: Path) -> None:
    async with bridged(home, tmp_path) as it:
        await it.up()
        await it.command(CHARGE, "25")
        await it.command(MODE, "Full")
        await soon(lambda: len(home.calls) == 2)
        assert home.calls == [
            ("number", "set_value", CHARGE, {"value": 25.0}),
            ("input_select", "select_option", MODE, {"option": "Full"}),
        ]


async def test_what_home_assistant_refuses_is_an_issue_until_it_takes_it(
    home: LiveHome, tmp_path: Path
) -> None:
    async with bridged(home, tmp_path) as it:
        await it.up()
        home.refuses = "Modbus timed out"
        await it.command(CHARGE, "25")
        issue = await it.issue("bridge_number_charge")
        assert issue.message == "number.charge was not set by Home Assistant: Modbus timed out."
        assert (issue.entity, issue.severity) == (CHARGE, "warning")
        home.refuses = None
        await it.command(CHARGE, "25")
        await it.no_issue("bridge_number_charge")


async def test_what_an_entity_does_not_take_never_gets_to_home_assistant(
    home: LiveHome, tmp_path: Path
) -> None:
    async with bridged(home, tmp_path) as it:
        await it.up()
        await it.command(CHARGE, "99")
        issue = await it.issue("bridge_number_charge")
        assert "takes at most 32, not 99" in issue.message
        await it.command("light.hall", "off")
        await it.command("sensor.soc", "3")
        assert "can be read, not set" in (await it.issue("bridge_sensor_soc")).message
        assert home.calls == []


async def test_a_retained_command_is_nobodys_wish(home: LiveHome, tmp_path: Path) -> None:
    broker = MemoryBroker()
    await MemoryBus(broker=broker).publish_raw(TOPICS.command(CHARGE), "25", retain=True)
    async with bridged(home, tmp_path, broker=broker) as it:
        await it.up()
        await it.command(MODE, "Full")
        await soon(lambda: len(home.calls) == 1)
        assert home.calls[0][2] == MODE
        assert "bridge_number_charge" not in it.issues, "it was not even tried"


async def test_of_many_commands_to_a_slow_home_assistant_the_latest_counts(
    home: LiveHome, tmp_path: Path
) -> None:
    async with bridged(home, tmp_path) as it:
        await it.up()
        for value in range(30):
            await it.command(CHARGE, str(value))
        await soon(lambda: len(home.calls) >= 1 and home.calls[-1][3] == {"value": 29.0})
        assert len(home.calls) <= 2


async def test_without_home_assistant_everything_is_unavailable_and_commands_are_dropped(
    home: LiveHome, tmp_path: Path
) -> None:
    async with bridged(home, tmp_path) as it:
        await it.up()
        await home.stop()
        await it.down()
        issue = await it.issue("bridge")
        assert "Home Assistant is not connected" in issue.message
        assert CHARGE in issue.message
        await it.command(CHARGE, "25")
        assert "it is not connected" in (await it.issue("bridge_number_charge")).message
        home.states[CHARGE]["state"] = "14"
        await home.start()
        await it.clock.advance(PAUSES[0])
        await it.up()
        await it.no_issue("bridge")
        assert it.heard[TOPICS.state(CHARGE)] == "14"
        assert home.calls == []
        await it.command(CHARGE, "26")
        await it.no_issue("bridge_number_charge")
        assert [one[3] for one in home.calls] == [{"value": 26.0}]


async def test_what_was_shown_before_the_line_broke_is_marked_before_new_states_come(
    home: LiveHome, tmp_path: Path
) -> None:
    async with bridged(home, tmp_path) as it:
        await it.up()
        await home.stop()
        await it.down()
        lost = len(it.said)
        home.states[SOC]["state"] = "44"
        await home.start()
        await it.clock.advance(PAUSES[0])
        await it.up()
        since = it.said[lost:]
        told, vouched = (TOPICS.state(SOC), "44"), (TOPICS.availability, "online")
        assert since.index(told) < since.index(vouched)


async def test_with_a_new_line_everything_is_told_again(home: LiveHome, tmp_path: Path) -> None:
    async with bridged(home, tmp_path) as it:
        await it.up()
        it.bus.broker.retained.clear()  # a broker that lost what it kept
        await home.stop()
        await it.down()
        await home.start()
        await it.clock.advance(PAUSES[0])
        await it.up()
        kept = it.bus.broker.retained
        assert {TOPICS.announcement("number", CHARGE), TOPICS.state(SOC)} <= kept.keys()


async def test_it_calls_again_with_growing_patience(home: LiveHome, tmp_path: Path) -> None:
    home.hangs_up = True
    async with bridged(home, tmp_path) as it:
        await it.issue("bridge")
        for number, pause in enumerate(PAUSES[:-1], start=1):
            await soon(lambda number=number: len(it.clock.pauses) == number)  # type: ignore[misc]
            assert home.logins == number
            await it.clock.advance(pause)
        assert it.clock.pauses == list(PAUSES[:-1])
        await soon(lambda: home.logins == len(PAUSES))
        home.hangs_up = False
        await soon(lambda: it.clock.sleeping == 2)
        await it.clock.advance(PAUSES[-1])
        await it.up()


async def test_after_a_good_line_it_is_called_again_soon(home: LiveHome, tmp_path: Path) -> None:
    async with bridged(home, tmp_path) as it:
        for _ in range(3):
            await it.up()
            await home.stop()
            await it.down()
            await home.start()
            await soon(lambda: it.clock.sleeping == 2)
            await it.clock.advance(PAUSES[0])


async def test_a_refused_token_is_said_once_and_not_tried_often(
    home: LiveHome, tmp_path: Path
) -> None:
    home.token = "another"  # noqa: S105 (of nothing)
    async with bridged(home, tmp_path) as it:
        issue = await it.issue("bridge")
        assert "does not take the token" in issue.message
        assert "long-lived access token" in issue.guidance
        await it.clock.advance(SHUT_OUT - timedelta(seconds=1))
        assert home.logins == 1
        home.token = TOKEN
        await it.clock.advance(timedelta(seconds=1))
        await it.up()
        assert home.logins == 2


@pytest.mark.parametrize(
    ("missing", "word"),
    [({"token": None}, "DARKSTAR_HOME_ASSISTANT_TOKEN"), ({"url": None}, "home_assistant.url")],
)
async def test_what_it_needs_is_said_once_and_nothing_is_called(
    home: LiveHome, tmp_path: Path, missing: dict[str, Any], word: str
) -> None:
    async with bridged(home, tmp_path, **missing) as it:
        issue = await it.issue("bridge")
        assert f"yet {word} is not set" in issue.message
        assert it.heard[TOPICS.availability] == "offline"
        await it.clock.advance(timedelta(hours=1))
        assert home.logins == 0


async def test_what_cannot_be_bridged_is_said_and_the_rest_is(
    home: LiveHome, tmp_path: Path
) -> None:
    async with bridged(home, tmp_path, CHARGE, "light.hall") as it:
        await it.up()
        assert "light.hall" in (await it.issue("bridge_choice")).message
        assert home.watched == [frozenset({CHARGE})]


async def test_without_a_choice_it_says_nothing_and_takes_back_what_was_chosen(
    home: LiveHome, tmp_path: Path
) -> None:
    broker = MemoryBroker()
    async with bridged(home, tmp_path, CHARGE, SOC, broker=broker) as it:
        await it.up()
    async with bridged(home, tmp_path, SOC, broker=broker) as it:
        place = TOPICS.announcement("number", CHARGE)
        await it.until(lambda: it.heard.get(place) == "")
        await it.up()
        left = [topic for topic in broker.retained if "charge" in topic]
        assert left == []
        assert TOPICS.announcement("sensor", SOC) in broker.retained


async def test_a_home_assistant_that_is_starting_is_waited_for(
    home: LiveHome, tmp_path: Path
) -> None:
    home.phase = "STARTING"
    async with bridged(home, tmp_path) as it:
        await soon(lambda: it.clock.sleeping == 2)
        assert home.watched == []
        await it.clock.advance(STARTING)
        await soon(lambda: it.clock.sleeping == 2)
        assert home.watched == []
        home.phase = "RUNNING"
        await it.clock.advance(STARTING)
        await it.up()
        assert home.logins == 1


async def test_thermostats_speak_home_assistants_degrees(home: LiveHome, tmp_path: Path) -> None:
    home.degrees = "°F"
    home.states["climate.tank"] = {"state": "heat", "attributes": {"temperature": 120}}
    async with bridged(home, tmp_path, "climate.tank") as it:
        await it.up()
        said = json.loads(it.heard[TOPICS.announcement("climate", "climate.tank")])
        assert said["temperature_unit"] == "F"
        assert it.heard[TOPICS.state("climate.tank")] == "120"


async def test_the_token_is_nowhere_on_the_bus_nor_in_an_issue(
    home: LiveHome, tmp_path: Path
) -> None:
    async with bridged(home, tmp_path) as it:
        await it.up()
        await home.stop()
        await it.down()
        everything = json.dumps([*it.said, *(one.model_dump_json() for one in it.issues.values())])
        assert TOKEN not in everything
        assert TOKEN not in repr(it.context.secrets)
