"""What it costs to change the power of the batteries."""

from __future__ import annotations

from collections.abc import Sequence

from darkstar_planner.core.model.battery import StorageVars
from darkstar_planner.core.model.draft import Draft, Term


def add_ramp(draft: Draft, batteries: Sequence[StorageVars]) -> None:
    """Add `ramp`: the change of the batteries' summed power from the slot before, up or down.

    The slot before the horizon had `previous_power_kw`, positive when charging.
    """
    price = draft.problem.ramp_penalty_per_kw
    if not price or not batteries:
        return
    for t in draft.problem.horizon:
        up = draft.variable(f"ramp_up_kw[{t}]", cost=price)
        down = draft.variable(f"ramp_down_kw[{t}]", cost=price)
        terms: list[Term] = [(-1.0, up), (1.0, down)]
        for one in batteries:
            terms += [(1.0, one.charge_kw[t]), (-1.0, one.discharge_kw[t])]
            if t:
                terms += [(-1.0, one.charge_kw[t - 1]), (1.0, one.discharge_kw[t - 1])]
        before = draft.problem.previous_power_kw if t == 0 else 0.0
        draft.row(f"ramp[{t}]", terms, lower=before, upper=before)
