"""The cheapest way to run one heater at given prices: a shortest path, by dynamic programming.

A state is what the heater does (on, or off for so many slots) together with what its
day has had so far. With the day's energy in the state no rule is left over, so the
path is exact. The solver's shadow prices turn it into a bound and a start for the
whole plan; see `columns`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from darkstar_planner.core.blocks import off_since
from darkstar_planner.core.devices import Heater
from darkstar_planner.core.penalties import penalties
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.wishes import heating_days

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ROUNDING = 1e-9
ON = 0
"""Row of the state "on"; the heater that is off for n slots is in row 1 + n."""


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
    """The rules of `heater` in slots; None where slots differ or do not fill the hour."""
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


@dataclass(frozen=True, slots=True)
class _Step:
    """How the states after a slot came about, to walk back by."""

    from_row: Ints
    from_heat: Ints
    repeats: NDArray[np.bool_]
    closed: Ints | None


def cheapest_path(rules: HeatingRules, price: Floats) -> HeatingPath:
    """The path of least cost when each slot t that is on costs `price[t]` [currency]."""
    costs = first_costs(rules)
    steps = []
    for t in range(rules.count):
        open_costs, step = advance(rules, costs, t, float(price[t]))
        costs, closed = close_day(rules, open_costs, t)
        steps.append(replace(step, closed=closed))
    row, heat = divmod(int(np.argmin(costs)), rules.steps + 1)
    return HeatingPath(on=_walk_back(rules, steps, row, heat), cost=float(costs[row, heat]))


def first_costs(rules: HeatingRules) -> Floats:
    """The cost of each state as the horizon begins: nothing for the one it is in."""
    costs = np.full((rules.rows, rules.steps + 1), np.inf)
    costs[rules.first, 0] = 0.0
    return costs


def close_day(rules: HeatingRules, costs: Floats, t: int) -> tuple[Floats, Ints | None]:
    """After the last slot of a day, what it lacks is paid, and the next begins with no heat."""
    if t not in rules.missing_cost:
        return costs, None
    totals = costs + rules.missing_cost[t]
    after = np.full_like(costs, np.inf)
    after[:, 0] = totals.min(axis=1)
    return after, np.argmin(totals, axis=1)


def advance(rules: HeatingRules, before: Floats, t: int, price: float) -> tuple[Floats, _Step]:
    """The least cost of each state after slot `t`, its day still open."""
    after = np.full_like(before, np.inf)
    repeats = np.zeros(rules.steps + 1, dtype=np.bool_)
    if t not in rules.locked:
        repeats = _stay_off(rules, before, after)
    from_row, from_heat = _be_on(rules, before, after, t, price)
    return after, _Step(from_row, from_heat, repeats, None)


def _stay_off(rules: HeatingRules, before: Floats, after: Floats) -> NDArray[np.bool_]:
    """Fill the off states of `after`; says where the oldest age was repeated."""
    oldest, settled = rules.rows - 1, rules.rows - rules.hour
    after[2:] = before[1:-1]
    after[2] = np.minimum(before[ON], before[1]) if rules.rows > 2 else np.inf  # noqa: PLR2004 (row of age 1)
    repeats: NDArray[np.bool_] = before[oldest] < after[settled]
    after[settled] = np.where(repeats, before[oldest], after[settled])
    after[1:] += rules.overdue_cost[1:, None]
    return repeats


def _be_on(
    rules: HeatingRules, before: Floats, after: Floats, t: int, price: float
) -> tuple[Ints, Ints]:
    """Fill the on state of `after`; says from which row and heat each came."""
    starts = before[1:] + rules.start_cost
    if t in rules.locked and t - 1 not in rules.locked:
        starts[: rules.ready] += rules.early_cost
    else:
        starts[: rules.ready] = np.inf
    columns = np.arange(rules.steps + 1)
    age = np.argmin(starts, axis=0)
    goes_on = before[ON] <= starts[age, columns]
    least = np.where(goes_on, before[ON], starts[age, columns]) + price
    row = np.where(goes_on, ON, 1 + age)
    # one more slot of heat; what a day has beyond its need counts no further
    after[ON, 1:] = least[:-1]
    from_row, from_heat = np.concatenate(([ON], row[:-1])), np.concatenate(([0], columns[:-1]))
    if least[-1] < after[ON, -1] or rules.steps == 0:
        after[ON, -1], from_row[-1], from_heat[-1] = least[-1], row[-1], columns[-1]
    return from_row, from_heat


def _walk_back(rules: HeatingRules, steps: list[_Step], row: int, heat: int) -> tuple[bool, ...]:
    """Where the path that ends in `row` and `heat` is on."""
    settled = rules.rows - rules.hour
    on = [False] * rules.count
    for t in range(rules.count - 1, -1, -1):
        step = steps[t]
        if step.closed is not None:
            heat = int(step.closed[row])
        if row == ON:
            on[t] = True
            row, heat = int(step.from_row[heat]), int(step.from_heat[heat])
        elif row == settled and step.repeats[heat]:
            row = rules.rows - 1
        elif row == 2:  # noqa: PLR2004 (row of age 1)
            row = ON
        else:
            row -= 1
    return tuple(on)
