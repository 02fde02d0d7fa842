"""The second objective: of the plans that cost as good as the same, the calmest.

Money has been decided when this begins, and so has which heater, car and load runs
when. What is left of the wanted gap, at most half of it, may be spent on a battery that
turns less often and moves more evenly, on curtailing late, and on staying with the hint.
"""

from __future__ import annotations

from dataclasses import replace

from darkstar_planner.core.accounts import Accounts, accounts
from darkstar_planner.core.calm import Calm, calm, calmest, curtailed_late
from darkstar_planner.core.check import check
from darkstar_planner.core.dispatch import Dispatch
from darkstar_planner.core.hint import Hint
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solver import Solved

# the most that may be spent, of the wanted gap
SHARE = 0.5
# a calmer plan is not worth waiting for longer [s]
PATIENCE = 2.0
# what the solver's rounding may add to the money [currency] or take from the calm [kW]
ROUNDING = 1e-6


def finish(
    problem: Problem, found: Solved, *, hint: Hint | None = None, spend: float | None = None
) -> Solved:
    """The calmest plan that costs `spend` [currency] more than `found` at most.

    By default that is what the gap leaves. `found` itself comes back when there is no
    calmer plan, and whenever the accounts or the checker find the least fault.
    """
    if not problem.storages:
        return found
    before = accounts(problem, found.dispatch)
    allowance = spare(problem, before.objective, found.bound) if spend is None else spend
    late = curtailed_late(problem, found, seconds=PATIENCE)
    for begun in (late, found) if late is not found else (found,):
        made = _calmer(problem, begun, found, hint, allowance)
        if made is not None:
            return made
    return found


def _calmer(
    problem: Problem, begun: Solved, found: Solved, hint: Hint | None, allowance: float
) -> Solved | None:
    """The calmest plan near `begun`, if it is calmer than `found` and sound."""
    made = calmest(problem, begun, hint, most=found.objective + allowance, seconds=PATIENCE)
    if made is None or not _is_calmer(
        calm(problem, made, hint), calm(problem, found.dispatch, hint)
    ):
        return None
    before, after = accounts(problem, found.dispatch), accounts(problem, made)
    most = before.objective + allowance + ROUNDING
    if after.objective > most or not is_sound(problem, made, before, after):
        return None
    spent = after.objective - before.objective
    return replace(found, dispatch=made, objective=found.objective + spent)


def spare(problem: Problem, objective: float, bound: float | None) -> float:
    """What may be spent on calm [currency]: nothing where the gap is not closed."""
    if bound is None:
        return 0.0
    gap = problem.options.absolute_gap
    return max(0.0, min(SHARE * gap, gap - (objective - bound)) - ROUNDING)


def _is_calmer(made: Calm, found: Calm) -> bool:
    """Whether `made` is nearer the hint; else turns less often; else moves or curtails less."""
    for one, other in (
        (made.away_kw, found.away_kw),
        (made.switches, found.switches),
        (made.moved_kw, found.moved_kw),
        (made.early_kwh, found.early_kwh),
    ):
        if abs(one - other) > ROUNDING:
            return one < other
    return False


def is_sound(problem: Problem, made: Dispatch, before: Accounts, after: Accounts) -> bool:
    """Whether `made` obeys every rule and breaks no wish that was kept before."""
    admitted = {(one.what, one.slot) for one in before.violations}
    if any((one.what, one.slot) not in admitted for one in after.violations):
        return False
    return check(problem, made, after.violations).passed
