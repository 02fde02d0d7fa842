"""From a problem to a dispatch, by the solver."""

from __future__ import annotations

from dataclasses import replace

from darkstar_planner.core.columns import Priced, add_near_paths, priced_paths
from darkstar_planner.core.exclusivity import both_ways, exclusive
from darkstar_planner.core.model.draft import Exclusive
from darkstar_planner.core.model.kepler import kepler
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solver import Solved, Unsolved, solve_model

# the share of the wanted gap left for the choice among paths, besides what the bound lacks
CHOICE = 0.2
# the share of it that a proof aims at
PROVEN = 0.95


def solve(problem: Problem) -> Solved | Unsolved:
    """The cheapest dispatch of `problem`, within its time limit and gap.

    Slots in which power would flow both ways at once although no price sign said so
    get their binaries after the fact and the model is solved again; it is rare.
    """
    told, left, spent = exclusive(problem), problem.options.time_limit_seconds, 0.0
    while True:
        found = _solve(problem, told, seconds=left)
        spent += found.seconds
        left -= found.seconds
        found = replace(found, seconds=spent)
        if isinstance(found, Unsolved):
            return found
        wider = told | both_ways(problem, found.dispatch)
        if wider == told or left <= 0:
            return found
        told = wider


def _solve(problem: Problem, told: Exclusive, *, seconds: float) -> Solved | Unsolved:
    """By paths; and where they leave a gap, or there are none, slot by slot."""
    start = _solve_by_paths(problem, told, seconds=seconds)
    if start is not None and start.finished:
        return start
    left = seconds if start is None else seconds - start.seconds
    if start is not None and left <= 0:
        return start
    found = solve_model(kepler(problem, told), seconds=left, start=start)
    if start is None:
        return found
    if isinstance(found, Unsolved) or found.objective > start.objective:
        took = start.seconds + found.seconds
        return replace(start, bound=_larger(start.bound, found), seconds=took)
    return replace(found, bound=_larger(start.bound, found), seconds=start.seconds + found.seconds)


def _larger(bound: float | None, found: Solved | Unsolved) -> float | None:
    known = [one for one in (bound, found.bound) if one is not None]
    return max(known, default=None)


def _solve_by_paths(problem: Problem, told: Exclusive, *, seconds: float) -> Solved | None:
    """The best plan among priced paths, with the bound that holds for all; None without one."""
    priced = priced_paths(problem, told, seconds=seconds)
    if priced is None:
        return None
    gap, left = problem.options.absolute_gap, seconds - priced.seconds
    found = _choose(priced, seconds=left, gap=CHOICE * gap)
    if isinstance(found, Unsolved):
        return None
    bound, spent = priced.bound, priced.seconds + found.seconds
    goal = found.objective - PROVEN * gap
    if goal > bound and spent < seconds and add_near_paths(priced, goal - bound):
        # no path that was not listed is in a plan below the goal, so the choice proves the rest
        better = _choose(priced, seconds=seconds - spent, gap=PROVEN * gap)
        spent += better.seconds
        if isinstance(better, Solved) and better.bound is not None:
            bound = max(bound, min(better.bound, goal))
            found = min(better, found, key=lambda one: one.objective)
    done = found.objective - bound <= gap
    return replace(found, bound=bound, finished=done, seconds=spent)


def _choose(priced: Priced, *, seconds: float, gap: float) -> Solved | Unsolved:
    """The best plan whose heaters follow one of the added paths each."""
    paths = [one for choice in priced.model.choices.values() for one in choice.paths]
    with priced.model.draft.deciding(paths):
        return solve_model(priced.model, seconds=seconds, gap=gap)
