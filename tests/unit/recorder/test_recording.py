"""What becomes of messages while the file takes nothing, and when it does again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pytest

from darkstar_common.contract import (
    CONTROL_STATE,
    HISTORY_QUERY,
    HOUSE_ENERGY,
    NOTIFY,
    ControlState,
    EnergyCounters,
    HistoryQuery,
    HistoryRows,
    Notification,
    Reading,
    RequestResult,
    Service,
)
from darkstar_common.runtime import Context
from darkstar_common.slots import SLOT
from darkstar_common.testing import FakeClock, MemoryBus, a_context, settle
from darkstar_recorder.answering import Answering
from darkstar_recorder.care import CARE_FAILED, Care
from darkstar_recorder.desk import database_path
from darkstar_recorder.recording import UNWRITABLE, Recording
from darkstar_recorder.rolling import Rolling
from darkstar_recorder.service import serve
from darkstar_recorder.store import Store
from darkstar_recorder.store.caring import Caring
from darkstar_recorder.threads import here

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
A_WHILE = timedelta(seconds=20)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
def bus(clock: FakeClock) -> MemoryBus:
    return MemoryBus(now=clock.now)


@pytest.fixture
def context(bus: MemoryBus, clock: FakeClock, tmp_path: Path) -> Context:
    return a_context(bus, state_dir=tmp_path, clock=clock, service=Service.RECORDER)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return database_path(tmp_path)


@asynccontextmanager
async def running(context: Context, path: Path) -> AsyncIterator[Store]:
    """The whole service but for its socket, stopped in order at the end."""
    store = Store(path, patient=True)
    work = asyncio.create_task(
        serve(
            context,
            Recording(context, store, here),
            Answering(context, store, here),
            Care(context, Caring(path), here),
            Rolling(context, store, here),
        )
    )
    await settle()
    try:
        yield store
    finally:
        assert not work.done(), work.exception()
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        store.close()


def troubles(context: Context) -> set[str]:
    return {one.key for one in context.status.issues}


async def say(bus: MemoryBus, clock: FakeClock, number: int) -> None:
    now = clock.now()
    reading = Reading(value=100 + number / 10, measured_at=now)
    await bus.publish(
        NOTIFY,
        Notification(
            sender=Service.PLANNER, emitted_at=now, kind="test", title="Test", text=str(number)
        ),
    )
    await bus.publish(
        HOUSE_ENERGY, EnergyCounters(sender=Service.EXECUTOR, emitted_at=now, load_kwh=reading)
    )


async def asked(bus: MemoryBus, what: str) -> HistoryRows | RequestResult:
    query = HistoryQuery.model_validate({"what": what, "start": NOON, "end": NOON + 8 * SLOT})
    reply = await bus.request(HISTORY_QUERY, query, timeout=timedelta(seconds=20))
    if b'"columns"' in reply.payload:
        return reply.read(HistoryRows)
    return reply.result


async def rows(bus: MemoryBus, what: str) -> HistoryRows:
    found = await asked(bus, what)
    assert isinstance(found, HistoryRows)
    return found


def a_directory(path: Path) -> Callable[[], None]:
    path.mkdir()
    return path.rmdir


def no_database(path: Path) -> Callable[[], None]:
    path.write_text("what the lightning left of it")
    return path.unlink


def not_there(path: Path) -> Callable[[], None]:
    aside = path.rename(path.with_name("aside"))
    away = a_directory(path)

    def back() -> None:
        away()
        aside.rename(path)

    return back


@pytest.mark.parametrize("stands_in_the_way", [a_directory, no_database])
async def test_a_file_that_cannot_be_opened_stops_nothing_and_loses_nothing(
    bus: MemoryBus,
    clock: FakeClock,
    context: Context,
    path: Path,
    stands_in_the_way: Callable[[Path], Callable[[], None]],
) -> None:
    away = stands_in_the_way(path)
    async with running(context, path):
        assert UNWRITABLE in troubles(context)
        (issue,) = (one for one in context.status.issues if one.key == UNWRITABLE)
        assert str(path) in issue.message
        assert "darkstar-recorder restore" in issue.guidance
        for number in range(3):
            await say(bus, clock, number)
            await clock.advance(A_WHILE)
        refused = await asked(bus, "notifications")
        assert isinstance(refused, RequestResult)
        assert str(path) in refused.reason
        assert {UNWRITABLE, CARE_FAILED} <= troubles(context)
        told = [one for one in bus.unacknowledged if one.topic.endswith(("notify", "energy"))]
        assert len(told) == 6
        away()
        await clock.advance(A_WHILE)
        assert UNWRITABLE not in troubles(context)
        found = await rows(bus, "notifications")
        assert sorted(found.columns["text"]) == ["0", "1", "2"]
        assert not [one for one in bus.unacknowledged if one.topic.endswith("notify")]


async def test_energy_goes_on_from_what_a_file_that_came_late_knows(
    bus: MemoryBus, clock: FakeClock, context: Context, path: Path
) -> None:
    async with running(context, path):
        await say(bus, clock, 0)
        await clock.advance(A_WHILE)
    back = not_there(path)
    await clock.advance(SLOT)
    async with running(context, path):
        await say(bus, clock, 1)
        await clock.advance(A_WHILE)
        back()
        await clock.advance(2 * SLOT)
        await say(bus, clock, 2)
        await clock.advance(2 * SLOT)
        found = await rows(bus, "slots")
        assert sum(one or 0 for one in found.columns["load_kwh"]) == pytest.approx(0.2, abs=0.01)


def log_size(path: Path) -> int:
    return path.with_name(f"{path.name}.wal").stat().st_size


async def test_a_control_state_that_sets_nothing_anew_is_not_written_again(
    bus: MemoryBus, clock: FakeClock, context: Context, path: Path
) -> None:
    payload = Path(__file__).parents[2] / "contract/payloads/v1/ControlState.json"
    state = ControlState.model_validate_json(payload.read_bytes())
    async with running(context, path):
        sizes = []
        for shadow in (False, False, True, True, False):
            changed = {"message_id": uuid4(), "emitted_at": clock.now(), "shadow": shadow}
            await bus.publish(CONTROL_STATE, state.model_copy(update=changed))
            await clock.advance(timedelta(seconds=1))
            sizes.append(log_size(path))
        assert not [one for one in bus.unacknowledged if one.topic.endswith("control/state")]
        grew = [after > before for before, after in pairwise(sizes)]
        assert grew == [False, True, False, True]
        found = await rows(bus, "settings")
        assert found.columns["name"].count("shadow") == 3


async def test_who_has_nothing_to_write_says_all_the_same_that_nothing_could_be(
    clock: FakeClock, context: Context, path: Path
) -> None:
    away = a_directory(path)
    async with running(context, path) as store:
        await clock.advance(A_WHILE)
        assert UNWRITABLE in troubles(context)
        away()
        await clock.advance(timedelta(minutes=2))
        assert UNWRITABLE not in troubles(context)
        assert store.trouble is None
