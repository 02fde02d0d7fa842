"""Plans that keep their first decisions open to several futures.

What is decided in the first slots is the same in all futures, what comes later is the
best for each. The futures share one model (`model/futures`), so the answer is exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from darkstar_planner.core.accounts import accounts
from darkstar_planner.core.branches import Branch, branches
from darkstar_planner.core.check import check
from darkstar_planner.core.dispatch import Dispatch
from darkstar_planner.core.exclusivity import both_ways, exclusive
from darkstar_planner.core.joint_paths import solve_by_paths
from darkstar_planner.core.model.draft import Exclusive
from darkstar_planner.core.model.futures import hold, together
from darkstar_planner.core.model.kepler import Kepler
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solution import Future
from darkstar_planner.core.solve import solve
from darkstar_planner.core.solver import Solved, Unsolved, solve_model


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What was found for a problem with scenarios.

    Attributes:
        found: The plan for the problem's own future; its bound is that of the expectation.
        objective: The expectation over all futures [currency].
        futures: What each scenario comes to.
    """

    found: Solved
    objective: float
    futures: tuple[Future, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """The plan of those that were heard, and that of each branch, by its number."""

    joint: Solved
    plans: Mapping[int, Solved]
    stuck: frozenset[int]
    seconds: float


def solve_scenarios(problem: Problem) -> Expected | Unsolved:
    """The plan of least expected objective, its first decisions the same in all futures.

    A future of no weight has no say: it follows what the others decide. Only where a
    hard limit of the house keeps it from following do the others leave it a way.
    """
    tree = branches(problem)
    made = _certain(tree[0].problem) if len(tree) == 1 else _heard_out(problem, tree)
    if isinstance(made, Unsolved):
        return made
    if made.stuck:
        return Unsolved(reason="no time for every scenario", bound=None, seconds=made.seconds)
    return _expected(problem, tree, made)


def _certain(problem: Problem) -> _Attempt | Unsolved:
    """Where all futures are the same."""
    found = solve(problem)
    if isinstance(found, Unsolved):
        return found
    return _Attempt(joint=found, plans={0: found}, stuck=frozenset(), seconds=found.seconds)


def _heard_out(problem: Problem, tree: Sequence[Branch]) -> _Attempt | Unsolved:
    heard = frozenset(number for number, one in enumerate(tree) if one.counts)
    seconds = problem.options.time_limit_seconds
    made = _attempt(tree, heard, problem, seconds=seconds)
    if isinstance(made, Unsolved) or not made.stuck:
        return made
    left = seconds - made.seconds
    again = _attempt(tree, heard | made.stuck, problem, seconds=left)
    return replace(again, seconds=made.seconds + again.seconds)


def solve_following(
    problem: Problem, decided: Dispatch, *, commit: int, seconds: float
) -> Solved | Unsolved:
    """The cheapest plan for `problem` alone whose first `commit` slots are as `decided`."""
    alone = Branch(problem=problem, weight=1.0)
    return _solve([alone], commit=commit, seconds=seconds, decided=decided)


def _attempt(
    tree: Sequence[Branch], heard: frozenset[int], problem: Problem, *, seconds: float
) -> _Attempt | Unsolved:
    """The best plan for the branches that are `heard`, and then for those that follow."""
    commit, numbers = problem.commit_slots, sorted(heard)
    joint = _solve([tree[number] for number in numbers], commit=commit, seconds=seconds)
    if isinstance(joint, Unsolved):
        return joint
    each = (joint.dispatch, *joint.others)
    plans = {n: replace(joint, dispatch=one) for n, one in zip(numbers, each, strict=True)}
    stuck, spent = set(), joint.seconds
    for number, one in enumerate(tree):
        if one.counts:
            continue
        left = seconds - spent
        found = solve_following(one.problem, joint.dispatch, commit=commit, seconds=left)
        spent += found.seconds
        if isinstance(found, Unsolved):
            stuck.add(number)
        else:
            plans[number] = found
    return _Attempt(joint=joint, plans=plans, stuck=frozenset(stuck), seconds=spent)


def _expected(problem: Problem, tree: Sequence[Branch], made: _Attempt) -> Expected | Unsolved:
    """The money of every future; no plan at all if one of them breaks a rule of the house."""
    futures: dict[int, Future] = {}
    expectation = 0.0
    for number, one in enumerate(tree):
        dispatch = made.plans[number].dispatch
        money = accounts(one.problem, dispatch)
        checks = check(one.problem, dispatch, money.violations)
        if not checks.passed:
            reason = f"a scenario's plan breaks a rule: {checks.problems[0]}"
            return Unsolved(reason=reason, bound=made.joint.bound, seconds=made.seconds)
        expectation += one.weight * money.objective
        for scenario in one.scenarios:
            share = problem.scenarios[scenario].probability
            futures[scenario] = Future(
                probability=share, cost=money.cost, objective=money.objective
            )
    return Expected(
        found=_own(tree[0], made),
        objective=expectation,
        futures=tuple(futures[number] for number in sorted(futures)),
    )


def _own(own: Branch, made: _Attempt) -> Solved:
    """The plan for the own future, with what was proven of the expectation."""
    plan, prices = made.plans[0], made.plans[0].marginal_price
    if own.counts and prices is not None:
        prices = tuple(price / own.weight for price in prices)
    return replace(
        made.joint,
        dispatch=plan.dispatch,
        marginal_price=prices,
        seconds=made.seconds,
        others=(),
    )


def _solve(
    tree: Sequence[Branch], *, commit: int, seconds: float, decided: Dispatch | None = None
) -> Solved | Unsolved:
    """The cheapest plan for `tree`, its first slots as `decided` if so told.

    As with a single future, power that flows both ways gets its binaries after the fact.
    """
    told, spent = [exclusive(one.problem) for one in tree], 0.0
    while True:
        found = _solve_told(tree, told, commit=commit, seconds=seconds - spent, decided=decided)
        spent += found.seconds
        if isinstance(found, Unsolved):
            return replace(found, seconds=spent)
        wider = [
            known | both_ways(one.problem, dispatch)
            for one, known, dispatch in zip(
                tree, told, (found.dispatch, *found.others), strict=True
            )
        ]
        if wider == told or spent >= seconds:
            return replace(found, seconds=spent)
        told = wider


def _solve_told(
    tree: Sequence[Branch],
    told: Sequence[Exclusive],
    *,
    commit: int,
    seconds: float,
    decided: Dispatch | None,
) -> Solved | Unsolved:
    """By paths; and where they leave a gap, or there are none, slot by slot."""

    def build(by_path: bool) -> Kepler:
        model = together(tree, told, commit=commit, by_path=by_path)
        return model if decided is None else hold(model, decided, commit=commit)

    start = solve_by_paths(tree, build, commit=commit, decided=decided, seconds=seconds)
    if start is not None and (start.finished or start.seconds >= seconds):
        return start
    left = seconds if start is None else seconds - start.seconds
    found = solve_model(build(False), seconds=left, start=start)
    if start is None:
        return found
    bounds = [one for one in (start.bound, found.bound) if one is not None]
    took = start.seconds + found.seconds
    if isinstance(found, Solved) and found.objective <= start.objective:
        start = found
    return replace(start, bound=max(bounds, default=None), seconds=took)
