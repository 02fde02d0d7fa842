"""Plans with heaters: paths priced by the house, the house priced by the paths.

The house's linear model is given a few whole heating paths to mix, and says through
its shadow prices what heating is worth in each slot. The cheapest path at these prices
is added, and so on until none is worth adding: then the model's value is a bound that
no plan beats, far sharper than that of a model of slots, and the paths that were added
hold a plan close to it. (Column generation; Desaulniers, Desrosiers, Solomon, 2005.)

Shadow prices swing from round to round, so paths are sought at the mean of the new
prices and those of the best bound as well. A mean of prices is worth at least the mean
of what they are worth, so the bound holds there too. (Wentges, 1997.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np
from ortools.math_opt.python import mathopt

from darkstar_planner.core.attempt import linear_attempt
from darkstar_planner.core.budget import Budget
from darkstar_planner.core.heating_path import Floats, HeatingPath, HeatingRules, cheapest_path
from darkstar_planner.core.model.draft import Draft
from darkstar_planner.core.model.heater_choice import HeaterChoice, add_path
from darkstar_planner.core.model.kepler import Kepler
from darkstar_planner.core.near_paths import paths_within
from darkstar_planner.core.path_arcs import arcs_of

ROUNDS = 200
# of the wanted gap: closer than this, a sharper bound is not worth a round
CLOSE = 0.1
# how much of the best bound's prices is in the mean
STAYS = 0.5
# more paths of one heater than this are not listed
NEAR = 400
# a path that saves less is not worth adding [currency]
LEAST_GAIN = 1e-7
LEAST_SECONDS = 0.1
# dearer than anything a path can save [currency per slot]
PROHIBITIVE = 1e5

Prices = Sequence[Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One heater whose paths are priced.

    Attributes:
        draft: Where its paths are added.
        forced: By slot, whether it must be on there.
    """

    draft: Draft
    choice: HeaterChoice
    rules: HeatingRules
    forced: dict[int, bool] = field(default_factory=dict)

    def add(self, path: HeatingPath) -> None:
        """Add `path` unless it is known."""
        if path.on not in self.choice.known:
            add_path(self.draft, self.choice, path.on, arcs_of(self.rules, path.on))

    def cheapest(self, price: Floats) -> HeatingPath | None:
        """The cheapest path at `price` that does as it is forced to; None if there is none."""
        return _led(self.rules, price, self.forced)

    def follow(self, price: Floats) -> None:
        """From now on, be on where the cheapest path at `price` is, and nowhere else."""
        path = cheapest_path(self.rules, price)
        self.add(path)
        for variable, on in zip(self.choice.on, path.on, strict=True):
            variable.lower_bound = variable.upper_bound = float(on)

    def start(self, price: Floats, known: Sequence[bool | None] = ()) -> None:
        """Add the cheapest path at `price`, and one that does what is `known` of some slots."""
        self.add(cheapest_path(self.rules, price))
        wanted = {t: one for t, one in enumerate(known) if one is not None}
        path = _led(self.rules, price, wanted) if wanted else None
        if path is not None:
            self.add(path)


def _led(rules: HeatingRules, price: Floats, wanted: Mapping[int, bool]) -> HeatingPath | None:
    if not wanted:
        return cheapest_path(rules, price)
    leads = np.zeros(rules.count)
    leads[list(wanted)] = [-PROHIBITIVE if on else PROHIBITIVE for on in wanted.values()]
    path = cheapest_path(rules, price + leads)
    if any(path.on[t] != on for t, on in wanted.items()):
        return None
    return replace(path, cost=path.cost - float(leads @ np.array(path.on)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """No plan has a lower objective than `value`, which the `prices` of the lines' slots prove.

    `house` is the part of it that is not the paths' [currency].
    """

    value: float
    prices: Prices
    house: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixed:
    """What the model says when it may mix the paths it has.

    Attributes:
        worth: Its value [currency].
        prices: Of each line's slots [currency].
        shares: What one more path of each line would have to cost not to be of use [currency].
        on: How much of the time each line is on in each slot.
    """

    worth: float
    prices: Prices
    shares: tuple[float, ...]
    on: tuple[Floats, ...]

    @property
    def house(self) -> float:
        """What all but the paths' own costs is worth at the prices [currency]."""
        return self.worth - sum(self.shares)


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """The linear model that mixes the paths of its lines, at hand in the solver."""

    model: Kepler
    lines: Sequence[Line]
    budget: Budget
    solver: mathopt.IncrementalSolver
    wanted: mathopt.ModelSolveParameters

    @property
    def close(self) -> float:
        """How close a bound is close enough [currency]."""
        return CLOSE * self.model.draft.problem.options.absolute_gap

    def mixed(self) -> Mixed | None:
        """The best mix of the paths there are; None without one in time."""
        left = timedelta(seconds=max(self.budget.left, LEAST_SECONDS))
        parameters = mathopt.SolveParameters(time_limit=left)
        result = linear_attempt(
            lambda how: self.solver.solve(params=how, model_params=self.wanted), parameters
        )
        if result is None:
            return None
        self.budget.take(result.solve_time().total_seconds())
        if not result.has_dual_feasible_solution():
            return None
        choices = [one.choice for one in self.lines]
        return Mixed(
            worth=result.objective_value(),
            prices=[np.array(result.dual_values(list(one.follows))) for one in choices],
            shares=tuple(float(result.dual_values(one.chosen)) for one in choices),
            on=tuple(np.array(result.variable_values(list(one.on))) for one in choices),
        )

    def bound(self, prices: Prices, house: float) -> tuple[Bound, Sequence[HeatingPath]] | None:
        """What the cheapest paths at `prices` prove; None where one is forced to the impossible."""
        paths = []
        for line, price in zip(self.lines, prices, strict=True):
            path = line.cheapest(price)
            if path is None:
                return None
            paths.append(path)
        value = house + sum(path.cost for path in paths)
        return Bound(value=value, prices=prices, house=house), paths

    def improve(self, found: Mixed, best: Bound | None) -> tuple[Bound | None, bool]:
        """Add the cheapest paths at the mean prices and at the new ones.

        Returns the best bound, and whether the model can gain by a path that was added.
        """
        tried = [(found.prices, found.house)]
        if best is not None:
            mean = [
                STAYS * old + (1 - STAYS) * new
                for old, new in zip(best.prices, found.prices, strict=True)
            ]
            tried.insert(0, (mean, STAYS * best.house + (1 - STAYS) * found.house))
        gained = False
        for prices, house in tried:
            made = self.bound(prices, house)
            if made is None:
                continue
            if best is None or made[0].value > best.value:
                best = made[0]
            for number, path in enumerate(made[1]):
                line, price = self.lines[number], prices[number]
                dearer = float((found.prices[number] - price) @ np.array(path.on))
                gain = found.shares[number] - path.cost - dearer
                if gain > LEAST_GAIN and path.on not in line.choice.known:
                    line.add(path)
                    gained = True
        return best, gained


@contextmanager
def mixing(model: Kepler, lines: Sequence[Line], budget: Budget) -> Iterator[Master]:
    """Within it, every yes or no of `model` may be a maybe, and the linear model is kept."""
    rows = [row for one in lines for row in (*one.choice.follows, one.choice.chosen)]
    on = [variable for one in lines for variable in one.choice.on]
    wanted = mathopt.ModelSolveParameters(
        variable_values_filter=mathopt.VariableFilter(filtered_items=on),
        reduced_costs_filter=mathopt.VariableFilter(filtered_items=()),
        dual_values_filter=mathopt.LinearConstraintFilter(filtered_items=rows),
    )
    glop = mathopt.SolverType.GLOP
    with (
        model.draft.relaxed(),
        mathopt.IncrementalSolver(model.draft.model, glop, remove_names=True) as solver,
    ):
        yield Master(model=model, lines=lines, budget=budget, solver=solver, wanted=wanted)


def price_paths(master: Master) -> Bound | None:
    """Add paths until the model's value is proven, or the time is up.

    Each line has a path to begin with. None if the model cannot be solved with them.
    """
    best: Bound | None = None
    for _ in range(ROUNDS):
        found = master.mixed()
        if found is None:
            break
        best, gained = master.improve(found, best)
        proven = best is not None and found.worth - best.value <= master.close
        if proven or not gained or master.budget.left <= 0:
            break
    return best


def add_near_paths(lines: Sequence[Line], prices: Prices, slack: float) -> bool:
    """Add every path that a plan within `slack` of the bound may use; False if too many.

    A path that costs more than the cheapest one by the slack, at the prices of the
    bound, is in no plan that much better: its extra cost adds to the bound.
    """
    for line, price in zip(lines, prices, strict=True):
        near = paths_within(line.rules, price, slack, limit=NEAR)
        if near is None:
            return False
        for path in near:
            line.add(path)
    return True
