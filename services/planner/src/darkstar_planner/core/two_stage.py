"""Plans that keep their first decisions open to several futures.

What is decided in the first slots is the same in all futures, what comes later is the
best for each. The futures share one model (`model/futures`), so the answer is exact.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from darkstar_planner.core.accounts import accounts
from darkstar_planner.core.branches import Branch, branches
from darkstar_planner.core.budget import Budget
from darkstar_planner.core.check import check
from darkstar_planner.core.dispatch import Dispatch
from darkstar_planner.core.exclusivity import both_ways, exclusive
from darkstar_planner.core.expected import Expected, expected_of
from darkstar_planner.core.fallback import fallback
from darkstar_planner.core.joint_paths import solve_by_paths
from darkstar_planner.core.model.draft import Exclusive
from darkstar_planner.core.model.futures import follows, hold, together
from darkstar_planner.core.model.kepler import Kepler
from darkstar_planner.core.one_way import one_way
from darkstar_planner.core.path_choice import proven, solve_late
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solver import Solved, Unsolved

# the share of the time for those that decide, where others are to follow them
DECIDING = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """The plan of those that were heard, and that of each branch, by its number."""

    joint: Solved
    plans: Mapping[int, Solved]
    stuck: frozenset[int] = frozenset()


def solve_scenarios(
    problem: Problem, *, elapsed: Callable[[], float] | None = None
) -> Expected | Unsolved:
    """The plan of least expected objective, its first decisions the same in all futures.

    A future of no weight has no say: it follows what the others decide. Only where a
    hard limit of the house keeps it from following do the others leave it a way.

    Args:
        problem: What to plan.
        elapsed: Time since the planning began [s], as for `solve`.
    """
    budget = Budget(limit=problem.options.time_limit_seconds, elapsed=elapsed)
    tree, commit = branches(problem), min(problem.commit_slots, problem.count)
    heard = frozenset(number for number, one in enumerate(tree) if one.counts)
    made = _attempt(tree, heard, commit, budget)
    if isinstance(made, _Attempt) and made.stuck:
        made = _attempt(tree, heard | made.stuck, commit, budget)
    if isinstance(made, Unsolved):
        return replace(made, seconds=budget.solver)
    found = replace(_own(tree[0], made), seconds=budget.solver)
    if made.stuck:
        return _nothing(found, "no time for every scenario")
    plans = [made.plans[number].dispatch for number in range(len(tree))]
    expected = expected_of(tree, commit, found, plans)
    return expected if isinstance(expected, Expected) else _nothing(found, expected)


def _nothing(found: Solved, reason: str) -> Unsolved:
    return Unsolved(reason=reason, bound=found.bound, seconds=found.seconds)


def solve_following(
    problem: Problem, decided: Dispatch, *, commit: int, budget: Budget
) -> Solved | Unsolved:
    """The cheapest plan for `problem` alone whose first `commit` slots are as `decided`."""
    found = _solve([Branch(problem=problem, weight=1.0)], commit, budget, decided=decided)
    if isinstance(found, Solved) and not follows(found.dispatch, decided, commit=commit):
        return _nothing(found, "a hard limit is in the way of what is decided first")
    return found


def _attempt(
    tree: Sequence[Branch], heard: frozenset[int], commit: int, budget: Budget
) -> _Attempt | Unsolved:
    """The best plan for the branches that are `heard`, and then for those that follow."""
    numbers = sorted(heard)
    share = 1.0 if all(one.counts for one in tree) else DECIDING
    deciding = replace(budget, limit=share * budget.limit)
    joint = _solve([tree[number] for number in numbers], commit, deciding)
    budget.take(deciding.solver - budget.solver)
    if isinstance(joint, Unsolved):
        return joint
    each = (joint.dispatch, *joint.others)
    plans = {n: replace(joint, dispatch=one) for n, one in zip(numbers, each, strict=True)}
    stuck = set()
    for number, one in enumerate(tree):
        if one.counts:
            continue
        found = solve_following(one.problem, joint.dispatch, commit=commit, budget=budget)
        if isinstance(found, Unsolved):
            stuck.add(number)
        else:
            plans[number] = found
    return _Attempt(joint=joint, plans=plans, stuck=frozenset(stuck))


def _own(own: Branch, made: _Attempt) -> Solved:
    """The plan for the own future, with what was proven of the expectation."""
    plan, prices = made.plans.get(0, made.joint), made.joint.marginal_price
    if not own.counts:
        prices = plan.marginal_price
    if own.counts and prices is not None:
        prices = tuple(price / own.weight for price in prices)
    return replace(made.joint, dispatch=plan.dispatch, marginal_price=prices, others=())


def _solve(
    tree: Sequence[Branch], commit: int, budget: Budget, *, decided: Dispatch | None = None
) -> Solved | Unsolved:
    """The cheapest plan for `tree`, its first slots as `decided` if so told.

    As with a single future, power that flows both ways gets its binaries after the fact.
    """
    told = [exclusive(one.problem) for one in tree]
    while True:
        found = _solve_told(tree, told, commit, budget, decided)
        if isinstance(found, Unsolved):
            return found
        more = [
            both_ways(one.problem, dispatch)
            for one, dispatch in zip(tree, (found.dispatch, *found.others), strict=True)
        ]
        wider = [known | one for known, one in zip(told, more, strict=True)]
        if wider == told and not any(one.slots for one in more):
            return found
        tidy = _straightened(tree, commit, found, more)
        if tidy.finished or wider == told or budget.left <= 0:
            return tidy
        told = wider


def _straightened(
    tree: Sequence[Branch], commit: int, found: Solved, more: Sequence[Exclusive]
) -> Solved:
    """`found` with one direction at a time; finished if that is still as good as was asked.

    What is alike in all futures is netted alike, and so stays alike.
    """
    alike = frozenset().union(*(one.slots for one in more)) & frozenset(range(commit))
    dispatches = (found.dispatch, *found.others)
    made = [
        one_way(one.problem, dispatch, both.slots | alike)
        for one, dispatch, both in zip(tree, dispatches, more, strict=True)
    ]
    money = [accounts(one.problem, each) for one, each in zip(tree, made, strict=True)]
    objective = sum(one.weight * paid.objective for one, paid in zip(tree, money, strict=True))
    sound = all(
        check(one.problem, each, paid.violations).passed
        for one, each, paid in zip(tree, made, money, strict=True)
    )
    gap = tree[0].problem.options.absolute_gap
    close = found.bound is not None and objective - found.bound <= gap
    return replace(
        found,
        dispatch=made[0],
        others=tuple(made[1:]),
        objective=objective,
        finished=sound and close,
        model=None,
        linear=None,
    )


def _solve_told(
    tree: Sequence[Branch],
    told: Sequence[Exclusive],
    commit: int,
    budget: Budget,
    decided: Dispatch | None,
) -> Solved | Unsolved:
    """By paths; and where they leave a gap, or there are none, slot by slot."""

    def build(by_path: bool) -> Kepler:
        model = together(tree, told, commit=commit, by_path=by_path)
        return model if decided is None else hold(model, decided, commit=commit)

    start = solve_by_paths(tree, build, commit=commit, decided=decided, budget=budget)
    if start is not None and (start.finished or budget.left <= 0):
        return start
    if budget.left <= 0:
        return Unsolved(reason="no time for several futures", bound=None, seconds=0.0)
    hint = _by_rule(tree, commit, decided) if start is None else start
    found = solve_late(build(False), budget, start=hint)
    if start is None:
        return found
    best = found if isinstance(found, Solved) and found.objective < start.objective else start
    return proven(best, [start.bound, found.bound], tree[0].problem.options.absolute_gap)


def _by_rule(tree: Sequence[Branch], commit: int, decided: Dispatch | None) -> Solved:
    """What loads would do by rule, the same in all futures: somewhere for the solver to start."""
    made = fallback(tree[0].problem)
    if decided is not None:
        loads = {
            name: (*decided.loads[name][:commit], *power[commit:])
            for name, power in made.loads.items()
        }
        made = replace(made, loads=loads)
    return Solved(
        dispatch=made,
        objective=math.inf,
        bound=None,
        finished=False,
        solver="rules",
        marginal_price=None,
        seconds=0.0,
        others=(made,) * (len(tree) - 1),
    )
