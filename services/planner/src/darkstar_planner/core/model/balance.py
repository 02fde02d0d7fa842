"""What flows in flows out, in the house and through the inverter."""

from __future__ import annotations

from ortools.math_opt.python import mathopt

from darkstar_planner.core.model.draft import Draft


def add_balance(draft: Draft) -> tuple[mathopt.LinearConstraint, ...]:
    """Add `balance` for each slot; its dual is the worth of power at the house."""
    problem = draft.problem
    net = [problem.load_kw[t] - problem.pv_kw[t] for t in problem.horizon]
    return tuple(
        draft.row(f"balance[{t}]", draft.supply[t], lower=net[t], upper=net[t])
        for t in problem.horizon
    )


def add_inverter(draft: Draft) -> None:
    """Add `inverter_ac`: the inverter's AC side carries so much, in either direction."""
    most = draft.problem.inverter.max_ac_kw
    if most is None:
        return
    for t in draft.problem.horizon:
        pv = draft.problem.pv_kw[t]
        terms = draft.through_inverter[t]
        draft.row(f"inverter_ac[{t}]", terms, lower=-most - pv, upper=most - pv)
