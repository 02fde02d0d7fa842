"""The base of every forecast of a house that is known: its same slots, its level, its present.

What runs now goes on for a while: the last half hour's surprise is carried on and fades.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from darkstar_forecaster.core.load.calendar import SLOTS_A_DAY, Integers
from darkstar_forecaster.core.load.grid import Floats, Grid
from darkstar_forecaster.core.load.same_slot import (
    LEVEL_SHARE,
    Days,
    expected,
    level,
    means,
    quantiles,
    weights,
)

LEVEL_DAYS = (1, 3, 7)
"""Spans over which the level is compared; the middle one is followed."""
CARRIED_SHARE, CARRIED_HOURS = 0.6, 1.5
"""How much of a surprise is carried on, and after how long a third of that is left [h]."""
_PRESENT_SLOTS = 2
_LEAST_SHARE = 0.25
"""What a carried surprise leaves of the base at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Coming slots, and the past as it is known.

    Attributes:
        grid: the past.
        before: its `hindsight`.
        past: kinds of its days.
        days: days of the coming slots, in order, none twice.
        target: their kinds.
        wanted: places of the coming slots, none of them past.
    """

    grid: Grid
    before: Floats
    past: Days
    days: Integers
    target: Days
    wanted: Integers

    @property
    def ages(self) -> Floats:
        """Days from each past day to each coming one, shape (coming, past)."""
        return (self.days[:, None] - self.grid.days).astype(np.float64)

    @property
    def lead_hours(self) -> Floats:
        """From now to the middle of each slot [h]."""
        return (self.wanted - self.grid.end + 0.5) / 4

    def spread(self, curves: Floats) -> Floats:
        """Of curves by day and time of day the value at each place."""
        return curves[self.row, self.wanted % SLOTS_A_DAY]

    @property
    def row(self) -> Integers:
        """Which of `days` each place is in."""
        return np.searchsorted(self.days, self.wanted // SLOTS_A_DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """Expected power without a trained model.

    Attributes:
        mean: at the places wanted [kW]; NaN where the time of day was never seen.
        carried: the part of it that the present has brought [kW].
        curves: by target day and time of day, without that part [kW].
        ratios: how the last day, three days and week compare with what was expected of them.
    """

    mean: Floats
    carried: Floats
    curves: Floats
    ratios: tuple[float, float, float]

    @property
    def factor(self) -> float:
        """By how much the curves are above or below the mean of the same slots."""
        return float(self.ratios[1] ** LEVEL_SHARE)


def hindsight(grid: Grid, days: Days) -> Floats:
    """For each row of the grid what the days before it let expect [kW]."""
    return expected(grid, days, range(len(grid.kw)))


def based(view: View) -> Base:
    """The base at the places of a view."""
    grid, before = view.grid, view.before
    one, three, seven = (level(grid, before, 0, span=span * SLOTS_A_DAY) for span in LEVEL_DAYS)
    factor = three**LEVEL_SHARE
    curves = means(weights(view.ages, view.past, view.target), grid.kw) * factor
    plain = view.spread(curves)
    fading = CARRIED_SHARE * np.exp(-view.lead_hours / CARRIED_HOURS)
    carried = np.maximum(_surprise(grid, before) * fading, (_LEAST_SHARE - 1) * plain)
    carried = np.where(np.isfinite(carried), carried, 0.0)
    return Base(mean=plain + carried, carried=carried, curves=curves, ratios=(one, three, seven))


def voted(view: View, base: Base) -> Floats:
    """p10, p50 and p90 of the same slots, at the base's level, shape (3, places) [kW]."""
    weight = weights(view.ages, view.past, view.target)
    kinds, which = np.unique(
        np.stack([view.target.free, view.target.away]), axis=1, return_inverse=True
    )
    # days of one kind differ by a common factor of their weights, so they share their votes
    firsts = [int(np.flatnonzero(which.ravel() == kind)[0]) for kind in range(kinds.shape[1])]
    votes = np.stack([quantiles(weight[first], view.grid.kw) for first in firsts])
    curves = votes[which.ravel()[view.row], :, view.wanted % SLOTS_A_DAY].T
    return np.maximum(curves * base.factor + base.carried, 0.0)


def _surprise(grid: Grid, before: Floats) -> float:
    """How the last slots differ from what was expected of them [kW]; unknown: nothing."""
    stop = grid.end - grid.first * SLOTS_A_DAY
    start = max(0, stop - _PRESENT_SLOTS)
    gap = grid.kw.ravel()[start:stop] - before.ravel()[start:stop]
    known = gap[np.isfinite(gap)]
    return float(known.mean()) if len(known) else 0.0
