"""How much may be imported now: by the fuse, and by what the hour may still take."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from darkstar_common.config import Config
from darkstar_common.contract import Schedule, ScheduleSlot
from darkstar_common.slots import SLOT, SLOT_HOURS

HOUR = timedelta(hours=1)
_LONGEST_GAP = timedelta(minutes=2)
"""A reading says nothing about a longer time after it."""
_SHORTEST = timedelta(minutes=3)
"""What is left of a budget is not spent in less time than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metered:
    """The running local hour's import, by the readings.

    Attributes:
        hour: When it began; None: nothing was measured yet.
        imported_kwh: Imported in it while it was measured [kWh].
        seen: How much of it was measured.
        last: The reading before: when, and the import then [kW].
    """

    hour: datetime | None = None
    imported_kwh: float = 0.0
    seen: timedelta = timedelta(0)
    last: tuple[datetime, float] | None = None

    def measuring(self, import_kw: float | None, hour: datetime, now: datetime) -> Metered:
        """With the import at `now` [kW] in the hour that began at `hour`; None: not known."""
        same = self if self.hour == hour else Metered(hour=hour)
        reading = None if import_kw is None else (now, import_kw)
        if self.last is None or not timedelta(0) < now - self.last[0] <= _LONGEST_GAP:
            return replace(same, last=reading)
        since, power = max(self.last[0], hour), self.last[1]
        return Metered(
            hour=hour,
            imported_kwh=same.imported_kwh + power * ((now - since) / HOUR),
            seen=same.seen + (now - since),
            last=reading,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Most that may be imported now [kW], and what says so, for people."""

    kw: float
    why: str


def hour_of(now: datetime, config: Config) -> datetime:
    """When the local hour that holds `now` began."""
    return now.astimezone(config.zone).replace(minute=0, second=0, microsecond=0)


def limits(
    metered: Metered, schedule: Schedule | None, config: Config, now: datetime
) -> tuple[Limit, Limit]:
    """The limit of all, and the lower one of vehicles."""
    fuse = Limit(
        kw=max(config.grid.max_import_kw - config.executor.guard.fuse_margin_kw, 0.0),
        why=f"the fuse of {config.grid.max_import_kw:g} kW",
    )
    every = [fuse]
    budget = _budget_kw(schedule, config, now)
    if budget is not None and schedule is not None:
        allowed = _allowed_kw(metered, budget, schedule, config, now)
        every.append(Limit(kw=allowed, why=f"the {budget:.1f} kW of this hour"))
    general = min(every, key=lambda one: one.kw)
    wish = config.grid.import_limit_kw
    if wish is None or wish >= general.kw:
        return general, general
    return general, Limit(kw=wish, why=f"grid.import_limit_kw of {wish:g} kW")


def counts(config: Config, now: datetime) -> bool:
    """Whether the tariff on power counts this local hour."""
    peak, local = config.grid.peak, now.astimezone(config.zone)
    if peak is None or local.hour not in peak.hours:
        return False
    return not (peak.weekdays_only and local.isoweekday() > 5)  # noqa: PLR2004 (Friday)


def _budget_kw(schedule: Schedule | None, config: Config, now: datetime) -> float | None:
    """Mean import that the hour may have [kW]: what costs nothing, or what the plan pays for."""
    if not counts(config, now) or schedule is None or schedule.peak_kw is None:
        return None
    if schedule.valid_until <= now:
        return None
    slots = _of_hour(schedule, config, now)
    if len(slots) < HOUR // SLOT:
        return schedule.peak_kw
    return max(schedule.peak_kw, sum(slot.import_kw for slot in slots) / len(slots))


def _allowed_kw(
    metered: Metered, budget_kw: float, schedule: Schedule, config: Config, now: datetime
) -> float:
    """What the budget leaves for now [kW]: evenly, or more where the plan spends it now.

    Of the time that was not measured nothing is assumed but that it kept to the budget.
    """
    end = hour_of(now, config) + HOUR
    left_kwh = budget_kw * ((metered.seen + (end - now)) / HOUR) - metered.imported_kwh
    evenly = left_kwh / (max(end - now, _SHORTEST) / HOUR)
    later = [slot for slot in _of_hour(schedule, config, now) if slot.start > now]
    if not later:
        return max(evenly, 0.0)
    spare_kwh = left_kwh - sum(slot.import_kw for slot in later) * SLOT_HOURS
    as_planned = spare_kwh / (max(later[0].start - now, _SHORTEST) / HOUR)
    return max(evenly, as_planned, 0.0)


def _of_hour(schedule: Schedule, config: Config, now: datetime) -> list[ScheduleSlot]:
    hour = hour_of(now, config)
    return [slot for slot in schedule.slots if hour <= slot.start < hour + HOUR]
