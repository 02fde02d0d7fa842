"""Says how planning goes: plan/status, one notification for each trouble, metrics, the log."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from math import nan

from darkstar_common.contract import (
    NOTIFY,
    PLAN_STATUS,
    Issue,
    Notification,
    PlanStatus,
    Schedule,
    Service,
)
from darkstar_common.runtime import Context
from darkstar_planner import metrics
from darkstar_planner.core.solution import Solution
from darkstar_planner.knowledge import Knowledge

SETTLING = timedelta(minutes=1)
"""After the start inputs may be missing for so long, of the wall's time, before it is trouble."""
SPARED = timedelta(hours=1)
"""A trouble that comes back is notified at most so often."""
MOST_MINUTES = 90
NO_PLAN = "no_plan"


class Reporter:
    """Keeps what was said, so that each thing is said once."""

    def __init__(self, context: Context, knowledge: Knowledge) -> None:
        self._context, self._knowledge = context, knowledge
        metrics.begin()
        in_force = knowledge.inputs.schedule
        now, last = context.clock.now(), in_force.issued_at if in_force else None
        self._settled_at = now + SETTLING * context.clock.speed
        self._status = PlanStatus(
            sender=Service.PLANNER,
            emitted_at=now,
            running=False,
            last_run_at=last,
            last_success_at=last,
        )
        if last is not None:
            metrics.LAST_SUCCESS.set(last.timestamp())
        self._in_trouble_since: datetime | None = None
        self._notified = False
        self._notified_at: datetime | None = None

    async def idle(self, *, next_run_at: datetime | None) -> None:
        """Nothing is being planned until then, or until asked."""
        await self._say(running=False, next_run_at=next_run_at)

    async def stopped(self, surprise: BaseException | None) -> None:
        """Nothing will be planned any more: on request, or since something is wrong here."""
        changes: dict[str, object] = {}
        if surprise is not None and not isinstance(surprise, asyncio.CancelledError):
            sentence = f"the planner stopped on an error of its own ({surprise!r}); see its log"
            changes = {"last_error": sentence, "last_error_at": self._context.clock.now()}
        await self._say(running=False, next_run_at=None, **changes)

    async def planning(self, now: datetime, *, next_run_at: datetime) -> None:
        """A plan is being made."""
        await self._say(running=True, last_run_at=now, next_run_at=next_run_at)

    async def planned(self, made: Schedule, solution: Solution) -> None:
        """A plan was published: what troubled it is over."""
        now = made.issued_at
        metrics.PLANS.labels(made.status).inc()
        metrics.SECONDS.observe(solution.solve_seconds)
        metrics.GAP.set(float("nan") if solution.gap is None else solution.gap)
        metrics.LAST_SUCCESS.set(now.timestamp())
        metrics.VIOLATIONS.set(len(made.violations))
        metrics.FALLBACK.set(made.status == "fallback")
        if made.kept_saving is not None:
            metrics.KEPT.inc()
        self._settled_at = min(self._settled_at, now)
        self._status = self._status.model_copy(
            update={"last_success_at": now, "last_error": None, "last_error_at": None}
        )
        await self._context.status.clear_issue(NO_PLAN)
        if self._notified and self._in_trouble_since is not None:
            text = f"There is a new plan, after {_shown(now - self._in_trouble_since)} without."
            await self._notify("plan_recovered", "Planning again", text)
        self._in_trouble_since, self._notified = None, False

    async def refused(self, sentence: str, *, in_force: Schedule | None) -> None:
        """There was no plan to make; the last schedule stays."""
        now = self._context.clock.now()
        metrics.REFUSALS.inc()
        news = self._status.last_error != sentence
        log = self._context.log.warning if news else self._context.log.debug
        log("plan_refused", error=sentence)
        self._status = self._status.model_copy(
            update={"last_run_at": now, "last_error": sentence, "last_error_at": now}
        )
        self._in_trouble_since = self._in_trouble_since or now
        if now >= self._settled_at:
            await self._tell_of_trouble(sentence, in_force, now)

    async def _tell_of_trouble(
        self, sentence: str, in_force: Schedule | None, now: datetime
    ) -> None:
        zone = self._context.config.zone
        guidance = "Without a plan the house is left to itself."
        if in_force is not None and in_force.valid_until > now:
            until = in_force.valid_until.astimezone(zone)
            guidance = f"The last plan stays in force until {until:%d %b %H:%M}."
        message = f"There is no new plan: {sentence}."
        await self._context.status.raise_issue(
            Issue(key=NO_PLAN, severity="warning", message=message, guidance=guidance)
        )
        spared = self._notified_at is not None and now - self._notified_at < SPARED
        if not self._notified and not spared:
            self._notified, self._notified_at = True, now
            await self._notify("plan_failed", "No new plan", f"{message} {guidance}")

    async def _notify(self, kind: str, title: str, text: str) -> None:
        note = Notification(
            sender=Service.PLANNER,
            emitted_at=self._context.clock.now(),
            kind=kind,
            severity="warning" if kind == "plan_failed" else "info",
            title=title,
            text=text,
        )
        await self._context.bus.publish(NOTIFY, note)
        self._context.log.info(
            "notification_sent", message_id=str(note.message_id), kind=kind, title=title, text=text
        )

    async def _say(self, **changes: object) -> None:
        blocks = self._knowledge.settings.blocks
        self._status = self._status.model_copy(
            update={"emitted_at": self._context.clock.now(), "manual_blocks": blocks, **changes}
        )
        fresh = PlanStatus(**self._status.model_dump(exclude={"message_id"}))
        metrics.LAST_RUN.set(_seconds(fresh.last_run_at))
        metrics.NEXT_RUN.set(_seconds(fresh.next_run_at))
        await self._context.bus.publish(PLAN_STATUS, fresh)


def _seconds(moment: datetime | None) -> float:
    return nan if moment is None else moment.timestamp()


def _shown(span: timedelta) -> str:
    """`span` in words, in whole minutes or hours."""
    minutes = round(span / timedelta(minutes=1))
    if minutes < 1:
        return "less than a minute"
    if minutes <= MOST_MINUTES:
        return f"{minutes} minute{'s' if minutes > 1 else ''}"
    return f"{minutes / 60:.0f} hours"
