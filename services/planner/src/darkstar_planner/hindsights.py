"""Works out what past days need have cost, one at a time, while no plan is being made."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, TypeAlias

from pydantic import ValidationError

from darkstar_common.bus import RequestTimeoutError
from darkstar_common.contract import (
    HINDSIGHT,
    HISTORY_QUERY,
    HistoryQuery,
    HistoryQuestion,
    HistoryRows,
    Service,
)
from darkstar_common.runtime import Context
from darkstar_common.slots import local_day
from darkstar_planner.core.errors import PlanningError
from darkstar_planner.core.hindsight import COLUMNS, PastDay, day_problem, hindsight, past_day
from darkstar_planner.core.plan import plan
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solution import Solution
from darkstar_planner.rounds import Rounds

Solve: TypeAlias = Callable[[Problem], Solution]

FIRST = timedelta(minutes=5)
"""A start has more urgent things to do for so long."""
EVERY = timedelta(hours=1)
SETTLED = timedelta(hours=1)
"""A day that has been over for so long is whole at the recorder."""
LOOKED_BACK = timedelta(days=14)
PATIENCE = timedelta(seconds=10)
SWIFT = 60.0
"""In a house that lives faster there is no time for it."""


class Hindsights:
    """Publishes `plan/hindsight` once for each day that is over and wholly known."""

    def __init__(self, context: Context, rounds: Rounds, solve: Solve = plan) -> None:
        self._context, self._rounds, self._solve = context, rounds, solve
        self._tried: set[tuple[date, int]] = set()

    async def run(self) -> None:
        """Look for days without a hindsight every hour, until cancelled."""
        if self._context.clock.speed > SWIFT:
            return
        await self._context.clock.sleep(FIRST)
        while True:
            for day, slots in await self._missing():
                if (day, slots) not in self._tried:
                    self._tried.add((day, slots))
                    await self._look_back(day)
            await self._context.clock.sleep(EVERY)

    async def _missing(self) -> list[tuple[date, int]]:
        """Whole days that are over and have none yet, the latest first, and their slots."""
        now, zone = self._context.clock.now(), self._context.config.zone
        names = ("day", "known_slots", "expected_slots", "cost_perfect_foresight")
        rows = await self._asked("rollups", now - LOOKED_BACK, now, names)
        if rows is None:
            return []
        days = zip(*(rows.columns[name] for name in names), strict=True)
        found = [
            (date.fromisoformat(str(day)), int(known))
            for day, known, expected, cost in days
            if cost is None and known is not None and known == expected
        ]
        over = [one for one in found if local_day(one[0], zone)[1] + SETTLED <= now]
        return sorted(over, reverse=True)

    async def _look_back(self, day: date) -> None:
        start, end = local_day(day, self._context.config.zone)
        rows = await self._asked("slots", start, end, COLUMNS)
        past = rows and past_day(day, rows.columns, self._context.config)
        if not past:
            self._context.log.info("hindsight_unknown", day=day.isoformat())
            return
        await self._rounds.at_rest()
        try:
            problem = day_problem(past, self._context.config)
            solution = await asyncio.to_thread(self._solve, problem)
        except (PlanningError, ValidationError) as error:
            self._context.log.warning("hindsight_impossible", day=day.isoformat(), why=str(error))
            return
        await self._tell(past, problem, solution)

    async def _tell(self, past: PastDay, problem: Problem, solution: Solution) -> None:
        found = hindsight(past, problem, solution, self._context.clock.now())
        if found is None:
            self._context.log.info("hindsight_not_proven", day=past.day.isoformat())
            return
        await self._context.bus.publish(HINDSIGHT, found)
        self._context.log.info(
            "hindsight_published",
            day=past.day.isoformat(),
            cost=found.cost,
            seconds=round(found.solve_seconds, 2),
        )

    async def _asked(
        self, what: HistoryQuestion, start: Any, end: Any, columns: tuple[str, ...]
    ) -> HistoryRows | None:
        """The recorder's rows; None when it did not answer, or cannot."""
        query = HistoryQuery(
            sender=Service.PLANNER,
            emitted_at=self._context.clock.now(),
            what=what,
            start=start,
            end=end,
            columns=columns,
        )
        try:
            reply = await self._context.bus.request(HISTORY_QUERY, query, timeout=PATIENCE)
            return reply.read(HistoryRows)
        except (RequestTimeoutError, ValidationError) as error:
            self._context.log.debug("history_refused", reason=str(error).splitlines()[0])
            return None
