"""Where the price signs would reward power that flows both ways at once."""

from __future__ import annotations

from darkstar_planner.core.dispatch import Dispatch
from darkstar_planner.core.model.draft import Exclusive
from darkstar_planner.core.problem import Problem

TOLERANCE = 1e-6


def exclusive(problem: Problem) -> Exclusive:
    """The slots that need to be told.

    Import and export at once pays where export earns more than import costs. A battery
    that charges and discharges at once burns energy, which pays where energy in the
    house has a negative worth: at negative import prices, and where PV that may not
    be curtailed meets a negative export price or a closed or narrow grid.
    """
    grid, storage = set(), set()
    narrow = problem.grid.max_export_kw
    for t in problem.horizon:
        bought, sold = problem.import_price[t], problem.export_price[t]
        if sold > bought:
            grid.add(t)
        surplus = max(0.0, problem.pv_kw[t] - problem.load_kw[t])
        stuck = narrow is not None and surplus > narrow
        if bought < 0 or (not problem.curtailable and surplus and (sold < 0 or stuck)):
            storage.add(t)
    return Exclusive(grid=frozenset(grid), storage=frozenset(storage))


def both_ways(problem: Problem, dispatch: Dispatch) -> Exclusive:
    """The slots in which `dispatch` has power flowing both ways at once."""
    grid = {
        t for t in problem.horizon if min(dispatch.import_kw[t], dispatch.export_kw[t]) > TOLERANCE
    }
    storage = {
        t
        for one in dispatch.storages.values()
        for t in problem.horizon
        if min(one.charge_kw[t], one.discharge_kw[t]) > TOLERANCE
    }
    return Exclusive(grid=frozenset(grid), storage=frozenset(storage))
