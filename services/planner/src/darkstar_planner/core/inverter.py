"""What passes between the house and the PV and batteries behind a hybrid inverter."""

from __future__ import annotations

from darkstar_planner.core.dispatch import Dispatch
from darkstar_planner.core.problem import Inverter, Problem


def behind_kw(problem: Problem, dispatch: Dispatch, t: int) -> float:
    """What PV and batteries together give in slot `t`, negative for take [kW]."""
    batteries = [dispatch.storages[one.id] for one in problem.batteries]
    flow = sum(one.discharge_kw[t] - one.charge_kw[t] for one in batteries)
    return problem.pv_kw[t] - dispatch.curtailed_kw[t] + flow


def at_the_house_kw(inverter: Inverter, behind: float) -> float:
    """What `behind` [kW] is on the AC side: less when it comes, more when it goes [kW]."""
    if not inverter.dc_coupled:
        return behind
    return behind * inverter.efficiency if behind > 0 else behind / inverter.efficiency
