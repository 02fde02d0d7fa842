"""How much a battery can take or give in one slot, from what it holds as the slot begins."""

from __future__ import annotations

from itertools import pairwise

from darkstar_planner.core.devices import Battery
from darkstar_planner.core.problem import Problem


def most_charge(problem: Problem, battery: Battery, t: int, stored_kwh: float) -> float:
    """The most that `battery` can be charged with in slot `t` [kW].

    What fits below its maximum, what its taper, the inverter and the fuse let through
    beside the base load; nothing when that is less than the least it charges with.
    """
    hours, pv, load = problem.hours[t], problem.pv_kw[t], problem.load_kw[t]
    loss = _loss(problem)
    room = (battery.ceiling_kwh - stored_kwh) / hours + battery.standby_kw
    limits = [battery.max_charge_kw, room / battery.charge_efficiency]
    limits += [
        y0 + (y1 - y0) * (stored_kwh - x0) / (x1 - x0)
        for (x0, y0), (x1, y1) in pairwise(battery.charge_taper)
    ]
    limits += [most for _, most in battery.charge_taper if len(battery.charge_taper) == 1]
    if problem.inverter.max_ac_kw is not None:
        limits.append(pv + loss * problem.inverter.max_ac_kw)
    if problem.grid.max_import_kw is not None:
        limits.append(pv + loss * (problem.grid.max_import_kw - load))
    if not battery.charge_from_grid:
        limits.append(pv - load / loss)
    most = min(limits)
    return most if most >= max(battery.min_charge_kw, 0.0) else 0.0


def most_discharge(problem: Problem, battery: Battery | None, t: int, stored_kwh: float) -> float:
    """The most that `battery` can give to the meter in slot `t` [kW]."""
    if battery is None or not battery.discharge_to_grid:
        return 0.0
    above = (stored_kwh - battery.min_kwh) / problem.hours[t] - battery.standby_kw
    most = min(battery.max_discharge_kw, above * battery.discharge_efficiency)
    if problem.inverter.max_ac_kw is not None:
        most = min(most, problem.inverter.max_ac_kw / _loss(problem) - problem.pv_kw[t])
    return max(0.0, most)


def most_export(problem: Problem, t: int, discharge_kw: float) -> float:
    """What a discharge of so much lets out at the meter in slot `t` [kW]."""
    out = _loss(problem) * (problem.pv_kw[t] + discharge_kw) - problem.load_kw[t]
    most = problem.grid.max_export_kw
    return max(0.0, out if most is None else min(out, most))


def discharge_for(problem: Problem, t: int, export_kw: float) -> float:
    """The discharge that an export of so much takes in slot `t` [kW]."""
    return max(0.0, (export_kw + problem.load_kw[t]) / _loss(problem) - problem.pv_kw[t])


def stored_after(
    problem: Problem, battery: Battery, t: int, stored_kwh: float, *, power_kw: float
) -> float:
    """What `battery` holds after slot `t` at `power_kw`, charging positive [kWh]."""
    gain = (
        power_kw * battery.charge_efficiency
        if power_kw > 0
        else power_kw / battery.discharge_efficiency
    )
    return max(0.0, stored_kwh + (gain - battery.standby_kw) * problem.hours[t])


def _loss(problem: Problem) -> float:
    """What is left of a kW that passes between the battery's side and the house's."""
    return problem.inverter.efficiency if problem.inverter.dc_coupled else 1.0
