"""Heaters as whole paths in several futures at once.

Each heater of each future is a line of its own, as in `columns`; its costs count by the
future's weight. The rows that make the first decisions equal put their shadow prices
into what heating is worth in the first slots, so the bound knows of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from darkstar_planner.core.branches import Branch
from darkstar_planner.core.budget import Budget
from darkstar_planner.core.columns import Line, Prices, mixing, price_paths
from darkstar_planner.core.devices import Heater
from darkstar_planner.core.dispatch import Dispatch
from darkstar_planner.core.heating_rules import (
    HeatingPath,
    HeatingRules,
    heating_rules,
)
from darkstar_planner.core.hint import Hint, hint_of
from darkstar_planner.core.model.kepler import Kepler
from darkstar_planner.core.path_choice import (
    CHOICE,
    PROVEN,
    branched,
    choose,
    first_prices,
    proven,
    solve_late,
)
from darkstar_planner.core.solver import Solved, Unsolved


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedLine(Line):
    """A heater whose paths are worth knowing in the other futures too.

    Where many slots are decided alike, paths that begin alike have to be found in every
    future, and a path of one is the likeliest to be of use in another.
    """

    others: list[Line]

    def add(self, path: HeatingPath) -> None:
        """Add `path` in every future."""
        for one in (self, *self.others):
            Line.add(one, path)


def solve_by_paths(
    tree: Sequence[Branch],
    build: Callable[[bool], Kepler],
    *,
    commit: int,
    decided: Dispatch | None,
    budget: Budget,
) -> Solved | None:
    """The best plan among priced paths, with a bound for all plans; None where there are none.

    `build(True)` makes the model of `tree`; `decided` is what its first slots must do.
    """
    rules = _rules(tree)
    if not rules:
        return None
    model = build(True)
    lines = _lines(tree, model, rules, commit, decided)
    with mixing(model, lines, budget) as master:
        priced = price_paths(master)
    if priced is None:
        return None
    gap, bound = model.draft.problem.options.absolute_gap, priced.value
    found = choose(model, lines, budget, gap=CHOICE * gap)
    if isinstance(found, Unsolved):
        first = [_agreed(line.choice.heater, commit, decided) for line in lines]
        late = _follow(model, lines, priced.prices, first, budget)
        return None if late is None else proven(late, [bound], gap)
    goal = found.objective - PROVEN * gap
    if goal > bound and budget.left > 0:
        found, bound = branched(model, lines, priced, found, budget)
    return proven(found, [bound], gap)


def _rules(tree: Sequence[Branch]) -> list[HeatingRules]:
    """The rules of every heater in every future; empty where one has no path to price."""
    known = []
    for branch in tree:
        for heater in branch.problem.heaters:
            rules = heating_rules(branch.problem, heater)
            if rules is None:
                return []
            known.append(_weighted(rules, branch.weight))
    return known


def _lines(
    tree: Sequence[Branch],
    model: Kepler,
    rules: Sequence[HeatingRules],
    commit: int,
    decided: Dispatch | None,
) -> list[Line]:
    """Every heater in every future, with the paths to begin with.

    One of them does what was decided, or is off in the first slots: what all can share.
    """
    lines: list[Line] = []
    hint = hint_of(tree[0].problem)
    for branch, future in zip(tree, (model, *model.others), strict=True):
        for heater in branch.problem.heaters:
            choice, weighted = future.choices[heater.id], rules[len(lines)]
            line = Line(draft=future.draft, choice=choice, rules=weighted)
            if commit > 1:
                line = SharedLine(draft=future.draft, choice=choice, rules=weighted, others=[])
            first = _agreed(heater, commit, decided)
            prices = branch.weight * first_prices(branch.problem, heater, hint)
            line.start(prices, [*first, *_later(heater, hint)[commit:]])
            lines.append(line)
    for line in lines:
        name = line.choice.heater.id
        if isinstance(line, SharedLine):
            same = (one for one in lines if one.choice.heater.id == name)
            line.others.extend(one for one in same if one is not line)
    return lines


def _agreed(heater: Heater, commit: int, decided: Dispatch | None) -> list[bool]:
    """Where `heater` is on in the first slots, so that all futures can agree on it."""
    if decided is None:
        return [t in heater.locked_on for t in range(commit)]
    return [power > 0 for power in decided.loads[heater.id][:commit]]


def _later(heater: Heater, hint: Hint | None) -> tuple[bool | None, ...]:
    """Where the hint has `heater` on, as far as it says."""
    return () if hint is None else hint.on.get(heater.id, ())


def _weighted(rules: HeatingRules, weight: float) -> HeatingRules:
    return replace(
        rules,
        start_cost=weight * rules.start_cost,
        early_cost=weight * rules.early_cost,
        overdue_cost=weight * rules.overdue_cost,
        missing_cost={t: weight * price for t, price in rules.missing_cost.items()},
    )


def _follow(
    model: Kepler,
    lines: Sequence[Line],
    prices: Prices,
    first: Sequence[Sequence[bool]],
    budget: Budget,
) -> Solved | None:
    """The best plan whose heaters follow the cheapest paths that begin as `first`: a quick one."""
    for line, price, on in zip(lines, prices, first, strict=True):
        line.forced.update(enumerate(on))
        path = line.cheapest(price)
        if path is None:
            return None
        line.add(path)
        for variable, share in zip(line.choice.on, path.on, strict=True):
            variable.lower_bound = variable.upper_bound = float(share)
    found = solve_late(model, budget)
    return None if isinstance(found, Unsolved) else found
