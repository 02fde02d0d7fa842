"""Questions to the recorder, when many are asked at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from support.gateway_app import NOON

from darkstar_common.bus import Delivery, Inbox, MemoryBus
from darkstar_common.contract import HISTORY_QUERY, HistoryRows, RequestResult, Service
from darkstar_common.testing import FakeClock, settle
from darkstar_gateway.api.asking import AT_ONCE, TRIES, Recorder, records
from darkstar_gateway.api.problems import Problem


def rows(*starts: int, complete: bool = True) -> HistoryRows:
    return HistoryRows(
        sender=Service.RECORDER, emitted_at=NOON, what="slots",
        columns={"start": starts, "load_kwh": tuple(1.0 for _ in starts)},
        row_count=len(starts), complete=complete,
    )  # fmt: skip


def a_recorder(patience: float = 5.0) -> Recorder:
    clock = FakeClock(NOON)
    bus = MemoryBus(now=clock.now, sender=Service.GATEWAY)
    return Recorder(bus=bus, clock=clock, patience=timedelta(seconds=patience))


async def heard(inbox: Inbox) -> Delivery[Any]:
    delivery = await anext(aiter(inbox))
    assert isinstance(delivery, Delivery)
    return delivery


async def test_what_many_ask_at_once_is_asked_once() -> None:
    recorder = a_recorder()
    async with recorder.bus.inbox(HISTORY_QUERY) as inbox:
        asking = [asyncio.create_task(recorder.rows("slots", limit=5)) for _ in range(200)]
        question = await heard(inbox)
        await question.answer(rows(1, 2))
        found = await asyncio.gather(*asking)
        assert {one.row_count for one in found} == {2}
        again = asyncio.create_task(recorder.rows("slots", limit=5))
        await (await heard(inbox)).answer(rows(1, 2, 3))
        assert (await again).row_count == 3, "what was answered is asked anew"


async def test_who_goes_away_does_not_take_the_others_answer_along() -> None:
    recorder = a_recorder()
    async with recorder.bus.inbox(HISTORY_QUERY) as inbox:
        gone, waiting = (asyncio.create_task(recorder.rows("slots")) for _ in range(2))
        question = await heard(inbox)
        gone.cancel()
        await settle()
        await question.answer(rows(1))
        assert (await waiting).row_count == 1


async def test_few_questions_are_under_way_at_a_time() -> None:
    recorder = a_recorder()
    async with recorder.bus.inbox(HISTORY_QUERY) as inbox:
        asking = [asyncio.create_task(recorder.rows("slots", limit=one + 1)) for one in range(20)]
        await settle()
        first = [await heard(inbox) for _ in range(AT_ONCE)]
        await settle()
        more = asyncio.create_task(heard(inbox))
        await settle()
        assert not more.done()
        for one in first:
            await one.answer(rows(1))
        await (await more).answer(rows(1))
        for _ in range(20 - AT_ONCE - 1):
            await (await heard(inbox)).answer(rows(1))
        await asyncio.gather(*asking)


async def test_a_long_answer_is_read_to_its_end() -> None:
    recorder = a_recorder()
    async with recorder.bus.inbox(HISTORY_QUERY) as inbox:
        asking = asyncio.create_task(recorder.records("slots"))
        for part in (rows(1, 2, complete=False), rows(3, complete=False), rows()):
            question = await heard(inbox)
            await question.answer(part)
        assert [one["start"] for one in await asking] == [1, 2, 3]
        assert question.message.offset == 3


async def test_a_refusal_is_the_problem_of_all_who_asked() -> None:
    recorder = a_recorder()
    no = RequestResult(
        sender=Service.RECORDER, emitted_at=NOON, accepted=False, reason="there is no column x"
    )
    async with recorder.bus.inbox(HISTORY_QUERY) as inbox:
        asking = [asyncio.create_task(recorder.rows("slots")) for _ in range(2)]
        await (await heard(inbox)).answer(no)
        found = await asyncio.gather(*asking, return_exceptions=True)
    assert [str(one) for one in found] == ["there is no column x"] * 2


async def test_silence_is_a_problem_and_the_next_question_is_asked_again() -> None:
    recorder = a_recorder(patience=0.01)
    for _ in range(2):
        with pytest.raises(Problem, match="did not answer"):
            await recorder.rows("slots")


def test_rows_by_column_become_records() -> None:
    assert records(rows(1, 2)) == [{"start": 1, "load_kwh": 1.0}, {"start": 2, "load_kwh": 1.0}]
    assert records(rows()) == []


BUSY = RequestResult(
    sender=Service.RECORDER, emitted_at=NOON, accepted=False, reason="ask again", busy=True
)


async def test_a_busy_recorder_is_asked_again_by_another_question() -> None:
    recorder = a_recorder(patience=0.2)
    async with recorder.bus.inbox(HISTORY_QUERY) as inbox:
        asking = asyncio.create_task(recorder.rows("slots"))
        first = await heard(inbox)
        await first.answer(BUSY)
        second = await heard(inbox)
        await second.answer(rows(1))
        assert (await asking).row_count == 1
    assert first.message.message_id != second.message.message_id


async def test_a_recorder_that_stays_busy_is_not_asked_for_ever() -> None:
    recorder = a_recorder(patience=0.2)
    async with recorder.bus.inbox(HISTORY_QUERY) as inbox:
        asking = asyncio.create_task(recorder.rows("slots"))
        for _ in range(TRIES):
            await (await heard(inbox)).answer(BUSY)
        with pytest.raises(Problem) as refused:
            await asking
    assert refused.value.status == 503
    assert "too much to do: ask again" in refused.value.detail
