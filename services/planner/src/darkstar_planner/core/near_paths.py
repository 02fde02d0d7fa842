"""Every way to run a heater that costs little more than the cheapest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from darkstar_planner.core.heating_path import heats_before
from darkstar_planner.core.heating_rules import ON, Floats, HeatingPath, HeatingRules
from darkstar_planner.core.path_costs import PathCosts, path_costs

ROUNDING = 1e-7
Chain = tuple[int, int, Any] | None


@dataclass(frozen=True, slots=True)
class _Node:
    """On in slot `t` until `end`, the day closed: reached from the end backwards at cost `rest`.

    `heat` is the day's so far, and `tail` the blocks that follow as (first slot, end, tail).
    """

    t: int
    heat: int
    rest: float
    end: int
    tail: Chain


def paths_within(
    rules: HeatingRules, price: Floats, slack: float, *, limit: int
) -> tuple[HeatingPath, ...] | None:
    """All paths that cost at most `slack` more than the cheapest; None if beyond `limit`.

    A walk back from the end, which gives up wherever the least cost of what is left
    of the way already leads beyond the slack, so it never turns back without a path.
    """
    costs = path_costs(rules, price)
    last, final = costs.stays[:, -1], costs.final()
    most = float(min(last.min(), final.min())) + slack + ROUNDING
    found: list[HeatingPath] = []
    count = rules.count
    stack: list[_Node | HeatingPath] = [
        _Node(count - 1, int(heat), 0.0, count, None) for heat in np.flatnonzero(last <= most)
    ]
    for heat, rest in np.argwhere(final <= most):
        late = float(costs.late[count + costs.past - rest])
        stack.extend(_before_rest(costs, int(rest), int(heat), late, until=count, most=most))
    while stack:
        node = stack.pop()
        if isinstance(node, HeatingPath):
            found.append(node)
            if len(found) > limit:
                return None
        else:
            stack.extend(_earlier(costs, node, most))
    return tuple(found)


def _earlier(costs: PathCosts, node: _Node, most: float) -> Iterator[_Node | HeatingPath]:
    """What may come before slot `node.t`, which is on."""
    t = node.t
    if t < 0:
        yield _path(costs.rules, node.rest, (0, node.end, node.tail) if node.end else node.tail)
        return
    for open_heat, missing in _opened(costs, node, most):
        spent = node.rest + missing + float(costs.price[t])
        for heat in heats_before(costs, open_heat):
            if costs.before(t)[heat] + spent <= most:
                yield _Node(t - 1, heat, spent, node.end, node.tail)
            if costs.began[heat, t] + spent <= most:
                yield from _began(costs, t, heat, spent, most, tail=(t, node.end, node.tail))


def _opened(costs: PathCosts, node: _Node, most: float) -> Iterator[tuple[int, float]]:
    """The heats that closing the day after slot `node.t`, if it ends there, makes one of."""
    missing = costs.rules.missing_cost.get(node.t)
    if missing is None:
        yield node.heat, 0.0
    elif node.heat == 0:
        totals = costs.on[:, node.t] + missing + node.rest
        for heat in np.flatnonzero(totals <= most):
            yield int(heat), float(missing[heat])


def _began(
    costs: PathCosts, t: int, heat: int, spent: float, most: float, *, tail: Chain
) -> Iterator[_Node | HeatingPath]:
    """The ways to have rested until slot `t`, at which a block begins."""
    ways = costs.ending(t)[heat]
    for rest in np.flatnonzero(ways + spent <= most):
        own = float(ways[rest] - costs.rests[t][heat, rest])
        yield from _before_rest(costs, int(rest), heat, spent + own, until=t, most=most, tail=tail)


def _before_rest(
    costs: PathCosts,
    rest: int,
    heat: int,
    spent: float,
    *,
    until: int,
    most: float,
    tail: Chain = None,
) -> Iterator[_Node | HeatingPath]:
    """The states before a rest, by what the days that end in it may have had."""
    began, ways = rest - costs.past, [(heat, spent)]
    for t in range(until - 1, max(began, 0) - 1, -1):
        missing = costs.rules.missing_cost.get(t)
        if missing is not None:
            before = costs.rests[t][:, rest]
            ways = [
                (int(one), cost + float(missing[one]))
                for had, cost in ways
                if had == 0
                for one in np.flatnonzero(before + missing + cost <= most)
            ]
    for had, cost in ways:
        if rest == 0 and costs.rules.first != ON:
            # the rest from before the horizon has no block before it
            yield _path(costs.rules, cost - float(costs.late[costs.past]), tail)
        else:
            yield _Node(began - 1, had, cost, began, tail)


def _path(rules: HeatingRules, cost: float, tail: Chain) -> HeatingPath:
    on = np.zeros(rules.count, dtype=np.bool_)
    while tail is not None:
        first, end, tail = tail
        on[first:end] = True
    return HeatingPath(on=tuple(on.tolist()), cost=cost)
