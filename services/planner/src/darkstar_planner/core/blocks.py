"""The heating blocks of a plan, and the rests before and after them."""

from __future__ import annotations

from dataclasses import dataclass

from darkstar_planner.core.devices import Heater
from darkstar_planner.core.dispatch import Dispatch
from darkstar_planner.core.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A rest, and the block that ends it.

    Attributes:
        first: First slot of the block; for the rest at the end, the number of slots.
        starts: Whether the heater starts there, rather than the horizon ending.
        rest_hours: How long it had been off by then [h].
    """

    first: int
    starts: bool
    rest_hours: float


def heating_blocks(problem: Problem, heater: Heater, dispatch: Dispatch) -> tuple[Block, ...]:
    """Every rest of `heater` in `dispatch`, the one the horizon cuts off included."""
    edges = problem.edges
    since = off_since(problem, heater)
    found = []
    for t, power in enumerate(dispatch.loads[heater.id]):
        on = power > heater.powers_kw[0] / 2
        if on and since is not None:
            found.append(Block(first=t, starts=True, rest_hours=edges[t] - since))
            since = None
        elif not on and since is None:
            since = edges[t]
    if since is not None:
        rest = edges[-1] - since
        found.append(Block(first=problem.count, starts=False, rest_hours=rest))
    return tuple(found)


def off_since(problem: Problem, heater: Heater) -> float | None:
    """When the last block before the horizon ended [h from its start, ≤ 0]; None while on.

    A past nobody told counts as a rest that has just reached the longest gap: the
    heater is free to start, and due.
    """
    if heater.on_before_slots:
        return None
    if heater.off_before_slots is not None:
        return -heater.off_before_slots * problem.hours[0]
    return -max(heater.max_gap_hours or 0.0, heater.min_spacing_hours)
