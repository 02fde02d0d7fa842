"""What batteries and cars do by rule in one slot."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise

from darkstar_planner.core.devices import Ev, Storage
from darkstar_planner.core.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one storage does in a slot [kW], and what it then has [kWh]."""

    charge_kw: float
    discharge_kw: float
    stored_kwh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One slot as those before in the line have left it.

    Attributes:
        need_kw: What the house still lacks on the AC side; negative where sun is over.
        clipped_kw: Sun that the inverter cannot pass on, there for a battery behind it.
        room_kw: What the inverter can still pass on from batteries, on the AC side.
        kept: What a DC bus keeps of its power on the way to the house, 0 to 1.
        calm_kw: Import that adds nothing to a month's peak.
    """

    problem: Problem
    slot: int
    need_kw: float
    clipped_kw: float
    room_kw: float
    kept: float
    calm_kw: float


def the_house(problem: Problem, slot: int, drawn_kw: float, calm_kw: float) -> House:
    """The house that draws `drawn_kw` in `slot`, before anything is stored."""
    inverter, sun = problem.inverter, problem.pv_kw[slot]
    kept = inverter.efficiency if inverter.dc_coupled else 1.0
    most = math.inf if inverter.max_ac_kw is None else inverter.max_ac_kw
    passed = min(sun * kept, most)
    return House(
        problem=problem,
        slot=slot,
        need_kw=drawn_kw - passed,
        clipped_kw=sun - most / kept if sun * kept > most else 0.0,
        room_kw=most - passed,
        kept=kept,
        calm_kw=calm_kw,
    )


def step(house: House, storage: Storage, stored_kwh: float) -> tuple[Step, House]:
    """What `storage` does with `stored_kwh`, and the house for the next in the line."""
    charge, discharge, after = 0.0, 0.0, house
    if isinstance(storage, Ev):
        charge = _car_charge(house, storage, stored_kwh)
        after = replace(house, need_kw=house.need_kw + charge)
    elif available := _over(house, storage):
        charge = _charge(house, storage, available, stored_kwh)
        clipped = min(charge, house.clipped_kw)
        after = replace(
            house,
            need_kw=house.need_kw + (charge - clipped) * house.kept,
            clipped_kw=house.clipped_kw - clipped,
        )
    elif house.need_kw > 0:
        discharge = _discharge(house, storage, stored_kwh)
        after = replace(house, need_kw=house.need_kw - discharge * house.kept)
    gain = charge * storage.charge_efficiency - discharge / storage.discharge_efficiency
    hours = house.problem.hours[house.slot]
    stored = max(0.0, stored_kwh + (gain - storage.standby_kw) * hours)
    return Step(charge_kw=charge, discharge_kw=discharge, stored_kwh=stored), after


def _over(house: House, battery: Storage) -> float:
    """The sun that is there for `battery` [kW behind the inverter]."""
    if house.need_kw > 0 and not battery.charge_from_grid:
        return 0.0
    return house.clipped_kw + max(0.0, -house.need_kw) / house.kept


def _car_charge(house: House, car: Ev, stored_kwh: float) -> float:
    """As fast as the fuse allows, until the target is reached; from the sun alone if so told.

    While there is time, at no more than what adds to no peak and breaks no limit.
    """
    grid = house.problem.grid
    wanted = car.ceiling_kwh if car.target_kwh is None else min(car.target_kwh, car.ceiling_kwh)
    missing_kw = (wanted - stored_kwh) / car.charge_efficiency
    if not car.is_here(house.slot):
        return 0.0
    most = [car.max_charge_kw]
    if grid.max_import_kw is not None:
        most.append(grid.max_import_kw - house.need_kw)
    if missing_kw <= car.max_charge_kw * _hours_left(house, car):
        soft = math.inf if grid.import_limit_kw is None else grid.import_limit_kw
        most.append(min(house.calm_kw, soft) - house.need_kw)
    if not car.charge_from_grid:
        most.append(-house.need_kw)
    return _charge(house, car, max(0.0, min(most)), stored_kwh, upto_kwh=wanted)


def _hours_left(house: House, car: Ev) -> float:
    """The time after this slot in which `car` can still charge before it leaves [h]."""
    problem = house.problem
    leaves = problem.count if car.departure_slot is None else min(car.departure_slot, problem.count)
    later = range(house.slot + 1, leaves)
    return math.fsum(problem.hours[t] for t in later if car.is_here(t))


def _charge(
    house: House,
    storage: Storage,
    most_kw: float,
    stored_kwh: float,
    *,
    upto_kwh: float | None = None,
) -> float:
    """The power [kW] that `most_kw`, the room left and the taper leave."""
    goal = storage.ceiling_kwh if upto_kwh is None else upto_kwh
    hours = house.problem.hours[house.slot]
    room = max(0.0, goal - stored_kwh) / (storage.charge_efficiency * hours)
    taper = _tapered(storage.charge_taper, stored_kwh, storage.max_charge_kw)
    power = min(most_kw, storage.max_charge_kw, room, taper)
    return power if power >= storage.min_charge_kw else 0.0


def _discharge(house: House, battery: Storage, stored_kwh: float) -> float:
    """The power [kW] for what the house lacks, as far as battery and inverter can."""
    problem = house.problem
    hours = problem.hours[house.slot]
    left = max(0.0, stored_kwh - battery.min_kwh - battery.standby_kw * hours)
    taper = _tapered(battery.discharge_taper, stored_kwh, battery.max_discharge_kw)
    # all batteries share the inverter; each by its share of their power
    total = sum(one.max_discharge_kw for one in problem.batteries)
    share = battery.max_discharge_kw / total if total else 0.0
    passed = math.inf if math.isinf(house.room_kw) else house.room_kw * share / house.kept
    return min(
        house.need_kw / house.kept,
        battery.max_discharge_kw,
        left * battery.discharge_efficiency / hours,
        taper,
        passed,
    )


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
