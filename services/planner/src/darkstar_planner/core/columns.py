"""Plans with heaters: paths priced by the house, the house priced by the paths.

The house's linear model is given a few whole heating paths to mix, and says through
its shadow prices what heating is worth in each slot. The cheapest path at these prices
is added, and so on until none is worth adding: then the model's value is a bound that
no plan beats, far sharper than that of a model of slots, and the paths that were added
hold a plan close to it. (Column generation; Desaulniers, Desrosiers, Solomon, 2005.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from ortools.math_opt.python import mathopt

from darkstar_planner.core.heating_path import (
    Floats,
    HeatingPath,
    HeatingRules,
    cheapest_path,
    heating_rules,
)
from darkstar_planner.core.model.draft import Exclusive
from darkstar_planner.core.model.heater_choice import HeaterChoice, add_path
from darkstar_planner.core.model.kepler import Kepler, kepler
from darkstar_planner.core.near_paths import paths_within
from darkstar_planner.core.problem import Problem

ROUNDS = 80
# of the wanted gap: closer than this, a sharper bound is not worth a round
CLOSE = 0.1
# more paths than this are not listed but left to the model of slots
NEAR = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """A model whose heaters choose among the added paths, and a bound for all paths.

    Attributes:
        bound: No plan has a lower objective [currency].
        prices: Of each heater's slots [currency], at which the bound holds.
        seconds: Time in the solver [s].
    """

    model: Kepler
    rules: Mapping[str, HeatingRules]
    bound: float
    prices: Mapping[str, Floats]
    seconds: float


def priced_paths(problem: Problem, told: Exclusive, *, seconds: float) -> Priced | None:
    """The paths worth choosing from; None where a heater has no path to price.

    Ends when the bound is close to the model's value, or the time is up.
    """
    rules = {one.id: heating_rules(problem, one) for one in problem.heaters}
    known = {name: one for name, one in rules.items() if one is not None}
    if not known or len(known) < len(rules):
        return None
    seeded = _seed(problem, told, seconds=seconds)
    if seeded is None:
        return None
    prices, spent = seeded
    model = kepler(problem, told, by_path=True)
    with model.draft.relaxed():
        bound, prices, took = _generate(model, known, prices, seconds=seconds - spent)
    return Priced(model=model, rules=known, bound=bound, prices=prices, seconds=spent + took)


def add_near_paths(priced: Priced, slack: float) -> bool:
    """Add every path that a plan within `slack` of the bound may use; False if too many.

    A path that costs more than the cheapest one by the slack, at the prices of the
    bound, is in no plan that much better: its extra cost adds to the bound.
    """
    near = {
        name: paths_within(one, priced.prices[name], slack, limit=NEAR)
        for name, one in priced.rules.items()
    }
    if any(paths is None for paths in near.values()):
        return False
    for name, paths in near.items():
        known = priced.model.choices[name].known
        for path in paths or ():
            if path.on not in known:
                _add(priced.model, name, path, priced.prices[name])
    return True


def _seed(
    problem: Problem, told: Exclusive, *, seconds: float
) -> tuple[dict[str, Floats], float] | None:
    """First prices of heating [currency per slot], from the linear model of slots."""
    model = kepler(problem, told)
    with model.draft.relaxed():
        result = mathopt.solve(
            model.draft.model,
            mathopt.SolverType.GLOP,
            params=mathopt.SolveParameters(time_limit=timedelta(seconds=seconds)),
        )
    if not result.has_dual_feasible_solution():
        return None
    worth = np.array(result.dual_values(list(model.balance)))
    prices = {one.id: worth * one.power_kw for one in problem.heaters}
    return prices, result.solve_time().total_seconds()


def _generate(
    model: Kepler,
    rules: Mapping[str, HeatingRules],
    prices: dict[str, Floats],
    *,
    seconds: float,
) -> tuple[float, dict[str, Floats], float]:
    """Add paths to `model` round by round; the bound, its prices and the time taken [s]."""
    best = prices
    options, bound, spent, worth = model.draft.problem.options, -np.inf, 0.0, np.inf
    mixed: dict[str, float] = {}
    with mathopt.IncrementalSolver(model.draft.model, mathopt.SolverType.GLOP) as solver:
        for _ in range(ROUNDS):
            paths = {name: cheapest_path(one, prices[name]) for name, one in rules.items()}
            if mixed:
                gains = sum(paths[name].cost - mixed[name] for name in paths)
                if worth + min(gains, 0.0) > bound:
                    bound, best = worth + min(gains, 0.0), prices
                if worth - bound <= CLOSE * options.absolute_gap or spent >= seconds:
                    break
            for name, path in paths.items():
                _add(model, name, path, prices[name])
            left = timedelta(seconds=max(seconds - spent, 0.1))
            result = solver.solve(params=mathopt.SolveParameters(time_limit=left))
            spent += result.solve_time().total_seconds()
            if not result.has_dual_feasible_solution():
                break
            worth = result.objective_value()
            prices, mixed = _prices(model, result)
    return float(bound), best, spent


def _add(model: Kepler, name: str, path: HeatingPath, price: Floats) -> None:
    own_cost = path.cost - float(price @ np.array(path.on))
    add_path(model.draft, model.choices[name], path, own_cost)


def _prices(
    model: Kepler, result: mathopt.SolveResult
) -> tuple[dict[str, Floats], dict[str, float]]:
    """Of each heater, the price of each slot and of the mix of paths it now takes."""

    def slots(choice: HeaterChoice) -> Floats:
        return np.array(result.dual_values(list(choice.follows)))

    choices = model.choices.items()
    return (
        {name: slots(one) for name, one in choices},
        {name: float(result.dual_values(one.chosen)) for name, one in choices},
    )
