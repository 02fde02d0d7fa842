from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from darkstar_common.bus.outbox import MAX_SENT, Outbox
from darkstar_common.bus.wire import Outgoing
from darkstar_common.testing import settle


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def event(name: str, **more: object) -> Outgoing:
    return Outgoing(topic=f"event/{name}", payload=name.encode(), **more)  # type: ignore[arg-type]


def state(topic: str, value: str) -> Outgoing:
    return Outgoing(topic=topic, payload=value.encode(), retain=True)


async def taken(outbox: Outbox) -> list[str]:
    names = []
    while len(outbox):
        try:
            async with asyncio.timeout(0):
                ticket, outgoing = await outbox.take()
        except TimeoutError:
            break
        outbox.acknowledge(ticket)
        names.append(outgoing.payload.decode())
    return names


async def test_connected_it_sends_everything_in_order() -> None:
    outbox = Outbox(Seconds())
    outbox.connected()
    for number in range(3):
        outbox.put(state("soc", f"s{number}"))
        outbox.put(event(f"e{number}", qos=0))
    assert await taken(outbox) == ["s0", "e0", "s1", "e1", "s2", "e2"]


async def test_what_is_too_large_for_any_broker_is_left_out_and_said() -> None:
    outbox = Outbox(Seconds())
    outbox.connected()
    with capture_logs() as logs:
        outbox.put(Outgoing(topic="event/huge", payload=b"x" * (MAX_SENT + 1)))
    outbox.put(event("small"))
    assert await taken(outbox) == ["small"]
    assert [(one["event"], one["size"]) for one in logs] == [("message_too_large", MAX_SENT + 1)]


async def test_without_a_broker_a_state_is_replaced_and_events_stay() -> None:
    outbox = Outbox(Seconds())
    for number in range(3):
        outbox.put(state("soc", f"s{number}"))
        outbox.put(state("load", f"l{number}"))
        outbox.put(event(f"e{number}"))
        outbox.put(event(f"lost{number}", qos=0))
    assert await taken(outbox) == ["e0", "e1", "s2", "l2", "e2"]


async def test_what_was_not_acknowledged_is_sent_again_first() -> None:
    outbox = Outbox(Seconds())
    outbox.connected()
    for name in ("a", "b", "c", "d"):
        outbox.put(event(name))
    outbox.put(event("fleeting", qos=0))
    tickets = [(await outbox.take())[0] for _ in range(5)]
    outbox.acknowledge(tickets[1])
    outbox.disconnected()
    outbox.put(event("e"))
    outbox.connected()
    assert len(outbox) == 4
    assert await taken(outbox) == ["a", "c", "d", "e"]


async def test_what_expired_while_it_waited_is_not_sent() -> None:
    seconds = Seconds()
    outbox = Outbox(seconds)
    outbox.put(event("command", expiry=timedelta(seconds=10)))
    outbox.put(event("patient", expiry=timedelta(seconds=60)))
    seconds.now = 15.0
    _, outgoing = await outbox.take()
    assert outgoing.payload == b"patient"
    assert outgoing.expiry == timedelta(seconds=45)


async def test_expired_messages_do_not_hold_up_the_end() -> None:
    seconds = Seconds()
    outbox = Outbox(seconds)
    outbox.put(event("command", expiry=timedelta(seconds=10)))
    seconds.now = 15.0
    async with asyncio.TaskGroup() as group:
        taking = group.create_task(outbox.take())
        await outbox.emptied()
        taking.cancel()


async def test_emptied_waits_for_the_acknowledgement() -> None:
    outbox = Outbox(Seconds())
    outbox.put(event("a"))
    async with asyncio.TaskGroup() as group:
        emptied = group.create_task(outbox.emptied())
        ticket, _ = await outbox.take()
        await settle()
        assert not emptied.done()
        outbox.acknowledge(ticket)


async def test_too_many_events_drop_the_oldest_and_say_so_once() -> None:
    outbox = Outbox(Seconds(), limit=3)
    with capture_logs() as logs:
        for number in range(10):
            outbox.put(event(str(number)))
    assert await taken(outbox) == ["7", "8", "9"]
    assert [log["event"] for log in logs] == ["outbox_overflowed"]


@pytest.mark.parametrize("connected", [True, False])
@given(steps=st.lists(st.sampled_from(["put", "take", "ack", "lose"]), max_size=60))
def test_no_event_is_ever_lost_or_reordered(connected: bool, steps: list[str]) -> None:
    async def play() -> list[str]:
        outbox, sent, under_way = Outbox(Seconds()), list[str](), list[tuple[int, str]]()
        if connected:
            outbox.connected()
        for number, step in enumerate(steps):
            if step == "put":
                outbox.put(event(f"{number:02}"))
            elif step == "take" and len(outbox) > len(under_way):
                ticket, outgoing = await outbox.take()
                under_way.append((ticket, outgoing.payload.decode()))
            elif step == "ack" and under_way:
                ticket, name = under_way.pop(0)
                outbox.acknowledge(ticket)
                sent.append(name)
            elif step == "lose":
                outbox.disconnected()
                under_way.clear()
        outbox.disconnected()
        return sent + await taken(outbox)

    arrived = asyncio.run(play())
    assert arrived == [f"{number:02}" for number, step in enumerate(steps) if step == "put"]
