from __future__ import annotations

import asyncio

from structlog.testing import capture_logs
from support.inboxes import a_note, an_inbox

from darkstar_common.bus.inbox import QueueInbox
from darkstar_common.bus.port import Delivery, RawDelivery
from darkstar_common.bus.reading import Incoming
from darkstar_common.contract import HOUSE_STATE, NOTIFY
from darkstar_common.testing import settle


def note(text: str) -> Incoming:
    return Incoming("notify", a_note(text))


async def texts(inbox: QueueInbox, count: int) -> list[str]:
    got = [await anext(inbox) for _ in range(count)]
    return [
        one.message.text if isinstance(one, Delivery) else f"{one.topic}={one.payload.decode()}"
        for one in got
    ]


async def test_a_service_too_slow_for_its_events_loses_the_oldest_aloud() -> None:
    inbox = an_inbox(NOTIFY, topic="notify", limit=3)
    with capture_logs() as logs:
        for number in range(6):
            inbox.accept(note(str(number)), NOTIFY)
    assert await texts(inbox, 3) == ["3", "4", "5"]
    assert [log["event"] for log in logs] == ["inbox_overflowed"]


async def test_a_service_too_slow_for_states_gets_the_latest_of_each() -> None:
    inbox = an_inbox(NOTIFY, topic="notify", limit=2)
    for number in range(100):
        inbox.accept(Incoming("a", f"{number}".encode()), None)
        inbox.accept(Incoming("b", f"{number}".encode()), None)
    inbox.accept(Incoming("c", b"end"), None)
    assert await texts(inbox, 3) == ["a=99", "b=99", "c=end"]


async def test_who_acknowledges_by_hand_gets_every_state_a_broker_may_have_kept() -> None:
    inbox = an_inbox(topic="a", by_hand=True, limit=None)
    for number in range(100_000):
        inbox.accept(Incoming("a", f"{number}".encode()), None)
    async with asyncio.timeout(20):
        got = [await anext(inbox) for _ in range(100_000)]
    assert [one.payload for one in got if isinstance(one, RawDelivery)] == [
        f"{number}".encode() for number in range(100_000)
    ]


async def test_a_long_queue_leaves_the_others_their_turn() -> None:
    inbox, turns = an_inbox(NOTIFY, topic="notify", limit=1000), []

    async def other() -> None:
        while True:
            turns.append(1)
            await asyncio.sleep(0)

    for number in range(1000):
        inbox.accept(Incoming(f"t/{number}", b""), None)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(other())
        await texts(inbox, 1000)
        task.cancel()
    assert len(turns) >= 10


async def test_a_cancelled_reader_loses_nothing() -> None:
    inbox = an_inbox(NOTIFY, topic="notify")
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(texts(inbox, 1))
        await settle()
        reading.cancel()
        inbox.accept(note("kept"), NOTIFY)
    assert await texts(inbox, 1) == ["kept"]


async def test_many_ids_are_remembered_but_not_for_ever() -> None:
    inbox = an_inbox(NOTIFY, topic="notify", limit=10_000)
    first = note("first")
    inbox.accept(first, NOTIFY)
    for number in range(4096):
        inbox.accept(note(str(number)), NOTIFY)
    inbox.accept(first, NOTIFY)
    assert (await texts(inbox, 4098))[-1] == "first"


async def test_the_same_state_may_come_again() -> None:
    inbox = an_inbox(NOTIFY, topic="notify")
    same = Incoming(
        "house/state", b'{"sender": "executor", "emitted_at": "2026-01-01T12:00:00Z", '
        b'"message_id": "7d5d2b60-3f0a-4a46-a2c5-1f5f2d3d3d3d"}'
    )  # fmt: skip
    inbox.accept(same, HOUSE_STATE)
    inbox.accept(same, HOUSE_STATE)
    got = [await anext(inbox) for _ in range(2)]
    assert not any(isinstance(one, RawDelivery) for one in got)
    assert got[0] == got[1]
