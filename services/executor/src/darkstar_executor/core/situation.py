"""All that a decision rests on, at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from darkstar_common.config import Config
from darkstar_common.contract import Command, Override, PriceCurve, Schedule, ScheduleSlot
from darkstar_executor.core import commands, following
from darkstar_executor.core.guard import NO_TRIM, Trim
from darkstar_executor.core.legionella import UNWATCHED, LegionellaState
from darkstar_executor.core.memory import NO_MEMORY, Memory
from darkstar_executor.core.wishes import NO_WISHES, Wishes


@dataclass(frozen=True, kw_only=True)  # no slots: cached_property needs a __dict__
class Situation:
    """All that a decision rests on.

    Attributes:
        soc_percent: Measured and fresh, else None.
        grid_voltage_v: Likewise.
        can_force: Whether the settings that bound a forced flow (work mode, grid charging, SoC
            target) are bound and do what they are told.
        trim: What the peak guard cuts back.
        memory: Of the decision before.
    """

    now: datetime
    config: Config
    wishes: Wishes = NO_WISHES
    schedule: Schedule | None = None
    soc_percent: float | None = None
    grid_voltage_v: float | None = None
    can_force: bool = True
    prices: PriceCurve | None = None
    trim: Trim = NO_TRIM
    memory: Memory = NO_MEMORY
    legionella: LegionellaState = UNWATCHED

    @cached_property
    def override(self) -> Override | None:
        """The override in force; one about hot water leaves the battery to the plan."""
        override = self.wishes.override
        return None if override is None or override.action == "force_heat" else override

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
        return following.planned(self.schedule, number, self.config, self.now)

    @cached_property
    def wanted(self) -> Command | None:
        """What override or plan would have, before the rows that say no."""
        return self._asked(self.override) if self.override else self.planned

    @cached_property
    def forced(self) -> bool:
        """Whether that makes the battery charge from, or sell to, the grid."""
        return self.wanted is not None and self.wanted.intent in commands.FORCED

    def _asked(self, override: Override) -> Command:
        """What `override` means; its own SoC bounds the flow, else the configured limits."""
        battery, wished = self.config.battery, override.soc_percent
        if battery is None or override.action == "self_consume":
            return commands.self_consume(self.config)
        if override.action == "hold":
            return commands.self_consume(
                self.config,
                intent="hold",
                discharge_kw=0.0,
                floor=following.coarse(self.soc_percent),
            )
        if override.action == "force_charge":
            ceiling = battery.max_soc_percent if wished is None else wished
            return commands.charge_from_grid(
                self.config, charge_kw=battery.max_charge_kw, ceiling=ceiling
            )
        floor = battery.min_soc_percent if wished is None else wished
        return commands.export(self.config, discharge_kw=battery.max_discharge_kw, floor=floor)
