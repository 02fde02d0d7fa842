"""Which changes of an input are worth a new plan."""

from __future__ import annotations

from datetime import datetime, timedelta

from darkstar_common.contract import (
    HouseState,
    LearningState,
    Message,
    PriceCurve,
    QuantileForecast,
    QuantileSlot,
    Schedule,
    WeatherForecast,
)
from darkstar_common.slots import slot_start
from darkstar_planner.core.at_home import scheduled, soc_before
from darkstar_planner.core.inputs import Inputs

# a published price that differs by less is the same [currency/kWh]
PRICE_PER_KWH = 0.005
# the same for forecast prices, which are redrawn all the time, on average over a day
FORECAST_PRICE_PER_KWH = 0.05
# a forecast that differs by less, on average over a day, changes no plan worth changing [kW]
FORECAST_KW = 0.1
# of the charge from where the schedule has it [percentage points]
SOC_PERCENT = 5.0
# air, on average over a day [°C]: what a house draws by a tenth of a kilowatt
TEMPERATURE_C = 3.0
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def matters(  # noqa: PLR0911 (one for each kind of message)
    before: Inputs, after: Inputs, message: Message, now: datetime
) -> str | None:
    """Why `message`, which led from `before` to `after`, asks for a new plan; None if not.

    Nothing does while a plan is impossible anyway. What makes the first one possible
    does, whatever it is.
    """
    if after.obstacle(now) is not None:
        return None
    if after.schedule is None or before.obstacle(now) is not None:
        return "the inputs are complete"
    match message:
        case PriceCurve():
            return "prices changed" if _prices_differ(before.prices, message, now) else None
        case QuantileForecast():
            old = before.load if message.quantity == "load" else before.pv
            name = f"the {message.quantity} forecast changed"
            return name if _forecasts_differ(old, message, now) else None
        case WeatherForecast():
            differs = _weather_differs(before.weather, message, now)
            return "the weather forecast changed" if differs else None
        case LearningState():
            return "learned figures changed" if after.config != before.config else None
        case HouseState():
            return _off_plan(after.schedule, message, now)
        case _:
            return _made_hot(before, after, now)


def _made_hot(before: Inputs, after: Inputs, now: datetime) -> str | None:
    """Whether the run against legionella that the plan still holds has been made."""
    done = after.legionella_done_at != before.legionella_done_at
    return "the tank was made hot" if done and after.wishes.away(now) else None


def _prices_differ(old: PriceCurve | None, new: PriceCurve, now: datetime) -> bool:
    """Whether a plan would differ: not for a forecast that is only redrawn a little."""
    if old is None or new.slots[-1].start - old.slots[-1].start >= HOUR:
        return True
    first, known = slot_start(now), {one.start: one for one in old.slots}
    redrawn = []
    for one in new.slots:
        before = known.get(one.start)
        if before is None or one.start < first:
            continue
        moved = max(
            abs(one.import_per_kwh - before.import_per_kwh),
            abs(one.export_per_kwh - before.export_per_kwh),
        )
        if one.kind == "published" and (before.kind != one.kind or moved > PRICE_PER_KWH):
            return True
        redrawn.append(moved if one.kind == "forecast" else 0.0)
    return sum(redrawn) / max(1, len(redrawn)) > FORECAST_PRICE_PER_KWH


def _weather_differs(old: WeatherForecast | None, new: WeatherForecast, now: datetime) -> bool:
    first = slot_start(now)
    known = {} if old is None else {one.start: one.temperature_c for one in old.slots}
    moved = [
        abs(one.temperature_c - before)
        for one in new.slots
        if first <= one.start < first + DAY
        and one.temperature_c is not None
        and (before := known.get(one.start)) is not None
    ]
    if not moved:
        return any(one.temperature_c is not None for one in new.slots)
    return sum(moved) / len(moved) > TEMPERATURE_C


def _forecasts_differ(old: QuantileForecast | None, new: QuantileForecast, now: datetime) -> bool:
    if old is None:
        return True
    first, known = slot_start(now), {one.start: _counted_on(one) for one in old.slots}
    near = [one for one in new.slots if first <= one.start < first + DAY]
    shared = [abs(_counted_on(one) - known[one.start]) for one in near if one.start in known]
    if not shared:
        return True
    return sum(shared) / len(shared) > FORECAST_KW


def _counted_on(slot: QuantileSlot) -> float:
    return slot.p50_kw if slot.mean_kw is None else slot.mean_kw


def _off_plan(schedule: Schedule, house: HouseState, now: datetime) -> str | None:
    """Whether the battery is far from where the schedule expects it at this moment."""
    charge, slot = house.soc_percent.value, scheduled(schedule, slot_start(now))
    begin = None if slot is None else soc_before(schedule, slot.start)
    if charge is None or slot is None or begin is None or slot.soc_percent is None:
        return None
    low, high = sorted((begin, slot.soc_percent))
    near = low - SOC_PERCENT <= charge <= high + SOC_PERCENT
    return None if near else "the battery is not where the plan has it"
