"""What the strategy starts from: what people wish for, and what is known about the days ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from darkstar_common.config import Config
from darkstar_common.contract import PriceSlot, QuantileSlot, WeatherSlot


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What people have set.

    Attributes:
        risk_appetite: How much to keep in reserve, from 1 (most) to 5 (least).
        comfort: How much warm water matters, from 1 (saves most) to 5 (never cold).
        export_enabled: Whether the plan may sell.
        vacation: Whether nobody is at home.
        vacation_until: When that ends; None: when told.
    """

    risk_appetite: int = 3
    comfort: int = 3
    export_enabled: bool = True
    vacation: bool = False
    vacation_until: datetime | None = None

    @classmethod
    def of(cls, config: Config) -> Self:
        """What the configuration says, until someone sets it otherwise."""
        return cls(
            risk_appetite=config.planner.risk_appetite,
            comfort=config.planner.comfort,
            export_enabled=config.planner.export_enabled,
        )

    def away(self, now: datetime) -> bool:
        """Whether nobody is at home at `now`."""
        return self.vacation and (self.vacation_until is None or now < self.vacation_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is known about the horizon; element t of each tuple belongs to the slot t.

    Attributes:
        starts: Start of each slot; a quarter of an hour each.
        load: Base load by slot.
        pv: PV production by slot; empty without panels.
        weather: Weather of the hours ahead, whatever is known of it.
        legionella_done_at: When the tank was last reported hot throughout.
        heated_hot_kwh: What a run against legionella that is in progress has heated [kWh].
    """

    now: datetime
    starts: tuple[datetime, ...]
    load: tuple[QuantileSlot, ...]
    pv: tuple[QuantileSlot, ...]
    prices: tuple[PriceSlot, ...]
    weather: tuple[WeatherSlot, ...] = ()
    legionella_done_at: datetime | None = None
    heated_hot_kwh: float = 0.0
