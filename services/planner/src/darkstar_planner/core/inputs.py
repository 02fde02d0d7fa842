"""The latest of each input, and the problem they add up to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from darkstar_common.config import Config
from darkstar_common.contract import (
    EnergyCounters,
    HouseState,
    Message,
    PriceCurve,
    PriceSlot,
    QuantileForecast,
    QuantileSlot,
    Schedule,
    SlotObservation,
)
from darkstar_common.slots import SLOT, SLOT_HOURS, slot_start, slots
from darkstar_planner.core.devices import Battery, Heater
from darkstar_planner.core.errors import UnplannableError
from darkstar_planner.core.heating import HeatingRecord
from darkstar_planner.core.problem import Grid, Inverter, Options, Problem
from darkstar_planner.core.strategy import Outlook, View, Wishes, strategy
from darkstar_planner.core.water import Water, water

HOUR = timedelta(hours=1)
BATTERY, HEATER = "battery", "water_heater"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What the planner knows; a new value for each message, never changed in place."""

    config: Config
    export_enabled: bool
    prices: PriceCurve | None = None
    load: QuantileForecast | None = None
    pv: QuantileForecast | None = None
    house: HouseState | None = None
    heating: HeatingRecord = field(default_factory=HeatingRecord)
    schedule: Schedule | None = None

    def updated(self, message: Message) -> Inputs:  # noqa: PLR0911 (one for each kind of message)
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
            case HouseState():
                return replace(self, house=message)
            case EnergyCounters():
                return replace(self, heating=self.heating.counted(message))
            case SlotObservation():
                return replace(self, heating=self.heating.observed(message))
            case Schedule():
                return replace(self, schedule=message)
            case _:
                raise TypeError(f"the planner takes no {type(message).__name__}")

    def obstacle(self, now: datetime) -> str | None:
        """Why there can be no plan at `now`, in a sentence; None when there can."""
        first = slot_start(now)
        for name, start, end in self._spans():
            if start is None or end is None:
                return f"there is no {name} yet"
            if not start <= first < end:
                return f"the {name} covers {start:%d %b %H:%M} to {end:%d %b %H:%M} UTC, not now"
        return self._charge_unknown(now)

    def _spans(self) -> list[tuple[str, datetime | None, datetime | None]]:
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
        if self.config.battery is None:
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

    def count(self, now: datetime) -> int:
        """How many slots prices and forecasts all reach, the one that holds `now` first."""
        first = slot_start(now)
        ends = [end for _, _, end in self._spans() if end is not None]
        wanted = timedelta(hours=self.config.planner.horizon_hours)
        return min((min(ends) - first) // SLOT, wanted // SLOT)

    def planned(self, now: datetime) -> Planned:
        """The problem from the slot that holds `now` on, and what stands behind it.

        Raises:
            UnplannableError: An input is missing, unknown or too old; says which.
        """
        obstacle = self.obstacle(now)
        if obstacle is not None or self.prices is None or self.load is None:
            raise UnplannableError(obstacle or "there is no price curve yet")
        return _planned(self, self.prices, self.load, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A problem, and how it came about.

    Attributes:
        prices: The price of each slot.
        why: Sentences about what the problem rests on.
    """

    problem: Problem
    prices: tuple[PriceSlot, ...]
    currency: str
    view: View
    why: tuple[str, ...]


def _planned(
    inputs: Inputs, curve: PriceCurve, forecast: QuantileForecast, now: datetime
) -> Planned:
    config, count = inputs.config, inputs.count(now)
    first = slot_start(now)
    prices = curve.slots[(first - curve.slots[0].start) // SLOT :][:count]
    sun = inputs.pv if config.has_solar else None
    view = strategy(
        config,
        replace(Wishes.of(config), export_enabled=inputs.export_enabled),
        Outlook(
            now=now,
            starts=slots(first, count),
            load=_ahead(forecast, first, count),
            pv=() if sun is None else _ahead(sun, first, count),
            prices=prices,
        ),
    )
    heated = water(config, inputs.heating, inputs.schedule, now)
    problem = Problem(
        start=first,
        slot_hours=SLOT_HOURS,
        timezone=config.timezone,
        currency=curve.currency,
        import_price=tuple(one.import_per_kwh for one in prices),
        export_price=tuple(one.export_per_kwh for one in prices),
        load_kw=view.load_kw,
        pv_kw=view.pv_kw,
        grid=Grid(
            max_import_kw=config.grid.max_import_kw,
            max_export_kw=config.grid.max_export_kw if inputs.export_enabled else 0.0,
        ),
        inverter=Inverter(max_ac_kw=config.inverter.max_ac_kw),
        batteries=_batteries(config, inputs.house, view),
        heaters=_heaters(config, heated),
        options=Options(
            time_limit_seconds=config.planner.time_limit_seconds,
            absolute_gap=config.planner.absolute_gap,
        ),
    )
    return Planned(
        problem=problem,
        prices=prices,
        currency=curve.currency,
        view=view,
        why=(*_estimated(prices), *heated.why),
    )


def _ahead(forecast: QuantileForecast, first: datetime, count: int) -> tuple[QuantileSlot, ...]:
    skip = (first - forecast.slots[0].start) // SLOT
    return forecast.slots[skip : skip + count]


def _estimated(prices: tuple[PriceSlot, ...]) -> tuple[str, ...]:
    hours = sum(one.kind == "forecast" for one in prices) * SLOT_HOURS
    if not hours:
        return ()
    return (f"{hours:g} of {len(prices) * SLOT_HOURS:g} hours rest on forecast prices",)


def _batteries(config: Config, house: HouseState | None, view: View) -> tuple[Battery, ...]:
    battery = config.battery
    if battery is None or house is None or house.soc_percent.value is None:
        return ()
    percent = battery.capacity_kwh / 100
    return (
        Battery(
            id=BATTERY,
            capacity_kwh=battery.capacity_kwh,
            stored_kwh=house.soc_percent.value * percent,
            min_kwh=battery.min_soc_percent * percent,
            max_kwh=battery.max_soc_percent * percent,
            max_charge_kw=battery.max_charge_kw,
            max_discharge_kw=battery.max_discharge_kw,
            charge_efficiency=battery.charge_efficiency,
            discharge_efficiency=battery.discharge_efficiency,
            wear_cost_per_kwh=battery.wear_cost_per_kwh,
            standby_kw=battery.standby_kw,
            terminal_value_curve=view.terminal_value_curve,
        ),
    )


def _heaters(config: Config, heated: Water) -> tuple[Heater, ...]:
    heater = config.water_heater
    if heater is None:
        return ()
    return (
        Heater(
            id=HEATER,
            power_kw=heater.power_kw,
            daily_min_kwh=heater.daily_min_kwh,
            heated_today_kwh=heated.heated_today_kwh,
            defer_hours=heater.defer_hours,
            max_gap_hours=heater.max_gap_hours,
            gap_penalty_per_hour=heater.gap_penalty_per_hour,
            min_spacing_hours=heater.min_spacing_hours,
            start_penalty=heater.start_penalty,
            on_before_slots=heated.on_before_slots,
            off_before_slots=heated.off_before_slots,
            locked_on=heated.locked_on,
        ),
    )
