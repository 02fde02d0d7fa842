"""A plan by rule, for when the solver has none: use your own sun, and keep the limits.

Loads run in their cheapest stretch, cars charge as soon as they are here, batteries
take what is over and give what is missing. It is never the best plan and always one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from darkstar_planner.core.devices import Ev, Storage
from darkstar_planner.core.dispatch import Dispatch, StorageDispatch
from darkstar_planner.core.fallback_loads import heat, run_once
from darkstar_planner.core.problem import Problem

Step = tuple[float, float, float]


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
    flows = []
    for t in problem.horizon:
        sun = _usable_pv(problem, t)
        net = problem.load_kw[t] + sum(power[t] for power in loads.values()) - sun
        for storage in (*problem.evs, *problem.batteries):
            made = steps[storage.id]
            stored = made[-1][2] if made else storage.stored_kwh
            step = _step(problem, storage, t, stored, net)
            made.append(step)
            net += step[0] - step[1]
        flows.append(_flow(problem, t, sun, net))
    return Dispatch(
        import_kw=tuple(one.import_kw for one in flows),
        export_kw=tuple(one.export_kw for one in flows),
        curtailed_kw=tuple(one.curtailed_kw for one in flows),
        unserved_kw=tuple(one.unserved_kw for one in flows),
        storages={name: _series(made) for name, made in steps.items()},
        loads=loads,
    )


def _series(steps: list[Step]) -> StorageDispatch:
    charge, discharge, stored = zip(*steps, strict=True)
    return StorageDispatch(charge_kw=charge, discharge_kw=discharge, stored_kwh=stored)


def _usable_pv(problem: Problem, t: int) -> float:
    """What the inverter passes on [kW]."""
    most = problem.inverter.max_ac_kw
    return problem.pv_kw[t] if most is None else min(problem.pv_kw[t], most)


def _step(problem: Problem, storage: Storage, t: int, stored_kwh: float, net_kw: float) -> Step:
    """Charge, discharge [kW] and what is then stored [kWh], at a net load of `net_kw`."""
    hours = problem.hours[t]
    charge, discharge = 0.0, 0.0
    if isinstance(storage, Ev):
        if storage.available is None or storage.available[t]:
            charge = _car_charge(problem, storage, stored_kwh, net_kw, hours)
    elif net_kw < 0:
        charge = _charge(storage, -net_kw, stored_kwh, hours)
    else:
        discharge = _discharge(problem, storage, stored_kwh, t, net_kw)
    gain = charge * storage.charge_efficiency - discharge / storage.discharge_efficiency
    return charge, discharge, max(0.0, stored_kwh + (gain - storage.standby_kw) * hours)


def _car_charge(problem: Problem, car: Ev, stored_kwh: float, net_kw: float, hours: float) -> float:
    """As fast as the fuse allows, until the target is reached; from the sun alone if so told."""
    fuse = problem.grid.max_import_kw
    most = car.max_charge_kw if fuse is None else max(0.0, fuse - net_kw)
    if not car.charge_from_grid:
        most = max(0.0, -net_kw)
    wanted = car.ceiling_kwh if car.target_kwh is None else min(car.target_kwh, car.ceiling_kwh)
    return _charge(car, most, stored_kwh, hours, upto_kwh=wanted)


def _charge(
    storage: Storage,
    most_kw: float,
    stored_kwh: float,
    hours: float,
    *,
    upto_kwh: float | None = None,
) -> float:
    """The power [kW] that `most_kw`, the room left and the taper leave."""
    goal = storage.ceiling_kwh if upto_kwh is None else upto_kwh
    room = max(0.0, goal - stored_kwh) / (storage.charge_efficiency * hours)
    taper = _tapered(storage.charge_taper, stored_kwh, storage.max_charge_kw)
    power = min(most_kw, storage.max_charge_kw, room, taper)
    return power if power >= storage.min_charge_kw else 0.0


def _discharge(
    problem: Problem, storage: Storage, stored_kwh: float, t: int, net_kw: float
) -> float:
    hours = problem.hours[t]
    left = max(0.0, stored_kwh - storage.min_kwh - storage.standby_kw * hours)
    taper = _tapered(storage.discharge_taper, stored_kwh, storage.max_discharge_kw)
    power = min(
        net_kw, storage.max_discharge_kw, left * storage.discharge_efficiency / hours, taper
    )
    most = problem.inverter.max_ac_kw
    if most is not None:
        # all batteries share the inverter; each by its share of their power
        total = sum(one.max_discharge_kw for one in problem.batteries)
        free = max(0.0, most - problem.pv_kw[t])
        power = min(power, free * storage.max_discharge_kw / total) if total else 0.0
    return power


def _tapered(points: tuple[tuple[float, float], ...], x: float, most: float) -> float:
    """The taper at `x`, flat beyond its ends [kW]."""
    if not points:
        return most
    if x <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in pairwise(points):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return points[-1][1]


def _flow(problem: Problem, t: int, sun_kw: float, net_kw: float) -> Flow:
    """Buy what is missing up to the fuse; sell what is over where it may and pays."""
    fuse, limit = problem.grid.max_import_kw, problem.grid.max_export_kw
    needed, over = max(0.0, net_kw), max(0.0, -net_kw)
    bought = needed if fuse is None else min(needed, fuse)
    sold = over if limit is None else min(over, limit)
    if problem.curtailable and problem.export_price[t] < 0:
        sold = 0.0
    return Flow(
        import_kw=bought,
        export_kw=sold,
        curtailed_kw=problem.pv_kw[t] - sun_kw + over - sold,
        unserved_kw=needed - bought,
    )
