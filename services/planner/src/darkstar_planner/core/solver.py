"""Runs the solver on a model, and reads a dispatch out of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt

from darkstar_planner.core.attempt import attempted, linear_attempt
from darkstar_planner.core.dispatch import Dispatch, Series, StorageDispatch
from darkstar_planner.core.model.deferrable import Powers
from darkstar_planner.core.model.kepler import Kepler

SCIP, GLOP, HIGHS = (
    mathopt.SolverType.GSCIP,
    mathopt.SolverType.GLOP,
    mathopt.SolverType.HIGHS,
)
# below this a value is the solver's rounding [kW or kWh]
DUST = 1e-7
LEAST_SECONDS = 0.1
FAILED = "the solver failed"

Values = Callable[[Sequence[mathopt.Variable]], Sequence[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """What the solver found.

    Attributes:
        objective: What was minimised, as the solver counts it [currency].
        bound: No plan has a lower objective [currency]; None when nothing was proven.
        finished: Whether the wanted gap was proven before the time was up.
        marginal_price: What one more kWh at the house would cost in each slot [currency/kWh].
        seconds: Time in the solver [s].
        others: What is done in the other futures, where they share the model.
        model: The variables of `linear`.
        linear: The model with every yes and no as decided, of which the dispatch is an optimum.
    """

    dispatch: Dispatch
    objective: float
    bound: float | None
    finished: bool
    solver: str
    marginal_price: Series | None
    seconds: float
    others: tuple[Dispatch, ...] = ()
    model: Kepler | None = None
    linear: model_pb2.ModelProto | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsolved:
    """The solver has no plan to show, and why; `bound` as far as proven [currency]."""

    reason: str
    bound: float | None
    seconds: float


def solve_model(
    model: Kepler, *, seconds: float, gap: float | None = None, start: Solved | None = None
) -> Solved | Unsolved:
    """Solve `model` to an absolute `gap`, the problem's own unless given.

    Once the yes and no are decided the linear rest is solved again: its vertex is
    clean, and its duals are the marginal prices.
    """
    if not model.draft.binaries:
        with _decided(model, ()):
            return _solve_linear(model, seconds=seconds)
    options = model.draft.problem.options
    chosen = HIGHS if options.solver == "highs" else SCIP
    parameters = mathopt.SolveParameters(
        time_limit=timedelta(seconds=max(seconds, LEAST_SECONDS)),
        absolute_gap_tolerance=0.9 * options.absolute_gap if gap is None else gap,
        relative_gap_tolerance=0.0,
    )
    wanted = mathopt.ModelSolveParameters(
        solution_hints=_hints(model, start),
        variable_values_filter=mathopt.VariableFilter(filtered_items=model.draft.binaries),
    )
    result = attempted(
        lambda how: mathopt.solve(model.draft.model, chosen, params=how, model_params=wanted),
        parameters,
    )
    if result is None:
        return Unsolved(reason=FAILED, bound=None, seconds=0.0)
    took, bound = result.solve_time().total_seconds(), _bound(result)
    if not result.has_primal_feasible_solution():
        return Unsolved(reason=_reason(result), bound=bound, seconds=took)
    with _decided(model, result.variable_values(model.draft.binaries)):
        linear = _solve_linear(model, seconds=max(seconds - took, 1.0))
    if isinstance(linear, Unsolved):
        return replace(linear, bound=bound, seconds=took + linear.seconds)
    return replace(
        linear,
        bound=bound,
        finished=result.termination.reason == mathopt.TerminationReason.OPTIMAL,
        solver=str(chosen.name).lower().removeprefix("g"),
        seconds=took + linear.seconds,
    )


def _hints(model: Kepler, start: Solved | None) -> list[mathopt.SolutionHint]:
    """How hard the heaters of `start` heated; the solver completes it."""
    if start is None:
        return []
    futures = zip((model, *model.others), (start.dispatch, *start.others), strict=True)
    values = {
        variable: value
        for one, dispatch in futures
        for name in one.heaters
        for t, terms in enumerate(one.loads[name])
        for variable, value in _taken(terms, dispatch.loads[name][t])
    }
    return [mathopt.SolutionHint(variable_values=values)]


def _taken(terms: Powers, power_kw: float) -> Iterator[tuple[mathopt.Variable, float]]:
    """Which steps of a heater make up `power_kw`."""
    below = 0.0
    for step_kw, variable in terms:
        yield variable, float(power_kw > below + step_kw / 2)
        below += step_kw


@contextmanager
def _decided(model: Kepler, values: Sequence[float]) -> Iterator[None]:
    """Within it, every yes or no has its one of `values`.

    The rows of a surplus then only repeat what the balance says, and would share its
    dual with it: they are let go, so that the balance has the whole price.
    """
    binaries = model.draft.binaries
    bounds = [(one.lower_bound, one.upper_bound) for one in binaries]
    surplus = [row for one in (model, *model.others) for row in one.surplus]
    least = [row.lower_bound for row in surplus]
    for variable, value in zip(binaries, values, strict=True):
        variable.integer = False
        variable.lower_bound = variable.upper_bound = float(round(value))
    for row in surplus:
        row.lower_bound = -math.inf
    try:
        yield
    finally:
        for variable, (lower, upper) in zip(binaries, bounds, strict=True):
            variable.integer, variable.lower_bound, variable.upper_bound = True, lower, upper
        for row, lower in zip(surplus, least, strict=True):
            row.lower_bound = lower


def _bound(result: mathopt.SolveResult) -> float | None:
    bound = result.best_objective_bound()
    return bound if math.isfinite(bound) else None


def _solve_linear(model: Kepler, *, seconds: float) -> Solved | Unsolved:
    parameters = mathopt.SolveParameters(time_limit=timedelta(seconds=seconds))
    wanted = mathopt.ModelSolveParameters(
        dual_values_filter=mathopt.LinearConstraintFilter(filtered_items=model.balance),
        reduced_costs_filter=mathopt.VariableFilter(filtered_items=()),
    )
    result = linear_attempt(
        lambda how: mathopt.solve(model.draft.model, GLOP, params=how, model_params=wanted),
        parameters,
    )
    if result is None:
        return Unsolved(reason=FAILED, bound=None, seconds=0.0)
    took = result.solve_time().total_seconds()
    if not result.has_primal_feasible_solution():
        return Unsolved(reason=_reason(result), bound=None, seconds=took)
    prices: Series | None = None
    if result.has_dual_feasible_solution():
        duals = result.dual_values(list(model.balance))
        hours = model.draft.problem.hours
        prices = tuple(dual / hour for dual, hour in zip(duals, hours, strict=True))
    return Solved(
        dispatch=_read(model, result),
        objective=result.objective_value(),
        bound=result.objective_value(),
        finished=result.termination.reason == mathopt.TerminationReason.OPTIMAL,
        solver="glop",
        marginal_price=prices,
        seconds=took,
        others=tuple(_read(one, result) for one in model.others),
        model=model,
        linear=model.draft.model.export_model(),
    )


def _reason(result: mathopt.SolveResult) -> str:
    return str(result.termination.reason.name).lower().replace("_", " ")


def _read(model: Kepler, result: mathopt.SolveResult) -> Dispatch:
    return read_dispatch(model, lambda variables: result.variable_values(list(variables)))


def read_dispatch(model: Kepler, found_for: Values) -> Dispatch:
    """The dispatch that `model` has where its variables have the values `found_for` gives."""

    def values(variables: Sequence[mathopt.Variable]) -> Series:
        found = found_for(variables)
        return tuple(value if value > DUST else 0.0 for value in found)

    def power(terms: Powers) -> float:
        shares = values([variable for _, variable in terms])
        return sum(kw * share for (kw, _), share in zip(terms, shares, strict=True))

    def decided(powers: tuple[Powers, ...]) -> Series:
        shares = iter(values([variable for terms in powers for _, variable in terms]))
        return tuple(sum(kw * round(next(shares)) for kw, _ in terms) for terms in powers)

    heaters = model.draft.problem.heaters
    loads = {one.id: decided(model.loads[one.id]) for one in heaters}
    loads |= {
        name: tuple(power(terms) for terms in powers) for name, powers in model.deferrables.items()
    }
    return Dispatch(
        import_kw=values(model.grid.import_kw),
        export_kw=values(model.grid.export_kw),
        curtailed_kw=values(model.curtailed_kw),
        unserved_kw=values(model.grid.unserved_kw),
        storages={
            name: StorageDispatch(
                charge_kw=values(one.charge_kw),
                discharge_kw=values(one.discharge_kw),
                stored_kwh=values(one.stored_kwh[1:]),
            )
            for name, one in model.storages.items()
        },
        loads=loads,
    )
