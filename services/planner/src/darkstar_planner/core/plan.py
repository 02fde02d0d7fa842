"""From a problem to a solution: solved, or by rule, and in any case checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from darkstar_planner.core.accounts import accounts
from darkstar_planner.core.branches import branches
from darkstar_planner.core.check import check
from darkstar_planner.core.dispatch import Dispatch
from darkstar_planner.core.fallback import fallback
from darkstar_planner.core.finish import finish
from darkstar_planner.core.first_decisions import calm_later, keep_first
from darkstar_planner.core.hint import hint_of
from darkstar_planner.core.keep import Kept, keep
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.reasons import reasons
from darkstar_planner.core.solution import SlotPlan, Solution, StoragePlan, Violation
from darkstar_planner.core.solve import solve
from darkstar_planner.core.solver import Solved, Unsolved
from darkstar_planner.core.two_stage import solve_scenarios

ROUNDING = 1e-5
DECIMALS = 9
# of the time, for planning the expected future alone where several take too long
RESERVE = 0.2
# for that plan, however late it is [s]
LEAST_SECONDS = 0.5
TOO_LONG = "several futures took too long: planned for the expected one"


def plan(problem: Problem, *, elapsed: Callable[[], float] | None = None) -> Solution:
    """The cheapest plan that was found in time; the rule-based one where none was.

    Args:
        problem: What to plan.
        elapsed: Time since the planning began [s], from whoever has a clock; without it
            only the solvers' time counts towards the limit.
    """
    if problem.scenarios:
        return _plan_for_scenarios(problem, elapsed)
    best = solve(problem, elapsed=elapsed)
    if isinstance(best, Unsolved):
        return planned_by_rule(problem, f"the solver found no plan: {best.reason}", best.seconds)
    made = _settled(problem, best)
    if not made.checks.passed:
        reason = f"the solver's plan breaks a rule: {made.checks.problems[0]}"
        return planned_by_rule(problem, reason, best.seconds)
    return made


def _settled(problem: Problem, best: Solved) -> Solution:
    """The hint where little is lost by it; else the calmest of the plans as good as `best`."""
    hint = hint_of(problem)
    kept = None
    if hint is not None and problem.options.keep_threshold > 0:
        kept = keep(problem, best, hint)
    if kept is None:
        return _solution(problem, finish(problem, best, hint=hint))
    made = _solution(problem, kept.found)
    money = accounts(problem, best.dispatch).objective
    status = _status(problem, best, money)
    return made.model_copy(update={"status": status} | _of_kept(kept))


def _of_kept(kept: Kept) -> dict[str, object]:
    """What the solution says of a hint that was kept."""
    notes = () if kept.note is None else (kept.note,)
    return {"kept_saving": _tidy(kept.saving), "notes": notes}


def _plan_for_scenarios(problem: Problem, elapsed: Callable[[], float] | None) -> Solution:
    """The plan for the problem's own future whose first decisions are best for all."""
    hurried = _with_time(problem, (1 - RESERVE) * problem.options.time_limit_seconds)
    best = solve_scenarios(hurried, elapsed=elapsed)
    if isinstance(best, Unsolved):
        return _for_the_expected(problem, best, elapsed)
    hint, first = hint_of(problem), None
    if hint is not None and problem.options.keep_threshold > 0:
        first = keep_first(problem, best, hint)
    made = calm_later(problem, best if first is None else first.expected, hint)
    solution = _solution(problem, made.found, expectation=made.objective)
    told: dict[str, object] = {"scenarios": made.futures(problem)}
    if first is not None:
        status = _status(problem, best.found, best.objective)
        told |= {"status": status} | _of_kept(first.kept)
    return solution.model_copy(update=told)


def _for_the_expected(
    problem: Problem, late: Unsolved, elapsed: Callable[[], float] | None
) -> Solution:
    """The plan for the problem's own future alone; by rule where that fails too.

    Its objective is that of this future; nothing is proven of the expectation.
    """
    limit, passed = problem.options.time_limit_seconds, late.seconds
    if elapsed is None:
        limit = max(limit - passed, LEAST_SECONDS)
    else:
        limit = max(limit, elapsed() + LEAST_SECONDS)
    alone = _with_time(branches(problem)[0].problem, limit)
    best = solve(alone, elapsed=elapsed)
    if isinstance(best, Unsolved):
        reason = f"the solver found no plan: {late.reason}; for one future: {best.reason}"
        return planned_by_rule(problem, reason, passed + best.seconds)
    whole = replace(best, bound=None, finished=False, seconds=passed + best.seconds)
    made = _solution(alone, finish(alone, whole, hint=hint_of(problem)))
    if not made.checks.passed:
        reason = f"the plan for one future breaks a rule: {made.checks.problems[0]}"
        return planned_by_rule(problem, reason, whole.seconds)
    return made.model_copy(update={"notes": (TOO_LONG,)})


def _with_time(problem: Problem, seconds: float) -> Problem:
    """`problem` with a time limit of `seconds`."""
    options = problem.options.model_copy(update={"time_limit_seconds": seconds})
    return problem.model_copy(update={"options": options})


def planned_by_rule(problem: Problem, reason: str, seconds: float = 0.0) -> Solution:
    """The fallback's plan; it proves nothing about the best one."""
    made = fallback(problem)
    found = Solved(
        dispatch=made,
        objective=accounts(problem, made).objective,
        bound=None,
        finished=False,
        solver="rules",
        marginal_price=None,
        seconds=seconds,
    )
    solution = _solution(problem, found)
    return solution.model_copy(update={"status": "fallback", "reason": reason})


def _solution(problem: Problem, found: Solved, *, expectation: float | None = None) -> Solution:
    money = accounts(problem, found.dispatch)
    objective = money.objective if expectation is None else expectation
    # the accounts round what the solver does not, by less than a thousandth of a cent
    bound = None if found.bound is None else min(found.bound, objective)
    gap = None if bound is None else objective - bound
    return Solution(
        status=_status(problem, found, objective),
        currency=problem.currency,
        cost=money.cost,
        objective=objective,
        bound=bound,
        gap=gap,
        solver=found.solver,
        solve_seconds=found.seconds,
        total_seconds=found.seconds,
        slots=_slots(problem, found, money.violations),
        violations=money.violations,
        checks=check(problem, found.dispatch, money.violations),
    )


def _status(problem: Problem, found: Solved, objective: float) -> Literal["optimal", "feasible"]:
    """Whether `objective` was proven to be within the wanted gap of the best."""
    if not found.finished or found.bound is None:
        return "feasible"
    gap = problem.options.absolute_gap + ROUNDING
    return "optimal" if objective - found.bound <= gap else "feasible"


def _slots(
    problem: Problem, found: Solved, violations: Sequence[Violation]
) -> tuple[SlotPlan, ...]:
    made, prices = found.dispatch, found.marginal_price
    return tuple(
        SlotPlan(
            start=problem.starts[t],
            import_kw=_tidy(made.import_kw[t]),
            export_kw=_tidy(made.export_kw[t]),
            curtailed_kw=_tidy(made.curtailed_kw[t]),
            unserved_kw=_tidy(made.unserved_kw[t]),
            batteries={one.id: _storage(made, one.id, t) for one in problem.batteries},
            evs={one.id: _storage(made, one.id, t) for one in problem.evs},
            heaters={one.id: _tidy(made.loads[one.id][t]) for one in problem.heaters},
            deferrables={one.id: _tidy(made.loads[one.id][t]) for one in problem.deferrables},
            marginal_price=None if prices is None else _tidy(prices[t]),
            reason=reason,
        )
        for t, reason in enumerate(reasons(problem, made, violations))
    )


def _storage(made: Dispatch, name: str, t: int) -> StoragePlan:
    one = made.storages[name]
    return StoragePlan(
        charge_kw=_tidy(one.charge_kw[t]),
        discharge_kw=_tidy(one.discharge_kw[t]),
        stored_kwh=_tidy(one.stored_kwh[t]),
    )


def _tidy(value: float) -> float:
    """`value` without the solver's rounding, and without a negative zero."""
    return round(value, DECIMALS) + 0.0
