"""What a plan for several futures comes to in each, and in expectation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from darkstar_planner.core.accounts import Accounts, accounts
from darkstar_planner.core.branches import Branch
from darkstar_planner.core.check import check
from darkstar_planner.core.dispatch import Dispatch
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solution import Future
from darkstar_planner.core.solver import Solved


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What was found for a problem with scenarios.

    Attributes:
        tree: The futures, the problem's own first.
        commit: In so many slots they decide alike.
        found: The plan for the problem's own future; its bound is that of the expectation.
        plans: What is done in each future.
        money: The accounts of each future.
    """

    tree: tuple[Branch, ...]
    commit: int
    found: Solved
    plans: tuple[Dispatch, ...]
    money: tuple[Accounts, ...]

    @property
    def objective(self) -> float:
        """The expectation over all futures [currency]."""
        parts = zip(self.tree, self.money, strict=True)
        return sum(one.weight * money.objective for one, money in parts)

    def futures(self, problem: Problem) -> tuple[Future, ...]:
        """What each scenario of `problem` comes to, in its order."""
        found = {
            number: Future(
                probability=problem.scenarios[number].probability,
                cost=money.cost,
                objective=money.objective,
            )
            for one, money in zip(self.tree, self.money, strict=True)
            for number in one.scenarios
        }
        return tuple(found[number] for number in sorted(found))


def expected_of(
    tree: Sequence[Branch], commit: int, found: Solved, plans: Sequence[Dispatch]
) -> Expected | str:
    """What `plans` come to, proven as `found` is; or which rule of the house one breaks."""
    money = []
    for one, made in zip(tree, plans, strict=True):
        paid = accounts(one.problem, made)
        checks = check(one.problem, made, paid.violations)
        if not checks.passed:
            return f"the plan for a scenario breaks a rule: {checks.problems[0]}"
        money.append(paid)
    return Expected(
        tree=tuple(tree),
        commit=commit,
        found=replace(found, dispatch=plans[0]),
        plans=tuple(plans),
        money=tuple(money),
    )
