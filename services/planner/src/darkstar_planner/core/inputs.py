"""The latest of each input: what the planner knows, and whether that is enough for a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from darkstar_common.config import Config
from darkstar_common.contract import (
    ControlState,
    EnergyCounters,
    EvSet,
    HouseState,
    LearningState,
    ManualBlock,
    Message,
    PriceCurve,
    QuantileForecast,
    Schedule,
    SlotObservation,
    WeatherForecast,
)
from darkstar_common.slots import SLOT, slot_start
from darkstar_planner.core.assemble import Planned, assembled
from darkstar_planner.core.changes import changed
from darkstar_planner.core.energy import EnergyRecord
from darkstar_planner.core.learned import Figures, figures
from darkstar_planner.core.peaks import ImportRecord
from darkstar_planner.core.strategy import Wishes, legionella_done
from darkstar_planner.core.tank import TankRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What the planner knows; a new value for each message, never changed in place.

    Attributes:
        wishes: What people have set.
        blocks: What people have decided themselves, for some time.
        cars: What was last said about each car, by its id; `emitted_at` says when.
        hint: The last solution, as JSON; a plan differs from it only when that pays.
        schedule: The schedule in force.
        heating: What the water heater has used.
        charging: What the cars have used, all together.
        imports: What the house has imported this month.
        tank: What the executor has commanded the tank to, and what was measured.
        legionella_done_at: When the tank was last hot throughout.
        soc_percent: Taken for the battery's charge in a what-if; None: the measured one.
        export_at: What is to be sold in some slots in a what-if, by their starts [kW].
        learned: What the house has shown of its battery; None: nothing was heard of it.
    """

    config: Config
    wishes: Wishes
    blocks: tuple[ManualBlock, ...] = ()
    cars: Mapping[str, EvSet] = field(default_factory=dict)
    hint: dict[str, Any] | None = None
    prices: PriceCurve | None = None
    load: QuantileForecast | None = None
    pv: QuantileForecast | None = None
    weather: WeatherForecast | None = None
    house: HouseState | None = None
    schedule: Schedule | None = None
    heating: EnergyRecord = field(default_factory=partial(EnergyRecord, quantity="water_kwh"))
    charging: EnergyRecord = field(default_factory=partial(EnergyRecord, quantity="ev_kwh"))
    imports: ImportRecord = field(default_factory=ImportRecord)
    tank: TankRecord = field(default_factory=TankRecord)
    legionella_done_at: datetime | None = None
    soc_percent: float | None = None
    export_at: tuple[tuple[datetime, float], ...] = ()
    learned: Figures | None = None

    def updated(self, message: Message) -> Inputs:  # noqa: C901, PLR0911 (one for each kind of message)
        """These inputs with `message` in place of the older one of its kind.

        Raises:
            TypeError: The planner takes no such message.
        """
        match message:
            case PriceCurve():
                return replace(self, prices=message)
            case QuantileForecast(quantity="load"):
                return replace(self, load=message)
            case QuantileForecast():
                return replace(self, pv=message)
            case WeatherForecast():
                return replace(self, weather=message)
            case HouseState():
                return replace(self, house=message, tank=self.tank.felt(message))
            case ControlState():
                return replace(self, tank=self.tank.controlled(message))
            case EnergyCounters():
                return replace(
                    self,
                    heating=self.heating.counted(message),
                    charging=self.charging.counted(message),
                )
            case SlotObservation():
                return self._observed(message)
            case Schedule():
                return replace(self, schedule=message)
            case LearningState():
                configured = self.learned.configured if self.learned else self.config
                found = figures(configured, message)
                return replace(self, config=found.config, learned=found)
            case _:
                raise TypeError(f"the planner takes no {type(message).__name__}")

    def _observed(self, slot: SlotObservation) -> Inputs:
        heating = self.heating.observed(slot)
        hot = legionella_done(self.config, self.tank.past(heating, slot.start + SLOT))
        known = [one for one in (self.legionella_done_at, hot) if one is not None]
        return replace(
            self,
            heating=heating,
            charging=self.charging.observed(slot),
            imports=self.imports.observed(slot),
            legionella_done_at=max(known, default=None),
        )

    def changed(self, changes: Mapping[str, Any]) -> Inputs:
        """These inputs as they would be with `changes`, by name, for a what-if.

        The earlier plan is left out of it: a what-if asks for the best, not for the
        nearest, unless the changes name `keep_threshold`.

        Raises:
            ProblemError: A change has no such name, or no such value is possible.
        """
        return changed(self, changes)

    def obstacle(self, now: datetime) -> str | None:
        """Why there can be no plan at `now`, in a sentence; None when there can."""
        first = slot_start(now)
        for name, start, end in self.spans():
            if start is None or end is None:
                return f"there is no {name} yet"
            if not start <= first < end:
                return f"the {name} covers {start:%d %b %H:%M} to {end:%d %b %H:%M} UTC, not now"
        return self._charge_unknown(now)

    def spans(self) -> list[tuple[str, datetime | None, datetime | None]]:
        """Name, first moment and end of everything a plan needs slot by slot."""
        needed = [("price curve", self.prices), ("load forecast", self.load)]
        if self.config.has_solar:
            needed.append(("PV forecast", self.pv))
        return [
            (name, None, None)
            if one is None
            else (name, one.slots[0].start, one.slots[-1].start + SLOT)
            for name, one in needed
        ]

    def _charge_unknown(self, now: datetime) -> str | None:
        if self.config.battery is None or self.soc_percent is not None:
            return None
        soc = None if self.house is None else self.house.soc_percent
        if soc is None or soc.value is None or soc.measured_at is None:
            return "the battery's state of charge is unknown"
        age = (now - soc.measured_at).total_seconds()
        if age > self.config.planner.soc_max_age_seconds:
            return f"the battery's state of charge is {age / 60:.0f} minutes old"
        if not 0 <= soc.value <= 100:  # noqa: PLR2004 (percent)
            return f"the battery's state of charge cannot be {soc.value:g} %"
        return None

    @property
    def wanted(self) -> timedelta:
        """How far ahead the plan is to reach."""
        return timedelta(hours=self.config.planner.horizon_hours)

    def count(self, now: datetime) -> int:
        """How many slots prices and forecasts all reach, the one that holds `now` first."""
        first = slot_start(now)
        ends = [end for _, _, end in self.spans() if end is not None]
        return min((min(ends) - first) // SLOT, self.wanted // SLOT)

    def planned(self, now: datetime) -> Planned:
        """The problem from the slot that holds `now` on, and what stands behind it.

        Raises:
            UnplannableError: An input is missing, unknown or too old; says which.
        """
        return assembled(self, now)
