"""Every way to run a heater that costs little more than the cheapest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from darkstar_planner.core.heating_path import (
    ON,
    Floats,
    HeatingPath,
    HeatingRules,
    advance,
    close_day,
    first_costs,
)

ROUNDING = 1e-7
Chain = tuple[bool, Any] | None


@dataclass(frozen=True, slots=True)
class _Node:
    """A state after slot `t`, reached from the end backwards at cost `rest`; `tail` follows it."""

    t: int
    row: int
    heat: int
    rest: float
    tail: Chain


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tables:
    """The least cost of each state before each slot, and after it while its day is open."""

    rules: HeatingRules
    price: Floats
    before: list[Floats]
    after: list[Floats]


def paths_within(
    rules: HeatingRules, price: Floats, slack: float, *, limit: int
) -> tuple[HeatingPath, ...] | None:
    """All paths that cost at most `slack` more than the cheapest; None if beyond `limit`.

    A walk back from the end, which gives up wherever the least cost of what is left
    of the way already leads beyond the slack, so it never turns back without a path.
    """
    tables = _tables(rules, price)
    last = tables.before[-1]
    most = float(last.min()) + slack + ROUNDING
    found: list[HeatingPath] = []
    stack = [
        one
        for row, heat in np.argwhere(last <= most)
        for one in _opened(tables, _Node(rules.count - 1, int(row), int(heat), 0.0, None), most)
    ]
    while stack:
        node = stack.pop()
        if node.t < 0:
            found.append(HeatingPath(on=_unrolled(node.tail), cost=node.rest))
            if len(found) > limit:
                return None
            continue
        stack.extend(_before(tables, node, most))
    return tuple(found)


def _tables(rules: HeatingRules, price: Floats) -> _Tables:
    before, after = [first_costs(rules)], []
    for t in range(rules.count):
        open_costs, _ = advance(rules, before[-1], t, float(price[t]))
        after.append(open_costs)
        before.append(close_day(rules, open_costs, t)[0])
    return _Tables(rules=rules, price=price, before=before, after=after)


def _opened(tables: _Tables, node: _Node, most: float) -> Iterator[_Node]:
    """The states with the day still open that closing it, if it ends there, makes `node` of."""
    if node.t < 0 or node.t not in tables.rules.missing_cost:
        yield node
        return
    missing = tables.rules.missing_cost[node.t]
    totals = tables.after[node.t][node.row] + missing + node.rest
    for had in np.flatnonzero(totals <= most):
        yield replace(node, heat=int(had), rest=node.rest + float(missing[had]))


def _before(tables: _Tables, node: _Node, most: float) -> Iterator[_Node]:
    """The states before the slot of `node` from which it can still be reached."""
    rules, t = tables.rules, node.t
    if node.row == ON:
        options, heats = _ways_on(rules, t, float(tables.price[t])), {node.heat - 1}
        if node.heat == rules.steps:
            heats.add(rules.steps)
        heats.discard(-1)
    else:
        options, heats = _ways_off(rules, t, node.row), {node.heat}
    tail = (node.row == ON, node.tail)
    for row, cost in options:
        for heat in heats:
            rest = node.rest + cost
            if tables.before[t][row, heat] + rest <= most:
                yield from _opened(tables, _Node(t - 1, row, heat, rest, tail), most)


def _ways_on(rules: HeatingRules, t: int, price: float) -> list[tuple[int, float]]:
    """The rows from which a slot on can come, and its cost from there."""
    locked = t in rules.locked and t - 1 not in rules.locked
    ways = [(ON, price)]
    for row in range(1, rules.rows):
        early = row - 1 < rules.ready
        if not early or locked:
            ways.append((row, price + rules.start_cost + (rules.early_cost if early else 0.0)))
    return ways


def _ways_off(rules: HeatingRules, t: int, row: int) -> list[tuple[int, float]]:
    """The rows from which a slot off that ends in `row` can come, and its cost from there."""
    if t in rules.locked or row == 1:
        return []
    cost = float(rules.overdue_cost[row])
    rows = [row - 1]
    if row == 2:  # noqa: PLR2004 (row of age 1)
        rows.append(ON)
    if row == rules.rows - rules.hour:
        rows.append(rules.rows - 1)
    return [(one, cost) for one in rows]


def _unrolled(tail: Chain) -> tuple[bool, ...]:
    on = []
    while tail is not None:
        on.append(tail[0])
        tail = tail[1]
    return tuple(on)
