"""What a plan comes to, in parts that people ask about."""

from __future__ import annotations

from darkstar_common.contract import Money
from darkstar_planner.core.accounts import terminal_value
from darkstar_planner.core.devices import Storage
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solution import SlotPlan, Solution, StoragePlan

DECIMALS = 6


def money(problem: Problem, solution: Solution) -> Money:
    """The bill of `solution` and its parts [currency], and the energies behind it [kWh]."""
    slots = list(zip(problem.hours, solution.slots, strict=True))
    bought = [hours * slot.import_kw for hours, slot in slots]
    sold = [hours * slot.export_kw for hours, slot in slots]
    parts = {
        "cost": solution.cost,
        "objective": solution.objective,
        "import_cost": sum(k * p for k, p in zip(bought, problem.import_price, strict=True)),
        "export_revenue": sum(k * p for k, p in zip(sold, problem.export_price, strict=True)),
        "wear_cost": sum(_wear(problem, one, solution) for one in problem.storages),
        "stored_worth": sum(_left(one, solution) for one in problem.storages),
        "import_kwh": max(0.0, sum(bought)),
        "export_kwh": max(0.0, sum(sold)),
    }
    return Money(**{name: round(value, DECIMALS) for name, value in parts.items()})


def _wear(problem: Problem, storage: Storage, solution: Solution) -> float:
    given = (
        hours * _of(storage, slot).discharge_kw
        for hours, slot in zip(problem.hours, solution.slots, strict=True)
    )
    return storage.wear_cost_per_kwh * sum(given)


def _left(storage: Storage, solution: Solution) -> float:
    return terminal_value(storage, _of(storage, solution.slots[-1]).stored_kwh)


def _of(storage: Storage, slot: SlotPlan) -> StoragePlan:
    return slot.batteries[storage.id] if storage.id in slot.batteries else slot.evs[storage.id]
