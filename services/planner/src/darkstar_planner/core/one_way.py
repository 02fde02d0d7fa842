"""A dispatch in which power flows one way at a time, made from one in which it does not.

A linear model may let a battery charge and discharge at once, or an inverter run both
ways, where energy is worth nothing, or less. What is stored stays as it was; the energy
that is then not burnt saves import, is sold, or is left in the sun.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from darkstar_planner.core.accounts import accounts
from darkstar_planner.core.check import check
from darkstar_planner.core.devices import Storage
from darkstar_planner.core.dispatch import Dispatch, StorageDispatch
from darkstar_planner.core.inverter import at_the_house_kw, behind_kw
from darkstar_planner.core.model.draft import Exclusive
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solver import Solved


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meter:
    """What one slot buys, sells and cuts [kW]."""

    bought: float
    sold: float
    cut: float


def straightened(problem: Problem, found: Solved, more: Exclusive) -> Solved | None:
    """`found` with one direction at a time in the slots of `more`; None where that breaks a rule.

    What it then costs is counted anew; the bound holds as it did.
    """
    made = one_way(problem, found.dispatch, more.slots)
    money = accounts(problem, made)
    if not check(problem, made, money.violations).passed:
        return None
    bound = found.bound
    done = bound is not None and money.objective - bound <= problem.options.absolute_gap
    # the linear model is not the one that this dispatch is an optimum of
    return replace(
        found, dispatch=made, objective=money.objective, finished=done, model=None, linear=None
    )


def one_way(problem: Problem, dispatch: Dispatch, slots: frozenset[int]) -> Dispatch:
    """`dispatch` with one direction at a time in `slots`; all else as it was.

    It may break a rule, where what was burnt has nowhere to go: check it.
    """
    storages = {one.id: _netted(one, dispatch.storages[one.id], slots) for one in problem.storages}
    netted = replace(dispatch, storages=storages)
    bought, sold, cut = list(netted.import_kw), list(netted.export_kw), list(netted.curtailed_kw)
    for t in slots:
        meter = _metered(problem, netted, t)
        bought[t], sold[t], cut[t] = meter.bought, meter.sold, meter.cut
    return replace(netted, import_kw=tuple(bought), export_kw=tuple(sold), curtailed_kw=tuple(cut))


def _netted(storage: Storage, made: StorageDispatch, slots: frozenset[int]) -> StorageDispatch:
    """The powers that store as much, in one direction."""
    charge, discharge = list(made.charge_kw), list(made.discharge_kw)
    for t in slots:
        gain = charge[t] * storage.charge_efficiency
        gain -= discharge[t] / storage.discharge_efficiency
        if min(charge[t], discharge[t]) > 0:
            charge[t] = max(0.0, gain) / storage.charge_efficiency
            discharge[t] = max(0.0, -gain) * storage.discharge_efficiency
    return replace(made, charge_kw=tuple(charge), discharge_kw=tuple(discharge))


def _metered(problem: Problem, made: Dispatch, t: int) -> _Meter:
    """The meter in slot `t` as the flows in the house have it."""
    cars = [made.storages[one.id] for one in problem.evs]
    needed = problem.load_kw[t] + sum(power[t] for power in made.loads.values())
    needed += sum(one.charge_kw[t] - one.discharge_kw[t] for one in cars) - made.unserved_kw[t]
    behind = behind_kw(problem, made, t)
    net = needed - at_the_house_kw(problem.inverter, behind)
    if net >= 0:
        return _Meter(bought=net, sold=0.0, cut=made.curtailed_kw[t])
    limit, over = problem.grid.max_export_kw, -net
    # what nobody pays for, or may not be sold, is not sold beyond what was sold before
    kept_in = any(
        made.storages[one.id].discharge_kw[t] > 0
        for one in problem.storages
        if not one.discharge_to_grid
    )
    free = problem.export_price[t] > 0 and not kept_in
    most = over if free else min(over, made.export_kw[t])
    sold = most if limit is None else min(most, limit)
    inverter = problem.inverter
    kept = inverter.efficiency if inverter.dc_coupled else 1.0
    return _Meter(bought=0.0, sold=sold, cut=made.curtailed_kw[t] + (over - sold) / kept)
