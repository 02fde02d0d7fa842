"""What comes after the money where there are scenarios: staying with a hint, and calm.

Only what is decided first will be done before the next plan, so that is what is kept of
a hint. Calm is asked of the plan that is shown; what is decided first stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from darkstar_planner.core.accounts import accounts
from darkstar_planner.core.budget import Budget
from darkstar_planner.core.dispatch import Dispatch, StorageDispatch
from darkstar_planner.core.exclusivity import exclusive
from darkstar_planner.core.expected import Expected, expected_of
from darkstar_planner.core.finish import finish, spare
from darkstar_planner.core.hint import Hint
from darkstar_planner.core.keep import Kept, without_loads
from darkstar_planner.core.model.futures import follows, hold
from darkstar_planner.core.model.kepler import kepler
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solver import Unsolved, solve_model
from darkstar_planner.core.two_stage import solve_following

# what is left of the time limit may be nothing; this much is taken anyway [s]
LEAST_SECONDS = 0.5
ROUNDING = 1e-6
PART = "what is decided first"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFirst:
    """A plan that begins as the hint does, and what was kept by that."""

    expected: Expected
    kept: Kept


def keep_first(problem: Problem, best: Expected, hint: Hint) -> KeptFirst | None:
    """The plan that begins like `hint`, if the best one saves no more than `keep_threshold`.

    None as well where the hint does not know all that is to be decided first, where
    some future could not follow it, and where the best plan begins like it anyway.
    """
    decided = _first(hint, best.commit)
    if decided is None or follows(best.found.dispatch, decided, commit=best.commit):
        return None
    left = problem.options.time_limit_seconds - best.found.seconds
    budget = Budget(limit=max(left, LEAST_SECONDS))
    plans = []
    for one in best.tree:
        found = solve_following(one.problem, decided, commit=best.commit, budget=budget)
        if isinstance(found, Unsolved):
            return None
        plans.append(found.dispatch)
    proven = replace(best.found, seconds=best.found.seconds + budget.solver)
    expected = expected_of(best.tree, best.commit, proven, plans)
    if isinstance(expected, str):
        return None
    saving = max(0.0, expected.objective - best.objective)
    if saving > problem.options.keep_threshold + ROUNDING:
        return None
    return KeptFirst(expected=expected, kept=Kept(found=expected.found, saving=saving, part=PART))


def calm_later(problem: Problem, made: Expected, hint: Hint | None) -> Expected:
    """`made` with the calmest plan for the shown future that begins in the same way."""
    loads = made.found.dispatch.loads
    alone = without_loads(problem, loads)
    model = hold(kepler(alone, exclusive(alone)), made.found.dispatch, commit=made.commit)
    found = solve_model(model, seconds=LEAST_SECONDS)
    if isinstance(found, Unsolved):
        return made
    whole = replace(found, dispatch=replace(found.dispatch, loads=loads))
    spend = spare(problem, made.objective, made.found.bound)
    calm = finish(problem, whole, hint=hint, spend=spend)
    before = accounts(problem, made.found.dispatch).objective
    if calm is whole or accounts(problem, calm.dispatch).objective > before + spend + ROUNDING:
        return made
    after = expected_of(made.tree, made.commit, made.found, (calm.dispatch, *made.plans[1:]))
    return made if isinstance(after, str) else after


def _first(hint: Hint, commit: int) -> Dispatch | None:
    """What `hint` decides in the first slots, if it knows all of it."""
    storages, loads = {}, {}
    for name, flows in hint.power.items():
        known = [one for one in flows[:commit] if one is not None]
        if len(known) < commit:
            return None
        charge, discharge = zip(*known, strict=True)
        storages[name] = StorageDispatch(charge_kw=charge, discharge_kw=discharge, stored_kwh=())
    for name, powers in hint.load_kw.items():
        on = tuple(one for one in powers[:commit] if one is not None)
        if len(on) < commit:
            return None
        loads[name] = on
    nothing: tuple[float, ...] = ()
    return Dispatch(
        import_kw=nothing,
        export_kw=nothing,
        curtailed_kw=nothing,
        unserved_kw=nothing,
        storages=storages,
        loads=loads,
    )
