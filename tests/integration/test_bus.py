"""What the bus promises, kept in memory and on a real broker alike."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY
from pydantic_core import PydanticSerializationError
from structlog.testing import capture_logs
from support.buses import NOON, Peers, heard, heard_raw

from darkstar_common.bus import RawDelivery, RequestTimeoutError
from darkstar_common.contract import (
    EV_SET,
    HOUSE_STATE,
    NOTIFY,
    OVERRIDE_SET,
    PAUSE_SET,
    Channel,
    HouseState,
    Notification,
    OverrideSet,
    Reading,
    RequestResult,
    Service,
)

SOON = timedelta(seconds=20)


def a_state(soc: float = 50.0) -> HouseState:
    return HouseState(
        sender=Service.EXECUTOR,
        emitted_at=NOON,
        soc_percent=Reading(value=soc, measured_at=NOON),
    )


def a_notification(text: str = "hello") -> Notification:
    return Notification(
        sender=Service.PLANNER, emitted_at=NOON, kind="test", title="Test", text=text
    )


def accepted(reason: str = "done") -> RequestResult:
    return RequestResult(sender=Service.EXECUTOR, emitted_at=NOON, accepted=True, reason=reason)


pytestmark = pytest.mark.timeout(30)


async def raw(peers: Peers, channel: Channel[Any], payload: bytes | str, **more: Any) -> None:
    await peers.one.publish_raw(channel.topic(peers.one.site), payload, qos=1, **more)


@asynccontextmanager
async def answering(peers: Peers, channel: Channel[Any]) -> AsyncIterator[None]:
    async def answer(inbox: Any) -> None:
        async for delivery in inbox:
            await delivery.answer(accepted(delivery.message.action))

    async with peers.two.inbox(channel) as inbox, asyncio.TaskGroup() as group:
        task = group.create_task(answer(inbox))
        yield
        task.cancel()


async def test_a_message_arrives_as_it_was_sent(peers: Peers) -> None:
    sent = a_state(42.125)
    async with peers.two.inbox(HOUSE_STATE) as inbox:
        await peers.one.publish(HOUSE_STATE, sent)
        delivery = await heard(inbox)
    assert delivery.message == sent
    assert delivery.channel is HOUSE_STATE
    assert not delivery.retained


async def test_messages_keep_their_order_over_channels(peers: Peers) -> None:
    async with peers.two.inbox(NOTIFY, HOUSE_STATE) as inbox:
        for number in range(100):
            await peers.one.publish(NOTIFY, a_notification(str(number)))
            await peers.one.publish(HOUSE_STATE, a_state(number / 2))
        got = [await heard(inbox) for _ in range(200)]
    assert [one.message.text for one in got[::2]] == [str(number) for number in range(100)]
    assert [one.message.soc_percent.value for one in got[1::2]] == [n / 2 for n in range(100)]


async def test_state_waits_for_those_who_come_later_and_events_do_not(peers: Peers) -> None:
    sent = a_state()
    await peers.one.publish(NOTIFY, a_notification("missed"))
    await peers.one.publish(HOUSE_STATE, a_state(1.0))
    async with peers.one.inbox(HOUSE_STATE) as echo:
        await peers.one.publish(HOUSE_STATE, sent)
        while (await heard(echo)).message != sent:
            pass
    async with peers.two.inbox(NOTIFY, HOUSE_STATE) as inbox:
        first = await heard(inbox)
        await peers.one.publish(NOTIFY, a_notification("seen"))
        second = await heard(inbox)
    assert first.retained
    assert first.message == sent
    assert second.message.text == "seen"


async def test_two_inboxes_each_get_a_message(peers: Peers) -> None:
    async with peers.two.inbox(NOTIFY) as first, peers.two.inbox(NOTIFY, HOUSE_STATE) as second:
        await peers.one.publish(NOTIFY, a_notification())
        assert (await heard(first)).message == (await heard(second)).message


async def test_a_closed_inbox_leaves_the_other_one_open(peers: Peers) -> None:
    async with peers.two.inbox(NOTIFY) as stays:
        async with peers.two.inbox(NOTIFY):
            pass
        await peers.one.publish(NOTIFY, a_notification("still here"))
        assert (await heard(stays)).message.text == "still here"


async def test_outside_payloads_are_not_touched(peers: Peers) -> None:
    topic = f"outside/{peers.one.site}/pump/state"
    async with peers.two.inbox(filters=[f"outside/{peers.one.site}/+/state"]) as inbox:
        await peers.one.publish_raw(topic, b"\xff\x00 not text", qos=1)
        await peers.one.publish_raw(topic, "22.5")
        assert await heard_raw(inbox) == RawDelivery(topic, b"\xff\x00 not text", retained=False)
        assert await heard_raw(inbox) == RawDelivery(topic, b"22.5", retained=False)


async def test_filters_come_and_go_while_the_inbox_is_open(peers: Peers) -> None:
    here, there = (f"outside/{peers.one.site}/{name}" for name in ("here", "there"))
    async with peers.two.inbox(filters=[there]) as inbox:
        await peers.two.publish_raw(here, "kept", qos=1, retain=True)
        await peers.two.publish_raw(there, "sent", qos=1)
        assert (await heard_raw(inbox)).payload == b"sent"
        await inbox.watch(here)
        assert await heard_raw(inbox) == RawDelivery(here, b"kept", retained=True)
        await inbox.unwatch(here)
        await peers.two.publish_raw(here, "unheard", qos=1)
        await peers.two.publish_raw(there, "again", qos=1)
        assert (await heard_raw(inbox)).payload == b"again"


async def test_what_no_broker_takes_is_logged_and_harms_nobody(peers: Peers) -> None:
    with capture_logs() as logs:
        async with peers.two.inbox(NOTIFY, filters=["a/#/b", ""]) as inbox:
            await inbox.watch("pump/\x00", "x+")
            await peers.two.publish_raw("pump/+/set", "1", qos=1)
            await peers.one.publish(NOTIFY, a_notification())
            assert (await heard(inbox)).message.text == "hello"
    refused = [log["topic"] for log in logs if log["event"] == "message_rejected"]
    assert refused == ["a/#/b", "", "pump/\x00", "x+", "pump/+/set"]


async def test_a_report_that_cannot_be_written_is_logged_and_does_not_stop_its_sender(
    peers: Peers,
) -> None:
    with capture_logs() as logs:
        async with peers.two.inbox(NOTIFY) as inbox:
            for _ in range(2):
                await peers.one.publish(NOTIFY, a_notification("half a character: \ud83d"))
            await peers.one.publish(NOTIFY, a_notification())
            assert (await heard(inbox)).message.text == "hello"
    dropped = [log["topic"] for log in logs if log["event"] == "message_dropped"]
    assert dropped == [NOTIFY.topic(peers.one.site)]


async def test_a_request_that_cannot_be_written_is_an_error_of_its_sender(peers: Peers) -> None:
    wish = OverrideSet(action="hold", minutes=5).model_copy(update={"message_id": "\ud83d"})
    with pytest.raises(PydanticSerializationError):
        await peers.one.publish(OVERRIDE_SET, wish)
    with pytest.raises(PydanticSerializationError):
        await peers.one.request(OVERRIDE_SET, wish, timeout=SOON)


async def test_half_a_character_in_a_payload_is_replaced(peers: Peers) -> None:
    async with peers.two.inbox(filters=["pump/set"]) as inbox:
        await peers.one.publish_raw("pump/set", "on \ud83d", qos=1)
        assert (await heard_raw(inbox)).payload == b"on ?"


async def test_a_request_is_answered_to_its_sender_and_in_public(peers: Peers) -> None:
    public = OVERRIDE_SET.topic(peers.one.site) + "/result"
    async with answering(peers, OVERRIDE_SET), peers.one.inbox(filters=[public]) as inbox:
        wish = OverrideSet(action="hold")
        reply = await peers.one.request(OVERRIDE_SET, wish, timeout=SOON)
        told = await heard_raw(inbox)
    assert reply.result.reason == "hold"
    assert RequestResult.model_validate_json(told.payload) == reply.result


async def test_answers_find_their_own_request(peers: Peers) -> None:
    words = ["hold", "force_heat", "self_consume", "force_charge"] * 5
    async with answering(peers, OVERRIDE_SET), asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(
                peers.one.request(
                    OVERRIDE_SET, OverrideSet.model_validate({"action": word}), timeout=SOON
                )
            )
            for word in words
        ]
    assert [task.result().result.reason for task in tasks] == words


async def test_bytes_are_answered_to_the_requester_only(peers: Peers) -> None:
    rows = bytes(range(256)) * 2000
    public = PAUSE_SET.topic(peers.one.site) + "/result"

    async def answer(inbox: Any) -> None:
        await (await heard(inbox)).answer(rows)

    async with (
        peers.two.inbox(PAUSE_SET) as asked,
        peers.one.inbox(NOTIFY, filters=[public]) as in_,
    ):
        async with asyncio.TaskGroup() as group:
            group.create_task(answer(asked))
            wish = PAUSE_SET.message.parse(PAUSE_SET.message.examples[0].encode())
            reply = await peers.one.request(PAUSE_SET, wish, timeout=SOON)
        await peers.two.publish(NOTIFY, a_notification("after"))
        assert (await heard(in_)).message.text == "after"
    assert reply.payload == rows


async def test_a_request_that_nobody_answers_ends_in_time(peers: Peers) -> None:
    with pytest.raises(RequestTimeoutError, match=r"override/set within 0\.05 s"):
        await peers.one.request(
            OVERRIDE_SET, OverrideSet(action="hold"), timeout=timedelta(seconds=0.05)
        )


async def test_people_type_bare_words(peers: Peers) -> None:
    async with peers.two.inbox(OVERRIDE_SET) as inbox:
        await raw(peers, OVERRIDE_SET, "force_charge")
        delivery = await heard(inbox)
    assert delivery.message.action == "force_charge"
    assert delivery.message.sender is Service.PEOPLE


async def test_the_plus_of_a_path_is_the_name(peers: Peers) -> None:
    car = EV_SET.at("car")
    async with peers.two.inbox(EV_SET) as inbox:
        await peers.one.publish(car, EV_SET.message.parse(EV_SET.message.examples[0].encode()))
        assert (await heard(inbox)).name == "car"
    with pytest.raises(ValueError, match="name one of them"):
        await peers.one.publish(EV_SET, EV_SET.message.parse(EV_SET.message.examples[0].encode()))


def _rejected(path: str) -> float:
    return REGISTRY.get_sample_value("darkstar_messages_rejected_total", {"topic": path}) or 0.0


async def test_an_unknown_word_is_refused_with_what_is_understood(peers: Peers) -> None:
    result = OVERRIDE_SET.topic(peers.one.site) + "/result"
    async with peers.two.inbox(OVERRIDE_SET) as inbox, peers.one.inbox(filters=[result]) as answers:
        reading = asyncio.ensure_future(heard(inbox))
        await raw(peers, OVERRIDE_SET, "banana")
        answer = RequestResult.model_validate_json((await heard_raw(answers)).payload)
        await raw(peers, OVERRIDE_SET, "hold")
        assert (await reading).message.action == "hold"
    assert not answer.accepted
    assert "banana" in answer.reason
    assert answer.sender is Service.EXECUTOR
    assert set(OVERRIDE_SET.message.examples) == set(answer.understood)


GARBAGE = {
    "no JSON": b"hello",
    "no text": b"\xff\xfe\x00",
    "nothing": b"",
    "wrong type": b"[1, 2]",
    "missing fields": b"{}",
    "NaN": a_state().model_dump_json().replace("50.0", "NaN").encode(),
    "infinity": a_state().model_dump_json().replace("50.0", "1e999").encode(),
    "a number in words": a_state().model_dump_json().replace("50.0", '"many"').encode(),
    "one megabyte": b"[" + b"1," * 500_000 + b"1]",
    "deep nesting": b"[" * 100_000,
}


@pytest.mark.parametrize("payload", GARBAGE.values(), ids=GARBAGE.keys())
async def test_garbage_is_counted_logged_once_and_passed_over(peers: Peers, payload: bytes) -> None:
    before = _rejected(HOUSE_STATE.path)
    with capture_logs() as logs:
        async with peers.two.inbox(HOUSE_STATE) as inbox:
            for _ in range(3):
                await raw(peers, HOUSE_STATE, payload)
            await peers.one.publish(HOUSE_STATE, a_state(7.0))
            assert (await heard(inbox)).message.soc_percent.value == 7.0
    assert _rejected(HOUSE_STATE.path) == before + 3
    assert [log["event"] for log in logs].count("message_rejected") == 1


REQUEST_GARBAGE = {
    "unknown word": b"banana",
    "no text": b"\xff\xfe\x00",
    "wrong type": b"[1, 2]",
    "a NaN": b'{"action": "hold", "minutes": NaN}',
    "too many minutes": b'{"action": "hold", "minutes": 1e999}',
    "one megabyte": b'"' + b"x" * 1_000_000 + b'"',
    "deep nesting": b"[" * 100_000,
    "deep object": b'{"a":' * 100_000,
    "too old": json.dumps({"action": "hold", "emitted_at": "2026-01-01T11:58:00Z"}).encode(),
}


@pytest.mark.parametrize("payload", REQUEST_GARBAGE.values(), ids=REQUEST_GARBAGE.keys())
async def test_a_bad_request_is_refused_aloud_and_changes_nothing(
    peers: Peers, payload: bytes
) -> None:
    before = _rejected(OVERRIDE_SET.path)
    result = OVERRIDE_SET.topic(peers.one.site) + "/result"
    async with peers.two.inbox(OVERRIDE_SET) as inbox, peers.one.inbox(filters=[result]) as answers:
        reading = asyncio.ensure_future(heard(inbox))
        await raw(peers, OVERRIDE_SET, payload)
        answer = RequestResult.model_validate_json((await heard_raw(answers)).payload)
        await raw(peers, OVERRIDE_SET, "self_consume")
        assert (await reading).message.action == "self_consume"
    assert not answer.accepted
    assert len(answer.reason) < 300
    assert _rejected(OVERRIDE_SET.path) == before + 1


async def test_a_retained_request_does_not_act(peers: Peers) -> None:
    await raw(peers, OVERRIDE_SET, "force_charge", retain=True)
    async with peers.one.inbox(filters=[OVERRIDE_SET.topic(peers.one.site)]) as echo:
        await heard_raw(echo)
    async with peers.two.inbox(OVERRIDE_SET) as inbox:
        await raw(peers, OVERRIDE_SET, "hold")
        assert (await heard(inbox)).message.action == "hold"


async def test_a_message_that_comes_twice_is_delivered_once(peers: Peers) -> None:
    note, wish = a_notification("once"), OverrideSet(action="hold")
    async with peers.two.inbox(NOTIFY, OVERRIDE_SET) as inbox:
        for _ in range(2):
            await peers.one.publish(NOTIFY, note)
            await peers.one.publish(OVERRIDE_SET, wish)
        await peers.one.publish(NOTIFY, a_notification("the end"))
        got = [(await heard(inbox)).message for _ in range(3)]
    assert got[:2] == [note, wish]
    assert got[2].text == "the end"


async def test_another_house_is_not_heard(peers: Peers) -> None:
    async with peers.two.inbox(NOTIFY) as inbox:
        stranger = NOTIFY.topic("elsewhere")
        await peers.one.publish_raw(stranger, a_notification("theirs").model_dump_json(), qos=1)
        await peers.one.publish(NOTIFY, a_notification("ours"))
        assert (await heard(inbox)).message.text == "ours"


async def test_a_slow_reader_still_gets_every_event(peers: Peers) -> None:
    async with peers.two.inbox(NOTIFY) as inbox, peers.two.inbox(NOTIFY) as watcher:
        for number in range(500):
            await peers.one.publish(NOTIFY, a_notification(str(number)))
        seen = [(await heard(watcher)).message.text for _ in range(500)]
        late = [(await heard(inbox)).message.text for _ in range(500)]
    assert late == seen == [str(number) for number in range(500)]
