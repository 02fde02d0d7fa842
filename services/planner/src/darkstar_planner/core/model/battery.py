"""Everything that stores energy: batteries of the house, and cars while they are here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from ortools.math_opt.python import mathopt

from darkstar_planner.core.devices import Ev, Storage
from darkstar_planner.core.model.draft import Draft
from darkstar_planner.core.model.grid import GridVars
from darkstar_planner.core.wishes import energy_goals


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageVars:
    """Power in each slot, on the AC side or the DC bus [kW]; energy at T + 1 edges [kWh]."""

    charge_kw: tuple[mathopt.Variable, ...]
    discharge_kw: tuple[mathopt.Variable, ...]
    stored_kwh: tuple[mathopt.Variable, ...]


def add_storage(draft: Draft, storage: Storage, grid: GridVars) -> StorageVars:
    """Add one battery or EV: its energy, its limits, its wishes and its money."""
    slots = draft.problem.horizon
    here = [not isinstance(storage, Ev) or storage.is_here(t) for t in slots]
    name = f"storage.{storage.id}"
    charge = draft.each_slot(f"{name}.charge_kw", [storage.max_charge_kw * one for one in here])
    discharge = draft.each_slot(
        f"{name}.discharge_kw",
        [storage.max_discharge_kw * one for one in here],
        price=storage.wear_cost_per_kwh,
    )
    made = StorageVars(charge_kw=charge, discharge_kw=discharge, stored_kwh=_stored(draft, storage))
    behind = not isinstance(storage, Ev)
    for t in draft.problem.horizon:
        flow = [(-1.0, charge[t]), (1.0, discharge[t])]
        if not (behind and draft.problem.inverter.dc_coupled):
            draft.supply[t].extend(flow)
        if behind:
            draft.through_inverter[t].extend(flow)
    _add_energy(draft, storage, made)
    _add_limits(draft, storage, made)
    _add_switches(draft, storage, made, grid)
    _add_taper(draft, storage, made)
    _add_goals(draft, storage, made)
    _add_terminal_value(draft, storage, made)
    return made


def _stored(draft: Draft, storage: Storage) -> tuple[mathopt.Variable, ...]:
    """A battery found above its maximum is let down from there, and never charged beyond."""
    name, found = f"storage.{storage.id}.stored_kwh", storage.stored_kwh
    ceiling = max(storage.ceiling_kwh, found)
    soft = found < storage.min_kwh or storage.standby_kw > 0
    floor = 0.0 if soft else storage.min_kwh
    first = draft.variable(f"{name}[0]", found, lower=found)
    later = (
        draft.variable(f"{name}[{t + 1}]", ceiling, lower=floor) for t in draft.problem.horizon
    )
    return (first, *later)


def _add_energy(draft: Draft, storage: Storage, made: StorageVars) -> None:
    """`storage_energy`: what is stored next is what was stored, plus what comes, less losses."""
    standby, hours = storage.standby_kw, draft.problem.hours
    # an empty battery cannot feed its own standby
    starved: tuple[mathopt.Variable, ...] = ()
    if standby:
        name = f"storage.{storage.id}.starved_kw"
        starved = draft.each_slot(name, standby, price=draft.penalties.forced)
    for t in draft.problem.horizon:
        gain = storage.charge_efficiency * hours[t]
        drain = hours[t] / storage.discharge_efficiency
        terms = [
            (1.0, made.stored_kwh[t + 1]),
            (-1.0, made.stored_kwh[t]),
            (-gain, made.charge_kw[t]),
            (drain, made.discharge_kw[t]),
        ]
        if starved:
            terms.append((-hours[t], starved[t]))
        lost = -standby * hours[t]
        draft.row(f"storage_energy.{storage.id}[{t}]", terms, lower=lost, upper=lost)


def _add_limits(draft: Draft, storage: Storage, made: StorageVars) -> None:
    """`storage_min`, `storage_max`: soft, and only where they can be broken at all."""
    price = draft.penalties.stored
    if storage.stored_kwh < storage.min_kwh or (storage.standby_kw > 0 and storage.min_kwh > 0):
        under = draft.each_slot(f"storage.{storage.id}.under_kwh", price=price)
        for t in draft.problem.horizon:
            terms = [(1.0, made.stored_kwh[t + 1]), (1.0, under[t])]
            draft.row(f"storage_min.{storage.id}[{t}]", terms, lower=storage.min_kwh)
    if storage.stored_kwh > storage.ceiling_kwh:
        over = draft.each_slot(f"storage.{storage.id}.over_kwh", price=price)
        for t in draft.problem.horizon:
            terms = [(1.0, made.stored_kwh[t + 1]), (-1.0, over[t])]
            draft.row(f"storage_max.{storage.id}[{t}]", terms, upper=storage.ceiling_kwh)


def _add_switches(draft: Draft, storage: Storage, made: StorageVars, grid: GridVars) -> None:
    """What needs a yes or no: one direction at a time, a least power, the grid's direction."""
    charge, discharge, name = made.charge_kw, made.discharge_kw, storage.id
    for t in draft.problem.horizon:
        most_in, most_out = charge[t].upper_bound, discharge[t].upper_bound
        # charging at its least and discharging at once would be charging less
        told = t in draft.exclusive.storage or storage.min_charge_kw > 0
        one_way = told and most_in > 0 and most_out > 0
        if (one_way or storage.min_charge_kw > 0) and most_in > 0:
            on = draft.binary(f"storage.{name}.charging[{t}]")
            draft.row(f"charge_on.{name}[{t}]", [(1, charge[t]), (-most_in, on)], upper=0)
            least = [(1, charge[t]), (-storage.min_charge_kw, on)]
            if storage.min_charge_kw > 0:
                draft.row(f"charge_least.{name}[{t}]", least, lower=0)
            if one_way:
                terms = [(1, discharge[t]), (most_out, on)]
                draft.row(f"charge_or_discharge.{name}[{t}]", terms, upper=most_out)
        if not storage.charge_from_grid and most_in > 0:
            terms = [(1, charge[t]), (most_in, grid.importing[t])]
            draft.row(f"charge_from_grid.{name}[{t}]", terms, upper=most_in)
        if not storage.discharge_to_grid and most_out > 0:
            terms = [(1, discharge[t]), (most_out, grid.exporting[t])]
            draft.row(f"discharge_to_grid.{name}[{t}]", terms, upper=most_out)


def _add_taper(draft: Draft, storage: Storage, made: StorageVars) -> None:
    """`charge_taper`, `discharge_taper`: power is limited by what is stored as the slot begins.

    A concave curve is the least of its lines, drawn on past its ends. Where a line
    may go below zero, by what was found or what standby takes, `taper_shut` lets the
    power be zero instead.
    """
    for name, points, power in (
        ("charge_taper", storage.charge_taper, made.charge_kw),
        ("discharge_taper", storage.discharge_taper, made.discharge_kw),
    ):
        for number, (slope, offset) in enumerate(_lines(points)):
            below = -min(0.0, *(offset + slope * kwh for kwh in _extremes(storage)))
            for t in draft.problem.horizon:
                row = f"{name}.{storage.id}.{number}[{t}]"
                terms = [(1.0, power[t]), (-slope, made.stored_kwh[t])]
                if below > 0:
                    shut = draft.binary(f"{row}.shut")
                    most = power[t].upper_bound
                    terms.append((-below, shut))
                    still = [(1.0, power[t]), (most, shut)]
                    draft.row(f"taper_shut.{row}", still, upper=most)
                draft.row(row, terms, upper=offset)


def _extremes(storage: Storage) -> tuple[float, float]:
    """What may be stored whatever is planned: as found, or less by standby [kWh]."""
    return (0.0 if storage.standby_kw else storage.stored_kwh), storage.stored_kwh


def _lines(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    """Slope and offset of each line whose lower envelope is the taper."""
    if len(points) == 1:
        return ((0.0, points[0][1]),)
    return tuple(
        ((y1 - y0) / (x1 - x0), (y0 * x1 - y1 * x0) / (x1 - x0))
        for (x0, y0), (x1, y1) in pairwise(points)
    )


def _add_goals(draft: Draft, storage: Storage, made: StorageVars) -> None:
    """`storage_goal`: energy wanted at the end of a slot, or its shortfall is paid for."""
    for number, goal in enumerate(energy_goals(draft.problem, storage, draft.penalties)):
        name = f"storage_goal.{storage.id}.{number}"
        short = draft.variable(f"{name}.short_kwh", goal.kwh, cost=goal.penalty_per_kwh)
        draft.row(name, [(1, made.stored_kwh[goal.slot + 1]), (1, short)], lower=goal.kwh)


def _add_terminal_value(draft: Draft, storage: Storage, made: StorageVars) -> None:
    """`terminal_value`: what is left is worth the sum of the steps it fills."""
    left, objective = made.stored_kwh[-1], draft.model.objective
    if storage.terminal_value_per_kwh:
        objective.set_linear_coefficient(left, -storage.terminal_value_per_kwh)
    if not storage.terminal_value_curve:
        return
    terms, filled = [(-1.0, left)], 0.0
    for number, (upto_kwh, value) in enumerate(storage.terminal_value_curve):
        name = f"storage.{storage.id}.left_kwh[{number}]"
        terms.append((1.0, draft.variable(name, upto_kwh - filled, cost=-value)))
        filled = upto_kwh
    beyond = min(0.0, storage.terminal_value_curve[-1][1])
    rest = draft.variable(f"storage.{storage.id}.left_beyond_kwh", math.inf, cost=-beyond)
    draft.row(f"terminal_value.{storage.id}", [*terms, (1.0, rest)], lower=0, upper=0)
