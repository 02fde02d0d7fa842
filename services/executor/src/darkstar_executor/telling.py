"""Says what is commanded, what troubles the house, and what is news to people."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import nan

from darkstar_common.contract import ControlState
from darkstar_common.runtime import Context
from darkstar_executor import metrics
from darkstar_executor.core import news
from darkstar_executor.core.rules import FALLBACK_RULES
from darkstar_executor.core.telling import Moment, control_state, notifications
from darkstar_executor.core.wishes import Wishes
from darkstar_executor.notifying import Notifier
from darkstar_executor.reporting import Reporter

_FOLLOWS = {"following": 1.0, "not_following": 0.0, "unknown": nan}


class Teller:
    """Publishes `control/state`, and notes about its edges."""

    def __init__(self, context: Context, reporter: Reporter, notifier: Notifier) -> None:
        self._context, self._config, self._reporter = context, context.config, reporter
        self._notifier = notifier
        self._every = timedelta(minutes=context.config.executor.pause_reminder_minutes)
        heater = context.config.water_heater
        self._off_c = heater.off_c if heater else None
        self._told: news.Effective | None = None
        self._reminded = 0

    async def begin(self, before: Wishes, after: Wishes, now: datetime, *, shadow: bool) -> None:
        """Tell what ended while the executor was away."""
        self._heed(after, shadow=shadow)
        self._reminded = news.reminders(after.paused_at, now, self._every)
        was, left = (
            news.Effective(at=now, override=one.override, boost_until=one.water_boost_until)
            for one in (before, after)
        )
        await self._notifier.say(news.asked(was, left, self._config.zone))

    async def tell(self, moment: Moment) -> None:
        """All there is to tell of a decision."""
        state = await self.state(moment)
        self._heed(moment.wishes, shadow=moment.shadow)
        await self._troubles(moment)
        after = news.effective(state, off_c=self._off_c)
        notes = [*news.edges(self._told, after, self._config.zone), *self._reminders(moment)]
        self._told = after
        await self._notifier.say(notes, cause=moment.caused_by)

    async def state(self, moment: Moment) -> ControlState:
        """What is commanded, and why."""
        state = control_state(moment, self._config)
        await self._reporter.control(state)
        return state

    def _heed(self, wishes: Wishes, *, shadow: bool) -> None:
        self._notifier.wanted = notifications(wishes, self._config)
        self._notifier.shadow = shadow

    def _reminders(self, moment: Moment) -> tuple[news.Note, ...]:
        """A reminder of the pause, if one more is due."""
        wishes = moment.wishes
        due, told = news.reminders(wishes.paused_at, moment.now, self._every), self._reminded
        self._reminded = due
        if due <= told or wishes.paused_at is None or wishes.paused_until is None:
            return ()
        return (
            news.reminder(wishes.paused_at, wishes.paused_until, moment.now, self._config.zone),
        )

    async def _troubles(self, moment: Moment) -> None:
        decision, following = moment.decision, moment.following
        metrics.FOLLOWING.set(_FOLLOWS[following.state])
        metrics.TRIMMED.set(decision.trimmed is not None)
        metrics.SHADOW.set(moment.shadow)
        metrics.PAUSED.set(moment.wishes.paused_until is not None)
        metrics.OVERRIDDEN.set(moment.wishes.override is not None)
        await self._reporter.issue(
            "schedule",
            decision.reason if decision.rule in FALLBACK_RULES else None,
            guidance="the house runs on self-consumption; look at the planner",
        )
        lost = following.state == "not_following"
        await self._reporter.issue(
            "not_following",
            f"asked: {following.asked}; seen: {following.seen}" if lost else None,
            guidance="look at the inverter, its own settings and its gateway; "
            f"{following.tried}".rstrip("; "),
            severity="error",
        )
