"""What a surplus of sun, or room under the fuse, cannot do for a heater that is on or off.

Half on, a heater would take just the sun that is left over; on, it asks for more than
that, off, it leaves all of it. A linear model likes the half, which no plan can have.
One row for each slot takes that from it and keeps every plan, and with it most of the
distance between the linear model and the best plan.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from ortools.math_opt.python import mathopt

from darkstar_planner.core.model.draft import Draft, Term

# less than this is no surplus [kW]
DUST = 1e-9


def add_surplus(
    draft: Draft,
    balance: Sequence[mathopt.LinearConstraint],
    heaters: Mapping[str, Sequence[mathopt.Variable]],
    import_kw: Sequence[mathopt.Variable],
) -> tuple[mathopt.LinearConstraint, ...]:
    """Add `heater_surplus` where the sun alone would not feed the heaters; returns its rows.

    What flows in, A = import + discharge + unserved, is at least max(0, Σ P·on − s) with
    the surplus s = −(L − S), for what flows out is not negative. That is a convex
    function of whole decisions, and these are its two sides: what each heater asks by
    itself, and what each asks that comes last. For one or two heaters no more is to be said.

    `heater_fuse` says the same of what flows in besides the import, where the sun and
    the whole fuse together would not feed them.
    """
    powers = {one.id: one.power_kw for one in draft.problem.heaters if one.max_kw_steps is None}
    rows: list[mathopt.LinearConstraint] = []
    for t, row in enumerate(balance):
        on = [(kw, heaters[name][t]) for name, kw in powers.items()]
        came, surplus = _sources(draft, t), _from_sun(draft, t) - row.lower_bound
        if came is None:
            continue
        rows += _two_sides(draft, f"heater_surplus[{t}", came, on, surplus)
        fuse = import_kw[t].upper_bound
        if math.isfinite(fuse):
            besides = [term for term in came if term[1] is not import_kw[t]]
            rows += _two_sides(draft, f"heater_fuse[{t}", besides, on, surplus + fuse)
    return tuple(rows)


def _two_sides(
    draft: Draft, name: str, came: Sequence[Term], on: Sequence[Term], free_kw: float
) -> Iterator[mathopt.LinearConstraint]:
    """The rows for heaters `on` of which `free_kw` is fed by what `came` does not count."""
    lacking = sum(kw for kw, _ in on) - free_kw
    if free_kw <= DUST or lacking <= DUST:
        return
    first = [max(0.0, kw - free_kw) for kw, _ in on]
    last = [min(kw, lacking) for kw, _ in on]
    if any(first):
        asked = [(-kw, one) for kw, (_, one) in zip(first, on, strict=True) if kw > 0]
        yield draft.row(f"{name}]", [*came, *asked], lower=0.0)
    if first != last:
        asked = [(-kw, one) for kw, (_, one) in zip(last, on, strict=True)]
        yield draft.row(f"{name},last]", [*came, *asked], lower=lacking - sum(last))


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
