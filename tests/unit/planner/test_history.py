"""What the recorder is asked for at the start, and what becomes of its answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from unit.planner.houses import NOON
from unit.planner.worlds import Held, running

from darkstar_common.bus import Delivery
from darkstar_common.config import Config
from darkstar_common.contract import (
    HISTORY_QUERY,
    HistoryQuery,
    HistoryRows,
    Message,
    RequestResult,
    Service,
)
from darkstar_common.slots import SLOT
from darkstar_common.testing import MemoryBroker, MemoryBus
from darkstar_planner.history import PAGE, looked_back_to, observations

HOUR = timedelta(hours=1)
PEAKED = Config.model_validate(
    {"water_heater": None, "grid": {"peak": {}}, "planner": {"horizon_hours": 6}}
)
BATTERY_ONLY = Config(water_heater=None)
LATE = NOON + timedelta(days=26)
"""26 January, with 27 days of the month behind it."""


class Recorder:
    """Answers with rows of 1 kWh of import in each quarter; more at 08:00 on some days."""

    def __init__(self, high: dict[datetime, float]) -> None:
        self.high = high
        self.ready = True
        self.asked: list[HistoryQuery] = []

    def answer(self, query: HistoryQuery) -> Message:
        """The page that is asked for, or that there is none yet."""
        if self.ready:
            return self.rows(query)
        return RequestResult(
            sender=Service.RECORDER, emitted_at=NOON, accepted=False, reason="not yet"
        )

    def rows(self, query: HistoryQuery) -> HistoryRows:
        """The page that is asked for."""
        self.asked.append(query)
        assert query.start is not None
        assert query.end is not None
        first = query.start + query.offset * SLOT
        count = min(query.limit, max(0, (query.end - first) // SLOT))
        starts = tuple(first + number * SLOT for number in range(count))
        return HistoryRows(
            sender=Service.RECORDER,
            emitted_at=query.end,
            what="slots",
            columns={
                "start": tuple(one.isoformat() for one in starts),
                "import_kwh": tuple(self.high.get(one, 0.25) for one in starts),
            },
            row_count=count,
            complete=first + count * SLOT >= query.end,
        )


@asynccontextmanager
async def answering(broker: MemoryBroker, recorder: Recorder) -> AsyncIterator[None]:
    """A recorder on the bus."""
    bus = MemoryBus(broker=broker, sender=Service.RECORDER)

    async def answer() -> None:
        async for delivery in inbox:
            assert isinstance(delivery, Delivery)
            await delivery.answer(recorder.answer(delivery.message))

    async with bus.inbox(HISTORY_QUERY) as inbox:
        task = asyncio.create_task(answer())
        try:
            yield
        finally:
            task.cancel()


@pytest.mark.parametrize(
    ("config", "back"),
    [
        (BATTERY_ONLY, None),
        (Config(), LATE - timedelta(hours=48)),
        (Config.model_validate({"water_heater": None, "evs": [{}]}), LATE - timedelta(hours=48)),
        (PEAKED, datetime(2025, 12, 31, 23, tzinfo=NOON.tzinfo)),
    ],
)
def test_looks_back_as_far_as_a_plan_depends_on(config: Config, back: datetime | None) -> None:
    assert looked_back_to(config, LATE) == back


def test_looks_back_two_days_also_early_in_a_month() -> None:
    config = PEAKED.model_copy(update={"water_heater": Config().water_heater})
    assert looked_back_to(config, NOON) == NOON - timedelta(hours=48)


async def test_the_months_highest_imports_are_recalled_page_by_page_for_a_peak_tariff(
    tmp_path: Path,
) -> None:
    eighth = datetime(2026, 1, 8, 7, tzinfo=NOON.tzinfo)
    ninth = eighth + timedelta(days=1)
    high = {start + number * SLOT: kwh for start, kwh in ((eighth, 2.0), (ninth, 1.5))
            for number in range(4)}  # fmt: skip
    recorder, broker, work = Recorder(high), MemoryBroker(), Held()
    work.let(9)
    async with (
        answering(broker, recorder),
        running(tmp_path, config=PEAKED, broker=broker, work=work, at=LATE) as world,
    ):
        await world.tell()
        await world.schedules(1)
        await world.until(lambda: bool(work.seen) and len(work.seen[-1].imports.slots) > PAGE)
        known = work.seen[-1].imports
    assert PEAKED.grid.peak is not None
    assert known.highest(PEAKED.grid.peak, PEAKED.zone, LATE) == (8.0, 6.0, 1.0)
    assert [one.offset for one in recorder.asked] == [0, PAGE]


async def test_a_house_without_a_heater_a_car_or_a_peak_tariff_asks_nothing(
    tmp_path: Path,
) -> None:
    recorder, broker = Recorder({}), MemoryBroker()
    async with (
        answering(broker, recorder),
        running(tmp_path, config=BATTERY_ONLY, broker=broker) as world,
    ):
        await world.tell()
        await world.schedules(1)
    assert recorder.asked == []


async def test_a_recorder_that_cannot_answer_yet_is_asked_again_later(tmp_path: Path) -> None:
    recorder, broker = Recorder({}), MemoryBroker()
    recorder.ready = False
    with capture_logs() as logs:
        async with (
            answering(broker, recorder),
            running(tmp_path, config=PEAKED, broker=broker) as world,
        ):
            await world.clock.advance(timedelta(minutes=20))
            assert [one["event"] for one in logs].count("history_unknown") == 1
            recorder.ready = True
            await world.clock.advance(timedelta(minutes=6))
    (line,) = (one for one in logs if one["event"] == "history_recalled")
    assert line["slots"] == 53


def test_what_a_row_does_not_say_is_unknown() -> None:
    rows = HistoryRows(
        sender=Service.RECORDER,
        emitted_at=NOON,
        what="slots",
        columns={"start": (NOON.isoformat(),), "water_kwh": (None,), "quality": (("gap",),)},
        row_count=1,
        complete=True,
    )
    (one,) = observations(rows, NOON)
    assert (one.start, one.water_kwh, one.ev_kwh, one.import_kwh) == (NOON, None, None, None)
    assert one.quality == ("gap",)
