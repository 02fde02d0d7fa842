"""The broker as it is shipped: each user may do exactly its rows of the topic table.

A denial is silent on the wire, so all is judged by what arrives. Every user publishes on every
topic once and reads all it is given; a witness who may do everything does the same. What they
saw is gathered once, and compared with the table row by row.
"""

from __future__ import annotations

import asyncio
import re
import select
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from typing import Any

import aiomqtt
import pytest
from support.broker import BINARY
from support.broker_container import ContainerMosquitto, container_broker
from support.containers import engine_or_skip
from support.shipped_broker import ShippedMosquitto, password_file, script

from darkstar_common.bus.mqtt import Broker, MqttBus
from darkstar_common.contract import SCHEDULE, SERVICES, TABLE, Channel, Service, prefix
from darkstar_common.contract.bridge import BridgeTopics
from darkstar_common.generate.acl import acl
from darkstar_common.runtime import SystemClock

SITE = "home"
WITNESS = "witness"
BROKER = "the broker itself"
VERSION = "$SYS/broker/version"
USERS = (*SERVICES, "simulator", "homeassistant", "people")
FOREIGN = "outside/weather"
"""Where somebody else publishes, as named for `make acl`."""
BRIDGE = BridgeTopics(SITE)
OWNERS = {"people", "homeassistant"}
"""Read all that is Darkstar's: the house is theirs."""
OUTSIDE = {
    FOREIGN: ({"homeassistant"}, {"forecaster"}),
    "homeassistant/sensor/inverter_sim1/soc/config": ({"simulator", "homeassistant"}, {"executor"}),
    "homeassistant/sensor/darkstar/home-soc/config": (
        {"simulator", "homeassistant", "gateway"},
        {"executor"},
    ),
    "homeassistant/status": ({"simulator", "homeassistant"}, {"executor", "gateway"}),
    "inverter/sim1/work_mode/set": ({"simulator", "homeassistant", "executor"}, set()),
    "simulator/sim1/availability": ({"simulator"}, {"executor", "homeassistant"}),
    "simulator/sim1/fault/set": ({"simulator", "people"}, set()),
    "simulator/sim1/fault/result": ({"simulator"}, {"people"}),
    "wallbox/sim1/charging/set": ({"simulator", "homeassistant", "executor"}, set()),
    f"{BRIDGE.announcement('number', 'number.x')}": ({"gateway"}, {"executor"} | OWNERS),
    f"{BRIDGE.availability}": ({"gateway"}, {"executor"} | OWNERS),
    f"{BRIDGE.state('number.x')}": ({"gateway"}, {"executor"} | OWNERS),
    f"{BRIDGE.current('climate.x')}": ({"gateway"}, {"executor"} | OWNERS),
    f"{BRIDGE.reachable('number.x')}": ({"gateway"}, {"executor"} | OWNERS),
    f"{BRIDGE.command('number.x')}": ({"executor"}, {"gateway"} | OWNERS),
    "someone_elses/lamp": (set(), set()),
    f"darkstar/v2/{SITE}/plan/schedule": (set(), set()),
    f"{prefix(SITE)}plan": (set(), {"people", "homeassistant"}),
}
"""Topics that are no rows: who may write them, and who besides those may read them."""


def topic_of(row: Channel[Any]) -> str:
    return row.topic(SITE).replace("+", "car")


def reply_topic(service: Service) -> str:
    """Where the bus of `service` takes answers."""
    client_id = f"darkstar-{SITE}-{service}"
    bus = MqttBus(Broker(), site=SITE, client_id=client_id, now=SystemClock().now, sender=service)
    return bus.reply_topic


REQUESTS = tuple(row for row in TABLE if row.kind == "request")
TOPICS = (
    *(topic_of(row) for row in TABLE),
    *(f"{topic_of(row)}/result" for row in REQUESTS),
    *(reply_topic(service) for service in Service),
    *OUTSIDE,
    VERSION,
)


@dataclass
class Seen:
    """What arrived where: by reader, the pairs of topic and publisher."""

    arrived: dict[str, set[tuple[str, str]]] = field(default_factory=dict)

    def writers(self, topic: str) -> set[str]:
        return {who for what, who in self.arrived[WITNESS] if what == topic} - {WITNESS}

    def readers(self, topic: str) -> set[str]:
        wanted = (topic, WITNESS)
        return {user for user, found in self.arrived.items() if wanted in found} - {WITNESS}


@pytest.fixture(scope="module")
def passwords() -> dict[str, str]:
    return {str(user): f"the password of {user}" for user in (*USERS, WITNESS)}


@pytest.fixture(scope="module", params=["binary", "container"])
def broker(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    passwords: dict[str, str],
) -> Iterator[ShippedMosquitto | ContainerMosquitto]:
    """The one installed here, and where there is an engine the one in its container."""
    directory = tmp_path_factory.mktemp("shipped")
    (directory / "passwords").write_text(password_file(passwords), encoding="utf-8")
    witness = f"user {WITNESS}\ntopic readwrite #\ntopic readwrite $SYS/#\n"
    tested = f"{acl(topics=[FOREIGN])}\n{witness}\npattern read end/%u\n"
    (directory / "acl").write_text(tested, encoding="utf-8")
    if request.param == "container":
        engine_or_skip()
        with container_broker(directory) as contained:
            yield contained
        return
    if BINARY is None:
        pytest.skip("mosquitto is not installed")
    shipped = ShippedMosquitto(directory)
    shipped.start()
    yield shipped
    shipped.stop()


@pytest.fixture(scope="module")
def seen(broker: ShippedMosquitto | ContainerMosquitto, passwords: dict[str, str]) -> Seen:
    return asyncio.run(_observed(broker.port, passwords))


async def _observed(port: int, passwords: dict[str, str]) -> Seen:
    seen = Seen()
    async with AsyncExitStack() as stack, asyncio.timeout(30), asyncio.TaskGroup() as group:
        clients = {
            user: await stack.enter_async_context(_client(port, user, password))
            for user, password in passwords.items()
        }
        for user, client in clients.items():
            await client.subscribe([("#", 1), ("$SYS/#", 1)])
            group.create_task(_read(client, user, seen))
        await asyncio.gather(*(_try_everything(client, who) for who, client in clients.items()))
        for user in clients:
            await clients[WITNESS].publish(f"end/{user}", b"", qos=1)
    return seen


def _client(port: int, user: str | None, password: str | None) -> aiomqtt.Client:
    return aiomqtt.Client(
        "127.0.0.1", port, username=user, password=password, protocol=aiomqtt.ProtocolVersion.V5
    )


async def _try_everything(client: aiomqtt.Client, user: str) -> None:
    for topic in TOPICS:
        await client.publish(topic, user, qos=1)


async def _read(client: aiomqtt.Client, user: str, seen: Seen) -> None:
    """Read until the end is said; the broker keeps the order of what it sends to one client."""
    found = seen.arrived.setdefault(user, set())
    async for message in client.messages:
        assert isinstance(message.payload, bytes)
        if message.topic.value == f"end/{user}":
            return
        own = message.topic.value.startswith("$SYS/")
        found.add((message.topic.value, BROKER if own else message.payload.decode()))


def _names(services: frozenset[Service]) -> set[str]:
    """Services as broker users; Home Assistant may send what people may."""
    return {str(one) for one in services} | (OWNERS if Service.PEOPLE in services else set())


def test_the_schedule_is_the_planners_and_not_the_executors(seen: Seen) -> None:
    assert seen.writers(topic_of(SCHEDULE)) == {"planner"}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.path)
def test_a_row_is_written_by_its_senders_and_read_by_its_receivers(
    row: Channel[Any], seen: Seen
) -> None:
    assert seen.writers(topic_of(row)) == _names(row.senders)
    assert seen.readers(topic_of(row)) == _names(row.receivers) | OWNERS


@pytest.mark.parametrize("row", REQUESTS, ids=lambda row: row.path)
def test_a_result_is_written_by_who_acts_and_read_by_who_asks(
    row: Channel[Any], seen: Seen
) -> None:
    result = f"{topic_of(row)}/result"
    assert seen.writers(result) == _names(row.receivers)
    assert seen.readers(result) == _names(row.senders) | OWNERS


@pytest.mark.parametrize("asking", Service)
def test_an_answer_is_read_by_the_one_who_asked(asking: Service, seen: Seen) -> None:
    answering = {str(one) for row in REQUESTS if asking in row.senders for one in row.receivers}
    assert seen.writers(reply_topic(asking)) == answering
    assert seen.readers(reply_topic(asking)) == {str(asking)} | OWNERS


@pytest.mark.parametrize("topic", OUTSIDE)
def test_outside_the_table_only_the_executor_and_the_house_meet(topic: str, seen: Seen) -> None:
    writers, readers = OUTSIDE[topic]
    assert seen.writers(topic) == writers
    assert seen.readers(topic) == writers | readers


def test_what_the_broker_counts_of_itself_is_the_gateways_to_read_and_nobodys_to_write(
    seen: Seen,
) -> None:
    told = {user for user, found in seen.arrived.items() if (VERSION, BROKER) in found}
    assert told == {"gateway", WITNESS}
    said = {what for found in seen.arrived.values() for what in found if what[0] == VERSION}
    assert said == {(VERSION, BROKER)}


@pytest.mark.parametrize(
    ("user", "password"),
    [(None, None), ("planner", None), ("planner", "the password of executor"), ("nobody", "x")],
)
async def test_who_is_not_known_is_not_let_in(
    user: str | None, password: str | None, broker: ShippedMosquitto
) -> None:
    with pytest.raises(aiomqtt.MqttError, match=r"[Nn]ot authori[sz]ed"):
        async with _client(broker.port, user, password):
            pass


async def test_who_sends_more_than_a_message_is_cut_off(
    broker: ShippedMosquitto | ContainerMosquitto, passwords: dict[str, str]
) -> None:
    with pytest.raises(aiomqtt.MqttError, match="Disconnected"):
        await _send_too_much(_client(broker.port, "planner", passwords["planner"]))


async def _send_too_much(client: aiomqtt.Client) -> None:
    async with client:
        sending = asyncio.create_task(client.publish(topic_of(SCHEDULE), bytes(3_000_000)))
        try:
            async for _ in client.messages:
                pass
        finally:
            sending.cancel()


def test_connections_beyond_the_limit_are_hung_up(
    broker: ShippedMosquitto | ContainerMosquitto,
) -> None:
    limit = int(re.findall(r"^max_connections (\d+)$", broker.configuration(), re.MULTILINE)[0])
    more = 50
    with ExitStack() as stack:
        lines = [
            stack.enter_context(socket.create_connection(("127.0.0.1", broker.port)))
            for _ in range(limit + more)
        ]
        ended, _, _ = select.select(lines, [], [], 5)
        # Mosquitto 2.0 counts who left without a login twice, so some of the test's own are free.
        assert 0 < len(ended) <= more
        assert {line.recv(1) for line in ended if isinstance(line, socket.socket)} == {b""}


def test_each_user_of_the_list_gets_a_password() -> None:
    listed = {line.split()[1] for line in acl().splitlines() if line.startswith("user ")}
    assert listed == set(script("prepare")["USERS"])
    assert listed == {str(user) for user in USERS}
