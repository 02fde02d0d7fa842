"""The model under construction, and the three sums that the groups share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ortools.math_opt.python import mathopt

from darkstar_planner.core.penalties import Penalties, penalties
from darkstar_planner.core.problem import Problem

Term = tuple[float, mathopt.Variable]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusive:
    """The slots in which something must not run both ways at once, and the model must be told."""

    grid: frozenset[int] = frozenset()
    storage: frozenset[int] = frozenset()
    inverter: frozenset[int] = frozenset()

    @property
    def slots(self) -> frozenset[int]:
        """The slots of any."""
        return self.grid | self.storage | self.inverter

    def __or__(self, other: Exclusive) -> Exclusive:
        """The slots of either."""
        return Exclusive(
            grid=self.grid | other.grid,
            storage=self.storage | other.storage,
            inverter=self.inverter | other.inverter,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A model that groups of constraints add themselves to.

    Attributes:
        supply: For each slot, what flows into the house, signed [kW]; `balance` closes it.
        through_inverter: For each slot, what PV and batteries give to the inverter, signed [kW].
        binaries: Every yes-or-no variable, so that the linear model can be had by fixing them.
        to_ac: For each slot, what a DC bus gives to the inverter, where there is one [kW].
        prefix: Put before every name; tells the futures that share a model from one another.
    """

    problem: Problem
    penalties: Penalties
    exclusive: Exclusive
    model: mathopt.Model = field(default_factory=lambda: mathopt.Model(name="kepler"))
    supply: tuple[list[Term], ...]
    through_inverter: tuple[list[Term], ...]
    binaries: list[mathopt.Variable] = field(default_factory=list)
    prefix: str = ""
    to_ac: dict[int, mathopt.Variable] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        problem: Problem,
        exclusive: Exclusive,
        *,
        beside: Draft | None = None,
        prefix: str = "",
    ) -> Draft:
        """An empty model of `problem`; `beside` another one, it shares that one's model."""
        shared: dict[str, Any] = {}
        if beside is not None:
            shared = {"model": beside.model, "binaries": beside.binaries}
        return cls(
            problem=problem,
            penalties=penalties(problem),
            exclusive=exclusive,
            supply=tuple([] for _ in problem.horizon),
            through_inverter=tuple([] for _ in problem.horizon),
            prefix=prefix,
            **shared,
        )

    @contextmanager
    def weighing(self, weight: float) -> Iterator[None]:
        """Within it, what is added counts `weight` times in the objective."""
        model, objective = self.model, self.model.objective
        first, before = model.get_next_variable_id(), objective.offset
        yield
        objective.offset = before + weight * (objective.offset - before)
        for number in range(first, model.get_next_variable_id()):
            one = model.get_variable(number)
            cost = objective.get_linear_coefficient(one)
            if cost:
                objective.set_linear_coefficient(one, weight * cost)

    def variable(
        self, name: str, upper: float | None = None, *, lower: float = 0.0, cost: float = 0.0
    ) -> mathopt.Variable:
        """A continuous variable in [`lower`, `upper`] whose unit costs `cost`."""
        top = math.inf if upper is None else upper
        one = self.model.add_variable(lb=lower, ub=top, name=self.prefix + name)
        if cost:
            self.model.objective.set_linear_coefficient(one, cost)
        return one

    def each_slot(
        self,
        name: str,
        upper: float | Sequence[float] | None = None,
        *,
        price: float | Sequence[float] = 0.0,
    ) -> tuple[mathopt.Variable, ...]:
        """One power [kW] for each slot, at `price` [currency/kWh]."""
        hours = self.problem.hours
        return tuple(
            self.variable(
                f"{name}[{t}]",
                upper[t] if isinstance(upper, Sequence) else upper,
                cost=hours[t] * (price[t] if isinstance(price, Sequence) else price),
            )
            for t in self.problem.horizon
        )

    def binary(self, name: str, *, cost: float = 0.0) -> mathopt.Variable:
        """A yes-or-no variable."""
        one = self.model.add_variable(lb=0, ub=1, is_integer=True, name=self.prefix + name)
        if cost:
            self.model.objective.set_linear_coefficient(one, cost)
        self.binaries.append(one)
        return one

    @contextmanager
    def relaxed(self) -> Iterator[None]:
        """Within it, every yes or no may be a maybe."""
        for one in self.binaries:
            one.integer = False
        try:
            yield
        finally:
            for one in self.binaries:
                one.integer = True

    @contextmanager
    def deciding(self, shares: Sequence[mathopt.Variable]) -> Iterator[None]:
        """Within it, `shares` are yes or no as well; afterwards nothing is decided."""
        count = len(self.binaries)
        bounds = [(one.lower_bound, one.upper_bound) for one in self.binaries]
        self.binaries.extend(shares)
        for one in shares:
            one.integer, one.upper_bound = True, 1.0
        try:
            yield
        finally:
            for one in shares:
                one.integer, one.lower_bound, one.upper_bound = False, 0.0, math.inf
            del self.binaries[count:]
            for one, (lower, upper) in zip(self.binaries, bounds, strict=True):
                one.integer, one.lower_bound, one.upper_bound = True, lower, upper

    def row(
        self,
        name: str,
        terms: Iterable[Term],
        *,
        lower: float = -math.inf,
        upper: float = math.inf,
    ) -> mathopt.LinearConstraint:
        """The constraint `lower` ≤ Σ coefficient · variable ≤ `upper`; no variable twice."""
        row = self.model.add_linear_constraint(lb=lower, ub=upper, name=self.prefix + name)
        for coefficient, variable in terms:
            row.set_coefficient(variable, coefficient)
        return row
