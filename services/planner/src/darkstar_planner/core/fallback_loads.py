"""When loads run by rule: in one piece, where it is cheapest and allowed."""

from __future__ import annotations

import math
from collections.abc import Sequence

from darkstar_planner.core.blocks import off_since
from darkstar_planner.core.devices import Deferrable, Heater
from darkstar_planner.core.peak_hours import price_by_rule
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.wishes import heating_days

ROUNDING = 1e-6


def heat(problem: Problem, heater: Heater) -> tuple[float, ...]:
    """The power of `heater` in each slot [kW]: each day's need in its cheapest stretch."""
    on = {t for t in heater.locked_on if t < problem.count}
    price = price_by_rule(problem)
    for day in heating_days(problem, heater):
        had = sum(problem.hours[t] for t in on.intersection(day.slots))
        hours = day.need_kwh / heater.full_kw - had
        on |= _stretch(problem, heater, price, on, day.slots, hours)
    return tuple(heater.full_kw if t in on else 0.0 for t in problem.horizon)


def _stretch(  # noqa: PLR0917 (a day, a heater, and what it did so far)
    problem: Problem,
    heater: Heater,
    price: Sequence[float],
    on: set[int],
    slots: Sequence[int],
    hours: float,
) -> set[int]:
    """The cheapest run of `hours` within `slots` that leaves the rests long enough.

    Where no run is that long, the longest that is about three quarters, and so on.
    """
    wanted = hours
    while wanted > ROUNDING:
        runs = [run for first in slots if (run := _run(problem, first, slots[-1], wanted))]
        allowed = [run for run in runs if _rested(problem, heater, on | set(run))]
        best = min(allowed, key=lambda run: _mean_price(problem, price, run), default=None)
        if best is not None:
            return set(best)
        wanted = wanted * 0.75 if wanted > min(problem.hours) else 0.0
    return set()


def _run(problem: Problem, first: int, last: int, hours: float) -> range | None:
    """The slots of at least `hours` from `first` on; None where they go beyond `last`."""
    for t in range(first, last + 1):
        if problem.edges[t + 1] - problem.edges[first] >= hours - ROUNDING:
            return range(first, t + 1)
    return None


def _rested(problem: Problem, heater: Heater, on: set[int]) -> bool:
    """Whether every start that is not locked comes after a long enough rest."""
    since = off_since(problem, heater)
    for t in problem.horizon:
        if t not in on:
            since = problem.edges[t] if since is None else since
            continue
        if since is not None and t not in heater.locked_on:
            rest = problem.edges[t] - since
            if rest < heater.min_spacing_hours - ROUNDING:
                return False
        since = None
    return True


def _mean_price(problem: Problem, price: Sequence[float], run: range) -> float:
    hours = math.fsum(problem.hours[t] for t in run)
    return math.fsum(price[t] * problem.hours[t] for t in run) / hours


def run_once(problem: Problem, load: Deferrable) -> tuple[float, ...]:
    """The power of `load` in each slot [kW]: one run, where it is cheapest and fits."""
    last = problem.count if load.deadline_slot is None else min(load.deadline_slot, problem.count)
    hours, price = load.need_kwh / load.power_kw, price_by_rule(problem)
    starts = range(min(load.earliest_slot, last), last)
    runs = [run for first in starts if (run := _run(problem, first, last - 1, hours))]
    chosen = min(runs, key=lambda run: _mean_price(problem, price, run), default=starts)
    power, left = [0.0] * problem.count, load.need_kwh
    for t in chosen:
        power[t] = min(load.power_kw, left / problem.hours[t])
        left -= power[t] * problem.hours[t]
    return tuple(power)
