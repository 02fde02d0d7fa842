"""From what is known to the planning problem of this moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from darkstar_common.config import Config
from darkstar_common.contract import (
    PriceSlot,
    QuantileForecast,
    QuantileSlot,
    WeatherForecast,
    WeatherSlot,
)
from darkstar_common.slots import SLOT, SLOT_HOURS, slot_start, slots
from darkstar_planner.core.devices import Battery, Heater
from darkstar_planner.core.errors import UnplannableError
from darkstar_planner.core.problem import Grid, Inverter, Options, Peak, Problem
from darkstar_planner.core.strategy import Outlook, View, strategy
from darkstar_planner.core.tank import heated_hot_kwh
from darkstar_planner.core.water import Water, water

if TYPE_CHECKING:
    from darkstar_planner.core.inputs import Inputs

BATTERY, HEATER = "battery", "water_heater"


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


def assembled(inputs: Inputs, now: datetime) -> Planned:
    """The problem from the slot that holds `now` on, and what stands behind it.

    Raises:
        UnplannableError: An input is missing, unknown or too old; says which.
    """
    obstacle, curve = inputs.obstacle(now), inputs.prices
    if obstacle is not None or curve is None or inputs.load is None:
        raise UnplannableError(obstacle or "there is no price curve yet")
    config, first, count = inputs.config, slot_start(now), inputs.count(now)
    prices = curve.slots[(first - curve.slots[0].start) // SLOT :][:count]
    outlook = _outlook(inputs, inputs.load, prices, now)
    view = strategy(config, inputs.wishes, outlook)
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
        grid=_grid(inputs, view, now),
        inverter=Inverter(max_ac_kw=config.inverter.max_ac_kw),
        batteries=_batteries(inputs, view),
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


def _outlook(
    inputs: Inputs, load: QuantileForecast, prices: tuple[PriceSlot, ...], now: datetime
) -> Outlook:
    config, first, count = inputs.config, slot_start(now), len(prices)
    sun, heater = (inputs.pv if config.has_solar else None), config.water_heater
    past = inputs.tank.past(inputs.heating, now)
    return Outlook(
        now=now,
        starts=slots(first, count),
        load=_ahead(load, first, count),
        pv=() if sun is None else _ahead(sun, first, count),
        prices=prices,
        weather=_weather(inputs.weather, first, count),
        legionella_done_at=inputs.legionella_done_at,
        heated_hot_kwh=0.0 if heater is None else heated_hot_kwh(past, heater.legionella_c),
    )


def _ahead(forecast: QuantileForecast, first: datetime, count: int) -> tuple[QuantileSlot, ...]:
    skip = (first - forecast.slots[0].start) // SLOT
    return forecast.slots[skip : skip + count]


def _weather(
    forecast: WeatherForecast | None, first: datetime, count: int
) -> tuple[WeatherSlot, ...]:
    if forecast is None:
        return ()
    end = first + count * SLOT
    return tuple(one for one in forecast.slots if first <= one.start < end)


def _estimated(prices: tuple[PriceSlot, ...]) -> tuple[str, ...]:
    hours = sum(one.kind == "forecast" for one in prices) * SLOT_HOURS
    if not hours:
        return ()
    return (f"{hours:g} of {len(prices) * SLOT_HOURS:g} hours rest on forecast prices",)


def _grid(inputs: Inputs, view: View, now: datetime) -> Grid:
    grid, config = inputs.config.grid, inputs.config
    peak = grid.peak
    return Grid(
        max_import_kw=grid.max_import_kw,
        max_export_kw=grid.max_export_kw if view.export_enabled else 0.0,
        import_limit_kw=grid.import_limit_kw,
        import_limit_penalty_per_kwh=(
            None if grid.import_limit_kw is None else grid.import_limit_penalty_per_kwh
        ),
        peak=None
        if peak is None
        else Peak(
            price_per_kw=peak.price_per_kw,
            already_kw=inputs.imports.highest(peak, config.zone, now),
            hours=peak.hours,
            weekdays_only=peak.weekdays_only,
            top_n=peak.top_n,
        ),
    )


def _batteries(inputs: Inputs, view: View) -> tuple[Battery, ...]:
    battery, house = inputs.config.battery, inputs.house
    measured = None if house is None else house.soc_percent.value
    soc = measured if inputs.soc_percent is None else inputs.soc_percent
    if battery is None or soc is None:
        return ()
    percent = battery.capacity_kwh / 100
    return (
        Battery(
            id=BATTERY,
            capacity_kwh=battery.capacity_kwh,
            stored_kwh=soc * percent,
            min_kwh=battery.min_soc_percent * percent,
            max_kwh=battery.max_soc_percent * percent,
            max_charge_kw=battery.max_charge_kw,
            max_discharge_kw=battery.max_discharge_kw,
            charge_efficiency=battery.charge_efficiency,
            discharge_efficiency=battery.discharge_efficiency,
            wear_cost_per_kwh=view.wear_cost_per_kwh,
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
