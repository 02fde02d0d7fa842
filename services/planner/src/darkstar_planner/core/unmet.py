"""What people asked for in a plan and did not get, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

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


def reported(problem: Problem, solution: Solution, asked: Sequence[Asked]) -> tuple[Violation, ...]:
    """The violations of `solution`, with what people did not get in the measure of their wish.

    "As much as can be" has no measure: whatever fits is as asked. The strategy's reserve
    is no wish of theirs but an insurance, and a plan that earns more without it keeps all.
    """
    manual = {f"fixed {device}" for device in (BATTERY, HEATER, METER)}
    insured = f"goal {BATTERY}"
    others = [one for one in solution.violations if one.what not in {*manual, insured}]
    paid = defaultdict[int | None, float](float)
    for one in solution.violations:
        if one.what in manual:
            paid[one.slot] += one.penalty
    mine = [
        Violation(what=f"manual {one.block.action}", slot=t, amount=off, unit="kW", penalty=paid[t])
        for one in asked
        for t in one.slots
        if (off := _distance(problem, one.block, solution.slots[t])) > NOTICED
    ]
    return (*others, *mine)


def _distance(problem: Problem, block: ManualBlock, slot: SlotPlan) -> float:
    """How far the plan is from the power that `block` asks for in a slot [kW]."""
    got = _power(block, slot)
    if block.action == "hold":
        return got
    if block.action == "heat":
        return next(one.power_kw for one in problem.heaters if one.id == HEATER) - got
    return 0.0 if block.power_kw is None else abs(block.power_kw - got)


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
    if max(_distance(problem, block, solution.slots[t]) for t in asked.slots) <= NOTICED:
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
