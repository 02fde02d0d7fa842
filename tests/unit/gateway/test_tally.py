"""What the day has cost and saved so far, as the recorder has it, on `now`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.gateway_app import NOON

from darkstar_common.bus import Delivery, MemoryBus
from darkstar_common.config import Config
from darkstar_common.contract import HISTORY_QUERY, HistoryQuery, HistoryRows, Message, Service
from darkstar_common.testing import FakeClock, a_context, settle
from darkstar_gateway.core.present import present
from darkstar_gateway.core.tally import Tally
from darkstar_gateway.tallying import EVERY, FIRST, Tallying

ZONE = Config().zone
DAY = date(2026, 6, 12)
TALLY = Tally(day=DAY, cost_today=-3.5, saved_today=12.25, saved_month=140.0)


def test_money_of_today_stands_on_now() -> None:
    shown = present(None, None, NOON, TALLY.at(NOON, ZONE))
    assert (shown.cost_today, shown.saved_today, shown.saved_month) == (-3.5, 12.25, 140.0)


def test_yesterdays_money_is_not_shown_as_todays() -> None:
    midnight = NOON + timedelta(hours=10)
    assert TALLY.at(midnight - timedelta(seconds=1), ZONE)
    assert TALLY.at(midnight, ZONE) == {}
    assert present(None, None, midnight, TALLY.at(midnight, ZONE)).saved_today is None


def test_a_day_without_rows_is_unknown_and_not_zero() -> None:
    assert Tally.read(DAY, [], []) == Tally(day=DAY)
    unknown = [{"cost": None, "saved_with_stored": None}]
    assert Tally.read(DAY, unknown, unknown) == Tally(day=DAY)


def test_money_is_told_to_the_hundredth_so_that_it_does_not_change_all_the_time() -> None:
    rows = [{"cost": 1.23456, "saved_with_stored": 2.0}]
    assert Tally.read(DAY, rows, rows).cost_today == 1.23


@dataclass
class Past:
    """A recorder that says of every time the same."""

    row: dict[str, Any] = field(default_factory=lambda: {"cost": 4.0, "saved_with_stored": 9.0})
    silent: bool = False
    asked: list[HistoryQuery] = field(default_factory=list)

    def answer(self, query: HistoryQuery) -> Message:
        self.asked.append(query)
        return HistoryRows(
            sender=Service.RECORDER,
            emitted_at=NOON,
            what="rollups",
            columns={name: (one,) for name, one in self.row.items()},
            row_count=1,
            complete=True,
        )


@asynccontextmanager
async def tallied(tmp_path: Path, past: Past, clock: FakeClock) -> AsyncIterator[Tallying]:
    bus = MemoryBus(sender=Service.GATEWAY, now=clock.now)
    context = a_context(bus, state_dir=tmp_path, clock=clock, service=Service.GATEWAY)
    recorder = MemoryBus(broker=bus.broker, sender=Service.RECORDER)
    tallying = Tallying(context)

    async def answer() -> None:
        async for delivery in inbox:
            assert isinstance(delivery, Delivery)
            if not past.silent:
                await delivery.answer(past.answer(delivery.message))

    async with recorder.inbox(HISTORY_QUERY) as inbox:
        tasks = [asyncio.create_task(one) for one in (answer(), tallying.run())]
        try:
            await settle()
            yield tallying
        finally:
            for one in tasks:
                one.cancel()
                with suppress(asyncio.CancelledError):
                    await one


async def test_the_recorder_is_asked_every_few_minutes_about_the_day_and_the_month(
    tmp_path: Path,
) -> None:
    past, clock = Past(), FakeClock(NOON)
    async with tallied(tmp_path, past, clock) as tallying:
        assert tallying.tally is None
        await clock.advance(FIRST)
        await settle()
        assert tallying.tally == Tally(day=DAY, cost_today=4.0, saved_today=9.0, saved_month=9.0)
        past.row["cost"] = 5.0
        await clock.advance(EVERY)
        await settle()
        assert tallying.tally is not None
        assert tallying.tally.cost_today == 5.0
    starts = [one.start.astimezone(ZONE).date() for one in past.asked[:2] if one.start]
    assert starts == [DAY, DAY.replace(day=1)]


async def test_a_recorder_that_is_away_leaves_the_last_tally(tmp_path: Path) -> None:
    past, clock = Past(), FakeClock(NOON)
    async with tallied(tmp_path, past, clock) as tallying:
        await clock.advance(FIRST)
        await settle()
        known = tallying.tally
        past.row = {"cost": "much", "saved_with_stored": None}
        past.silent = True
        await clock.advance(EVERY)
        await settle()
        assert tallying.tally == known
    assert known is not None


@pytest.mark.parametrize("name", ["cost_today", "saved_today", "saved_month"])
def test_each_is_a_field_of_now(name: str) -> None:
    assert getattr(present(None, None, NOON, TALLY.at(NOON, ZONE)), name) == getattr(TALLY, name)
