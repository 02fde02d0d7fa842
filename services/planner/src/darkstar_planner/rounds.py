"""The rounds of planning: one at a time, the newest wish first, at least one each interval."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from prometheus_client import Counter, Histogram

from darkstar_common.contract import (
    EPISODE,
    PLAN_STATUS,
    SCHEDULE,
    STRATEGY,
    Issue,
    PlanStatus,
    Service,
)
from darkstar_common.runtime import Context
from darkstar_planner.core.assemble import Planned
from darkstar_planner.core.errors import PlanningError
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.plan import plan
from darkstar_planner.core.schedule import episode, schedule, strategy_message
from darkstar_planner.core.solution import Solution

# a slot's first readings arrive a little after it has begun
LAG = timedelta(seconds=20)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

PLANS = Counter("darkstar_planner_plans_total", "Plans made, by how", ["status"])
REFUSALS = Counter("darkstar_planner_refusals_total", "Rounds that could make no plan")
SECONDS = Histogram(
    "darkstar_planner_solve_seconds",
    "Time in the solver for one plan [s]",
    buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20),
)


class Rounds:
    """Plans in turn; `inputs` is replaced as messages arrive."""

    def __init__(self, context: Context, inputs: Inputs) -> None:
        self.inputs = inputs
        self._context = context
        self._wish = asyncio.Event()
        self._reason = "started"
        self._cause: UUID | None = None
        self._status = PlanStatus(
            sender=Service.PLANNER, emitted_at=context.clock.now(), running=False
        )

    def ask(self, reason: str, *, cause: UUID | None = None) -> None:
        """Wish for a plan; one that is being made is finished first."""
        self._reason, self._cause = reason, cause
        self._wish.set()

    async def run(self) -> None:
        """Plan in rounds, until cancelled."""
        while True:
            next_run = next_slot_run(self._context.clock.now(), self._interval)
            await self._say(running=False, next_run_at=next_run)
            await self._wished(next_run)
            self._wish.clear()
            await self._round()

    @property
    def _interval(self) -> timedelta:
        return timedelta(minutes=self._context.config.planner.interval_minutes)

    async def _wished(self, latest: datetime) -> None:
        """Return when a plan is wished for, or at `latest`."""
        clock = self._context.clock
        wished = asyncio.create_task(self._wish.wait(), name="wish")
        due = asyncio.create_task(clock.sleep_until(latest), name="interval")
        try:
            await asyncio.wait({wished, due}, return_when=asyncio.FIRST_COMPLETED)
            if not wished.done():
                self._reason, self._cause = "the interval is over", None
        finally:
            wished.cancel()
            due.cancel()

    async def _round(self) -> None:
        now, cause = self._context.clock.now(), self._cause
        log = self._context.log.bind(reason=self._reason, caused_by=str(cause) if cause else None)
        try:
            planned = self.inputs.planned(now)
        except PlanningError as error:
            log.warning("plan_refused", error=str(error))
            await self._refuse(str(error))
            return
        await self._say(running=True, last_run_at=now)
        solution = await asyncio.to_thread(plan, planned.problem)
        await self._publish(planned, solution, cause)
        log.info(
            "schedule_published",
            status=solution.status,
            cost=round(solution.cost, 2),
            gap=solution.gap,
            seconds=round(solution.solve_seconds, 3),
            slots=len(solution.slots),
        )

    async def _publish(self, planned: Planned, solution: Solution, cause: UUID | None) -> None:
        bus, now = self._context.bus, self._context.clock.now()
        made = schedule(planned, solution, now=now, cause=cause)
        self.inputs = self.inputs.updated(made)
        await bus.publish(SCHEDULE, made)
        await bus.publish(STRATEGY, strategy_message(planned, now=now, cause=made.message_id))
        await bus.publish(EPISODE, episode(planned, made, config=self._context.config))
        PLANS.labels(solution.status).inc()
        SECONDS.observe(solution.solve_seconds)
        await self._context.status.clear_issue("no_plan")
        self._status = self._status.model_copy(
            update={"last_success_at": now, "last_error": None, "last_error_at": None}
        )

    async def _refuse(self, sentence: str) -> None:
        """Keep the last schedule, and say why there is no new one."""
        now = self._context.clock.now()
        REFUSALS.inc()
        self._status = self._status.model_copy(
            update={"last_run_at": now, "last_error": sentence, "last_error_at": now}
        )
        if self._status.last_success_at is not None:
            await self._context.status.raise_issue(
                Issue(
                    key="no_plan",
                    severity="warning",
                    message=f"There is no new plan: {sentence}.",
                    guidance="The last schedule stays in force until it ends.",
                )
            )

    async def _say(self, **changes: object) -> None:
        self._status = self._status.model_copy(
            update={"emitted_at": self._context.clock.now(), **changes}
        )
        fresh = PlanStatus(**self._status.model_dump(exclude={"message_id"}))
        await self._context.bus.publish(PLAN_STATUS, fresh)


def next_slot_run(now: datetime, interval: timedelta) -> datetime:
    """The next run after `now`: a little after a multiple of `interval`, as slots begin.

    Example:
        >>> at_seven_past = datetime(2026, 1, 1, 12, 7, tzinfo=UTC)
        >>> next_slot_run(at_seven_past, timedelta(minutes=15)).isoformat()
        '2026-01-01T12:15:20+00:00'
    """
    begun = now - (now - LAG - EPOCH) % interval
    return begun + interval
