"""The bridge between a Home Assistant that is played and a bus, as the executor sees it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.fake_home_assistant_bridge import TOKEN, LiveHome, a_live_home

from darkstar_common.bus import MemoryBus, RawDelivery
from darkstar_common.bus.memory import MemoryBroker
from darkstar_common.config import Config, HomeAssistant
from darkstar_common.contract import STATUS, Issue, Service
from darkstar_common.contract.bridge import BridgeTopics
from darkstar_common.runtime import Context, Secrets
from darkstar_common.testing import FakeClock, a_context, settle
from darkstar_gateway.bridge.bridging import PAUSES, REPEAT, SHUT_OUT, STARTING, bridge

NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)
TOPICS = BridgeTopics("home")
CHARGE, MODE, SOC = "number.charge", "input_select.mode", "sensor.soc"
PATIENCE = 10
"""What happens by itself happens much sooner [s]."""


def states() -> dict[str, dict[str, Any]]:
    return {
        CHARGE: {"state": "10", "attributes": {"min": 0, "max": 32, "step": 1,
                                               "unit_of_measurement": "A"}},
        MODE: {"state": "Eco", "attributes": {"options": ["Eco", "Full"]}},
        SOC: {"state": "57", "attributes": {"unit_of_measurement": "%"}},
        "light.hall": {"state": "on", "attributes": {}},
    }  # fmt: skip


class Watched(FakeClock):
    """A clock that tells who sleeps.

    Attributes:
        pauses: How long each of the sleeps was to be, but for those between repetitions.
        sleeping: How many sleep now.
    """

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self.pauses = list[timedelta]()
        self.sleeping = 0

    async def sleep(self, duration: timedelta) -> None:
        if duration != REPEAT:
            self.pauses.append(duration)
        self.sleeping += 1
        try:
            await super().sleep(duration)
        finally:
            self.sleeping -= 1


@dataclass
class Bridged:
    """A bridge at work, and all that was said on its topics."""

    home: LiveHome
    context: Context
    clock: Watched
    bus: MemoryBus
    heard: dict[str, str] = field(default_factory=dict)
    said: list[tuple[str, str]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for messages until it holds."""
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self.news.clear()
                await self.news.wait()

    async def shows(self, topic: str, payload: str) -> None:
        await self.until(lambda: self.heard.get(topic) == payload)

    async def up(self) -> None:
        await self.shows(TOPICS.availability, "online")

    async def down(self) -> None:
        await self.shows(TOPICS.availability, "offline")

    async def command(self, entity: str, payload: str) -> None:
        await self.bus.publish_raw(TOPICS.command(entity), payload, qos=1)

    async def issue(self, key: str) -> Issue:
        """The issue, once it is raised."""
        await self.until(lambda: key in self.issues)
        return self.issues[key]

    async def no_issue(self, key: str) -> None:
        await self.until(lambda: key not in self.issues)

    @property
    def issues(self) -> dict[str, Issue]:
        return {one.key: one for one in self.context.status.issues}

    async def hear(self) -> None:
        """Keep what is said, as the executor would."""
        filters = (f"{TOPICS.root}/#", STATUS[Service.GATEWAY].topic("home"))
        async with self.bus.inbox(filters=filters) as inbox:
            async for delivery in inbox:
                assert isinstance(delivery, RawDelivery)
                self.heard[delivery.topic] = delivery.payload.decode()
                self.said.append((delivery.topic, delivery.payload.decode()))
                self.news.set()


@asynccontextmanager
async def bridged(
    home: LiveHome,
    tmp_path: Path,
    *chosen: str,
    broker: MemoryBroker | None = None,
    token: str | None = TOKEN,
    url: str | None = "",
) -> AsyncIterator[Bridged]:
    clock, broker = Watched(NOON), broker or MemoryBroker()
    config = Config(
        home_assistant=HomeAssistant(
            url=home.url if url == "" else url, bridge=chosen or (CHARGE, MODE, SOC)
        )
    )
    context = a_context(
        MemoryBus(broker=broker, now=clock.now, sender=Service.GATEWAY),
        state_dir=tmp_path, clock=clock, config=config, service=Service.GATEWAY,
        secrets=Secrets(home_assistant_token=token),
    )  # fmt: skip
    made = Bridged(home, context, clock, MemoryBus(broker=broker, now=clock.now))
    tasks = [asyncio.create_task(one) for one in (made.hear(), bridge(context))]
    try:
        await settle()
        yield made
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


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
        await _until(lambda: len(home.calls) == 2)
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
        await _until(lambda: len(home.calls) == 1)
        assert home.calls[0][2] == MODE
        assert "bridge_number_charge" not in it.issues, "it was not even tried"


async def test_of_many_commands_to_a_slow_home_assistant_the_latest_counts(
    home: LiveHome, tmp_path: Path
) -> None:
    async with bridged(home, tmp_path) as it:
        await it.up()
        for value in range(30):
            await it.command(CHARGE, str(value))
        await _until(lambda: len(home.calls) >= 1 and home.calls[-1][3] == {"value": 29.0})
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
            await _until(lambda number=number: len(it.clock.pauses) == number)  # type: ignore[misc]
            assert home.logins == number
            await it.clock.advance(pause)
        assert it.clock.pauses == list(PAUSES[:-1])
        await _until(lambda: home.logins == len(PAUSES))
        home.hangs_up = False
        await _until(lambda: it.clock.sleeping == 2)
        await it.clock.advance(PAUSES[-1])
        await it.up()


async def test_after_a_good_line_it_is_called_again_soon(home: LiveHome, tmp_path: Path) -> None:
    async with bridged(home, tmp_path) as it:
        for _ in range(3):
            await it.up()
            await home.stop()
            await it.down()
            await home.start()
            await _until(lambda: it.clock.sleeping == 2)
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
        await _until(lambda: it.clock.sleeping == 2)
        assert home.watched == []
        await it.clock.advance(STARTING)
        await _until(lambda: it.clock.sleeping == 2)
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


async def _until(holds: Callable[[], bool]) -> None:
    """Let sockets and tasks have their turns until it holds."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 (a socket tells a test nothing)
            await asyncio.sleep(0)
