"""Where the price signs would reward power that flows both ways at once."""

from __future__ import annotations

from darkstar_planner.core.devices import Storage
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
    house has a negative worth: at negative import prices; where PV that may not be
    curtailed meets a negative export price, a closed or narrow grid or a small
    inverter; where a person wants a power that has nowhere to go; and where stored
    energy is above its maximum or worth less than nothing. So does the inverter of a
    DC bus that runs both ways at once.
    """
    grid = {t for t in problem.horizon if problem.export_price[t] > problem.import_price[t]}
    storage = {t for t in problem.horizon if problem.import_price[t] < 0 or _is_stuck(problem, t)}
    storage |= {block.slot for block in problem.fixed if block.on is None}
    for one in problem.storages:
        storage |= _unwanted(problem, one)
    inverter = storage if problem.inverter.dc_coupled else ()
    return Exclusive(grid=frozenset(grid), storage=frozenset(storage), inverter=frozenset(inverter))


def _is_stuck(problem: Problem, t: int) -> bool:
    """Whether slot `t` has sun that must be used and that the grid does not want."""
    pv, narrow, most = problem.pv_kw[t], problem.grid.max_export_kw, problem.inverter.max_ac_kw
    over = pv - problem.load_kw[t]
    if problem.curtailable or not pv:
        return False
    unwanted = over > 0 and (problem.export_price[t] < 0 or (narrow is not None and over > narrow))
    return unwanted or (most is not None and pv > most)


def _unwanted(problem: Problem, storage: Storage) -> set[int]:
    """The slots in which less in `storage` is better: it has too much, or it is a burden."""
    values = [storage.terminal_value_per_kwh, *(value for _, value in storage.terminal_value_curve)]
    if min(values) < 0:
        return set(problem.horizon)
    over, told = storage.stored_kwh - storage.ceiling_kwh, set()
    for t in problem.horizon:
        if over <= 0:
            break
        # as fast as the house alone uses it, unless the grid takes it as well
        power = storage.max_discharge_kw
        if problem.grid.max_export_kw is not None:
            power = min(power, problem.load_kw[t] + problem.grid.max_export_kw)
        over -= power * problem.hours[t]
        told.add(t)
    return told


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
