"""A plan by rule, for when the solver has none: use your own sun, and keep the limits.

Loads run in their cheapest stretch, cars charge as soon as they are here, batteries
take what is over and give what is missing. It is never the best plan and always one.
"""

from __future__ import annotations

from dataclasses import dataclass

from darkstar_planner.core.dispatch import Dispatch, StorageDispatch
from darkstar_planner.core.fallback_loads import heat, run_once
from darkstar_planner.core.fallback_storage import House, Step, step, the_house
from darkstar_planner.core.peak_hours import free_import_kw
from darkstar_planner.core.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Power at the meter in one slot, and what had to be cut [kW]."""

    import_kw: float
    export_kw: float
    curtailed_kw: float
    unserved_kw: float


def fallback(problem: Problem) -> Dispatch:
    """The rule-based dispatch of `problem`; it obeys every hard limit."""
    loads = {one.id: heat(problem, one) for one in problem.heaters}
    loads |= {one.id: run_once(problem, one) for one in problem.deferrables}
    steps: dict[str, list[Step]] = {one.id: [] for one in problem.storages}
    flows, calm = [], free_import_kw(problem)
    for t in problem.horizon:
        drawn = problem.load_kw[t] + sum(power[t] for power in loads.values())
        house = the_house(problem, t, drawn, calm[t])
        for storage in (*problem.evs, *problem.batteries):
            made = steps[storage.id]
            stored = made[-1].stored_kwh if made else storage.stored_kwh
            one, house = step(house, storage, stored)
            made.append(one)
        flows.append(_flow(problem, t, house))
    return Dispatch(
        import_kw=tuple(one.import_kw for one in flows),
        export_kw=tuple(one.export_kw for one in flows),
        curtailed_kw=tuple(one.curtailed_kw for one in flows),
        unserved_kw=tuple(one.unserved_kw for one in flows),
        storages={name: _series(made) for name, made in steps.items()},
        loads=loads,
    )


def _series(steps: list[Step]) -> StorageDispatch:
    return StorageDispatch(
        charge_kw=tuple(one.charge_kw for one in steps),
        discharge_kw=tuple(one.discharge_kw for one in steps),
        stored_kwh=tuple(one.stored_kwh for one in steps),
    )


def _flow(problem: Problem, t: int, house: House) -> Flow:
    """Buy what is missing up to the fuse; sell what is over where it may and pays."""
    fuse, limit = problem.grid.max_import_kw, problem.grid.max_export_kw
    needed, over = max(0.0, house.need_kw), max(0.0, -house.need_kw)
    bought = needed if fuse is None else min(needed, fuse)
    sold = over if limit is None else min(over, limit)
    if problem.curtailable and problem.export_price[t] < 0:
        sold = 0.0
    return Flow(
        import_kw=bought,
        export_kw=sold,
        curtailed_kw=house.clipped_kw + (over - sold) / house.kept,
        unserved_kw=needed - bought,
    )
