"""What heaters and loads do when they stay with an earlier plan."""

from __future__ import annotations

import numpy as np

from darkstar_planner.core.devices import Deferrable, Heater
from darkstar_planner.core.dispatch import Dispatch, Series
from darkstar_planner.core.heating_path import cheapest_path, heating_rules
from darkstar_planner.core.hint import Hint
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.wishes import heating_days

Loads = dict[str, Series]

# to leave the hint costs a heater more than anything else in its path [currency]
LOYALTY = 1e6
# where it is free, the hint only breaks ties [currency]
TIE = 1e-4


def loads_by(problem: Problem, hint: Hint, best: Dispatch, marginal_price: Series | None) -> Loads:
    """The power of every heater and load by `hint`; where that is silent, what is cheapest.

    A heater's day that the end of the horizon cuts off is open again: what it needs
    grows with the part of it that is seen.
    """
    prices = marginal_price or problem.import_price
    made = {
        one.id: _heater(problem, one, hint, best.loads[one.id], prices) for one in problem.heaters
    }
    return made | {one.id: _load(one, hint, best.loads[one.id]) for one in problem.deferrables}


def _heater(problem: Problem, heater: Heater, hint: Hint, best: Series, prices: Series) -> Series:
    """The cheapest path through what the hint decides; without paths, as `best` where silent."""
    silent = _open_slots(problem, heater)
    hinted = hint.on[heater.id]
    rules = heating_rules(problem, heater)
    if rules is None:
        powers = hint.load_kw[heater.id]
        if heater.max_kw_steps is None:
            powers = tuple(None if on is None else on * heater.power_kw for on in hinted)
        return tuple(best[t] if kw is None or t in silent else kw for t, kw in enumerate(powers))
    own = np.array(prices) * np.array(problem.hours) * heater.power_kw
    for t, on in enumerate(hinted):
        if on is not None:
            loyalty = TIE if t in silent else LOYALTY
            own[t] += -loyalty if on else loyalty
    return tuple(on * heater.power_kw for on in cheapest_path(rules, own).on)


def _open_slots(problem: Problem, heater: Heater) -> frozenset[int]:
    """The slots of the day that ends after the horizon."""
    last = heating_days(problem, heater)[-1]
    return frozenset(last.slots)


def _load(load: Deferrable, hint: Hint, best: Series) -> Series:
    """As hinted; beyond the hint as in `best`, unless the hint has a run of it."""
    powers = hint.load_kw[load.id]
    runs = any(powers)
    return tuple((0.0 if runs else best[t]) if kw is None else kw for t, kw in enumerate(powers))
