"""More variables and rows on a finished linear model, and another objective.

Works on the solver's own message rather than through its modelling layer, which would
take longer to add a row for each slot than the solver takes to solve the model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt

from darkstar_planner.core.attempt import linear_attempt

# what is asked of the solver besides values costs time to hand over
_VALUES_ONLY = mathopt.ModelSolveParameters(
    dual_values_filter=mathopt.LinearConstraintFilter(filtered_items=[]),
    reduced_costs_filter=mathopt.VariableFilter(filtered_items=[]),
)

Terms = list[tuple[float, int]]


@dataclass(slots=True)
class Overlay:
    """A copy of a linear model that can grow; variables are known by their ids.

    Attributes:
        costs: The new objective, by variable.
    """

    model: model_pb2.ModelProto
    costs: dict[int, float] = field(default_factory=dict)
    _added: int = 0
    _rows: list[tuple[Terms, float, float]] = field(default_factory=list)
    _place: dict[int, int] = field(default_factory=dict)
    _first: int = 0

    @classmethod
    def of(cls, linear: model_pb2.ModelProto) -> Overlay:
        """A copy of `linear` without an objective, to which nothing was added yet."""
        model = model_pb2.ModelProto()
        model.CopyFrom(linear)
        place = {one: number for number, one in enumerate(linear.variables.ids)}
        return cls(model=model, _place=place, _first=max(place, default=-1) + 1)

    def variable(self, cost: float) -> int:
        """The id of a new variable ≥ 0 whose unit costs `cost`."""
        number = self._first + self._added
        self._added += 1
        self.costs[number] = cost
        return number

    def row(self, terms: Terms, *, lower: float = -math.inf, upper: float = math.inf) -> None:
        """Add `lower` ≤ Σ coefficient · variable ≤ `upper`; no variable twice."""
        self._rows.append((terms, lower, upper))

    def cap(self, variable: int, upper: float) -> None:
        """Keep one of the model's own variables at or below `upper`, or where it is held."""
        bounds, place = self.model.variables, self._place[variable]
        least = bounds.lower_bounds[place]
        bounds.upper_bounds[place] = max(least, min(upper, bounds.upper_bounds[place]))

    def hold_objective(self, most: float, *, price: float) -> None:
        """What was minimised so far may be `most`; in the new objective it counts `price` times."""
        old = self.model.objective
        terms = list(zip(old.linear_coefficients.values, old.linear_coefficients.ids, strict=True))
        self.row(terms, upper=most - old.offset)
        for coefficient, variable in terms:
            self.cost(variable, price * coefficient)

    def cost(self, variable: int, more: float) -> None:
        """A unit of `variable` costs so much `more` than it does already."""
        self.costs[variable] = self.costs.get(variable, 0.0) + more

    def solve(self, *, seconds: float) -> Mapping[int, float] | None:
        """The value of each variable at the optimum; None if there was none in time."""
        self._close()
        model = mathopt.Model.from_model_proto(self.model)
        limit = mathopt.SolveParameters(time_limit=timedelta(seconds=seconds))
        result = linear_attempt(
            lambda how: mathopt.solve(
                model, mathopt.SolverType.GLOP, params=how, model_params=_VALUES_ONLY
            ),
            limit,
        )
        if result is None or result.termination.reason != mathopt.TerminationReason.OPTIMAL:
            return None
        return {one.id: value for one, value in result.variable_values().items()}

    def _close(self) -> None:
        """Write what was added into the model."""
        variables, rows = self.model.variables, self.model.linear_constraints
        matrix, objective = self.model.linear_constraint_matrix, self.model.objective
        count = self._added
        variables.ids.extend(range(self._first, self._first + count))
        variables.lower_bounds.extend([0.0] * count)
        variables.upper_bounds.extend([math.inf] * count)
        variables.integers.extend([False] * count)
        variables.ClearField("names")
        rows.ClearField("names")
        for number, (terms, lower, upper) in enumerate(
            self._rows, start=max(rows.ids, default=-1) + 1
        ):
            rows.ids.append(number)
            rows.lower_bounds.append(lower)
            rows.upper_bounds.append(upper)
            terms.sort(key=_variable_of)
            matrix.row_ids.extend([number] * len(terms))
            matrix.column_ids.extend([variable for _, variable in terms])
            matrix.coefficients.extend([coefficient for coefficient, _ in terms])
        objective.Clear()
        objective.linear_coefficients.ids.extend(sorted(self.costs))
        objective.linear_coefficients.values.extend(self.costs[one] for one in sorted(self.costs))


def _variable_of(term: tuple[float, int]) -> int:
    return term[1]


def values_in(found: Mapping[int, float], variables: Sequence[mathopt.Variable]) -> Sequence[float]:
    """The values of `variables` among the ones that `solve` found."""
    return [found[one.id] for one in variables]
