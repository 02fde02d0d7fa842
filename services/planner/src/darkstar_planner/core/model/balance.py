"""What flows in flows out, in the house and through the inverter."""

from __future__ import annotations

import math

from ortools.math_opt.python import mathopt

from darkstar_planner.core.model.draft import Draft


def add_balance(draft: Draft) -> tuple[mathopt.LinearConstraint, ...]:
    """Add `balance` for each slot; its dual is the worth of power at the house."""
    problem = draft.problem
    net = list(problem.load_kw)
    if not problem.inverter.dc_coupled:
        net = [net[t] - problem.pv_kw[t] for t in problem.horizon]
    return tuple(
        draft.row(f"balance[{t}]", draft.supply[t], lower=net[t], upper=net[t])
        for t in problem.horizon
    )


def add_inverter(draft: Draft) -> None:
    """Add what the inverter does: caps its AC side, and joins a DC bus to it with its loss."""
    if draft.problem.inverter.dc_coupled:
        _join_buses(draft)
        return
    most = draft.problem.inverter.max_ac_kw
    if most is None:
        return
    for t in draft.problem.horizon:
        pv = draft.problem.pv_kw[t]
        terms = draft.through_inverter[t]
        draft.row(f"inverter_ac[{t}]", terms, lower=-most - pv, upper=most - pv)


def _join_buses(draft: Draft) -> None:
    """`inverter_dc`: what PV and batteries give or take on the DC bus passes the inverter.

    `to_ac` leaves the bus and loses on its way, `to_dc` comes from the house and lost
    on its way. Running both ways at once burns energy, which `inverter_way` forbids
    where that could pay.
    """
    problem, efficiency = draft.problem, draft.problem.inverter.efficiency
    most = math.inf if problem.inverter.max_ac_kw is None else problem.inverter.max_ac_kw
    out = sum(one.max_discharge_kw for one in problem.batteries)
    into = min(most, sum(one.max_charge_kw for one in problem.batteries) / efficiency)
    outs = [min(most / efficiency, out + problem.pv_kw[t]) for t in problem.horizon]
    to_ac = draft.each_slot("inverter.to_ac_kw", outs)
    to_dc = draft.each_slot("inverter.to_dc_kw", into)
    draft.to_ac.update(enumerate(to_ac))
    for t in problem.horizon:
        bus = [*draft.through_inverter[t], (-1.0, to_ac[t]), (efficiency, to_dc[t])]
        draft.row(f"inverter_dc[{t}]", bus, lower=-problem.pv_kw[t], upper=-problem.pv_kw[t])
        draft.supply[t].extend([(efficiency, to_ac[t]), (-1.0, to_dc[t])])
        if t in draft.exclusive.inverter and efficiency < 1:
            outward = draft.binary(f"inverter.outward[{t}]")
            out_only = [(1.0, to_ac[t]), (-outs[t], outward)]
            in_only = [(1.0, to_dc[t]), (into, outward)]
            draft.row(f"inverter_way.out[{t}]", out_only, upper=0.0)
            draft.row(f"inverter_way.into[{t}]", in_only, upper=into)
