"""The cheapest way to run one heater at given prices: a shortest path, by dynamic programming.

The solver's shadow prices turn it into a bound and a start for the whole plan; see `columns`.
"""

from __future__ import annotations

import numpy as np

from darkstar_planner.core.heating_rules import (
    Floats,
    HeatingPath,
    HeatingRules,
    heating_rules,
)
from darkstar_planner.core.path_costs import PathCosts, path_costs

__all__ = [
    "Floats",
    "HeatingPath",
    "HeatingRules",
    "cheapest_path",
    "heating_rules",
    "heats_before",
]


def cheapest_path(rules: HeatingRules, price: Floats) -> HeatingPath:
    """The path of least cost when each slot t that is on costs `price[t]` [currency]."""
    costs = path_costs(rules, price)
    last, final = costs.stays[:, -1], costs.final()
    on = np.zeros(rules.count, dtype=np.bool_)
    if last.min() <= final.min():
        t, heat = rules.count - 1, int(np.argmin(last))
    else:
        full, rest = divmod(int(np.argmin(final)), final.shape[1])
        t, heat = _before_rest(costs, rest, full, until=rules.count)
    while t >= 0:
        on[t] = True
        heat, began = _came(costs, t, _open_heat(costs, t, heat))
        if began:
            ending = costs.ending(t)[heat]
            t, heat = _before_rest(costs, int(np.argmin(ending)), heat, until=t)
        else:
            t -= 1
    return HeatingPath(on=tuple(on.tolist()), cost=float(min(last.min(), final.min())))


def _open_heat(costs: PathCosts, t: int, heat: int) -> int:
    """The day's heat after slot `t` before the day was closed there, if it was."""
    missing = costs.rules.missing_cost.get(t)
    return heat if missing is None else int(np.argmin(costs.on[:, t] + missing))


def _came(costs: PathCosts, t: int, heat: int) -> tuple[int, bool]:
    """The day's heat before slot `t`, which is on, and whether a block begins there."""
    before, began = costs.before(t), costs.began[:, t]
    ways = [(before[one], began[one], one) for one in heats_before(costs, heat)]
    stayed, started, one = min(ways, key=lambda way: min(way[0], way[1]))
    return one, bool(started < stayed)


def heats_before(costs: PathCosts, heat: int) -> tuple[int, ...]:
    """From which heat a slot on leads to `heat`: what the day needs no more is not counted."""
    full = (heat,) if heat == costs.rules.steps else ()
    return (heat - 1, *full) if heat else full


def _before_rest(costs: PathCosts, rest: int, heat: int, *, until: int) -> tuple[int, int]:
    """The last slot of the block before `rest` and the day's heat after it; −1 before them all."""
    began = rest - costs.past
    for t in range(until - 1, began - 1, -1):
        missing = costs.rules.missing_cost.get(t)
        if missing is not None:
            heat = int(np.argmin(costs.rests[t][:, rest] + missing))
    return began - 1, heat
