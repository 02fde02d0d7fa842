"""Days are looked back on once they are over, and once only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from unit.planner.test_hindsight import PLAIN, columns

from darkstar_common.bus import Delivery
from darkstar_common.contract import (
    HINDSIGHT,
    HISTORY_QUERY,
    Hindsight,
    HistoryQuery,
    HistoryRows,
    Message,
    RequestResult,
    Service,
)
from darkstar_common.runtime import Clock, clock_from, clock_specification
from darkstar_common.testing import FakeClock, MemoryBus, a_context, settle
from darkstar_planner.core.plan import plan
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solution import Solution
from darkstar_planner.hindsights import EVERY, FIRST, SWIFT, Hindsights

NIGHT = datetime.fromisoformat("2026-01-15T00:20:00+01:00")
"""Twenty minutes into the day after 14 January."""


class AtRest:
    """No plan is ever being made."""

    async def at_rest(self) -> None:
        return


@dataclass
class Past:
    """A recorder that knows some days whole, and what was said of them."""

    days: dict[date, int]
    costs: dict[date, float] = field(default_factory=dict)
    refuses: bool = False
    asked: list[HistoryQuery] = field(default_factory=list)
    solved: int = 0

    def answer(self, query: HistoryQuery) -> Message:
        self.asked.append(query)
        if self.refuses:
            return RequestResult(
                sender=Service.RECORDER, emitted_at=NIGHT, accepted=False, reason="busy"
            )
        found = self.rollups() if query.what == "rollups" else self.slots(query)
        return HistoryRows(
            sender=Service.RECORDER,
            emitted_at=NIGHT,
            what=query.what,
            columns={name: tuple(one) for name, one in found.items()},
            row_count=len(next(iter(found.values()))),
            complete=True,
        )

    def rollups(self) -> dict[str, list[Any]]:
        return {
            "day": [one.isoformat() for one in self.days],
            "known_slots": list(self.days.values()),
            "expected_slots": [96] * len(self.days),
            "cost_perfect_foresight": [self.costs.get(one) for one in self.days],
        }

    def slots(self, query: HistoryQuery) -> dict[str, list[Any]]:
        assert query.start is not None
        return columns(PLAIN, query.start.astimezone(PLAIN.zone).date())

    def solve(self, problem: Problem) -> Solution:
        self.solved += 1
        return plan(problem)


@asynccontextmanager
async def looking_back(
    tmp_path: Path, past: Past, clock: Clock
) -> AsyncIterator[Callable[[], list[Hindsight]]]:
    bus = MemoryBus(sender=Service.PLANNER, now=clock.now)
    context = a_context(bus, state_dir=tmp_path, clock=clock, config=PLAIN, service=Service.PLANNER)
    recorder = MemoryBus(broker=bus.broker, sender=Service.RECORDER)

    async def answer() -> None:
        async for delivery in inbox:
            assert isinstance(delivery, Delivery)
            await delivery.answer(past.answer(delivery.message))

    async with recorder.inbox(HISTORY_QUERY) as inbox, recorder.inbox(HINDSIGHT):
        work = Hindsights(context, AtRest(), past.solve)  # type: ignore[arg-type]  # all it asks of rounds
        tasks = [asyncio.create_task(one) for one in (answer(), work.run())]
        try:
            yield lambda: bus.sent(HINDSIGHT)
        finally:
            for one in tasks:
                one.cancel()
                with suppress(asyncio.CancelledError):
                    await one


async def until(done: Callable[[], bool]) -> None:
    """Let threads come back, for as long as a test may take."""
    async with asyncio.timeout(20):
        while not done():
            await asyncio.to_thread(lambda: None)
            await settle()


async def test_a_day_is_looked_back_on_an_hour_after_it_is_over(tmp_path: Path) -> None:
    past, clock = Past({date(2026, 1, 14): 96}), FakeClock(NIGHT)
    async with looking_back(tmp_path, past, clock) as told:
        await settle()
        await clock.advance(FIRST)
        await until(lambda: len(past.asked) == 1)
        assert told() == []
        await clock.advance(EVERY)
        await until(lambda: len(told()) == 1)
    assert told()[0].day == date(2026, 1, 14)
    assert told()[0].status == "optimal"


async def test_what_was_missed_is_caught_up_with_the_latest_day_first(tmp_path: Path) -> None:
    days = {date(2026, 1, one): 96 for one in (11, 12, 13)}
    past, clock = Past(days, costs={date(2026, 1, 12): 7.0}), FakeClock(NIGHT)
    async with looking_back(tmp_path, past, clock) as told:
        await settle()
        await clock.advance(FIRST)
        await until(lambda: len(told()) == 2)
    assert [one.day.day for one in told()] == [13, 11]


async def test_a_day_is_worked_out_once_and_again_when_more_of_it_is_known(tmp_path: Path) -> None:
    past, clock = Past({date(2026, 1, 13): 95}), FakeClock(NIGHT)
    async with looking_back(tmp_path, past, clock) as told:
        await settle()
        await clock.advance(FIRST)
        await until(lambda: len(past.asked) == 1)
        assert past.solved == 0
        past.days[date(2026, 1, 13)] = 96
        await clock.advance(EVERY)
        await until(lambda: len(told()) == 1)
        for _ in range(3):
            asked = len(past.asked)
            await clock.advance(EVERY)
            await until(lambda asked=asked: len(past.asked) == asked + 1)  # type: ignore[misc]
    assert past.solved == 1


async def test_a_recorder_that_cannot_answer_is_asked_again_an_hour_later(tmp_path: Path) -> None:
    past, clock = Past({date(2026, 1, 13): 96}, refuses=True), FakeClock(NIGHT)
    async with looking_back(tmp_path, past, clock) as told:
        await settle()
        await clock.advance(FIRST)
        await until(lambda: len(past.asked) == 1)
        past.refuses = False
        await clock.advance(EVERY)
        await until(lambda: len(told()) == 1)
    assert past.solved == 1


async def test_a_house_that_lives_fast_has_no_time_for_it(tmp_path: Path) -> None:
    past = Past({date(2026, 1, 13): 96})
    clock = clock_from(clock_specification(NIGHT, speed=SWIFT + 1))
    async with looking_back(tmp_path, past, clock):
        await settle()
        assert not past.asked
    assert timedelta(0) < FIRST < EVERY
