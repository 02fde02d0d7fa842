"""Heaters as whole paths in several futures at once.

The same as `columns` does for one future, for a model of several: each heater of each
future has its own paths, and the rows that make the first decisions equal put their
price into what heating is worth in the first slots. So the bound knows of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from ortools.math_opt.python import mathopt

from darkstar_planner.core.branches import LEAST_WEIGHT, Branch
from darkstar_planner.core.dispatch import Dispatch
from darkstar_planner.core.heating_path import cheapest_path
from darkstar_planner.core.heating_rules import (
    Floats,
    HeatingPath,
    HeatingRules,
    heating_rules,
)
from darkstar_planner.core.model.heater_choice import HeaterChoice, add_path
from darkstar_planner.core.model.kepler import Kepler
from darkstar_planner.core.near_paths import paths_within
from darkstar_planner.core.solver import Solved, Unsolved, solve_model

ROUNDS = 80
# shares of the wanted gap: that the bound may lack, that the choice may, that a proof aims at
CLOSE, CHOICE, PROVEN = 0.1, 0.2, 0.95
# more paths of one heater than this are not listed
NEAR = 1500
# dearer than anything a path can save [currency per slot]
PROHIBITIVE = 1e5


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One heater in one future. Its rules know nothing of the future's weight."""

    model: Kepler
    choice: HeaterChoice
    rules: HeatingRules
    branch: Branch

    @property
    def weight(self) -> float:
        """The future's weight, never nothing."""
        return max(self.branch.weight, LEAST_WEIGHT)

    def bought(self) -> Floats:
        """What heating costs in each slot if all of it is bought [currency]."""
        problem, power = self.branch.problem, self.choice.heater.power_kw
        prices: Floats = np.array(problem.hours) * power * np.array(problem.import_price)
        return prices

    def priced(self, result: mathopt.SolveResult) -> Floats:
        """What heating is worth in each slot in this future [currency]."""
        return np.array(result.dual_values(list(self.choice.follows))) / self.weight

    def add(self, path: HeatingPath, price: Floats) -> None:
        """Add `path`, found at `price`, unless it is known."""
        if path.on not in self.choice.known:
            own_cost = path.cost - float(price @ np.array(path.on))
            add_path(self.model.draft, self.choice, path, self.weight * own_cost)


def solve_by_paths(
    tree: Sequence[Branch],
    build: Callable[[bool], Kepler],
    *,
    commit: int,
    decided: Dispatch | None,
    seconds: float,
) -> Solved | None:
    """The best plan among priced paths, with a bound for all plans; None where there are none.

    `build(True)` makes the model of `tree`; `decided` is what its first slots must do.
    """
    model = build(True)
    lines = _lines(tree, model)
    if not lines:
        return None
    prices = [line.bought() for line in lines]
    for line, price in zip(lines, prices, strict=True):
        allowed = price + _leads(line, commit, decided)
        line.add(cheapest_path(line.rules, allowed), allowed)
    with model.draft.relaxed():
        bound, prices, spent = _generate(model, lines, prices, seconds=seconds)
    gap = model.draft.problem.options.absolute_gap
    found = _choose(model, lines, seconds=seconds - spent, gap=CHOICE * gap)
    if isinstance(found, Unsolved):
        return None
    spent += found.seconds
    goal = found.objective - PROVEN * gap
    if goal > bound and spent < seconds and _add_near(lines, prices, goal - bound):
        better = _choose(model, lines, seconds=seconds - spent, gap=PROVEN * gap)
        spent += better.seconds
        if isinstance(better, Solved) and better.bound is not None:
            bound = max(bound, min(better.bound, goal))
            found = min(better, found, key=lambda one: one.objective)
    done = found.objective - bound <= gap
    return replace(found, bound=bound, finished=done, seconds=spent)


def _lines(tree: Sequence[Branch], model: Kepler) -> list[Line]:
    """Every heater in every future; empty where one has no path to price."""
    lines = []
    for branch, future in zip(tree, (model, *model.others), strict=True):
        for heater in branch.problem.heaters:
            rules = heating_rules(branch.problem, heater)
            if rules is None:
                return []
            choice = future.choices[heater.id]
            lines.append(Line(model=future, choice=choice, rules=rules, branch=branch))
    return lines


def _leads(line: Line, commit: int, decided: Dispatch | None) -> Floats:
    """Prices that lead a path through the first slots: as decided, else off in all futures."""
    lead = np.zeros(line.rules.count)
    lead[:commit] = PROHIBITIVE
    if decided is not None:
        on = np.array(decided.loads[line.choice.heater.id][:commit]) > 0
        lead[:commit][on] = -PROHIBITIVE
    return lead


def _generate(
    model: Kepler, lines: Sequence[Line], prices: list[Floats], *, seconds: float
) -> tuple[float, list[Floats], float]:
    """Add paths round by round; the bound, the prices at which it holds, the time taken [s]."""
    close = CLOSE * model.draft.problem.options.absolute_gap
    best, bound, spent, worth = prices, -np.inf, 0.0, np.inf
    mixed: list[float] = []
    with mathopt.IncrementalSolver(model.draft.model, mathopt.SolverType.GLOP) as solver:
        for _ in range(ROUNDS):
            found = [
                cheapest_path(one.rules, price) for one, price in zip(lines, prices, strict=True)
            ]
            if mixed:
                costs = [one.weight * path.cost for one, path in zip(lines, found, strict=True)]
                gains = sum(costs) - sum(mixed)
                if worth + min(gains, 0.0) > bound:
                    bound, best = worth + min(gains, 0.0), prices
                if worth - bound <= close or spent >= seconds:
                    break
            for line, path, price in zip(lines, found, prices, strict=True):
                line.add(path, price)
            left = timedelta(seconds=max(seconds - spent, 0.1))
            result = solver.solve(params=mathopt.SolveParameters(time_limit=left))
            spent += result.solve_time().total_seconds()
            if not result.has_dual_feasible_solution():
                break
            worth = result.objective_value()
            prices = [line.priced(result) for line in lines]
            mixed = [float(result.dual_values(one.choice.chosen)) for one in lines]
    return float(bound), best, spent


def _add_near(lines: Sequence[Line], prices: Sequence[Floats], slack: float) -> bool:
    """Add every path that a plan within `slack` of the bound may use; False if too many."""
    for line, price in zip(lines, prices, strict=True):
        near = paths_within(line.rules, price, slack / line.weight, limit=NEAR)
        if near is None:
            return False
        for path in near:
            line.add(path, price)
    return True


def _choose(
    model: Kepler, lines: Sequence[Line], *, seconds: float, gap: float
) -> Solved | Unsolved:
    """The best plan in which each heater follows one of the added paths in each future."""
    paths = [one for line in lines for one in line.choice.paths]
    with model.draft.deciding(paths):
        return solve_model(model, seconds=seconds, gap=gap)
