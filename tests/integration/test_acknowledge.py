"""What a broker keeps of a client that acknowledges by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from support.broker import Mosquitto
from support.buses import NOON, heard, mqtt_bus

from darkstar_common.bus import Inbox
from darkstar_common.bus.mqtt import MqttBus
from darkstar_common.contract import (
    HISTORY_QUERY,
    HOUSE_STATE,
    NOTIFY,
    HistoryQuery,
    HouseState,
    Notification,
    Reading,
    Service,
)

pytestmark = pytest.mark.timeout(30)

WINDOW = 50


def a_note(text: str) -> Notification:
    return Notification(
        sender=Service.PLANNER, emitted_at=NOON, kind="test", title="Test", text=text
    )


def careful(broker: Mosquitto) -> MqttBus:
    return mqtt_bus(broker, "recorder", window=WINDOW)


async def until(true: Callable[[], object]) -> None:
    while not true():  # noqa: ASYNC110 (what is waited for has no event)
        await asyncio.sleep(0.01)


async def texts(inbox: Inbox, count: int, *, acknowledging: bool = True) -> list[str]:
    got: list[str] = []
    async with asyncio.timeout(10):
        while len(got) < count:
            delivery = await heard(inbox)
            got.append(delivery.message.text)
            if acknowledging:
                delivery.acknowledge()
    return got


async def send(broker: Mosquitto, first: int, end: int) -> None:
    async with mqtt_bus(broker) as sender:
        await sender.connected()
        for number in range(first, end):
            await sender.publish(NOTIFY, a_note(str(number)))
        await sender.flushed()


def numbers(first: int, end: int) -> list[str]:
    return [str(number) for number in range(first, end)]


async def test_what_was_not_acknowledged_comes_again_in_order(broker: Mosquitto) -> None:
    async with careful(broker) as bus, bus.inbox(NOTIFY, by_hand=True) as inbox:
        await bus.connected()
        await send(broker, 0, 30)
        assert await texts(inbox, 10) == numbers(0, 10)
        assert await texts(inbox, 20, acknowledging=False) == numbers(10, 30)
    async with careful(broker) as bus, bus.inbox(NOTIFY, by_hand=True) as inbox:
        assert await texts(inbox, 20) == numbers(10, 30)
        await send(broker, 30, 31)
        assert await texts(inbox, 1) == ["30"]  # and nothing of before comes a second time
    async with careful(broker) as bus, bus.inbox(NOTIFY, by_hand=True) as inbox:
        await send(broker, 31, 32)
        assert await texts(inbox, 1) == ["31"]


async def test_a_lost_line_brings_again_what_was_not_acknowledged(broker: Mosquitto) -> None:
    async with careful(broker) as bus, bus.inbox(NOTIFY, by_hand=True) as inbox:
        await bus.connected()
        await send(broker, 0, 5)
        old = [await heard(inbox) for _ in range(5)]
        broker.stop()
        await until(lambda: not bus.is_connected)
        broker.start()
        again = [await heard(inbox) for _ in range(5)]
        for delivery in old:
            delivery.acknowledge()  # too late: it was owed on a line that is gone
        assert [one.message for one in again] == [one.message for one in old]
    async with careful(broker) as bus, bus.inbox(NOTIFY, by_hand=True) as inbox:
        assert await texts(inbox, 5) == numbers(0, 5)


async def test_the_broker_sends_no_more_than_the_window_ahead(broker: Mosquitto) -> None:
    async with careful(broker) as bus, bus.inbox(NOTIFY, by_hand=True) as inbox:
        await bus.connected()
        await send(broker, 0, 3 * WINDOW)
        ahead = [await heard(inbox) for _ in range(WINDOW)]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await heard(inbox)
        for delivery in ahead:
            delivery.acknowledge()
        assert await texts(inbox, 2 * WINDOW) == numbers(WINDOW, 3 * WINDOW)


async def test_every_state_that_was_kept_comes_however_far_ahead_it_is_sent(
    broker: Mosquitto,
) -> None:
    count, got = 15_000, list[float]()
    async with careful(broker) as bus, bus.inbox(HOUSE_STATE, by_hand=True):
        await bus.connected()
    await asyncio.to_thread(flood, broker, count)
    async with (
        careful(broker) as bus,
        bus.inbox(HOUSE_STATE, by_hand=True) as inbox,
        asyncio.timeout(20),
    ):
        while len(got) < count:
            taken = [await heard(inbox) for _ in range(WINDOW)]
            for delivery in taken:  # many at once, with which mosquitto 2.0.11 forgets the window
                delivery.acknowledge()
            got += (one.message.soc_percent.value for one in taken)
            if len(got) <= 15 * WINDOW:
                await asyncio.sleep(0.1)
    assert got == [number / count for number in range(count)]


def flood(broker: Mosquitto, count: int) -> None:
    """So many states, faster than anyone takes them in."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    client.max_queued_messages_set(0)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    for number in range(count):
        reading = Reading(value=number / count, measured_at=NOON)
        state = HouseState(sender=Service.EXECUTOR, emitted_at=NOON, soc_percent=reading)
        last = client.publish(HOUSE_STATE.topic("home"), state.model_dump_json(), qos=1)
    last.wait_for_publish()
    client.disconnect()
    client.loop_stop()


async def test_a_question_passes_all_that_waits_to_be_acknowledged(broker: Mosquitto) -> None:
    async with (
        careful(broker) as bus,
        bus.inbox(NOTIFY, by_hand=True) as told,
        bus.inbox(HISTORY_QUERY) as asked,
        mqtt_bus(broker) as person,
    ):
        await bus.connected()
        await send(broker, 0, 2 * WINDOW)
        await texts(told, WINDOW, acknowledging=False)
        for _ in range(2 * WINDOW):  # and they take no place in the window either
            await person.publish(HISTORY_QUERY, HistoryQuery(what="slots"))
        async with asyncio.timeout(10):
            for _ in range(2 * WINDOW):
                assert (await heard(asked)).channel is HISTORY_QUERY


async def test_nobody_answers_what_was_asked_while_nobody_listened(broker: Mosquitto) -> None:
    async with careful(broker) as bus, bus.inbox(NOTIFY, HISTORY_QUERY):
        await bus.connected()
    async with mqtt_bus(broker) as person:
        await person.connected()
        await person.publish(HISTORY_QUERY, HistoryQuery(what="slots"))
        await person.flushed()
    await send(broker, 0, 1)
    async with careful(broker) as bus, bus.inbox(NOTIFY, HISTORY_QUERY) as inbox:
        assert (await heard(inbox)).channel is NOTIFY


async def test_answers_and_states_pass_a_client_with_a_window(broker: Mosquitto) -> None:
    state = HouseState(
        sender=Service.EXECUTOR,
        emitted_at=NOON,
        soc_percent=Reading(value=50.0, measured_at=NOON),
    )
    async with careful(broker) as bus, bus.inbox(HOUSE_STATE) as inbox:
        await bus.connected()
        for _ in range(3 * WINDOW):
            await bus.publish(HOUSE_STATE, state)
        async with asyncio.timeout(10):
            for _ in range(3 * WINDOW):  # one that is not by hand acknowledges by itself
                assert (await heard(inbox)).message == state
