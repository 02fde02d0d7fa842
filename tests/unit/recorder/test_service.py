"""The recorder with its bus, its database and a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from support.stores import empty_history

from darkstar_common.contract import (
    ACTION,
    HISTORY_QUERY,
    HISTORY_SLOT,
    HOUSE_ENERGY,
    HOUSE_STATE,
    PRICES,
    EnergyCounters,
    HistoryQuery,
    HistoryRows,
    HouseState,
    Reading,
    RequestResult,
    Service,
    SlotObservation,
)
from darkstar_common.slots import SLOT
from darkstar_common.testing import FakeClock, MemoryBus, a_context, settle
from darkstar_recorder.answering import Answering
from darkstar_recorder.desk import database_path
from darkstar_recorder.recording import Recording
from darkstar_recorder.service import recorder, serve
from darkstar_recorder.store import Store
from darkstar_recorder.threads import here

T = TypeVar("T")

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
A_SECOND = timedelta(seconds=1)
STEP = timedelta(seconds=30)


@dataclass
class House:
    """Speaks for the executor: 4 kW of load and 1 kW of PV, told twice a minute."""

    bus: MemoryBus
    clock: FakeClock
    told: list[EnergyCounters] = field(default_factory=list)

    @property
    def load_kwh(self) -> float:
        return 100 + 4 * ((self.clock.now() - NOON) / timedelta(hours=1))

    async def tell(self) -> None:
        now = self.clock.now()
        counters = EnergyCounters(
            sender=Service.EXECUTOR,
            emitted_at=now,
            load_kwh=Reading(value=round(self.load_kwh, 3), measured_at=now),
            pv_kwh=Reading(value=round(self.load_kwh / 4, 3), measured_at=now),
        )
        state = HouseState(
            sender=Service.EXECUTOR, emitted_at=now,
            soc_percent=Reading(value=50.0, measured_at=now),
        )  # fmt: skip
        self.told.append(counters)
        await self.bus.publish(HOUSE_ENERGY, counters)
        await self.bus.publish(HOUSE_STATE, state)

    async def live(self, duration: timedelta, *, telling: bool = True) -> None:
        for _ in range(duration // STEP):
            await self.clock.advance(STEP)
            if telling:
                await self.tell()
        await self.clock.advance(A_SECOND)


@asynccontextmanager
async def running(bus: MemoryBus, clock: FakeClock, state: Path) -> AsyncIterator[None]:
    """The service, stopped as by SIGTERM at the end."""
    context = a_context(bus, state_dir=state, clock=clock, service=Service.RECORDER)
    store = Store(empty_history(database_path(state)))
    work = asyncio.create_task(
        serve(context, Recording(context, store, here), Answering(context, store, here))
    )
    await settle()
    try:
        yield
    finally:
        assert not work.done(), work.exception()
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        store.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
def bus(clock: FakeClock) -> MemoryBus:
    return MemoryBus(now=clock.now)


@pytest.fixture
def house(bus: MemoryBus, clock: FakeClock) -> House:
    return House(bus, clock)


def last_of_each(slots: list[SlotObservation]) -> list[SlotObservation]:
    return list({one.start: one for one in slots}.values())


async def ask(bus: MemoryBus, **query: object) -> HistoryRows:
    request = HistoryQuery.model_validate({"what": "slots", "start": NOON, **query})
    reply = await bus.request(HISTORY_QUERY, request, timeout=timedelta(seconds=20))
    return reply.read(HistoryRows)


async def test_slots_are_told_when_they_are_over(
    bus: MemoryBus, clock: FakeClock, house: House, tmp_path: Path
) -> None:
    async with running(bus, clock, tmp_path):
        await house.tell()
        await house.live(4 * SLOT + timedelta(seconds=20))
        told = bus.sent(HISTORY_SLOT)
    assert [one.start for one in told] == [NOON + number * SLOT for number in range(4)]
    assert [one.load_kwh for one in told] == pytest.approx([1.0] * 4, abs=0.002)
    assert [one.pv_kwh for one in told] == pytest.approx([0.25] * 4, abs=0.002)
    assert all(one.quality == () for one in told)
    assert [one.soc_percent_end for one in told] == [50.0] * 4
    assert all(one.import_kwh is None for one in told)


async def test_a_restart_in_mid_slot_loses_and_doubles_nothing(
    bus: MemoryBus, clock: FakeClock, house: House, tmp_path: Path
) -> None:
    async with running(bus, clock, tmp_path):
        await house.tell()
        await house.live(1.5 * SLOT)
    await house.live(timedelta(minutes=3), telling=False)
    async with running(bus, clock, tmp_path):
        await house.live(2 * SLOT)
        told = bus.sent(HISTORY_SLOT)
    assert [one.load_kwh for one in told] == pytest.approx([1.0] * 3, abs=0.002)
    assert all(one.quality == () for one in told)


async def test_an_outage_is_filled_flagged_and_corrects_what_was_told(
    bus: MemoryBus, clock: FakeClock, house: House, tmp_path: Path
) -> None:
    async with running(bus, clock, tmp_path):
        await house.tell()
        await house.live(timedelta(minutes=20))
        await house.live(timedelta(minutes=40), telling=False)
        first = bus.sent(HISTORY_SLOT)
        await house.live(timedelta(minutes=16))
        last = last_of_each(bus.sent(HISTORY_SLOT))
    assert first[1].quality == ("partial",)
    assert [one.load_kwh for one in last] == pytest.approx([1.0] * 5, abs=0.01)
    assert [one.quality for one in last] == [(), ("gap",), ("gap",), ("gap",), ("gap",)]


async def test_duplicates_and_garbage_change_nothing(
    bus: MemoryBus, clock: FakeClock, house: House, tmp_path: Path
) -> None:
    topic = HOUSE_ENERGY.topic(bus.site)
    async with running(bus, clock, tmp_path):
        await house.tell()
        for _ in range(8):
            await house.live(timedelta(minutes=2))
            for old in house.told[-5:]:
                await bus.publish(HOUSE_ENERGY, old)
            for garbage in (b"", b"{", b"\xff\x00", b'{"load_kwh": NaN}', b"[1]", b"x" * 1_000_000):
                await bus.publish_raw(topic, garbage)
            await settle()
        told = bus.sent(HISTORY_SLOT)
    assert [one.load_kwh for one in told] == pytest.approx([1.0], abs=0.002)


async def test_readings_that_are_unknown_are_left_out(
    bus: MemoryBus, clock: FakeClock, house: House, tmp_path: Path
) -> None:
    async with running(bus, clock, tmp_path):
        await house.tell()
        await house.live(timedelta(minutes=5))
        gone = EnergyCounters(
            sender=Service.EXECUTOR,
            emitted_at=clock.now(),
            load_kwh=Reading(value=None, measured_at=clock.now()),
        )
        await bus.publish(HOUSE_ENERGY, gone)
        await house.live(timedelta(minutes=11))
        told = bus.sent(HISTORY_SLOT)
    assert told[0].load_kwh == pytest.approx(1.0, abs=0.002)


async def test_a_question_is_answered_with_rows(
    bus: MemoryBus, clock: FakeClock, house: House, tmp_path: Path
) -> None:
    async with running(bus, clock, tmp_path):
        await house.tell()
        await house.live(4 * SLOT + timedelta(seconds=20))
        whole = await ask(bus)
        page = await ask(bus, limit=2, offset=1)
    assert whole.row_count == 4
    assert whole.complete
    assert whole.columns["start"][0] == "2026-01-01T12:00:00Z"
    assert page.columns["start"] == whole.columns["start"][1:3]
    assert not page.complete


async def test_a_bare_word_asks_for_the_last_day(
    bus: MemoryBus, clock: FakeClock, tmp_path: Path
) -> None:
    async with running(bus, clock, tmp_path):
        await bus.publish_raw(HISTORY_QUERY.topic(bus.site), "prices")
        await settle()
    (answer,) = bus.sent_raw(HISTORY_QUERY.topic(bus.site) + "/result")
    assert HistoryRows.model_validate_json(answer).what == "prices"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (b'{"what": "slots", "start": "2026-01-01T12:00Z", "end": "2026-01-01T11:00Z"}', "after"),
        (b"banana", "what"),
        (b'{"what": "slots", "limit": 0}', "limit"),
    ],
)
async def test_a_bad_question_is_refused_in_a_sentence(
    bus: MemoryBus, clock: FakeClock, tmp_path: Path, query: bytes, sentence: str
) -> None:
    async with running(bus, clock, tmp_path):
        await bus.publish_raw(HISTORY_QUERY.topic(bus.site), query)
        await settle()
    (answer,) = bus.sent_raw(HISTORY_QUERY.topic(bus.site) + "/result")
    result = RequestResult.model_validate_json(answer)
    assert not result.accepted
    assert sentence in result.reason
    assert result.understood


@pytest.mark.parametrize(
    "query",
    [
        {"what": "slots", "offset": 10**30},
        {"what": "slots", "start": None, "end": "0001-01-01T00:00:00Z"},
        {"what": "slots", "start": "9999-12-31T23:59:59-14:00"},
        {"what": "prices", "start": "0001-01-01T00:00:00+14:00"},
        {
            "what": "rollups",
            "start": "0001-01-01T00:00:00+14:00",
            "end": "9999-12-31T23:59:59-14:00",
        },
    ],
)
async def test_a_question_beyond_all_times_and_rows_has_an_answer(
    bus: MemoryBus, clock: FakeClock, tmp_path: Path, query: dict[str, object]
) -> None:
    async with running(bus, clock, tmp_path):
        assert (await ask(bus, **query)).row_count == 0
        assert (await ask(bus, what="slots")).complete


async def test_stopping_writes_what_is_queued(
    bus: MemoryBus, clock: FakeClock, house: House, tmp_path: Path
) -> None:
    async with running(bus, clock, tmp_path):
        await house.tell()
        for _ in range(20):
            clock._now += STEP
            await house.tell()
    store = Store(empty_history(database_path(tmp_path)))
    assert store.ledger().readings["load"][-1].value == pytest.approx(house.load_kwh, abs=0.001)
    store.close()


class Slow:
    """Does the work, and takes its time to say so."""

    def __init__(self) -> None:
        self.busy = False

    async def __call__(self, work: Callable[[], T]) -> T:
        result = work()
        self.busy = True
        await settle(20)
        self.busy = False
        return result


async def test_stopping_in_the_middle_of_a_commit_counts_nothing_twice(
    bus: MemoryBus, clock: FakeClock, house: House, tmp_path: Path
) -> None:
    context = a_context(bus, state_dir=tmp_path, clock=clock, service=Service.RECORDER)
    store, slow = Store(empty_history(database_path(tmp_path))), Slow()
    work = asyncio.create_task(
        serve(context, Recording(context, store, slow), Answering(context, store, here))
    )
    await settle()
    await house.tell()
    await house.live(timedelta(minutes=5))
    clock._now += STEP
    await house.tell()
    advancing = asyncio.create_task(clock.advance(A_SECOND))
    while not slow.busy:  # noqa: ASYNC110 (turns of the loop, no time)
        await asyncio.sleep(0)
    clock._now += STEP
    await house.tell()  # one more waits in the queue
    await settle(5)
    assert slow.busy
    work.cancel()
    await asyncio.gather(work, advancing, return_exceptions=True)
    ledger = store.ledger()
    (row,) = ledger.page(NOON + 2 * SLOT).rows
    grown = ledger.readings["load"][-1].value - 100
    assert row.kwh["load"] == pytest.approx(grown)
    assert grown == pytest.approx(house.load_kwh - 100, abs=0.002)
    store.close()


async def test_the_whole_service_with_its_threads(
    bus: MemoryBus, clock: FakeClock, house: House, tmp_path: Path
) -> None:
    context = a_context(bus, state_dir=tmp_path, clock=clock, service=Service.RECORDER)
    work = asyncio.create_task(recorder(context))
    async with asyncio.timeout(30):
        await house.tell()
        rows = await _answered(bus)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert rows.row_count == 0
    store = Store(empty_history(database_path(tmp_path)))
    assert set(store.ledger().readings) == {"load", "pv", "soc"}
    store.close()


async def _answered(bus: MemoryBus) -> HistoryRows:
    """The answer once the service listens; a memory bus keeps no question for later."""
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                return await ask(bus)


def test_it_listens_to_what_it_is_for() -> None:
    assert Service.RECORDER in ACTION.receivers
    assert Service.RECORDER in PRICES.receivers
