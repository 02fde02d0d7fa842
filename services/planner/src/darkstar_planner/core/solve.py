"""From a problem to a dispatch, by the solver."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from darkstar_planner.core.accounts import accounts
from darkstar_planner.core.budget import Budget
from darkstar_planner.core.columns import Bound, Line, add_near_paths, mixing, price_paths
from darkstar_planner.core.exclusivity import both_ways, exclusive
from darkstar_planner.core.heating_path import HeatingRules, heating_rules
from darkstar_planner.core.hint import hint_of
from darkstar_planner.core.model.draft import Exclusive
from darkstar_planner.core.model.kepler import Kepler, kepler
from darkstar_planner.core.one_way import straightened
from darkstar_planner.core.path_choice import (
    CHOICE,
    LEAST_SECONDS,
    PROVEN,
    branched,
    choose,
    first_prices,
    proven,
    solve_late,
)
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.single_power import STARTS, hold_blocks, single_powers
from darkstar_planner.core.solver import Solved, Unsolved, solve_model

# of what is left of the time, for a start
START = 0.5


def solve(problem: Problem, *, elapsed: Callable[[], float] | None = None) -> Solved | Unsolved:
    """The cheapest dispatch of `problem`, within its time limit and gap.

    Where power would flow both ways at once although no price sign said so, it is made
    to flow one way; if that costs too much, these slots get their binaries and the model
    is solved again.

    Args:
        problem: What to plan.
        elapsed: Time since the planning began [s], from whoever has a clock; without it
            only the solvers' time counts.
    """
    budget = Budget(limit=problem.options.time_limit_seconds, elapsed=elapsed)
    told, best = exclusive(problem), None
    while True:
        found = replace(_solve(problem, told, budget), seconds=budget.solver)
        if isinstance(found, Unsolved):
            return found if best is None else replace(best, seconds=found.seconds)
        more = both_ways(problem, found.dispatch)
        tidy = straightened(problem, found, more) if more.slots else found
        best = _better(problem, best, tidy)
        if best is not None and (best.finished or not more.slots or budget.left <= 0):
            return best
        if told | more == told or budget.left <= 0:
            return found
        told |= more


def _better(problem: Problem, best: Solved | None, other: Solved | None) -> Solved | None:
    """The cheaper of two plans, with the sharper of their bounds."""
    if best is None or other is None:
        return best or other
    cheaper = other if other.objective <= best.objective else best
    cheaper = replace(cheaper, seconds=other.seconds)
    return proven(cheaper, [best.bound, other.bound], problem.options.absolute_gap)


def _solve(problem: Problem, told: Exclusive, budget: Budget) -> Solved | Unsolved:
    """By paths; and where they leave a gap, or there are none, slot by slot."""
    start = _solve_by_paths(problem, told, budget) or _at_one_power(problem, told, budget)
    if start is not None and (start.finished or budget.left <= 0):
        return start
    found = solve_model(kepler(problem, told), seconds=budget.left, start=start)
    budget.take(found.seconds)
    if start is None:
        return found
    best = start
    if isinstance(found, Solved) and found.objective < start.objective:
        best = found
    return proven(best, [start.bound, found.bound], problem.options.absolute_gap)


def _at_one_power(problem: Problem, told: Exclusive, budget: Budget) -> Solved | None:
    """A start for heaters of several powers: whole paths at one of them, then the best powers.

    It proves nothing of them, but its blocks are good ones.
    """
    if all(len(one.powers_kw) == 1 for one in problem.heaters):
        return None
    best: Solved | None = None
    for number, whole in enumerate(single_powers(problem)):
        part = budget.part(START / (STARTS - number))
        found = _solve_by_paths(whole, told, part)
        budget.solver = part.solver
        if found is None:
            continue
        # a manual block asks for the highest of all powers, not for this one
        found = replace(found, objective=accounts(problem, found.dispatch).objective)
        if best is None or found.objective < best.objective:
            best = found
    if best is None:
        return None
    model = kepler(problem, told)
    hold_blocks(model.heaters, best.dispatch)
    finer = solve_model(model, seconds=max(START * budget.left, LEAST_SECONDS), start=best)
    budget.take(finer.seconds)
    if isinstance(finer, Solved) and finer.objective < best.objective:
        best = finer
    return replace(best, bound=None, finished=False)


def _solve_by_paths(problem: Problem, told: Exclusive, budget: Budget) -> Solved | None:
    """The best plan among priced paths, with the bound that holds for all; None without one."""
    rules = {one.id: heating_rules(problem, one) for one in problem.heaters}
    known = {name: one for name, one in rules.items() if one is not None}
    if not known or len(known) < len(rules):
        return None
    model = kepler(problem, told, by_path=True)
    lines = _lines(problem, model, known)
    with mixing(model, lines, budget) as master:
        priced = price_paths(master)
    if priced is None:
        return None
    gap, bound = problem.options.absolute_gap, priced.value
    found = choose(model, lines, budget, gap=CHOICE * gap)
    if isinstance(found, Unsolved):
        late = _follow(model, lines, priced, budget)
        return None if isinstance(late, Unsolved) else proven(late, [bound], gap)
    goal = found.objective - PROVEN * gap
    if goal > bound and budget.left > 0 and add_near_paths(lines, priced.prices, goal - bound):
        # no path that was not listed is in a plan below the goal, so the choice proves the rest
        better = choose(model, lines, budget, gap=PROVEN * gap)
        if isinstance(better, Solved) and better.bound is not None:
            bound = max(bound, min(better.bound, goal))
            found = min(better, found, key=lambda one: one.objective)
    elif goal > bound and budget.left > 0:
        found, bound = branched(model, lines, priced, found, budget)
    return proven(found, [bound], gap)


def _lines(problem: Problem, model: Kepler, rules: Mapping[str, HeatingRules]) -> list[Line]:
    """Each heater with the paths to begin with."""
    hint, lines = hint_of(problem), []
    for heater in problem.heaters:
        line = Line(draft=model.draft, choice=model.choices[heater.id], rules=rules[heater.id])
        known = () if hint is None else hint.on.get(heater.id, ())
        line.start(first_prices(problem, heater, hint), known)
        lines.append(line)
    return lines


def _follow(
    model: Kepler, lines: Sequence[Line], priced: Bound, budget: Budget
) -> Solved | Unsolved:
    """The best plan whose heaters follow the cheapest paths at the bound's prices: a quick one."""
    for line, price in zip(lines, priced.prices, strict=True):
        line.follow(price)
    return solve_late(model, budget)
