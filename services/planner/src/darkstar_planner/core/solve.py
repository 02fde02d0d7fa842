"""From a problem to a dispatch, by the solver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from ortools.math_opt.python import mathopt

from darkstar_planner.core.dispatch import Dispatch, Series, StorageDispatch
from darkstar_planner.core.exclusivity import both_ways, exclusive
from darkstar_planner.core.model.draft import Exclusive
from darkstar_planner.core.model.kepler import Kepler, kepler
from darkstar_planner.core.problem import Problem

SCIP, GLOP, HIGHS = (
    mathopt.SolverType.GSCIP,
    mathopt.SolverType.GLOP,
    mathopt.SolverType.HIGHS,
)
# below this a value is the solver's rounding [kW or kWh]
DUST = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """What the solver found.

    Attributes:
        bound: No plan has a lower objective [currency]; None when nothing was proven.
        finished: Whether the wanted gap was proven before the time was up.
        marginal_price: What one more kWh at the house would cost in each slot [currency/kWh].
        seconds: Time in the solver [s].
    """

    dispatch: Dispatch
    bound: float | None
    finished: bool
    solver: str
    marginal_price: Series | None
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsolved:
    """The solver has no plan to show, and why."""

    reason: str
    seconds: float


def solve(problem: Problem) -> Solved | Unsolved:
    """The cheapest dispatch of `problem`, within its time limit and gap.

    Slots in which power would flow both ways at once although no price sign said so
    get their binaries after the fact and the model is solved again; it is rare.
    """
    told, left, spent = exclusive(problem), problem.options.time_limit_seconds, 0.0
    while True:
        model = kepler(problem, told)
        found = _solve_model(model, seconds=left)
        spent += found.seconds
        left -= found.seconds
        found = replace(found, seconds=spent)
        if isinstance(found, Unsolved):
            return found
        more = both_ways(problem, found.dispatch)
        wider = Exclusive(grid=told.grid | more.grid, storage=told.storage | more.storage)
        if wider == told or left <= 0:
            return found
        told = wider


def _solve_model(model: Kepler, *, seconds: float) -> Solved | Unsolved:
    if not model.draft.binaries:
        return _solve_linear(model, seconds=seconds)
    options = model.draft.problem.options
    chosen = HIGHS if options.solver == "highs" else SCIP
    parameters = mathopt.SolveParameters(
        time_limit=timedelta(seconds=max(seconds, 0.1)),
        absolute_gap_tolerance=options.absolute_gap * 0.9,
        relative_gap_tolerance=0.0,
    )
    result = mathopt.solve(model.draft.model, chosen, params=parameters)
    took = result.solve_time().total_seconds()
    if not result.has_primal_feasible_solution():
        return Unsolved(reason=_reason(result), seconds=took)
    for variable, value in zip(
        model.draft.binaries, result.variable_values(model.draft.binaries), strict=True
    ):
        variable.integer = False
        variable.lower_bound = variable.upper_bound = float(round(value))
    linear = _solve_linear(model, seconds=max(seconds - took, 1.0))
    if isinstance(linear, Unsolved):
        return replace(linear, seconds=took + linear.seconds)
    return replace(
        linear,
        bound=result.best_objective_bound(),
        finished=result.termination.reason == mathopt.TerminationReason.OPTIMAL,
        solver=chosen.name.lower().removeprefix("g"),
        seconds=took + linear.seconds,
    )


def _solve_linear(model: Kepler, *, seconds: float) -> Solved | Unsolved:
    """Solve a model without open binaries; its vertex is clean and its duals are prices."""
    parameters = mathopt.SolveParameters(time_limit=timedelta(seconds=seconds))
    result = mathopt.solve(model.draft.model, GLOP, params=parameters)
    took = result.solve_time().total_seconds()
    if not result.has_primal_feasible_solution():
        return Unsolved(reason=_reason(result), seconds=took)
    prices: Series | None = None
    if result.has_dual_feasible_solution():
        duals = result.dual_values(list(model.balance))
        hours = model.draft.problem.hours
        prices = tuple(dual / hour for dual, hour in zip(duals, hours, strict=True))
    return Solved(
        dispatch=_read(model, result),
        bound=result.objective_value(),
        finished=result.termination.reason == mathopt.TerminationReason.OPTIMAL,
        solver="glop",
        marginal_price=prices,
        seconds=took,
    )


def _reason(result: mathopt.SolveResult) -> str:
    return str(result.termination.reason.name).lower().replace("_", " ")


def _read(model: Kepler, result: mathopt.SolveResult) -> Dispatch:
    def values(variables: Sequence[mathopt.Variable]) -> Series:
        found = result.variable_values(list(variables))
        return tuple(value if value > DUST else 0.0 for value in found)

    problem = model.draft.problem
    loads = {
        one.id: tuple(on * one.power_kw for on in values(model.heaters[one.id].on))
        for one in problem.heaters
    }
    for name, powers in model.deferrables.items():
        loads[name] = tuple(
            sum(
                power * value
                for (power, _), value in zip(
                    terms, values([each for _, each in terms]), strict=True
                )
            )
            for terms in powers
        )
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
