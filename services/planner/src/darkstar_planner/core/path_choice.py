"""What plans by whole heating paths have in common, whether for one future or for several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from darkstar_planner.core.branching import raise_bound
from darkstar_planner.core.budget import Budget
from darkstar_planner.core.columns import Bound, Line, mixing
from darkstar_planner.core.devices import Heater
from darkstar_planner.core.heating_rules import Floats
from darkstar_planner.core.hint import Hint
from darkstar_planner.core.model.kepler import Kepler
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solver import Solved, Unsolved, solve_model

# the share of the wanted gap left for the choice among paths, besides what the bound lacks
CHOICE = 0.2
# the share of it that a proof aims at
PROVEN = 0.95
# for a plan, however late it is [s]
LEAST_SECONDS = 0.5
ROUNDING = 1e-9


def proven(best: Solved, bounds: Sequence[float | None], gap: float) -> Solved:
    """`best` with the largest of `bounds`, finished if that is close enough."""
    bound = max((one for one in bounds if one is not None), default=None)
    done = bound is not None and best.objective - bound <= gap + ROUNDING
    return replace(best, bound=bound, finished=done)


def first_prices(problem: Problem, heater: Heater, hint: Hint | None) -> Floats:
    """What heating costs in each slot, as the hint had it, or if all is bought [currency]."""
    prices = list(problem.import_price)
    if hint is not None:
        for t, known in enumerate(hint.marginal_price):
            prices[t] = prices[t] if known is None else known
    found: Floats = np.array(problem.hours) * heater.power_kw * np.array(prices)
    return found


def solve_late(
    model: Kepler, budget: Budget, *, gap: float | None = None, start: Solved | None = None
) -> Solved | Unsolved:
    """Solve `model` in the time that is left, or a little if there is none."""
    found = solve_model(model, seconds=max(budget.left, LEAST_SECONDS), gap=gap, start=start)
    budget.take(found.seconds)
    return found


def choose(
    model: Kepler, lines: Sequence[Line], budget: Budget, *, gap: float
) -> Solved | Unsolved:
    """The best plan in which each heater follows one of its added paths."""
    paths = [one for line in lines for one in line.choice.paths]
    with model.draft.deciding(paths):
        return solve_late(model, budget, gap=gap)


def branched(
    model: Kepler, lines: Sequence[Line], priced: Bound, found: Solved, budget: Budget
) -> tuple[Solved, float]:
    """The best plan known after branching, and the bound that branching proves."""
    gap = model.draft.problem.options.absolute_gap
    goal = found.objective - PROVEN * gap
    # a better plan on the way is only as good as the choice that finds it again
    margin = (PROVEN - CHOICE) * gap
    with mixing(model, lines, budget) as master:
        bound = max(priced.value, raise_bound(master, priced, goal=goal, margin=margin))
    if bound < goal:
        better = choose(model, lines, budget, gap=CHOICE * gap)
        if isinstance(better, Solved):
            found = min(better, found, key=lambda one: one.objective)
    return found, bound
