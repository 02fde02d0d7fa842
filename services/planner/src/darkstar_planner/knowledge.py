"""What the planner knows now: its inputs, and what people have set, kept over restarts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from darkstar_common.contract import Issue, Message, Schedule, SlotObservation
from darkstar_common.runtime import Context
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.matters import matters
from darkstar_planner.core.settings import Settings
from darkstar_planner.core.strategy import Wishes
from darkstar_planner.store import LastPlan, Store, UnreadableSettingsError

DEVICES_KEPT = timedelta(hours=72)
"""What devices did before that is not remembered."""
UNREADABLE, UNSAVED = "settings_unreadable", "settings_unsaved"
ABSURD = "learned_absurd"


class Knowledge:
    """The only thing here that changes; what is planned is planned from values of it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = Store(context.state_dir)
        self.settings = Settings()
        config = context.config
        self.inputs = Inputs(config=config, wishes=Wishes.of(config))

    async def restore(self) -> None:
        """Take what people had set before the last stop, and the plan that was in force then."""
        last = self._store.load_plan()
        if last is not None and last.schedule.valid_until > self._context.clock.now():
            self.inputs = replace(self.inputs, schedule=last.schedule, hint=last.hint)
        try:
            kept = self._store.load()
        except UnreadableSettingsError as error:
            await self._say_unreadable(str(error))
            return
        config, now = self._context.config, self._context.clock.now()
        self._take(kept.current(config, now))

    def hear(self, message: Message) -> str | None:
        """Put an input on record; why it asks for a new plan, None if it does not."""
        before = self.inputs
        self.inputs = before.updated(message)
        return matters(before, self.inputs, message, self._context.clock.now())

    def recall(self, past: Sequence[SlotObservation]) -> None:
        """Put closed slots on record; of those long past only what a month's tariff asks for."""
        newest = max((one.start for one in past), default=None)
        imports = dict(self.inputs.imports.slots)
        for one in past:
            if newest is not None and newest - one.start <= DEVICES_KEPT:
                self.inputs = self.inputs.updated(one)
            elif one.import_kwh is not None:
                imports.setdefault(one.start, one.import_kwh)
        merged = {**imports, **self.inputs.imports.slots}
        self.inputs = replace(self.inputs, imports=replace(self.inputs.imports, slots=merged))

    async def set(self, settings: Settings) -> bool:
        """Put what people set on record; whether it will also survive a restart."""
        self._take(settings)
        return await self.keep()

    async def refresh(self) -> None:
        """Drop what has passed, and keep what the house has reported."""
        await self._say_absurd()
        config, now = self._context.config, self._context.clock.now()
        current = self._with_reports(self.settings.current(config, now))
        if current == self.settings:
            return
        if self.settings.vacation and not current.vacation:
            self._context.log.info("vacation_ended", until=self.settings.vacation_until)
        await self.set(current)

    async def planned(self, schedule: Schedule, hint: dict[str, Any]) -> None:
        """Put the plan in force on record, for the next one and for the time after a restart."""
        self.inputs = replace(self.inputs, schedule=schedule, hint=hint)
        last = LastPlan(schedule=schedule, hint=hint)
        try:
            await asyncio.to_thread(self._store.save_plan, last)
        except OSError as error:
            self._context.log.warning("plan_not_saved", error=str(error.strerror))

    async def keep(self) -> bool:
        """Save the settings; whether that could be done."""
        try:
            self._store.save(self.settings)
        except OSError as error:
            self._context.log.exception("settings_not_saved")
            await self._context.status.raise_issue(
                Issue(
                    key=UNSAVED,
                    severity="warning",
                    message=f"What was set cannot be saved ({error.strerror}).",
                    guidance=f"It holds until a restart. Make {self._context.state_dir} writable.",
                )
            )
            return False
        for key in (UNREADABLE, UNSAVED):
            await self._context.status.clear_issue(key)
        return True

    def _take(self, settings: Settings) -> None:
        self.settings = self._with_reports(settings)
        self.inputs = self.settings.applied(self.inputs)

    def _with_reports(self, settings: Settings) -> Settings:
        """`settings`, with what the house has reported meanwhile."""
        moments = (settings.legionella_done_at, self.inputs.legionella_done_at)
        newest = max((one for one in moments if one is not None), default=None)
        return settings.model_copy(update={"legionella_done_at": newest})

    async def _say_absurd(self) -> None:
        learned = self.inputs.learned
        absurd = learned.absurd if learned else ()
        if not absurd:
            await self._context.status.clear_issue(ABSURD)
            return
        await self._context.status.raise_issue(
            Issue(
                key=ABSURD,
                severity="warning",
                message=f"What was learned of the battery is not believed: {'; '.join(absurd)}.",
                guidance="Plans go by the configuration. Take it back with learning/revert.",
            )
        )

    async def _say_unreadable(self, problem: str) -> None:
        aside = self._store.put_aside()
        self._context.log.error("settings_unreadable", problem=problem, put_aside=str(aside))
        where = "It could not be moved aside." if aside is None else f"The file is now {aside}."
        await self._context.status.raise_issue(
            Issue(
                key=UNREADABLE,
                severity="warning",
                message=f"What people had set cannot be read: {problem}.",
                guidance=f"The configuration holds until it is set again. {where}",
            )
        )
