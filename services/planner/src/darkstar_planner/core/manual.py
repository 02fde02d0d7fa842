"""Manual blocks: stretches of time that people decide themselves, as parts of a problem."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from darkstar_common.contract import ManualBlock
from darkstar_planner.core.at_home import BATTERY, HEATER
from darkstar_planner.core.devices import Battery
from darkstar_planner.core.problem import Fixed, Problem
from darkstar_planner.core.reach import (
    discharge_for,
    most_charge,
    most_discharge,
    most_export,
    stored_after,
)

METER = "grid"
Expected = Callable[[int], float | None]
"""From a slot to what the battery is expected to hold as it begins [kWh]; None: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A block that counts, and the slots of the horizon in which it does."""

    block: ManualBlock
    slots: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manual:
    """The decisions of people within a horizon.

    Attributes:
        why: What of it this house cannot do at all.
    """

    fixed: tuple[Fixed, ...] = ()
    asked: tuple[Asked, ...] = ()
    why: tuple[str, ...] = ()


def manual(problem: Problem, blocks: Sequence[ManualBlock], expected: Expected) -> Manual:
    """The decisions that `blocks` make for the slots of `problem`.

    Of blocks for the same device and time the first one counts. What is charged or
    exported is the named power, or as much of it as fits from where the battery is
    expected to be; without a name, all that fits. A power that cannot be had would make
    the plan empty the battery before, only to have more room for it.
    """
    near = [block for block in blocks if _meets(problem, block)]
    refused = [(block, _impossible(problem, block)) for block in near]
    why = [f"{said(problem, block)}: {reason}" for block, reason in refused if reason is not None]
    able = [block for block, reason in refused if reason is None]
    battery = _owners(problem, [one for one in able if one.action != "heat"])
    water = _owners(problem, [one for one in able if one.action == "heat"])
    heats = [Fixed(slot=t, device=HEATER, on=True) for t in water]
    return Manual(
        fixed=(*_powers(problem, battery, expected), *heats),
        asked=tuple(_asked(block, water if block.action == "heat" else battery) for block in able),
        why=tuple(why),
    )


def said(problem: Problem, block: ManualBlock) -> str:
    """What a person asked for, in words."""
    named = "" if block.power_kw is None or block.action == "hold" else f" {block.power_kw:g} kW"
    what = {
        "charge": "charge",
        "export": "export",
        "heat": "heat water",
        "hold": "hold the battery",
    }
    start, end = (moment.astimezone(problem.zone) for moment in (block.start, block.end))
    return f"you asked to {what[block.action]}{named} from {start:%d %b %H:%M} to {end:%H:%M}"


def _meets(problem: Problem, block: ManualBlock) -> bool:
    return any(block.start <= start < block.end for start in problem.starts)


def _impossible(problem: Problem, block: ManualBlock) -> str | None:
    if block.action in {"charge", "hold"} and not problem.batteries:
        return "there is no battery"
    if block.action == "heat" and not problem.heaters:
        return "there is no water heater"
    if block.action == "export" and problem.grid.max_export_kw == 0:
        return "nothing may be exported"
    return None


def _owners(problem: Problem, blocks: Sequence[ManualBlock]) -> dict[int, ManualBlock]:
    """The first of `blocks` that covers a slot, for each slot that one covers."""
    found = {}
    for t, start in enumerate(problem.starts):
        block = next((one for one in blocks if one.start <= start < one.end), None)
        if block is not None:
            found[t] = block
    return found


def _asked(block: ManualBlock, owners: dict[int, ManualBlock]) -> Asked:
    return Asked(block=block, slots=tuple(t for t, owner in owners.items() if owner is block))


def _powers(problem: Problem, owners: dict[int, ManualBlock], expected: Expected) -> list[Fixed]:
    """The decisions about battery and meter, following what is stored from slot to slot."""
    battery = problem.batteries[0] if problem.batteries else None
    stored = 0.0 if battery is None else battery.stored_kwh
    fixed: list[Fixed] = []
    for t, block in owners.items():
        known = expected(t)
        if t and t - 1 not in owners and known is not None:
            stored = known
        decided, power_kw = _decided(problem, battery, block, t, stored)
        fixed += decided
        if battery is not None:
            stored = stored_after(problem, battery, t, stored, power_kw=power_kw)
    return fixed


def _decided(
    problem: Problem, battery: Battery | None, block: ManualBlock, t: int, stored_kwh: float
) -> tuple[list[Fixed], float]:
    """What `block` fixes in slot `t`, and the battery's power that follows, charging positive."""
    if block.action == "export":
        most = most_discharge(problem, battery, t, stored_kwh)
        wanted = _at_most(block.power_kw, most_export(problem, t, most))
        out = min(most, discharge_for(problem, t, wanted))
        fixed = [Fixed(slot=t, device=METER, export_kw=wanted)]
        if wanted <= 0 and battery is not None:
            # what is sold out by now is not bought again within the block
            fixed.append(Fixed(slot=t, device=BATTERY, charge_kw=0.0))
        return fixed, -out
    into = 0.0
    if block.action == "charge" and battery is not None:
        into = _at_most(block.power_kw, most_charge(problem, battery, t, stored_kwh))
    return [
        Fixed(slot=t, device=BATTERY, charge_kw=into),
        Fixed(slot=t, device=BATTERY, discharge_kw=0.0),
    ], into


def _at_most(named_kw: float | None, most_kw: float) -> float:
    return most_kw if named_kw is None else min(named_kw, most_kw)
