"""Where the water heater stands in its day: what it has heated, and whether it is at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from darkstar_common.config import Config
from darkstar_common.contract import Schedule
from darkstar_common.slots import SLOT, local_day, slot_start
from darkstar_planner.core.energy import KNOWN, ON, EnergyRecord

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Water:
    """The heater's recent past, as the problem asks for it; `why` says what was assumed."""

    heated_today_kwh: float = 0.0
    on_before_slots: int = 0
    off_before_slots: int | None = None
    locked_on: tuple[int, ...] = ()
    why: tuple[str, ...] = ()


def water(config: Config, record: EnergyRecord, schedule: Schedule | None, now: datetime) -> Water:
    """The heater's past at `now`.

    A block that the schedule in force runs in the present slot, and that the heater
    has begun, is not cut in the middle of the slot.
    """
    heater = config.water_heater
    if heater is None:
        return Water()
    slot = slot_start(now)
    on, off = record.before(slot, heater.power_kw)
    now_kwh, _ = record.between(slot, slot + SLOT)
    locked = now_kwh > 0 and _planned_on(schedule, slot, ON * heater.power_kw)
    begun = heating_day_start(now, config.zone, timedelta(hours=heater.defer_hours))
    end = slot if locked else now
    heated, known = record.between(begun, end)
    why: tuple[str, ...] = ()
    if known < KNOWN * (end - begun) - SLOT:
        why = (
            (
                f"only {known / HOUR:.1f} of the {(end - begun) / HOUR:.1f} hours since the water "
                "heater's day began are known; in the others it counts as not heated"
            ),
        )
    return Water(
        heated_today_kwh=heated,
        on_before_slots=on,
        off_before_slots=off,
        locked_on=(0,) if locked else (),
        why=why,
    )


def heating_day_start(now: datetime, zone: ZoneInfo, defer: timedelta) -> datetime:
    """When the heater's present day began: at local midnight, `defer` moved on the clock."""
    local = now.astimezone(zone).replace(tzinfo=None)
    day = (local - defer).date()
    start, _ = local_day(day, zone)
    moved = start.astimezone(zone).replace(tzinfo=None) + defer
    return moved.replace(tzinfo=zone).astimezone(now.tzinfo)


def _planned_on(schedule: Schedule | None, slot: datetime, least_kw: float) -> bool:
    if schedule is None:
        return False
    return any(one.start == slot and one.water_kw > least_kw for one in schedule.slots)
