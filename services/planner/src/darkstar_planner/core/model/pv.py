"""Solar power, and how much of it is cut."""

from __future__ import annotations

from ortools.math_opt.python import mathopt

from darkstar_planner.core.model.draft import Draft


def add_pv(draft: Draft) -> tuple[mathopt.Variable, ...]:
    """Add `curtailed_kw` ≤ PV for each slot.

    PV that may not be curtailed is cut only as a last resort, at a penalty: when the
    house, the batteries and the grid together cannot take it.
    """
    problem = draft.problem
    price = 0.0 if problem.curtailable else draft.penalties.forced
    curtailed = draft.each_slot("curtailed_kw", problem.pv_kw, price=price)
    for t in problem.horizon:
        if not problem.inverter.dc_coupled:
            draft.supply[t].append((-1, curtailed[t]))
        draft.through_inverter[t].append((-1, curtailed[t]))
    return curtailed
