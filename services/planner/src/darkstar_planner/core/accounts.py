"""What a dispatch costs and what it breaks, counted from the dispatch alone.

No solver and none of its variables come near this, so it prices a rule-based plan as
well, and a mistake in the model shows as an objective that differs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from darkstar_planner.core.blocks import heating_blocks
from darkstar_planner.core.devices import Heater, Storage
from darkstar_planner.core.dispatch import Dispatch, StorageDispatch
from darkstar_planner.core.peak_hours import peak_rise
from darkstar_planner.core.penalties import Penalties, penalties
from darkstar_planner.core.problem import Fixed, Problem
from darkstar_planner.core.solution import Violation
from darkstar_planner.core.wishes import energy_goals, heating_days

# less than this is rounding [kW, kWh, h]
DUST = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Money [currency]: what is paid, what is minimised, and what was broken."""

    cost: float
    objective: float
    violations: tuple[Violation, ...]


def accounts(problem: Problem, dispatch: Dispatch) -> Accounts:
    """The accounts of `dispatch`."""
    broken = tuple(_violations(problem, dispatch, penalties(problem)))
    cost = _energy_cost(problem, dispatch) + _device_cost(problem, dispatch)
    cost += peak_rise(problem, dispatch.import_kw)
    left = sum(
        terminal_value(one, dispatch.storages[one.id].stored_kwh[-1]) for one in problem.storages
    )
    soft = sum(one.penalty for one in broken) + _ramp(problem, dispatch)
    return Accounts(cost=cost, objective=cost - left + soft, violations=broken)


def terminal_value(storage: Storage, stored_kwh: float) -> float:
    """The worth of `stored_kwh` left at the end [currency]."""
    if not storage.terminal_value_curve:
        return storage.terminal_value_per_kwh * stored_kwh
    worth, filled = 0.0, 0.0
    for upto_kwh, value in storage.terminal_value_curve:
        worth += value * max(0.0, min(stored_kwh, upto_kwh) - filled)
        filled = upto_kwh
    beyond = min(0.0, storage.terminal_value_curve[-1][1])
    return worth + beyond * max(0.0, stored_kwh - filled)


def _energy_cost(problem: Problem, dispatch: Dispatch) -> float:
    return sum(
        hours * (bought * import_price - sold * export_price)
        for hours, bought, import_price, sold, export_price in zip(
            problem.hours,
            dispatch.import_kw,
            problem.import_price,
            dispatch.export_kw,
            problem.export_price,
            strict=True,
        )
    )


def _device_cost(problem: Problem, dispatch: Dispatch) -> float:
    """Wear and starts [currency]."""
    wear = sum(
        one.wear_cost_per_kwh * hours * power
        for one in problem.storages
        for hours, power in zip(problem.hours, dispatch.storages[one.id].discharge_kw, strict=True)
    )
    starts = sum(
        one.start_penalty * sum(block.starts for block in heating_blocks(problem, one, dispatch))
        for one in problem.heaters
    )
    return wear + starts


def _ramp(problem: Problem, dispatch: Dispatch) -> float:
    if not problem.ramp_penalty_per_kw or not problem.batteries:
        return 0.0
    before, total = problem.previous_power_kw, 0.0
    for t in problem.horizon:
        batteries = [dispatch.storages[one.id] for one in problem.batteries]
        power = sum(one.charge_kw[t] - one.discharge_kw[t] for one in batteries)
        total += abs(power - before)
        before = power
    return problem.ramp_penalty_per_kw * total


def _violations(problem: Problem, dispatch: Dispatch, prices: Penalties) -> Iterator[Violation]:
    yield from _grid(problem, dispatch, prices)
    for storage in problem.storages:
        made = dispatch.storages[storage.id]
        yield from _limits(problem, storage, made, prices)
        yield from _goals(problem, storage, made, prices)
    for heater in problem.heaters:
        yield from _heat(problem, heater, dispatch, prices)
        yield from _rests(problem, heater, dispatch, prices)
    for load in problem.deferrables:
        had = sum(h * p for h, p in zip(problem.hours, dispatch.loads[load.id], strict=True))
        yield from _broken(f"deferrable {load.id}", None, load.need_kwh - had, "kWh", prices.heat)
    for block in problem.fixed:
        yield from _manual(problem, block, dispatch, prices)


def _broken(
    what: str, slot: int | None, amount: float, unit: str, price: float
) -> Iterator[Violation]:
    """One violation, if there is anything to it."""
    if amount > DUST:
        yield Violation(what=what, slot=slot, amount=amount, unit=unit, penalty=amount * price)


def _grid(problem: Problem, dispatch: Dispatch, prices: Penalties) -> Iterator[Violation]:
    limit, named = problem.grid.import_limit_kw, problem.grid.import_limit_penalty_per_kwh
    over_price = prices.import_limit if named is None else named
    for t, hours in enumerate(problem.hours):
        unserved = dispatch.unserved_kw[t] * hours
        yield from _broken("unserved", t, unserved, "kWh", prices.unserved)
        if not problem.curtailable:
            cut = dispatch.curtailed_kw[t] * hours
            yield from _broken("curtailable", t, cut, "kWh", prices.forced)
        if limit is not None:
            over = (dispatch.import_kw[t] - limit) * hours
            yield from _broken("grid.import_limit_kw", t, over, "kWh", over_price)


def _limits(
    problem: Problem, storage: Storage, made: StorageDispatch, prices: Penalties
) -> Iterator[Violation]:
    """Energy outside its limits, and standby that an empty battery could not feed."""
    before = storage.stored_kwh
    for t, hours in enumerate(problem.hours):
        stored, price = made.stored_kwh[t], prices.stored * hours
        yield from _broken(f"min_kwh {storage.id}", t, storage.min_kwh - stored, "kWh", price)
        yield from _broken(f"max_kwh {storage.id}", t, stored - storage.ceiling_kwh, "kWh", price)
        flows = made.charge_kw[t] * storage.charge_efficiency
        flows -= made.discharge_kw[t] / storage.discharge_efficiency + storage.standby_kw
        starved = stored - before - flows * hours
        yield from _broken(f"standby_kw {storage.id}", t, starved, "kWh", prices.forced)
        before = stored


def _goals(
    problem: Problem, storage: Storage, made: StorageDispatch, prices: Penalties
) -> Iterator[Violation]:
    for goal in energy_goals(problem, storage, prices):
        short = goal.kwh - made.stored_kwh[goal.slot]
        yield from _broken(f"goal {storage.id}", goal.slot, short, "kWh", goal.penalty_per_kwh)


def _heat(
    problem: Problem, heater: Heater, dispatch: Dispatch, prices: Penalties
) -> Iterator[Violation]:
    power = dispatch.loads[heater.id]
    for day in heating_days(problem, heater):
        heated = sum(power[t] * problem.hours[t] for t in day.slots)
        what = f"daily_min_kwh {heater.id}"
        yield from _broken(what, day.slots[0], day.need_kwh - heated, "kWh", prices.heat)


def _rests(
    problem: Problem, heater: Heater, dispatch: Dispatch, prices: Penalties
) -> Iterator[Violation]:
    """Rests that were too short, and hours by which one was too long."""
    for block in heating_blocks(problem, heater, dispatch):
        if block.starts and block.rest_hours < heater.min_spacing_hours - DUST:
            what, missing = f"min_spacing_hours {heater.id}", heater.min_spacing_hours
            yield Violation(
                what=what,
                slot=block.first,
                amount=missing - block.rest_hours,
                unit="h",
                penalty=prices.spacing,
            )
        if heater.max_gap_hours is not None and heater.gap_penalty_per_hour:
            late = math.ceil(block.rest_hours - heater.max_gap_hours - DUST)
            price = heater.gap_penalty_per_hour
            slot = min(block.first, problem.count - 1)
            yield from _broken(f"max_gap_hours {heater.id}", slot, late, "h", price)


def _manual(
    problem: Problem, block: Fixed, dispatch: Dispatch, prices: Penalties
) -> Iterator[Violation]:
    t = block.slot
    if block.export_kw is not None:
        wanted, got = block.export_kw, dispatch.export_kw[t]
    elif block.charge_kw is not None:
        wanted, got = block.charge_kw, dispatch.storages[block.device].charge_kw[t]
    elif block.discharge_kw is not None:
        wanted, got = block.discharge_kw, dispatch.storages[block.device].discharge_kw[t]
    else:
        full = next(one.full_kw for one in problem.loads if one.id == block.device)
        wanted, got = (full if block.on else 0.0), dispatch.loads[block.device][t]
    off = abs(wanted - got)
    yield from _broken(f"fixed {block.device}", t, off, "kW", prices.fixed * problem.hours[t])
