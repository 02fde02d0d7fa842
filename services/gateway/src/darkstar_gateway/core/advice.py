"""When to start what people start themselves: from the plan's prices and what it would sell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime, Field

from darkstar_common.config import Appliance
from darkstar_common.contract import Part, Schedule, ScheduleSlot
from darkstar_common.slots import SLOT, SLOT_HOURS, slot_start

AHEAD = timedelta(hours=24)
"""People plan no further ahead than that."""
NOTICED = 0.02
"""A saving of less than this share of the cost is none that people wait for."""


class Start(Part):
    """A time to start at, and what the run costs then."""

    start: AwareDatetime
    cost: float = Field(description="Of the whole run [currency]")
    surplus_share: float = Field(
        ge=0, le=1, description="Met by sun that would be sold or thrown away"
    )
    price_kind: Literal["published", "forecast"] = Field(
        description="forecast when any price of the run is one"
    )


class ApplianceAdvice(Part):
    """When one appliance is best started."""

    id: str
    name: str | None
    duration_hours: float
    power_kw: float
    energy_kwh: float
    now: Start | None = Field(description="Started at once; null: the plan does not reach so far")
    best: Start | None = Field(description="The cheapest start; null: there is none")
    saved: float | None = Field(description="By waiting from now until then [currency]")
    worth_waiting: bool = Field(description="False: it may as well be started at once")
    starts: tuple[Start, ...] = Field(description="Every start there is, the soonest first")


def advice(
    appliances: Sequence[Appliance], schedule: Schedule | None, now: datetime
) -> tuple[ApplianceAdvice, ...]:
    """When to start each appliance, by the plan in force; without one nothing is known."""
    slots = _from(schedule.slots, now) if schedule else ()
    return tuple(_of(one, slots, now) for one in appliances)


def _of(appliance: Appliance, slots: Sequence[ScheduleSlot], now: datetime) -> ApplianceAdvice:
    starts = _starts(appliance, slots, now)
    at_once = next((one for one in starts if one.start <= now), None)
    best = min(starts, key=lambda one: one.cost) if starts else None
    saved = at_once.cost - best.cost if at_once and best else None
    dear = abs(at_once.cost) if at_once else 0.0
    return ApplianceAdvice(
        id=appliance.id,
        name=appliance.name,
        duration_hours=appliance.duration_hours,
        power_kw=appliance.power_kw,
        energy_kwh=appliance.power_kw * appliance.duration_hours,
        now=at_once,
        best=best,
        saved=saved,
        worth_waiting=saved is not None and saved > NOTICED * dear,
        starts=starts,
    )


def _starts(
    appliance: Appliance, slots: Sequence[ScheduleSlot], now: datetime
) -> tuple[Start, ...]:
    """Every start at the beginning of a slot whose run the prices cover."""
    if appliance.duration_hours > len(slots) * SLOT_HOURS:
        return ()
    shares = _shares(appliance.duration_hours)
    last = now + AHEAD
    found = []
    for first in range(len(slots) - len(shares) + 1):
        run = slots[first : first + len(shares)]
        if run[0].start > last:
            break
        found.append(_start(appliance.power_kw, shares, run))
    return tuple(found)


def _shares(hours: float) -> tuple[float, ...]:
    """Of each slot of a run the share that it takes; only the last may be less than all.

    Example:
        >>> _shares(0.6)
        (1.0, 1.0, 0.4)
    """
    whole, rest = divmod(round(hours / SLOT_HOURS, 6), 1)
    return (*(1.0,) * int(whole), *((round(rest, 6),) if rest else ()))


def _start(power_kw: float, shares: Sequence[float], run: Sequence[ScheduleSlot]) -> Start:
    cost = free = 0.0
    for share, slot in zip(shares, run, strict=True):
        kwh = power_kw * SLOT_HOURS * share
        cost += kwh * price_of(power_kw, slot)
        free += kwh * min(power_kw, _surplus(slot)) / power_kw
    energy = power_kw * SLOT_HOURS * sum(shares)
    forecast = any(one.price_kind == "forecast" for one in run)
    return Start(
        start=run[0].start,
        cost=cost,
        surplus_share=min(free / energy, 1.0),
        price_kind="forecast" if forecast else "published",
    )


def price_of(power_kw: float, slot: ScheduleSlot) -> float:
    """What a kWh more costs in a slot, when `power_kw` more is taken in all of it.

    First goes what would be thrown away, then what would be sold, and only then what has to
    be bought [currency/kWh].
    """
    thrown = min(power_kw, slot.curtailed_kw)
    sold = min(power_kw - thrown, slot.export_kw)
    bought = power_kw - thrown - sold
    return (sold * slot.export_per_kwh + bought * slot.import_per_kwh) / power_kw


def _surplus(slot: ScheduleSlot) -> float:
    """Sun that nobody here would use [kW]."""
    return min(slot.export_kw + slot.curtailed_kw, slot.pv_kw)


def _from(slots: Sequence[ScheduleSlot], now: datetime) -> Sequence[ScheduleSlot]:
    """The slots from the present one on; none when the schedule begins later or has ended."""
    present = slot_start(now)
    place = (present - slots[0].start) // SLOT
    return slots[place:] if place >= 0 else slots
