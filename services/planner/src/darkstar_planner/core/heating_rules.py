"""The rules of one heater in whole slots, as costs of states and the steps between them.

A state is what the heater does (on, or off for so many slots) together with what its
day has had so far. Nothing else of the past matters, so a plan of the heater is a path.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darkstar_planner.core.blocks import off_since
from darkstar_planner.core.devices import Heater
from darkstar_planner.core.penalties import penalties
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.wishes import heating_days

Floats = NDArray[np.float64]
ROUNDING = 1e-9
ON = 0
"""Row of the state "on"; the heater that is off for n slots is in row 1 + n."""
MOST_AGES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatingPath:
    """One way to run the heater: where it is on, and its price and own penalties."""

    on: tuple[bool, ...]
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatingRules:
    """One heater's rules in whole slots.

    Attributes:
        count: Slots of the horizon.
        rows: Number of states besides the day's heat.
        steps: Most slots of heat that a day asks for.
        ready: Off for so many slots, it may start.
        hour: Slots of an hour, in which an overdue heater pays once; 1 when none counts.
        first: The state as the horizon begins.
        start_cost: Price of a start.
        early_cost: Price of a start before `ready`, which only a lock brings about.
        overdue_cost: For each row, what it costs to come into it.
        missing_cost: By the last slot of a day, the price of what it lacks, by slots had.
        locked: Where it must be on.
    """

    count: int
    rows: int
    steps: int
    ready: int
    hour: int
    first: int
    start_cost: float
    early_cost: float
    overdue_cost: Floats
    missing_cost: dict[int, Floats]
    locked: frozenset[int]


def heating_rules(problem: Problem, heater: Heater) -> HeatingRules | None:
    """The rules of `heater` in slots; None where slots differ or do not fill the hour.

    None as well for a heater of several powers, since a path knows only on and off, and for
    waits of months, which would have more states than memory.
    """
    if heater.powers_kw != (heater.power_kw,):
        return None
    size = problem.hours[0]
    hour = round(1 / size)
    if max(problem.hours) - min(problem.hours) > ROUNDING or abs(hour * size - 1) > ROUNDING:
        return None
    minds = heater.max_gap_hours is not None and heater.gap_penalty_per_hour > 0
    ready = math.ceil(heater.min_spacing_hours / size - ROUNDING)
    free = math.floor((heater.max_gap_hours or 0.0) / size + ROUNDING) if minds else ready
    hour = hour if minds else 1
    # ages beyond `settled` repeat with the hour
    settled = max(ready, free + 1)
    if settled > MOST_AGES:
        return None
    ages = np.arange(settled + hour)
    pays = minds & (ages > free) & ((ages - free - 1) % hour == 0)
    prices, slot_kwh = penalties(problem), heater.power_kw * size
    missing, steps = {}, 0
    for day in heating_days(problem, heater):
        needed = min(math.ceil(day.need_kwh / slot_kwh - 1e-6), len(day.slots))
        steps = max(steps, needed)
        missing[day.slots[-1]] = day.need_kwh
    had = np.arange(steps + 1) * slot_kwh
    return HeatingRules(
        count=problem.count,
        rows=1 + settled + hour,
        steps=steps,
        ready=ready,
        hour=hour,
        first=_first_row(problem, heater, free=free if minds else None, settled=settled, hour=hour),
        start_cost=heater.start_penalty,
        early_cost=prices.spacing,
        overdue_cost=np.concatenate(([0.0], pays * heater.gap_penalty_per_hour)),
        missing_cost={t: prices.heat * np.maximum(need - had, 0.0) for t, need in missing.items()},
        locked=frozenset(heater.locked_on),
    )


def _first_row(
    problem: Problem, heater: Heater, *, free: int | None, settled: int, hour: int
) -> int:
    """The state at the start; an age beyond the settled ones becomes the one like it."""
    since, size = off_since(problem, heater), problem.hours[0]
    if since is None:
        return ON
    age = round(-since / size, 6)
    if age <= settled and age == int(age):
        return 1 + int(age)
    if free is None:
        return 1 + settled
    late = -since - (heater.max_gap_hours or 0.0)
    paid_for = math.ceil(late - ROUNDING) - late
    until = math.floor(paid_for / size + ROUNDING) + 1
    return 1 + settled + (free + 1 - until - settled) % hour
