"""Which changes of an input are worth a new plan."""

from __future__ import annotations

from datetime import datetime, timedelta

from darkstar_common.contract import HouseState, Message, PriceCurve, QuantileForecast, Schedule
from darkstar_common.slots import SLOT, slot_start
from darkstar_planner.core.inputs import Inputs

# a forecast that differs by less, on average over a day, changes no plan worth changing [kW]
FORECAST_KW = 0.1
# of the charge from where the schedule has it [percentage points]
SOC_PERCENT = 5.0
DAY = timedelta(days=1)


def matters(before: Inputs, after: Inputs, message: Message, now: datetime) -> str | None:
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
            return "prices changed" if _prices_differ(before.prices, message) else None
        case QuantileForecast():
            old = before.load if message.quantity == "load" else before.pv
            name = f"the {message.quantity} forecast changed"
            return name if _forecasts_differ(old, message, now) else None
        case HouseState():
            return _off_plan(after.schedule, message, now)
        case _:
            return None


def _prices_differ(old: PriceCurve | None, new: PriceCurve) -> bool:
    return old is None or old.slots != new.slots


def _forecasts_differ(old: QuantileForecast | None, new: QuantileForecast, now: datetime) -> bool:
    if old is None:
        return True
    first, known = slot_start(now), {one.start: one.p50_kw for one in old.slots}
    near = [one for one in new.slots if first <= one.start < first + DAY]
    shared = [abs(one.p50_kw - known[one.start]) for one in near if one.start in known]
    if not shared:
        return True
    return sum(shared) / len(shared) > FORECAST_KW


def _off_plan(schedule: Schedule, house: HouseState, now: datetime) -> str | None:
    """Whether the battery is far from where the schedule expects it at this moment."""
    charge, number = house.soc_percent.value, (slot_start(now) - schedule.slots[0].start) // SLOT
    if charge is None or not 0 <= number < len(schedule.slots):
        return None
    end = schedule.slots[number].soc_percent
    begin = schedule.slots[number - 1].soc_percent if number else schedule.soc_percent_at_start
    if begin is None or end is None:
        return None
    low, high = min(begin, end) - SOC_PERCENT, max(begin, end) + SOC_PERCENT
    return None if low <= charge <= high else "the battery is not where the plan has it"
