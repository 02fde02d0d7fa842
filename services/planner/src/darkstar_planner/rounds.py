"""The rounds of planning: one at a time, the newest wish first, at least one each interval."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import TypeAlias
from uuid import UUID

from structlog.typing import FilteringBoundLogger

from darkstar_common.contract import EPISODE, SCHEDULE, STRATEGY, Schedule
from darkstar_common.runtime import Context, Stopwatch
from darkstar_planner import metrics
from darkstar_planner.core.assemble import Planned
from darkstar_planner.core.errors import PlanningError
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.schedule import episode, schedule, strategy_message
from darkstar_planner.core.solution import Solution
from darkstar_planner.knowledge import Knowledge
from darkstar_planner.reporting import SETTLING, Reporter
from darkstar_planner.timing import jitter_of, next_slot_run, retry_after

Work: TypeAlias = "Callable[[Inputs, datetime], tuple[Planned, Solution]]"
"""Makes a problem of what is known at a moment, and solves it; in a thread of its own."""

MOST_ABANDONED = 3
"""So many plans in a row may be outdated by what people set; the next is published as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Why there is to be a plan, and the message that led to it."""

    reason: str
    cause: UUID | None = None


class Rounds:
    """Plans in turn from what is known at the time."""

    def __init__(self, context: Context, knowledge: Knowledge, work: Work) -> None:
        self._context, self._knowledge, self._work = context, knowledge, work
        self._reporter = Reporter(context, knowledge)
        self._wish: Wish | None = None
        self._wished = asyncio.Event()
        self._at_rest = asyncio.Event()
        self._at_rest.set()
        self._outdated = False
        self._abandoned = self._failures = 0
        self._retry_at: datetime | None = context.clock.now() + SETTLING * context.clock.speed
        self._version = version("darkstar-planner")
        planner = context.config.planner
        self._interval = timedelta(minutes=planner.interval_minutes)
        self._jitter = jitter_of(context.config.site, timedelta(seconds=planner.jitter_seconds))

    def ask(self, reason: str, *, cause: UUID | None = None, outdates: bool = False) -> None:
        """Wish for a plan; of several wishes that come during a round, the newest is left.

        Args:
            reason: Why, for the log.
            cause: The message behind it.
            outdates: A plan that is being made is not to be published: it does not know
                what people have just set. One from older prices or forecasts is, for it
                is still better than the one in force, and the next follows at once.
        """
        self._wish = Wish(reason=reason, cause=cause)
        self._outdated |= outdates
        self._wished.set()

    async def at_rest(self) -> None:
        """Return when no plan is being made."""
        await self._at_rest.wait()

    async def run(self) -> None:
        """Plan in rounds, until cancelled."""
        try:
            while True:
                due, reason = self._due()
                await self._reporter.idle(next_run_at=due)
                wish = await self._next(due, Wish(reason=reason))
                self._at_rest.clear()
                await self._round(wish)
                self._at_rest.set()
        finally:
            await self._reporter.stopped(sys.exception())

    def _due(self) -> tuple[datetime, str]:
        """When to plan unasked, and why."""
        now = self._context.clock.now()
        regular = next_slot_run(now, self._interval, jitter=self._jitter)
        times = [(regular, "the interval is over")]
        if self._retry_at is not None:
            times.append((self._retry_at, "another try" if self._failures else "started"))
        back = self._knowledge.settings.vacation_until
        if back is not None:
            times.append((max(back, now), "the vacation is over"))
        return min(times)

    async def _next(self, latest: datetime, otherwise: Wish) -> Wish:
        """The wish to plan for: the newest there is, or `otherwise` at `latest`."""
        wished = asyncio.create_task(self._wished.wait(), name="wish")
        due = asyncio.create_task(self._context.clock.sleep_until(latest), name="due")
        try:
            await asyncio.wait({wished, due}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            wished.cancel()
            due.cancel()
        wish = self._wish or otherwise
        self._wish, self._outdated = None, False
        self._wished.clear()
        return wish

    async def _round(self, wish: Wish) -> None:
        await self._knowledge.refresh()
        inputs, now, watch = self._knowledge.inputs, self._context.clock.now(), Stopwatch()
        obstacle = inputs.obstacle(now)
        if obstacle is not None:
            await self._refused(obstacle)
            return
        following = next_slot_run(now, self._interval, jitter=self._jitter)
        await self._reporter.planning(now, next_run_at=following)
        try:
            planned, solution = await asyncio.to_thread(self._work, inputs, now)
        except PlanningError as error:
            await self._refused(str(error))
            return
        log = self._context.log.bind(
            reason=wish.reason, caused_by=str(wish.cause) if wish.cause else None
        )
        if self._outdated and self._abandoned < MOST_ABANDONED:
            self._abandoned += 1
            metrics.ABANDONED.inc()
            log.info("plan_abandoned", because="something was set while it was made")
            return
        made = await self._publish(planned, solution, wish)
        _log_plan(log, made, solution, watch)

    async def _refused(self, sentence: str) -> None:
        self._failures += 1
        self._retry_at = self._context.clock.now() + retry_after(self._failures)
        await self._reporter.refused(sentence, in_force=self._knowledge.inputs.schedule)

    async def _publish(self, planned: Planned, solution: Solution, wish: Wish) -> Schedule:
        bus, now = self._context.bus, self._context.clock.now()
        made = schedule(planned, solution, now=now, cause=wish.cause)
        self._abandoned = self._failures = 0
        self._retry_at = None
        await bus.publish(SCHEDULE, made)
        await bus.publish(STRATEGY, strategy_message(planned, now=now, cause=made.message_id))
        run = episode(planned, made, because=wish.reason, version=self._version)
        await bus.publish(EPISODE, run)
        await self._reporter.planned(made, solution)
        await self._knowledge.planned(made, solution.model_dump(mode="json"))
        return made


def _log_plan(
    log: FilteringBoundLogger, made: Schedule, solution: Solution, watch: Stopwatch
) -> None:
    """One line for each plan, with what an operator asks about first."""
    more = {"kept": round(made.kept_saving, 3)} if made.kept_saving is not None else {}
    say = log.warning if made.status == "fallback" else log.info
    say(
        "schedule_published",
        status=made.status,
        cost=round(made.cost, 2),
        currency=made.currency,
        gap=None if solution.gap is None else round(solution.gap, 4),
        seconds=round(watch.elapsed.total_seconds(), 3),
        slots=len(made.slots),
        violations=len(made.violations),
        message_id=str(made.message_id),
        made_from={name: str(one) for name, one in made.made_from.items()},
        **more,
    )
