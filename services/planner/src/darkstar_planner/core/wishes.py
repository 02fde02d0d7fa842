"""What people want of stored and heated energy, as plain lists of need and slot.

Both the model and the accounts ask here, so that they mean the same by a wish.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from darkstar_planner.core.devices import Ev, Goal, Heater, Storage
from darkstar_planner.core.penalties import Penalties
from darkstar_planner.core.problem import Problem

HOUR = timedelta(hours=1)


def energy_goals(problem: Problem, storage: Storage, prices: Penalties) -> tuple[Goal, ...]:
    """The goals of `storage`, its target among them.

    A battery's target is for the end of the horizon, an EV's for its departure. A
    departure beyond the horizon asks at the horizon's end; one at once asks nothing
    that a plan could still change, and is reported at the first slot.
    """
    if storage.target_kwh is None:
        return storage.goals
    named = storage.target_penalty_per_kwh
    last = problem.count - 1
    if isinstance(storage, Ev) and storage.departure_slot is not None:
        last = min(max(storage.departure_slot - 1, 0), last)
    penalty = prices.target if named is None else named
    return (*storage.goals, Goal(slot=last, kwh=storage.target_kwh, penalty_per_kwh=penalty))


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatingDay:
    """The slots of one heater's day within the horizon, and what it still needs [kWh]."""

    slots: tuple[int, ...]
    need_kwh: float


def heating_days(problem: Problem, heater: Heater) -> tuple[HeatingDay, ...]:
    """The days of `heater`, in order.

    A day is the local calendar day moved by `defer_hours`. The first day's need is
    what was not heated yet; a day that the horizon's end cuts off asks for its share
    of the hours that were left of it.
    """
    by_day: dict[date, list[int]] = {}
    for t, start in enumerate(problem.starts):
        by_day.setdefault(_day_of(problem, heater, start), []).append(t)
    days = []
    for number, (day, members) in enumerate(by_day.items()):
        need = heater.daily_min_kwh - (heater.heated_today_kwh if number == 0 else 0.0)
        begun = problem.starts[members[0]]
        left = (_end_of(problem, heater, day) - begun) / HOUR
        covered = sum(problem.hours[t] for t in members)
        share = min(1.0, covered / left) if members[-1] == problem.count - 1 else 1.0
        days.append(HeatingDay(slots=tuple(members), need_kwh=max(0.0, need * share)))
    return tuple(days)


def _day_of(problem: Problem, heater: Heater, moment: datetime) -> date:
    local = moment.astimezone(problem.zone)
    clock = local.hour + local.minute / 60 + local.second / 3600
    return local.date() - timedelta(days=1 if clock < heater.defer_hours else 0)


def _end_of(problem: Problem, heater: Heater, day: date) -> datetime:
    """The first moment after the heater's `day`."""
    clock = timedelta(hours=heater.defer_hours)
    last = datetime.combine(day + timedelta(days=1), time()) + clock
    return last.replace(tzinfo=problem.zone)
