"""How hard a water heater heats: at its one power, or at one of several."""

from __future__ import annotations

from itertools import pairwise

from ortools.math_opt.python import mathopt

from darkstar_planner.core.devices import Heater
from darkstar_planner.core.model.deferrable import Powers
from darkstar_planner.core.model.draft import Draft, Term

ROUNDING = 1e-9


def add_powers(
    draft: Draft, heater: Heater, on: tuple[mathopt.Variable, ...]
) -> tuple[Powers, ...]:
    """`heater_step`: a higher power needs the one below; for each slot the terms of it [kW].

    `on` is the lowest power, and each step adds what it is above the one below.
    """
    name, powers = heater.id, heater.powers_kw
    terms: list[list[Term]] = [[(powers[0], one)] for one in on]
    for number, (lower, higher) in enumerate(pairwise(powers), start=1):
        for t in draft.problem.horizon:
            step = draft.binary(f"heater.{name}.step[{number},{t}]")
            _, below = terms[t][-1]
            draft.row(f"heater_step.{name}.{number}[{t}]", [(1.0, step), (-1.0, below)], upper=0.0)
            terms[t].append((higher - lower, step))
    for t in draft.problem.horizon:
        draft.supply[t].extend((-power, variable) for power, variable in terms[t])
    return tuple(tuple(each) for each in terms)


def least_kw(heater: Heater) -> float:
    """The power of which every power of `heater` is a multiple; 0 where there is none [kW]."""
    lowest = heater.powers_kw[0]
    whole = (abs(power / lowest - round(power / lowest)) < ROUNDING for power in heater.powers_kw)
    return lowest if all(whole) else 0.0
