"""What only a real broker shows: restarts, sessions, wills, expiry."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import aiomqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from structlog.testing import capture_logs
from support.broker import Mosquitto
from support.buses import NOON, heard, heard_raw, mqtt_bus

from darkstar_common.bus import RawDelivery
from darkstar_common.bus.mqtt import Broker, MqttBus, Presence
from darkstar_common.bus.mqtt.wire import backoff
from darkstar_common.contract import (
    HOUSE_STATE,
    NOTIFY,
    OVERRIDE_SET,
    HouseState,
    Notification,
    OverrideSet,
    Reading,
    Service,
)

PRESENCE = Presence("gateway/status", online=lambda: b"online", offline=lambda: b"offline")


pytestmark = pytest.mark.timeout(30)


def a_note(text: str) -> Notification:
    return Notification(
        sender=Service.PLANNER, emitted_at=NOON, kind="test", title="Test", text=text
    )


def a_state(soc: float) -> HouseState:
    return HouseState(
        sender=Service.EXECUTOR,
        emitted_at=NOON,
        soc_percent=Reading(value=soc, measured_at=NOON),
    )


async def until(true: Callable[[], object]) -> None:
    while not true():  # noqa: ASYNC110 (what is waited for has no event)
        await asyncio.sleep(0.01)


async def disconnected(bus: MqttBus) -> None:
    await until(lambda: not bus.is_connected)


def plain_client(broker: Mosquitto, **more: Any) -> aiomqtt.Client:
    return aiomqtt.Client("127.0.0.1", broker.port, protocol=aiomqtt.ProtocolVersion.V5, **more)


async def test_a_bus_waits_for_a_broker_that_is_not_there_yet(own_broker: Mosquitto) -> None:
    with capture_logs() as logs:
        async with mqtt_bus(own_broker) as bus, bus.inbox(NOTIFY) as inbox:
            await bus.publish(NOTIFY, a_note("early"))
            await until(lambda: logs)
            own_broker.start()
            assert (await heard(inbox)).message.text == "early"
    troubles = [log for log in logs if log["event"] == "broker_unreachable"]
    assert [log["broker"] for log in troubles] == [f"127.0.0.1:{own_broker.port}"]
    assert "refused" in troubles[0]["reason"]


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_a_broker_that_comes_back_is_found_within_seconds(
    own_broker: Mosquitto, end: str
) -> None:
    own_broker.start()
    async with (
        mqtt_bus(own_broker) as one,
        mqtt_bus(own_broker) as two,
        two.inbox(NOTIFY, HOUSE_STATE, filters=["pump/state"]) as inbox,
    ):
        await one.connected()
        await two.connected()
        await one.publish(HOUSE_STATE, a_state(1.0))
        assert (await heard(inbox)).message.soc_percent.value == 1.0
        own_broker.save()
        getattr(own_broker, end)()
        await disconnected(one)
        await disconnected(two)
        texts = [str(number) for number in range(50)]
        for text in texts:
            await one.publish(NOTIFY, a_note(text))
        own_broker.start()
        async with asyncio.timeout(10):
            await two.connected()
            await one.publish_raw("pump/state", "9", qos=1)
            got: list[str] = []
            outside: list[bytes] = []
            while len(got) < len(texts) or not outside:
                delivery = await anext(aiter(inbox))
                if isinstance(delivery, RawDelivery):
                    outside.append(delivery.payload)
                elif delivery.channel is NOTIFY:
                    got.append(delivery.message.text)
    assert got == texts
    assert outside == [b"9"]


@pytest.mark.parametrize("been_there", [True, False])
async def test_of_a_state_only_the_latest_waits_for_the_broker(
    own_broker: Mosquitto, been_there: bool
) -> None:
    async with mqtt_bus(own_broker) as one, one.inbox(HOUSE_STATE, NOTIFY) as inbox:
        if been_there:
            own_broker.start()
            await one.connected()
            own_broker.stop()
            await disconnected(one)
        for number in range(1000):
            await one.publish(HOUSE_STATE, a_state(number / 10))
        await one.publish(NOTIFY, a_note("after"))
        own_broker.start()
        got = [(await heard(inbox)).message for _ in range(2)]
    assert got[0].soc_percent.value == 99.9
    assert got[1].text == "after"


async def test_the_broker_keeps_the_queue_of_a_service_that_is_away(own_broker: Mosquitto) -> None:
    own_broker.start()
    async with mqtt_bus(own_broker, "recorder") as away, away.inbox(NOTIFY, HOUSE_STATE):
        await away.connected()
    async with mqtt_bus(own_broker) as sender:
        await sender.connected()
        for number in range(300):
            await sender.publish(NOTIFY, a_note(str(number)))
            await sender.publish(HOUSE_STATE, a_state(number / 10))
        await sender.flushed()
    own_broker.stop()
    own_broker.start()
    async with mqtt_bus(own_broker, "recorder") as back:
        await back.connected()
        async with mqtt_bus(own_broker) as witness, witness.inbox(NOTIFY) as seen:
            await witness.publish(NOTIFY, a_note("now"))
            await heard(seen)  # by now the broker has sent the queue; no inbox was open for it
        async with back.inbox(NOTIFY, HOUSE_STATE) as inbox:
            notes: list[str] = []
            states: list[float | None] = []
            while len(notes) < 301:
                delivery = await heard(inbox)
                if delivery.channel is NOTIFY:
                    notes.append(delivery.message.text)
                elif not delivery.retained:  # the broker may send the latest before the queue
                    states.append(delivery.message.soc_percent.value)
    assert notes == [*(str(number) for number in range(300)), "now"]
    assert states == [number / 10 for number in range(300)]


async def test_presence_follows_the_connection(own_broker: Mosquitto) -> None:
    own_broker.start()
    async with mqtt_bus(own_broker) as watcher, watcher.inbox(filters=["gateway/#"]) as inbox:
        await watcher.connected()
        async with mqtt_bus(own_broker, presence=PRESENCE) as bus:
            assert (await heard_raw(inbox)).payload == b"online"
            own_broker.kill()
            await disconnected(bus)
            own_broker.start()
            await watcher.connected()
            assert (await heard_raw(inbox)).payload == b"online"
            await bus.connected()
        got = [await heard_raw(inbox)]
        while got[-1].payload != b"offline":
            got.append(await heard_raw(inbox))
        assert {one.payload for one in got[:-1]} <= {b"online"}


async def test_the_broker_announces_the_death_of_a_client(own_broker: Mosquitto) -> None:
    own_broker.start()
    async with mqtt_bus(own_broker) as watcher, watcher.inbox(filters=["gateway/#"]) as inbox:
        await watcher.connected()
        async with mqtt_bus(own_broker, "twin", presence=PRESENCE) as bus:
            assert (await heard_raw(inbox)).payload == b"online"
            async with plain_client(own_broker, identifier="twin"):  # takes the session over
                assert (await heard_raw(inbox)).payload == b"offline"
            assert (await heard_raw(inbox)).payload == b"online"
            await bus.connected()


async def left_behind(broker: Mosquitto) -> bytes:
    """What one reads who comes after all is over."""
    async with plain_client(broker) as reader:
        await reader.subscribe(PRESENCE.topic)
        payload = (await anext(aiter(reader.messages))).payload
    assert isinstance(payload, bytes)
    return payload


async def test_who_leaves_before_the_broker_has_heard_its_birth_leaves_no_online_behind(
    own_broker: Mosquitto,
) -> None:
    own_broker.start()
    born = asyncio.Event()

    def online() -> bytes:
        own_broker.hold()
        born.set()
        return b"online"

    presence = Presence(PRESENCE.topic, online=online, offline=PRESENCE.offline)
    async with mqtt_bus(own_broker, presence=presence):
        await born.wait()
        await asyncio.sleep(0)
    own_broker.go_on()
    assert await left_behind(own_broker) == b"offline"


async def test_who_leaves_with_more_unsent_than_there_is_time_for_leaves_no_online_behind(
    own_broker: Mosquitto,
) -> None:
    own_broker.start()
    async with mqtt_bus(own_broker, presence=PRESENCE) as bus:
        await bus.connected()
        own_broker.hold()
        for number in range(100):
            await bus.publish(NOTIFY, a_note(str(number)))
    own_broker.go_on()
    assert await left_behind(own_broker) == b"offline"


async def test_requests_carry_an_expiry(own_broker: Mosquitto) -> None:
    own_broker.start()
    async with plain_client(own_broker) as listener, mqtt_bus(own_broker) as bus:
        await listener.subscribe(OVERRIDE_SET.topic("home"))
        await listener.subscribe("inverter/set")
        await bus.connected()
        await bus.publish(OVERRIDE_SET, OverrideSet(action="hold"))
        await bus.publish_raw("inverter/set", "1", expiry=timedelta(seconds=7))
        messages = aiter(listener.messages)
        first, second = await anext(messages), await anext(messages)
    assert 58 <= vars(first.properties)["MessageExpiryInterval"] <= 60
    assert vars(second.properties)["MessageExpiryInterval"] in {6, 7}


async def test_an_answer_goes_nowhere_but_to_the_private_reply_topics(
    own_broker: Mosquitto,
) -> None:
    own_broker.start()
    trap = "inverter/work_mode/set"
    async with mqtt_bus(own_broker) as bus, plain_client(own_broker) as stranger:
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.ResponseTopic = trap
        await stranger.subscribe(trap)
        await stranger.subscribe(OVERRIDE_SET.topic("home") + "/result")
        async with bus.inbox(OVERRIDE_SET):
            await bus.connected()
            reading = bus.inbox(OVERRIDE_SET)
            async with reading as inbox, asyncio.TaskGroup() as group:
                task = group.create_task(heard(inbox))
                await stranger.publish(
                    OVERRIDE_SET.topic("home"), "banana", qos=1, properties=properties
                )
                answer = await anext(aiter(stranger.messages))
                task.cancel()
    assert answer.topic.value.endswith("/result")


async def test_a_host_that_does_not_exist_is_named() -> None:
    broker = Broker(host="no-such-host.invalid", port=1)
    with capture_logs() as logs:
        async with MqttBus(broker, site="home", client_id="x", now=lambda: NOON):
            await until(lambda: logs)
    assert logs[0]["event"] == "broker_unreachable"
    assert logs[0]["broker"] == "no-such-host.invalid:1"


async def test_a_lasting_trouble_is_logged_once_and_a_new_one_again() -> None:
    calls = 0

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        calls += 1
        writer.write(b"\x20\x03\x00\x88\x00")  # CONNACK: server unavailable
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    broker = Broker(host="127.0.0.1", port=port)
    with capture_logs() as logs:
        async with server, MqttBus(broker, site="home", client_id="x", now=lambda: NOON):
            await until(lambda: calls >= 3)
            assert len(logs) == 1
            server.close()
            await until(lambda: len(logs) == 2)
    assert "unavailable" in logs[0]["reason"]
    assert "refused" in logs[1]["reason"]


def test_the_delays_grow_to_two_seconds_and_are_never_in_step() -> None:
    delays = backoff()
    first = [next(delays) for _ in range(20)]
    assert first[0] <= 0.1
    assert max(first) <= 2.0
    assert min(first[6:]) >= 1.0
    assert len(set(first)) == 20
