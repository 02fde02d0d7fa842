"""Control: from all that is known to commands, and what people may change about it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from darkstar_common.contract import ControlState, Request, Schedule, Service
from darkstar_common.runtime import Context, Stopwatch
from darkstar_common.slots import SLOT
from darkstar_executor import metrics
from darkstar_executor.acting import Act, Hands
from darkstar_executor.answering import granted
from darkstar_executor.core import commands, dialect, house
from darkstar_executor.core.decide import Decision, decide
from darkstar_executor.core.ears import Ears
from darkstar_executor.core.rules import FALLBACK_RULES
from darkstar_executor.core.setting import Setting
from darkstar_executor.core.situation import Situation
from darkstar_executor.core.wishes import NO_WISHES, Wishes
from darkstar_executor.reporting import Reporter
from darkstar_executor.store import Store, UnreadableStateError

_BOUNDS = ("work_mode", "grid_charging", "soc_target")


class Control:
    """Holds the schedule and the wishes; decides, and lets the hands act."""

    def __init__(self, context: Context, reporter: Reporter) -> None:
        self._context, self._reporter = context, reporter
        self._hands = Hands(context)
        self._store = Store(context.state_dir)
        self.wishes = NO_WISHES
        self.schedule: Schedule | None = None
        self.soc_percent: float | None = None

    @property
    def shadow(self) -> bool:
        """Whether nothing is written."""
        return self._shadow(self.wishes)

    async def restore(self) -> None:
        """Take up people's wishes where the last run left them."""
        try:
            self.wishes = self._store.load()
        except UnreadableStateError as error:
            await self._reporter.issue("state_file", str(error), guidance="remove the file")

    async def act(self, ears: Ears, *, cause: UUID | None = None, urgent: bool = False) -> None:
        """Decide for this moment, and write what differs."""
        watch, now = Stopwatch(), self._context.clock.now()
        situation = self._situation(ears, now)
        current = self.wishes.current(now, situation.soc_percent)
        if current != self.wishes:
            await self._end_wishes(current)
            situation, urgent = self._situation(ears, now), True
        decision = decide(situation)
        self.soc_percent = situation.soc_percent
        if cause is None and self.schedule is not None and decision.rule.startswith("plan_"):
            cause = self.schedule.message_id
        act = Act(
            decision=decision,
            settings=self._settings(decision, ears),
            slot_start=situation.slot.start if situation.slot else None,
            soc_percent=situation.soc_percent,
            caused_by=cause,
            urgent=urgent,
            shadow=self.shadow,
        )
        await self._carry_out(act, ears, watch)
        await self._tell(act)
        metrics.TICKS.labels(rule=decision.rule).inc()
        metrics.TICK_SECONDS.observe(watch.elapsed.total_seconds())

    async def grant(self, request: Request, ears: Ears) -> str:
        """Do what people ask for, at once; a sentence about it.

        Raises:
            Refusal: It cannot be done; nothing has changed.
        """
        grant = granted(request, self.wishes, self._context.config, self._context.clock.now())
        was_shadow = self.shadow
        if grant.release and not was_shadow:
            await self._give_back(ears, request.message_id)
        elif self._shadow(grant.wishes) and not was_shadow:
            await self.leave(ears, "shadow", "shadow mode was switched on")
        self.wishes = grant.wishes
        if self.shadow != was_shadow:
            self._hands.forget()
        await self.act(ears, cause=request.message_id, urgent=True)
        self._store.save(self.wishes)
        if grant.starts_override:
            await self._reporter.notify("override_started", grant.sentence, "By request.")
        return grant.sentence

    async def leave(self, ears: Ears, rule: str, reason: str) -> None:
        """Leave the house in the fallback state; nothing is written in shadow mode."""
        command = commands.fallback(self._context.config)
        decision = Decision(command=command, rule=rule, reason=reason, water_rule=rule)
        await self._leave_with(decision, self._settings(decision, ears), ears, None)

    async def _give_back(self, ears: Ears, cause: UUID) -> None:
        """Set every device as it was found before the first write."""
        command = commands.fallback(self._context.config)
        reason = "the devices were given back as they were found"
        decision = Decision(command=command, rule="release", reason=reason, water_rule="release")
        given = tuple(
            Setting(role=role, value=value, exact=True) for role, value in self.wishes.found.items()
        )
        await self._leave_with(decision, given, ears, cause)

    async def _leave_with(
        self, decision: Decision, settings: tuple[Setting, ...], ears: Ears, cause: UUID | None
    ) -> None:
        act = Act(
            decision=decision,
            settings=settings,
            slot_start=None,
            soc_percent=self.soc_percent,
            caused_by=cause,
            urgent=True,
            shadow=self.shadow,
        )
        await self._carry_out(act, ears, Stopwatch())
        await self._tell(act)

    async def _carry_out(self, act: Act, ears: Ears, watch: Stopwatch) -> None:
        outcome = self._hands.weigh(act, ears, self._context.clock.now())
        found = {
            one.role: one.before
            for one in outcome.writes
            if one.result == "written" and one.before is not None
        }
        remembered = self.wishes.after_first_write(found)
        if remembered != self.wishes:
            self.wishes = remembered
            self._store.save(remembered)
        await self._hands.do(act, outcome, since=watch)

    async def _end_wishes(self, current: Wishes) -> None:
        ended = self.wishes.override if current.override is None else None
        self.wishes = current
        self._store.save(current)
        if ended is not None:
            title = f"{ended.action.replace('_', ' ')} has ended"
            await self._reporter.notify("override_ended", title, "The plan is followed again.")

    async def _tell(self, act: Act) -> None:
        start = act.slot_start
        state = ControlState(
            sender=Service.EXECUTOR,
            emitted_at=self._context.clock.now(),
            caused_by=act.caused_by,
            command=act.decision.command,
            rule=act.decision.rule,
            reason=act.decision.reason,
            shadow=act.shadow,
            override=self.wishes.override,
            water_boost_until=self.wishes.water_boost_until,
            paused_until=self.wishes.paused_until,
            slot_start=start,
            next_slot_start=start + SLOT if start else None,
            schedule_id=str(self.schedule.message_id) if self.schedule and start else None,
        )
        await self._reporter.control(state)
        without_plan = act.decision.rule in FALLBACK_RULES
        await self._reporter.issue(
            "schedule",
            act.decision.reason if without_plan else None,
            guidance="the house runs on self-consumption; look at the planner",
        )

    def _situation(self, ears: Ears, now: datetime) -> Situation:
        states = house.states(ears, self._context.config.executor.meter, now)
        obeying = all(
            role in ears.bindings and ears.bindings[role].entity is not None for role in _BOUNDS
        )
        return Situation(
            now=now,
            config=self._context.config,
            wishes=self.wishes,
            schedule=self.schedule,
            soc_percent=states["soc_percent"].value,
            grid_voltage_v=states["grid_voltage_v"].value,
            can_force=obeying and not self._hands.disobedient.intersection(_BOUNDS),
        )

    def _settings(self, decision: Decision, ears: Ears) -> tuple[Setting, ...]:
        return dialect.settings(decision.command, self._context.config, ears.bindings)

    def _shadow(self, wishes: Wishes) -> bool:
        configured = self._context.config.executor.shadow
        return configured if wishes.shadow is None else wishes.shadow
