"""From a problem to a solution: solved, or by rule, and in any case checked."""

from __future__ import annotations

from darkstar_planner.core.accounts import accounts
from darkstar_planner.core.check import check
from darkstar_planner.core.dispatch import Dispatch
from darkstar_planner.core.fallback import fallback
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.reasons import reasons
from darkstar_planner.core.solution import SlotPlan, Solution, StoragePlan
from darkstar_planner.core.solve import solve
from darkstar_planner.core.solver import Solved, Unsolved

ROUNDING = 1e-5
DECIMALS = 9


def plan(problem: Problem) -> Solution:
    """The cheapest plan that was found in time; the rule-based one where none was."""
    found = solve(problem)
    if isinstance(found, Unsolved):
        return planned_by_rule(problem, f"the solver found no plan: {found.reason}", found.seconds)
    made = _solution(problem, found)
    if not made.checks.passed:
        reason = f"the solver's plan breaks a rule: {made.checks.problems[0]}"
        return planned_by_rule(problem, reason, found.seconds)
    return made


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


def _solution(problem: Problem, found: Solved) -> Solution:
    money = accounts(problem, found.dispatch)
    # the accounts round what the solver does not, by less than a thousandth of a cent
    bound = None if found.bound is None else min(found.bound, money.objective)
    gap = None if bound is None else money.objective - bound
    done = found.finished and gap is not None and gap <= problem.options.absolute_gap + ROUNDING
    return Solution(
        status="optimal" if done else "feasible",
        cost=money.cost,
        objective=money.objective,
        bound=bound,
        gap=gap,
        solver=found.solver,
        solve_seconds=found.seconds,
        total_seconds=found.seconds,
        slots=_slots(problem, found),
        violations=money.violations,
        checks=check(problem, found.dispatch, money.violations),
    )


def _slots(problem: Problem, found: Solved) -> tuple[SlotPlan, ...]:
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
        for t, reason in enumerate(reasons(problem, made))
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
