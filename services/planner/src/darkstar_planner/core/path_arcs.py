"""A path of one heater in pieces, each from where a block begins to where the next does.

Two paths that begin a block in the same slot, with the same heat in the day so far, may
swap what follows. A model that is given pieces instead of whole paths knows that.
"""

from __future__ import annotations

from dataclasses import dataclass

from darkstar_planner.core.heating_rules import ON, HeatingRules
from darkstar_planner.core.path_costs import costs_of_rests

Place = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arc:
    """A block and the rest after it, up to the next block's beginning.

    Attributes:
        begins: Slot where the block begins, and the day's heat as it does; None for what
            goes on from before the horizon.
        ends: The first slot off again.
        leads: Where the next block begins; None at the end of the horizon.
        cost: Penalties on the way, the next start's included [currency].
    """

    begins: Place | None
    ends: int
    leads: Place | None
    cost: float

    @property
    def first(self) -> int:
        """The first slot that is on, if any is."""
        return 0 if self.begins is None else self.begins[0]


def arcs_of(rules: HeatingRules, on: tuple[bool, ...]) -> tuple[Arc, ...]:
    """The pieces of the path that is on where `on` says."""
    late = costs_of_rests(rules)
    found: list[Arc] = []
    begins: Place | None = None
    heat, cost, since = 0, 0.0, 0
    was_on = rules.first == ON
    age = max(0, rules.first - 1)
    for t, is_on in enumerate(on):
        if is_on and not was_on:
            rest = t - since + age
            early = rest < rules.ready
            cost += float(late[rest] - late[age])
            cost += rules.start_cost + (rules.early_cost if early else 0.0)
            found.append(Arc(begins=begins, ends=since, leads=(t, heat), cost=cost))
            begins, cost, age = (t, heat), 0.0, 0
        elif was_on and not is_on:
            since = t
        was_on = is_on
        if is_on:
            heat = min(heat + 1, rules.steps)
            since = t + 1
        if t in rules.missing_cost:
            cost += float(rules.missing_cost[t][heat])
            heat = 0
    if not was_on:
        cost += float(late[rules.count - since + age] - late[age])
    found.append(Arc(begins=begins, ends=since, leads=None, cost=cost))
    return tuple(found)
