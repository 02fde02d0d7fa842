"""The adapter of Home Assistant's memory: one suite for the stand-in, and for a real one.

The real one is started where DARKSTAR_TEST_HOME_ASSISTANT names a command for it.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import httpx
import pytest
from support.fake_home_assistant import (
    TOKEN,
    FakeHomeAssistant,
    fake_home_assistant,
    hour,
    metadata,
)
from support.real_home_assistant import alone, needs_home_assistant
from websockets.sync.client import connect

from darkstar_common.launcher.broker import free_port
from darkstar_recorder.core.memories import Known
from darkstar_recorder.homeassistant import HomeAssistant, HomeAssistantError

HOUR = timedelta(hours=1)
MORNING = datetime(2026, 9, 1, 6, tzinfo=UTC)
LOAD, WATER, SOC, PRICE = "sensor.load", "sensor.water", "sensor.soc", "sensor.price"
AGES = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@dataclass
class Remembering:
    """A Home Assistant, and how to put something into its memory."""

    url: str
    token: str
    fake: FakeHomeAssistant | None = None

    def command(self, **message: Any) -> None:
        with connect(self.url.replace("http", "ws") + "/api/websocket") as line:
            line.recv()
            line.send(json.dumps({"type": "auth", "access_token": self.token}))
            line.recv()
            line.send(json.dumps({"id": 1, **message}))
            answer = json.loads(line.recv())
            assert answer["success"], answer

    def learns(self, head: dict[str, Any], *rows: dict[str, Any]) -> None:
        self.command(type="recorder/import_statistics", metadata=head, stats=rows)

    def shows(self, entity: str, unit: str | None, *texts: str) -> None:
        for number, text in enumerate(texts):
            if self.fake:
                self.fake.units[entity] = unit
                moment = MORNING + number * HOUR
                self.fake.states.setdefault(entity, []).append((moment, text))
                continue
            attributes = {"unit_of_measurement": unit} if unit else {}
            httpx.post(
                f"{self.url}/api/states/{entity}",
                json={"state": text, "attributes": attributes},
                headers={"authorization": f"Bearer {self.token}"},
            ).raise_for_status()

    def called(self) -> HomeAssistant:
        return HomeAssistant(self.url, self.token, patience=10)


@pytest.fixture(
    scope="module",
    params=["fake", pytest.param("real", marks=[needs_home_assistant, pytest.mark.timeout(400)])],
)
def memory(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Remembering]:
    if request.param == "fake":
        with fake_home_assistant() as fake:
            remembering = Remembering(fake.url, TOKEN, fake)
            fill(remembering)
            yield remembering
        return
    with alone(tmp_path_factory.mktemp("home")) as (url, token):
        remembering = Remembering(url, token)
        fill(remembering)
        yield remembering


def fill(memory: Remembering) -> None:
    grown = (hour(MORNING + number * HOUR, sum=1500.0 * number) for number in range(5))
    memory.learns(metadata(LOAD, "Wh", energy=True), *grown)
    memory.learns(metadata(SOC, "%", has_sum=False), hour(MORNING, mean=55.5))
    memory.learns(metadata(PRICE, "SEK/kWh", has_sum=False), hour(MORNING, mean=-0.25))
    memory.shows(LOAD, "Wh", "4000")
    memory.shows(WATER, "kWh", "1.5", "unavailable", "1.75")


def until_there(memory: Remembering, entity: str, count: int) -> list[str]:
    """What the history says once it has `count` states; it is written a second later."""
    deadline = datetime.now(UTC) + timedelta(seconds=15)
    with memory.called() as home:
        while True:
            found = [one.text for one in home.history(entity, *AGES)]
            if len(found) >= count or datetime.now(UTC) > deadline:
                return found


def test_entities_and_statistics_are_known_with_their_units(memory: Remembering) -> None:
    with memory.called() as home:
        known = home.known()
    assert known[LOAD] == Known(unit="Wh", statistics_unit="kWh", has_sum=True)
    assert known[WATER] == Known(unit="kWh")
    assert known[SOC] == Known(statistics_unit="%", has_mean=True)
    assert known[PRICE] == Known(statistics_unit="SEK/kWh", has_mean=True)


def test_hours_of_a_counter_come_in_kwh_within_the_time_asked_for(memory: Remembering) -> None:
    with memory.called() as home:
        found = home.statistics(LOAD, MORNING + HOUR, MORNING + 3 * HOUR)
    assert [(one.start, one.sum, one.mean) for one in found] == [
        (MORNING + HOUR, 1.5, None),
        (MORNING + 2 * HOUR, 3.0, None),
    ]


@pytest.mark.parametrize(("entity", "mean"), [(SOC, 55.5), (PRICE, -0.25)])
def test_what_has_a_mean_comes_as_it_is(memory: Remembering, entity: str, mean: float) -> None:
    with memory.called() as home:
        (found,) = home.statistics(entity, MORNING, MORNING + HOUR)
    assert (found.start, found.mean, found.sum) == (MORNING, mean, None)


def test_the_history_tells_states_as_they_were(memory: Remembering) -> None:
    assert until_there(memory, WATER, 3) == ["1.5", "unavailable", "1.75"]


def test_what_it_never_heard_of_is_an_empty_answer(memory: Remembering) -> None:
    with memory.called() as home:
        assert home.statistics("sensor.nobody", *AGES) == ()
        assert home.history("sensor.nobody", *AGES) == ()
        assert home.statistics(LOAD, MORNING - 9 * HOUR, MORNING) == ()


def test_a_wrong_token_is_said_in_one_sentence(memory: Remembering) -> None:
    with (
        pytest.raises(HomeAssistantError, match=r"does not take the token; .*DARKSTAR_HOME"),
        HomeAssistant(memory.url, "wrong"),
    ):
        pass


def test_a_closed_door_is_said_in_one_sentence() -> None:
    with (
        pytest.raises(HomeAssistantError, match=r"not to be reached .* home_assistant\.url"),
        HomeAssistant(f"http://127.0.0.1:{free_port()}", TOKEN),
    ):
        pass


def test_something_else_behind_the_door_is_said_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:

        def page() -> None:
            line, _ = door.accept()
            with line:
                line.recv(4096)
                line.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")

        visitor = Thread(target=page)
        visitor.start()
        with (
            pytest.raises(HomeAssistantError, match="not to be reached"),
            HomeAssistant(f"http://127.0.0.1:{door.getsockname()[1]}", TOKEN, patience=5),
        ):
            pass
        visitor.join()


def test_a_line_that_breaks_is_said_in_one_sentence() -> None:
    with fake_home_assistant() as fake:
        fake.hangs_up_after = 1
        with HomeAssistant(fake.url, TOKEN) as home:
            home.history(LOAD, *AGES)
            with pytest.raises(HomeAssistantError, match="hung up"):
                home.history(LOAD, *AGES)


def test_silence_has_an_end() -> None:
    with fake_home_assistant() as fake:
        fake.silent = True
        with (
            HomeAssistant(fake.url, TOKEN, patience=0.1) as home,
            pytest.raises(HomeAssistantError, match=r"has not answered for 0\.1 s"),
        ):
            home.history(LOAD, *AGES)


def test_a_refusal_says_why(memory: Remembering) -> None:
    with memory.called() as home, pytest.raises(HomeAssistantError, match="refuses get_weather: "):
        home._ask("get_weather")


def test_it_has_to_be_called_first() -> None:
    with pytest.raises(HomeAssistantError, match="not called yet"):
        HomeAssistant("http://127.0.0.1:1", TOKEN).history(LOAD, *AGES)
