"""Control: from all that is known to commands, and what people may change about it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from darkstar_common.contract import Command, Following, PriceCurve, Request, Schedule
from darkstar_common.runtime import Context, Stopwatch
from darkstar_executor import metrics, parting
from darkstar_executor.acting import Act, Hands
from darkstar_executor.answering import granted
from darkstar_executor.core.decide import Decision, decide
from darkstar_executor.core.ears import Ears
from darkstar_executor.core.expectation import told_limits
from darkstar_executor.core.expression import settings
from darkstar_executor.core.guard import GuardState, guard
from darkstar_executor.core.kept import Leaving
from darkstar_executor.core.legionella import watched as tank_watched
from darkstar_executor.core.measured import Measured, measured
from darkstar_executor.core.obedience import NOT_WATCHED, watched
from darkstar_executor.core.profile import Profile
from darkstar_executor.core.setting import Setting
from darkstar_executor.core.situation import Situation
from darkstar_executor.core.stepped import stepped
from darkstar_executor.core.telling import Moment
from darkstar_executor.core.wishes import Wishes
from darkstar_executor.core.writes import Outcome
from darkstar_executor.keeping import Keeper
from darkstar_executor.listening import Listener
from darkstar_executor.notifying import Notifier
from darkstar_executor.parting import Parting
from darkstar_executor.reporting import Reporter
from darkstar_executor.telling import Teller

_HURRY = timedelta(minutes=2)
"""What a person asked for is urgent for so long, unless it is done before."""


class Control:
    """Holds the schedule and the wishes; decides, and lets the hands act."""

    def __init__(
        self, context: Context, profile: Profile, listener: Listener, reporter: Reporter
    ) -> None:
        self._context, self._config, self._profile = context, context.config, profile
        self._listener = listener
        self.keeper, notifier = Keeper(context), Notifier(context)
        self._hands = Hands(context, keeper=self.keeper, notifier=notifier)
        self._teller = Teller(context, reporter, notifier)
        self._parting = Parting(context.config, profile, listener, self._hands)
        self.schedule: Schedule | None = None
        self.prices: PriceCurve | None = None
        self.stirred = False
        """Other entities, or other ones that can be reached, since the last decision."""
        self._guard, self._watch, self._following = GuardState(), NOT_WATCHED, Following()
        self._decided: Decision | None = None
        self._pressing: object = None
        self._automation = True
        self._urgent_at: datetime | None = None
        self._busy = asyncio.Lock()

    @property
    def wishes(self) -> Wishes:
        """What people ask for."""
        return self.keeper.kept.wishes

    @property
    def shadow(self) -> bool:
        """Whether nothing is written."""
        wished = self.wishes.shadow
        return self._config.executor.shadow if wished is None else wished

    async def restore(self) -> None:
        """Take up where the last run ended; what came to its end meanwhile ends now."""
        await self.keeper.restore()
        await self._hands.restore()
        before, now = self.wishes, self._context.clock.now()
        if self.shadow and self.keeper.kept.working:  # it came with another configuration
            leaving = Leaving(behind="fallback", rule="shadow", since=now)
            self.keeper.keep(working=False, leaving=leaving)
        self.keeper.keep(wishes=before.current(now, None))
        await self._teller.begin(before, self.wishes, now, shadow=self.shadow)

    @property
    def pressed(self) -> bool:
        """Whether something has changed that a decision cannot wait a minute for."""
        return self._press(self._measured()) != self._pressing

    @property
    def awaits(self) -> bool:
        """Whether a device has just shown what other settings wait for."""
        return self._hands.awaits(self._listener.ears)

    @property
    def sighted(self) -> bool:
        """Whether enough of the house is known for a first decision."""
        return self._config.battery is None or self._measured().soc_percent is not None

    async def act(self, *, cause: UUID | None = None, urgent: bool = False) -> None:
        """Decide for this moment, and write what differs."""
        async with self._busy:
            await self._act(cause, urgent=urgent)

    async def guard(self) -> None:
        """Look at fuse and peak, and act when more or less is to be cut back."""
        seen, before = self._measured(), self._guard
        command = self._decided.command if self._decided else None
        now = self._context.clock.now()
        self._guard = guard(before, seen, command, self.schedule, self._config, now)
        if self._guard.trim != before.trim:
            await self.act(urgent=True)

    async def grant(self, request: Request) -> str:
        """Do what people ask for, at once; a sentence about it.

        Raises:
            Refusal: It cannot be done; nothing has changed.
        """
        async with self._busy:
            now, was_shadow = self._context.clock.now(), self.shadow
            soc = self._measured().soc_percent
            grant = granted(request, self.wishes, self._config, now, soc_percent=soc)
            self.keeper.keep(wishes=grant.wishes)
            if grant.release:
                leaving = Leaving(
                    behind="release", rule="release", since=now, asked=request.message_id
                )
                self.keeper.keep(working=False, leaving=leaving)
            if self.shadow != was_shadow:
                self._hands.forget()
            await self._act(request.message_id, urgent=True)
        return grant.sentence

    async def stop(self) -> None:
        """Leave the house as configured; in shadow mode and with the hands off, as it is.

        So it is, too, when all begins again at once with another configuration; but with one that
        has other hands nobody would end what these ones began, so it ends now.
        """
        reread, policy = self._context.reread, self._config.executor.on_stop
        if reread.restarting:
            if reread.pending is None or not parting.other_hands(self._config, reread.pending):
                await self.keeper.close()
                return
            policy = "fallback"
        case = self._situation()
        decision = self._parting.decision("stopped")
        if policy == "leave":
            reason = f"{decision.reason}; all is left as it is"
            decision = replace(self._decided or decision, rule="stopped", reason=reason)
        elif self.keeper.kept.working:
            leaving = Leaving(behind=policy, rule="stopped", since=case.now)
            outcome = await self._write(case, decision, leaving, cause=None, urgent=True)
            self.keeper.keep(working=parting.missed(outcome, self._listener.ears))
        await self._teller.state(self._moment(case, decision, None))
        await self.keeper.close()

    async def _act(self, cause: UUID | None, *, urgent: bool) -> None:
        self.stirred = False
        watch, case = Stopwatch(), self._situation()
        current = self.wishes.current(case.now, case.measured.soc_percent)
        if current != self.wishes:
            self.keeper.keep(wishes=current)
            case, urgent = replace(case, wishes=current), True
        urgent = self._hurries(case, urgent=urgent)
        decision = decide(case)
        self._pressing = self._press(case.measured)
        schedule = self.schedule.message_id if self.schedule else None
        request = None if cause == schedule else cause
        leaving = self._heeded(case, decision, request)
        if leaving is not None:
            decision = self._parting.decision(leaving.rule)
        planned = schedule if decision.rule.startswith("plan_") else cause
        cause = request or self._waiting(decision, leaving) or planned
        await self._write(case, decision, leaving, cause=cause, urgent=urgent)
        self._decided = decision
        await self._teller.tell(self._moment(case, decision, cause))
        metrics.TICKS.labels(rule=decision.rule).inc()
        metrics.TICK_SECONDS.observe(watch.elapsed.total_seconds())

    async def _write(
        self,
        case: Situation,
        decision: Decision,
        leaving: Leaving | None,
        *,
        cause: UUID | None,
        urgent: bool,
    ) -> Outcome:
        watch = Stopwatch()
        wanted, ears = self._wanted(case, decision, leaving)
        act = Act(
            decision=decision,
            settings=wanted,
            slot_start=case.slot.start if case.slot else None,
            soc_percent=case.measured.soc_percent,
            planned_soc_percent=case.slot.soc_percent if case.slot else None,
            measured=case.measured,
            override=case.wishes.override,
            caused_by=cause,
            urgent=urgent or leaving is not None,
            shadow=self.shadow and leaving is None,
            again=self._watch.again,
            at_once=decision.rule == "stopped",
        )
        outcome = self._hands.weigh(act, ears, case.now)
        await self._hands.do(act, outcome, since=watch)
        metrics.FAILING.set(len(outcome.failed))
        if parting.settled(outcome):
            self._urgent_at = None
        await self._complain(leaving, wanted, outcome, case.now)
        if leaving is not None and parting.over(leaving, wanted, outcome, case.now):
            self.keeper.keep(leaving=None)
            if leaving.behind == "release":
                self._hands.gave_back()
        return outcome

    async def _complain(
        self,
        leaving: Leaving | None,
        wanted: tuple[Setting, ...],
        outcome: Outcome,
        now: datetime,
    ) -> None:
        """An issue for as long as the hands are off and something of ours has not stopped."""
        missing = parting.unstopped(wanted, outcome) if leaving else ()
        issue = parting.issue(leaving, missing, now) if leaving else None
        if issue is not None:
            await self._context.status.raise_issue(issue)
        elif not missing:
            await self._context.status.clear_issue(parting.UNSTOPPED)

    def _hurries(self, case: Situation, *, urgent: bool) -> bool:
        """Whether the least time between writes holds nothing back.

        What a person waits for stays urgent until all of it is there: some settings wait for
        others to be shown.
        """
        if urgent or case.automation != self._automation:
            self._urgent_at = case.now
        self._automation = case.automation
        return self._urgent_at is not None and abs(case.now - self._urgent_at) < _HURRY

    def _wanted(
        self, case: Situation, decision: Decision, leaving: Leaving | None
    ) -> tuple[tuple[Setting, ...], Ears]:
        """What the roles are to be set to, and ears that know their entities."""
        ears = self._listener.ears
        if leaving is not None:
            return self._parting.settings(leaving, case.now)
        if not case.automation:
            return (), ears
        made = settings(decision.command, self._profile, self._config, ears.bindings, case.now)
        return made, ears

    def _waiting(self, decision: Decision, leaving: Leaving | None) -> UUID | None:
        """The request that is still being done: some settings wait for others to be shown.

        A schedule that comes meanwhile changes nothing about that.
        """
        return leaving.asked if leaving else self.wishes.request(decision.rule)

    def _heeded(self, case: Situation, decision: Decision, request: UUID | None) -> Leaving | None:
        """Remember what this look has shown; what is still to be left behind, if hands are off."""
        kept, ours = self.keeper.kept, case.automation and not self.shadow
        leaving = kept.leaving
        if ours:
            leaving = None
        elif kept.working:
            rule = "shadow" if case.automation else "off"
            leaving = Leaving(behind="fallback", rule=rule, since=case.now, asked=request)
        tank = tank_watched(kept.legionella, case.measured, self._config, case.now)
        self.keeper.keep(working=ours, leaving=leaving, memory=decision.memory, legionella=tank)
        self._watch, self._following = watched(
            self._watch,
            command=self._told(decision.command) if ours else None,
            measured=case.measured,
            config=self._config,
            now=case.now,
            limits=told_limits(self._profile, decision.command.intent, case.obedient),
        )
        return leaving

    def _told(self, command: Command) -> Command:
        """`command` as the entities of this house can be told it."""
        return stepped(command, self._profile, self._listener.ears.bindings)

    def _moment(self, case: Situation, decision: Decision, cause: UUID | None) -> Moment:
        return Moment(
            now=case.now,
            decision=decision,
            wishes=self.wishes,
            measured=case.measured,
            shadow=self.shadow,
            hands_on=case.automation,
            following=self._following,
            legionella=self.keeper.kept.legionella,
            schedule=self.schedule,
            slot_start=case.slot.start if case.slot else None,
            caused_by=cause,
        )

    def _situation(self) -> Situation:
        kept = self.keeper.kept
        return Situation(
            now=self._context.clock.now(),
            config=self._config,
            profile=self._profile,
            wishes=kept.wishes,
            schedule=self.schedule,
            prices=self.prices,
            measured=self._measured(),
            obedient=self._hands.obedient(self._listener.ears),
            trim=self._guard.trim,
            memory=kept.memory,
            legionella=kept.legionella,
        )

    def _measured(self) -> Measured:
        return measured(self._listener.ears, self._config, self._context.clock.now())

    def _press(self, seen: Measured) -> object:
        """What a decision cannot wait a minute for when it changes."""
        ended = self.wishes.current(self._context.clock.now(), seen.soc_percent) != self.wishes
        return (seen.soc_percent is None, seen.grid_available, seen.automation_on, ended)
