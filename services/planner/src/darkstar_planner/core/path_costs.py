"""What the states of a heater cost at best, slot after slot: forward dynamic programming.

A rest is told by the edge at which it began, so that a slot asks once what each rest
would cost if it ended there. With the day's heat in the state no rule is left over, and
the tables are exact. Paths are read from them backwards (`heating_path`, `near_paths`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from darkstar_planner.core.heating_rules import ON, Floats, HeatingRules


@dataclass(frozen=True, slots=True, kw_only=True)
class PathCosts:
    """The least costs [currency] up to each slot; the first axis is the day's heat in slots.

    Attributes:
        price: Of each slot that is on.
        late: By its slots, what a rest costs that began at an edge of the horizon; the
            one from before it is `past` slots older.
        began: By slot, what is on there and was off before, the price of the slot excluded.
        on: By slot, what is on there, the day still open.
        stays: The same once the day is closed, where the slot ends one.
        rests: By slot, the rests that may end there, by where they began, without their own
            cost. Column 0 is the rest from before the horizon, column `past` + t began at edge t.
    """

    rules: HeatingRules
    price: Floats
    late: Floats
    began: Floats
    on: Floats
    stays: Floats
    rests: list[Floats] = field(default_factory=list)

    @property
    def past(self) -> int:
        """How many slots the heater was off as the horizon begins."""
        return max(0, self.rules.first - 1)

    def before(self, t: int) -> Floats:
        """What being on before slot `t` has cost, by heat."""
        if t:
            return self.stays[:, t - 1]
        first = np.full(self.rules.steps + 1, np.inf)
        if self.rules.first == ON:
            first[0] = 0.0
        return first

    def ending(self, t: int) -> Floats:
        """What it has cost to rest until slot `t` and start there, by heat and rest."""
        rules, now = self.rules, t + self.past
        early = t in rules.locked and t - 1 not in rules.locked
        known = now if rules.first == ON or t else now + 1
        count = known if early else min(known, now - rules.ready + 1)
        if count <= 0:
            return np.full((rules.steps + 1, 1), np.inf)
        costs = self.rests[t][:, :count] + (self.late[now + 1 - count : now + 1][::-1])
        if early:
            costs[:, max(0, now - rules.ready + 1) :] += rules.early_cost
        return costs + rules.start_cost

    def final(self) -> Floats:
        """What each rest has cost that lasts to the end, by heat and rest."""
        count = self.rules.count + self.past
        return self.rests[-1][:, :count] + self.late[1 : count + 1][::-1]


def path_costs(rules: HeatingRules, price: Floats) -> PathCosts:
    """The tables when each slot t that is on costs `price[t]` [currency]."""
    shape = (rules.steps + 1, rules.count)
    made = PathCosts(
        rules=rules,
        price=price,
        late=costs_of_rests(rules),
        began=np.full(shape, np.inf),
        on=np.full(shape, np.inf),
        stays=np.full(shape, np.inf),
    )
    rests = np.full((rules.steps + 1, rules.count + made.past + 1), np.inf)
    if rules.first != ON:
        rests[0, 0] = -made.late[made.past]
    for t in range(rules.count):
        made.rests.append(rests)
        rests = _advance(made, rests, t)
    made.rests.append(rests)
    return made


def costs_of_rests(rules: HeatingRules) -> Floats:
    """The cost of a rest by its slots; ages beyond the settled ones repeat with the hour."""
    ages = np.arange(rules.count + rules.rows + 1)
    settled = rules.rows - 1 - rules.hour
    rows = np.where(ages > settled, settled + (ages - settled) % rules.hour, ages) + 1
    own = rules.overdue_cost[rows]
    own[0] = 0.0
    costs: Floats = np.cumsum(own)
    return costs


def _advance(made: PathCosts, rests: Floats, t: int) -> Floats:
    """Fill slot `t`; returns the rests that may end in the next slot."""
    rules, on = made.rules, made.on
    before = made.before(t)
    began = made.ending(t).min(axis=1)
    least = np.minimum(began, before) + made.price[t]
    made.began[:, t] = began
    # one more slot of heat; what a day has beyond its need counts no further
    on[1:, t] = least[:-1]
    on[-1, t] = min(on[-1, t], least[-1])
    made.stays[:, t] = on[:, t]
    if t in rules.locked:
        rests = np.full_like(rests, np.inf)
    elif t or rules.first == ON:
        rests[:, t + made.past] = before
    missing = rules.missing_cost.get(t)
    if missing is None:
        return rests
    made.stays[:, t] = np.inf
    made.stays[0, t] = (on[:, t] + missing).min()
    closed = np.full_like(rests, np.inf)
    closed[0] = (rests + missing[:, None]).min(axis=0)
    return closed
