"""What people asked for in a plan and did not get, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from darkstar_common.contract import ManualBlock
from darkstar_planner.core.at_home import BATTERY, HEATER
from darkstar_planner.core.manual import METER, Asked, said
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solution import SlotPlan, Solution, Violation

# less than this is as asked [kW]
NOTICED = 0.05


def unmet(problem: Problem, solution: Solution, asked: Sequence[Asked]) -> tuple[str, ...]:
    """A sentence for each block that the plan does not give as asked."""
    found = ((one, _shortfall(problem, solution, one)) for one in asked)
    return tuple(f"{said(problem, one.block)}: {how}" for one, how in found if how is not None)


def reported(solution: Solution, asked: Iterable[Asked]) -> tuple[Violation, ...]:
    """The violations of `solution` without those of "as much as can be", which has no measure."""
    open_ended = {
        (f"fixed {METER if one.block.action == 'export' else BATTERY}", t)
        for one in asked
        if one.block.power_kw is None and one.block.action in {"charge", "export"}
        for t in one.slots
    }
    return tuple(one for one in solution.violations if (one.what, one.slot) not in open_ended)


def _shortfall(problem: Problem, solution: Solution, asked: Asked) -> str | None:
    block = asked.block
    if not asked.slots:
        return "another block has all of that time"
    got = [_power(block, solution.slots[t]) for t in asked.slots]
    if block.action == "hold":
        return None if max(got) <= NOTICED else f"it moves by up to {max(got):.1f} kW"
    if block.action == "heat":
        heater = next(one.power_kw for one in problem.heaters if one.id == HEATER)
        on = sum(power > heater / 2 for power in got)
        return None if on == len(got) else f"it heats in {on} of {len(got)} quarter hours"
    mean = sum(got) / len(got)
    if block.power_kw is None:
        return None if mean > NOTICED else "nothing fits"
    if max(abs(power - block.power_kw) for power in got) <= NOTICED:
        return None
    return f"{mean:.1f} kW fit" + (" on average" if max(got) - min(got) > NOTICED else "")


def _power(block: ManualBlock, slot: SlotPlan) -> float:
    """What the plan does of `block` in one of its slots [kW]."""
    if block.action == "export":
        return slot.export_kw
    if block.action == "heat":
        return slot.heaters.get(HEATER, 0.0)
    battery = slot.batteries[BATTERY]
    if block.action == "charge":
        return battery.charge_kw
    return max(battery.charge_kw, battery.discharge_kw)
