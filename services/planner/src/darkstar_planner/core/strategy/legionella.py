"""A tank that nobody uses is made hot now and then, and only then cheap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from darkstar_common.config import WaterHeater
from darkstar_common.contract import RuleEffect
from darkstar_common.slots import SLOT, SLOT_HOURS
from darkstar_planner.core.devices import Deferrable
from darkstar_planner.core.strategy.outlook import Outlook, Wishes
from darkstar_planner.core.strategy.words import local_time

LEGIONELLA = "legionella"
EARLY = timedelta(hours=36)
"""So long before it is due a run may be made: a whole night with known prices is in that."""
SLACK = timedelta(hours=1)
"""With no more than this to spare, a run is decided at any prices."""
MORNING, NOON = time(6), time(12)
"""An overdue run is done by the next morning; prices up to noon are those of a day."""
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Legionella:
    """Where the house stands with it.

    Attributes:
        due: Whether the tank is to be made hot soon.
        run: The run in its window; None: not due, or its time is not decided yet.
    """

    due: bool = False
    run: Deferrable | None = None
    rules: tuple[RuleEffect, ...] = ()


NOT_DUE = Legionella()


def legionella(heater: WaterHeater, wishes: Wishes, outlook: Outlook, zone: ZoneInfo) -> Legionella:
    """The run against legionella that belongs in this horizon, if one does.

    Only on vacation: a tank in daily use is heated to `normal_c` every day. After
    `legionella_days` without, it takes `legionella_hours`, in one piece, in the cheapest
    hours before the time it is due. Which, is decided when published prices reach that
    time, or tomorrow noon at least, or when it cannot wait. What has begun goes on. A
    run that failed, like a tank of which nothing is known, is due by the next morning.
    """
    due_at = _due_at(heater, outlook)
    if not _is_due(heater, wishes, outlook, due_at):
        return NOT_DUE
    first, need = outlook.starts[0], _need(heater, outlook)
    if outlook.heated_hot_kwh > 0:
        return _planned(heater, outlook, zone, need, first + need)
    by = _deadline(first, due_at, need, zone)
    published = _published_end(outlook)
    known = published >= min(by, _local(first, 1, NOON, zone))
    if not known and by - first > need + SLACK:
        return Legionella(due=True)
    cheapest_by = min(by, published)
    return _planned(heater, outlook, zone, need, cheapest_by if cheapest_by - first >= need else by)


def _due_at(heater: WaterHeater, outlook: Outlook) -> datetime | None:
    """When the tank must have been hot again; None: nobody knows when it last was."""
    done_at = outlook.legionella_done_at
    return None if done_at is None else done_at + timedelta(days=heater.legionella_days)


def _is_due(heater: WaterHeater, wishes: Wishes, outlook: Outlook, due_at: datetime | None) -> bool:
    if not wishes.away(outlook.now):
        return False
    if due_at is None:
        return True
    home = wishes.vacation_until
    early = min(EARLY, timedelta(days=heater.legionella_days) / 2)
    return outlook.now >= due_at - early and (home is None or due_at < home)


def _need(heater: WaterHeater, outlook: Outlook) -> timedelta:
    """How long it still has to heat, in whole slots and at least one."""
    hours = heater.legionella_hours - outlook.heated_hot_kwh / heater.power_kw
    return SLOT * max(1, ceil(hours / SLOT_HOURS - _ROUNDING))


def _deadline(
    first: datetime, due_at: datetime | None, need: timedelta, zone: ZoneInfo
) -> datetime:
    """When the run is to be over: when it is due, or else the next morning that it can be."""
    if due_at is not None and due_at - first >= need:
        return due_at
    today = _local(first, 0, MORNING, zone)
    return today if today - first >= need else _local(first, 1, MORNING, zone)


def _local(moment: datetime, days: int, clock: time, zone: ZoneInfo) -> datetime:
    """`clock` on the local day of `moment`, or so many days later."""
    day = moment.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(day, clock, tzinfo=zone).astimezone(moment.tzinfo)


def _published_end(outlook: Outlook) -> datetime:
    """Up to where the market has published prices."""
    for one in outlook.prices:
        if one.kind != "published":
            return one.start
    return outlook.starts[-1] + SLOT


def _planned(
    heater: WaterHeater, outlook: Outlook, zone: ZoneInfo, need: timedelta, by: datetime
) -> Legionella:
    """The run, to be over `by`, which may be beyond the horizon."""
    begun = outlook.heated_hot_kwh > 0
    hours = need / timedelta(hours=1)
    last = min((by - outlook.starts[0]) // SLOT, len(outlook.starts))
    run = Deferrable(
        id=LEGIONELLA,
        power_kw=heater.power_kw,
        hours=hours,
        deadline_slot=last,
    )
    heats = f"heats the tank to {heater.legionella_c:g} °C for {hours:g} h"
    changed = f"{heats} more" if begun else f"{heats} in one go before {local_time(by, zone)}"
    since = outlook.legionella_done_at
    known = "it is not known" if since is None else f"{local_time(since, zone)} was"
    reason = (
        f"{known} when it last was hot; without use it is made so every "
        f"{heater.legionella_days} days against legionella"
    )
    rule = RuleEffect(rule=LEGIONELLA, changed=changed, reason=reason)
    return Legionella(due=True, run=run, rules=(rule,))
