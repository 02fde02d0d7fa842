"""Manual blocks: what a person decided for a device in a slot."""

from __future__ import annotations

from collections.abc import Mapping

from darkstar_planner.core.model.battery import StorageVars
from darkstar_planner.core.model.deferrable import Powers
from darkstar_planner.core.model.draft import Draft, Term
from darkstar_planner.core.model.grid import GridVars
from darkstar_planner.core.problem import Fixed


def add_fixed(
    draft: Draft,
    grid: GridVars,
    storages: Mapping[str, StorageVars],
    loads: Mapping[str, tuple[Powers, ...]],
) -> None:
    """Add `fixed` for each manual block; what it cannot have is paid for and reported."""
    for number, block in enumerate(draft.problem.fixed):
        wanted_kw, terms = _asked(draft, block, grid, storages, loads)
        price = draft.penalties.fixed * draft.problem.hours[block.slot]
        less = draft.variable(f"fixed.{number}.less_kw", cost=price)
        more = draft.variable(f"fixed.{number}.more_kw", cost=price)
        slack: list[Term] = [(1.0, less), (-1.0, more)]
        draft.row(f"fixed[{number}]", [*terms, *slack], lower=wanted_kw, upper=wanted_kw)


def _asked(
    draft: Draft,
    block: Fixed,
    grid: GridVars,
    storages: Mapping[str, StorageVars],
    loads: Mapping[str, tuple[Powers, ...]],
) -> tuple[float, tuple[Term, ...]]:
    """The wanted power [kW], and the terms whose sum is the power it decides."""
    t = block.slot
    if block.export_kw is not None:
        return block.export_kw, ((1.0, grid.export_kw[t]),)
    if block.charge_kw is not None:
        return block.charge_kw, ((1.0, storages[block.device].charge_kw[t]),)
    if block.discharge_kw is not None:
        return block.discharge_kw, ((1.0, storages[block.device].discharge_kw[t]),)
    full_kw = next(one.full_kw for one in draft.problem.loads if one.id == block.device)
    return (full_kw if block.on else 0.0), loads[block.device][t]
