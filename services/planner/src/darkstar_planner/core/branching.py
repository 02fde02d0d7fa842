"""A sharper bound, where a mix of paths is worth more than any one: branch and price.

The linear model may mix paths. Where that leaves too much between bound and plan, a
slot in which a heater is partly on is forced on, and off; each half is priced again with
paths that obey, and split again while its bound is below the goal. (Barnhart, Johnson,
Nemhauser, Savelsbergh, Vance, 1998.)
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

import numpy as np

from darkstar_planner.core.columns import Bound, Line, Master, Mixed

# closer than this to 0 or 1 a share is whole
WHOLE = 1e-6
ROUNDS = 60

Forced = tuple[tuple[int, int, bool], ...]


@dataclass(slots=True, kw_only=True)
class Tree:
    """What is still open between the bound and a goal.

    Attributes:
        goal: A half whose bound is as high is done with [currency].
        margin: How far the goal is below the best plan [currency].
        exact: Whether the heaters are all there is to decide, so that a whole mix is a plan.
        least: The lowest bound of what is done with [currency].
    """

    goal: float
    margin: float
    exact: bool
    least: float = math.inf
    open: list[tuple[float, int, Forced, Bound]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    def add(self, forced: Forced, bound: Bound) -> None:
        """Leave a half for later, or be done with it."""
        if bound.value >= self.goal:
            self.least = min(self.least, bound.value)
        else:
            heappush(self.open, (bound.value, next(self.numbers), forced, bound))

    @property
    def bound(self) -> float:
        """What all halves together prove [currency]."""
        return min(self.least, self.open[0][0]) if self.open else self.least


def raise_bound(master: Master, root: Bound, *, goal: float, margin: float) -> float:
    """A bound for all plans, as high as `goal` if that can be had in time.

    A plan that turns up on the way, better than the goal by more than `margin`, lowers it;
    its paths are among those of the model.
    """
    exact = not master.model.draft.binaries
    tree = Tree(goal=goal, margin=margin, exact=exact)
    tree.add((), root)
    while tree.open and tree.open[0][0] < tree.goal and master.budget.left > 0:
        _, _, forced, bound = heappop(tree.open)
        with _forcing(master.lines, forced):
            split = _split(master, tree, bound)
        if split is None:
            continue
        value, slot = split
        if slot is None:
            # what is left open is no heater's
            tree.least = min(tree.least, value.value)
            continue
        for on in (True, False):
            tree.add((*forced, (*slot, on)), value)
    return tree.bound


@contextmanager
def _forcing(lines: Sequence[Line], forced: Forced) -> Iterator[None]:
    """Within it, paths obey, and the model mixes only those that do."""
    for number, t, on in forced:
        line = lines[number]
        line.forced[t] = on
        line.choice.on[t].lower_bound = line.choice.on[t].upper_bound = float(on)
    try:
        yield
    finally:
        for number, t, _ in forced:
            line = lines[number]
            line.forced.pop(t)
            line.choice.on[t].lower_bound, line.choice.on[t].upper_bound = -math.inf, math.inf


def _split(master: Master, tree: Tree, bound: Bound) -> tuple[Bound, tuple[int, int] | None] | None:
    """The bound of a half, and the line and slot to split it at; None when it is done with."""
    made = master.bound(bound.prices, bound.house)
    if made is None:
        return None
    best, paths = made
    for line, path in zip(master.lines, paths, strict=True):
        line.add(path)
    for _ in range(ROUNDS):
        if best.value >= tree.goal:
            break
        found = master.mixed()
        if found is None:
            return best, None
        better, gained = master.improve(found, best)
        best = better or best
        slot = _most_open(found)
        if slot is None and tree.exact:
            tree.goal = min(tree.goal, found.worth - tree.margin)
        # the value of the half is no higher than what its mix is worth
        if best.value < tree.goal and slot is not None and found.worth < tree.goal:
            return best, slot
        if not gained or master.budget.left <= 0:
            if best.value < tree.goal:
                return best, slot
            break
    tree.least = min(tree.least, best.value)
    return None


def _most_open(found: Mixed) -> tuple[int, int] | None:
    """The line and slot of which it is least clear whether it is on."""
    closest = [np.abs(on - 0.5) for on in found.on]
    number = int(np.argmin([one.min() for one in closest]))
    slot = int(np.argmin(closest[number]))
    return (number, slot) if closest[number][slot] < 0.5 - WHOLE else None
