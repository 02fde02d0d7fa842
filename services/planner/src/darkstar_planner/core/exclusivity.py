"""Where the price signs would reward power that flows both ways at once."""

from __future__ import annotations

from darkstar_planner.core.dispatch import Dispatch
from darkstar_planner.core.inverter import at_the_house_kw, behind_kw
from darkstar_planner.core.model.draft import Exclusive
from darkstar_planner.core.problem import Problem

TOLERANCE = 1e-6
# a sum of many flows is rounded more coarsely than each [kW]
SUM_TOLERANCE = 1e-5


def exclusive(problem: Problem) -> Exclusive:
    """The slots that need to be told.

    Import and export at once pays where export earns more than import costs. A battery
    that charges and discharges at once burns energy, which pays where energy in the
    house has a negative worth: at negative import prices, and where PV that may not
    be curtailed meets a negative export price or a closed or narrow grid. So does the
    inverter of a DC bus that runs both ways at once.
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
    inverter = storage if problem.inverter.dc_coupled else ()
    return Exclusive(grid=frozenset(grid), storage=frozenset(storage), inverter=frozenset(inverter))


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
    inverter = {t for t in problem.horizon if _burnt_kw(problem, dispatch, t) > SUM_TOLERANCE}
    return Exclusive(grid=frozenset(grid), storage=frozenset(storage), inverter=frozenset(inverter))


def _burnt_kw(problem: Problem, dispatch: Dispatch, t: int) -> float:
    """What came to the house and is not there, lost by an inverter running both ways [kW]."""
    if not problem.inverter.dc_coupled:
        return 0.0
    cars = [dispatch.storages[one.id] for one in problem.evs]
    came = dispatch.import_kw[t] - dispatch.export_kw[t] + dispatch.unserved_kw[t]
    came += at_the_house_kw(problem.inverter, behind_kw(problem, dispatch, t))
    came += sum(one.discharge_kw[t] - one.charge_kw[t] for one in cars)
    return came - problem.load_kw[t] - sum(power[t] for power in dispatch.loads.values())
