"""What a surplus of sun cannot do for a heater that is either on or off.

Half on, a heater would take just the sun that is left over; on, it asks for more than
that, off, it leaves all of it. A linear model likes the half, which no plan can have.
One row for each slot takes that from it and keeps every plan, and with it most of the
distance between the linear model and the best plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ortools.math_opt.python import mathopt

from darkstar_planner.core.model.draft import Draft, Term

# less than this is no surplus [kW]
DUST = 1e-9


def add_surplus(
    draft: Draft,
    balance: Sequence[mathopt.LinearConstraint],
    heaters: Mapping[str, Sequence[mathopt.Variable]],
) -> tuple[mathopt.LinearConstraint, ...]:
    """Add `heater_surplus` where the sun alone would not feed the heaters; returns its rows.

    What flows in, A = import + discharge + unserved, is at least max(0, Σ P·on − s) with
    the surplus s = −(L − S), for what flows out is not negative. That is a convex
    function of whole decisions, and these are its two sides: what each heater asks by
    itself, and what each asks that comes last. For one or two heaters no more is to be said.
    """
    powers = {one.id: one.power_kw for one in draft.problem.heaters if one.max_kw_steps is None}
    rows: list[mathopt.LinearConstraint] = []
    for t, row in enumerate(balance):
        surplus = _from_sun(draft, t) - row.lower_bound
        lacking = sum(powers.values()) - surplus
        if surplus <= DUST or lacking <= DUST:
            continue
        came = _sources(draft, t)
        if came is None:
            continue
        on = {name: heaters[name][t] for name in powers}
        first = {name: max(0.0, kw - surplus) for name, kw in powers.items()}
        last = {name: min(kw, lacking) for name, kw in powers.items()}
        if any(first.values()):
            asked = [(-kw, on[name]) for name, kw in first.items() if kw > 0]
            rows.append(draft.row(f"heater_surplus[{t}]", [*came, *asked], lower=0.0))
        if first != last:
            asked = [(-kw, on[name]) for name, kw in last.items()]
            least = lacking - sum(last.values())
            rows.append(draft.row(f"heater_surplus[{t},last]", [*came, *asked], lower=least))
    return tuple(rows)


def _from_sun(draft: Draft, t: int) -> float:
    """What the sun on a DC bus can give the house, which the balance does not know [kW]."""
    kept = draft.problem.inverter.efficiency
    return kept * draft.problem.pv_kw[t] if t in draft.to_ac else 0.0


def _sources(draft: Draft, t: int) -> list[Term] | None:
    """What flows into the house in slot `t`; None where something may flow either way.

    Of a DC bus it is what the batteries give it, less the inverter's loss.
    """
    sources = [(coefficient, one) for coefficient, one in draft.supply[t] if coefficient > 0]
    if (to_ac := draft.to_ac.get(t)) is not None:
        kept = draft.problem.inverter.efficiency
        sources = [term for term in sources if term[1] is not to_ac]
        sources += [(kept, one) for sign, one in draft.through_inverter[t] if sign > 0]
    return None if any(one.lower_bound < 0 for _, one in sources) else sources
