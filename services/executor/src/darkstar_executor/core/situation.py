"""All that a decision rests on, at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from darkstar_common.config import Config
from darkstar_common.contract import (
    Command,
    Intent,
    Override,
    OverrideAction,
    PriceCurve,
    Schedule,
    ScheduleSlot,
)
from darkstar_common.slots import SLOT
from darkstar_executor.core import commands, following
from darkstar_executor.core.guard import NO_TRIM, Trim
from darkstar_executor.core.legionella import UNWATCHED, LegionellaState
from darkstar_executor.core.measured import Measured
from darkstar_executor.core.memory import NO_MEMORY, Memory
from darkstar_executor.core.overrides import CALM, asked
from darkstar_executor.core.profile import Profile
from darkstar_executor.core.wishes import NO_WISHES, Wishes

OUTAGE_V = 100.0
"""Below this there is no grid."""


@dataclass(frozen=True, kw_only=True)  # no slots: cached_property needs a __dict__
class Situation:
    """All that a decision rests on.

    Attributes:
        measured: What is measured and fresh; None for what is not.
        obedient: Roles that are bound and do what they are told.
        trim: What the peak guard cuts back.
        memory: Of the decision before.
    """

    now: datetime
    config: Config
    profile: Profile
    wishes: Wishes = NO_WISHES
    schedule: Schedule | None = None
    measured: Measured = field(default_factory=Measured)
    prices: PriceCurve | None = None
    obedient: frozenset[str] = frozenset()
    trim: Trim = NO_TRIM
    memory: Memory = NO_MEMORY
    legionella: LegionellaState = UNWATCHED

    @property
    def automation(self) -> bool:
        """Whether hands are on: by wish, and by the house's own switch if there is one."""
        return self.wishes.automation and self.measured.automation_on is not False

    @property
    def hands_on(self) -> bool:
        """Whether anything is commanded but the fallback: automation is on and not paused."""
        return self.automation and self.wishes.paused_until is None

    @property
    def outage(self) -> bool:
        """Whether the grid is known to be away."""
        known, voltage = self.measured.grid_available, self.measured.grid_voltage_v
        return known is False or (known is None and voltage is not None and voltage < OUTAGE_V)

    @property
    def soc_percent(self) -> float | None:
        """Measured state of charge [%]."""
        return self.measured.soc_percent

    @cached_property
    def override(self) -> Override | None:
        """The override in force; one about hot water leaves the battery to the plan."""
        override = self.wishes.override
        return None if override is None or override.action == "force_heat" else override

    @property
    def action(self) -> OverrideAction | None:
        """What the override in force asks for, hot water included."""
        return self.wishes.override.action if self.wishes.override else None

    @property
    def calm(self) -> bool:
        """Whether a person asked for something that cannot drain an empty battery."""
        return self.override is not None and self.override.action in CALM

    @cached_property
    def slot_number(self) -> int | None:
        """The slot of the schedule in force, if it can be followed now."""
        schedule = self.schedule
        if schedule is None or schedule.valid_until <= self.now:
            return None
        return following.slot_at(schedule, self.now)

    @cached_property
    def slot(self) -> ScheduleSlot | None:
        """The slot in force."""
        number = self.slot_number
        return None if self.schedule is None or number is None else self.schedule.slots[number]

    @cached_property
    def planned(self) -> Command | None:
        """What the schedule asks for now."""
        number = self.slot_number
        if self.schedule is None or number is None:
            return None
        return following.planned(self.schedule, number, self.config, self.now, self.memory.drift)

    @cached_property
    def planned_percent(self) -> float | None:
        """Where the plan has the battery now [%]."""
        number = self.slot_number
        if self.schedule is None or number is None:
            return None
        return following.planned_percent(self.schedule, number, self.now)

    @cached_property
    def wanted(self) -> Command | None:
        """What override or plan would have, before the rows that say no."""
        if self.override is None:
            return self.planned
        memory = self.memory
        return asked(self.override, self.config, held=memory.held_percent, empty=memory.emergency)

    @cached_property
    def forced(self) -> Command | None:
        """That, if it makes the battery charge from, or sell to, the grid."""
        wanted = self.wanted
        return wanted if wanted is not None and wanted.intent in commands.FORCED else None

    @cached_property
    def export_per_kwh(self) -> float | None:
        """What a kWh that is sold now earns; None: not known [currency/kWh]."""
        slots = self.prices.slots if self.prices else ()
        for slot in slots:
            if slot.start <= self.now < slot.start + SLOT:
                return slot.export_per_kwh
        return self.slot.export_per_kwh if self.slot else None

    def bounded(self, intent: Intent) -> bool:
        """Whether all obey that begins `intent`, bounds it and ends it."""
        return self.profile.bounding(intent) <= self.obedient

    def forbidden(self, intent: Intent) -> str | None:
        """Why this house never does `intent`, for people; None: it may."""
        config, battery = self.config, self.config.battery
        if not self.profile.says(intent):
            return f"the profile {self.profile.name} has no words for {intent.replace('_', ' ')}"
        if intent == "charge_from_grid" and battery and not battery.charge_from_grid:
            return "battery.charge_from_grid forbids it"
        if intent == "export" and battery and not battery.discharge_to_grid:
            return "battery.discharge_to_grid forbids it"
        if intent == "export" and config.grid.max_export_kw <= 0:
            return "grid.max_export_kw forbids it"
        return None

    def can_force(self, intent: Intent) -> bool:
        """Whether `intent` may be begun: it is allowed, bounded, and SoC is known."""
        return (
            self.config.battery is not None
            and self.soc_percent is not None
            and self.forbidden(intent) is None
            and self.bounded(intent)
        )
