"""What this house did at the same time on days of the same kind: the base of every forecast.

Days of the same kind (working or off, at home or away) count fully, others little, and recent
days more than old ones. The result follows the level of the last days half of the way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from darkstar_forecaster.core.load.calendar import SLOTS_A_DAY, Booleans
from darkstar_forecaster.core.load.grid import Floats, Grid

HALF_LIFE_DAYS = 10.0
OTHER_KIND = 0.1
"""Weight of a working day for a day off, and the other way round."""
OTHER_PRESENCE = 0.01
"""Weight of a day at home for one away, and the other way round."""
REACH_DAYS = 120
"""Older days are not looked at."""
LEVEL_SLOTS = 3 * SLOTS_A_DAY
"""The level is that of the last three days."""
LEVEL_SHARE = 0.5
_LEVEL_BOUNDS = (0.4, 2.5)
_LEAST_LEVEL_SLOTS = SLOTS_A_DAY // 2
LEVELS = (0.1, 0.5, 0.9)
_NEIGHBOURS = {-2: 0.25, -1: 0.5, 0: 1.0, 1: 0.5, 2: 0.25}
"""Weight of a vote by how many slots it is away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Which kind each day is.

    Attributes:
        free: days off.
        away: days of vacation.
    """

    free: Booleans
    away: Booleans


def weights(ages: Floats, past: Days, target: Days, *, half_life: float = HALF_LIFE_DAYS) -> Floats:
    """How much each past day counts for each target day, shape (targets, past days).

    Args:
        ages: Days from each past day to the target days, shape (past days,) or
            (targets, past days); below 1 a day does not count.
        past: Kinds of the past days.
        target: Kinds of the target days.
        half_life: Age at which a day counts half [days].
    """
    kind = np.where(target.free[:, None] == past.free, 1.0, OTHER_KIND)
    presence = np.where(target.away[:, None] == past.away, 1.0, OTHER_PRESENCE)
    aged = np.where((ages >= 1) & (ages <= REACH_DAYS), 0.5 ** (ages / half_life), 0.0)
    return np.asarray(kind * presence * aged)


def means(weight: Floats, kw: Floats) -> Floats:
    """Weighted mean by time of day, shape (targets, 96); NaN where nothing is known."""
    known = np.isfinite(kw)
    total = weight @ known
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, (weight @ np.where(known, kw, 0.0)) / total, np.nan)


def quantiles(weight: Floats, kw: Floats) -> Floats:
    """p10, p50 and p90 of the votes by time of day, shape (3, 96), for one target day.

    Args:
        weight: Weight of each past day, shape (days,).
        kw: Past power, shape (days, 96).
    """
    votes = np.concatenate([np.roll(kw, -step, axis=1) for step in _NEIGHBOURS])
    share = np.concatenate([weight * one for one in _NEIGHBOURS.values()])
    known = np.isfinite(votes)
    order = np.argsort(np.where(known, votes, np.inf), axis=0)
    ranked = np.take_along_axis(votes, order, axis=0)
    mass = np.take_along_axis(np.where(known, share[:, None], 0.0), order, axis=0)
    total = mass.sum(axis=0)
    rank = np.cumsum(mass, axis=0) - mass / 2
    last = np.maximum(known.sum(axis=0) - 1, 0)
    found = [
        np.take_along_axis(
            ranked, np.minimum((rank < one * total).sum(axis=0), last)[None], axis=0
        )[0]
        for one in LEVELS
    ]
    return np.where(total > 0, np.stack(found), np.nan)


def expected(grid: Grid, days: Days, rows: range) -> Floats:
    """For each of `rows` what the days before it let expect, shape (rows, 96) [kW]."""
    chosen = np.arange(rows.start, rows.stop)
    ages = (chosen[:, None] - np.arange(len(grid.kw))).astype(np.float64)
    target = Days(free=days.free[chosen], away=days.away[chosen])
    return means(weights(ages, days, target), grid.kw)


def level(grid: Grid, before: Floats, first_row: int, *, span: int = LEVEL_SLOTS) -> float:
    """How the last slots compare with what was expected of them; 1: alike.

    Args:
        grid: The past.
        before: What was expected, from row `first_row` of the grid on.
        first_row: See `before`.
        span: How many slots are compared.
    """
    stop = grid.end - grid.first * SLOTS_A_DAY
    start = max(stop - span, first_row * SLOTS_A_DAY)
    actual = grid.kw.ravel()[start:stop]
    hoped = before.ravel()[start - first_row * SLOTS_A_DAY :][: len(actual)]
    both = np.isfinite(actual) & np.isfinite(hoped)
    if both.sum() < _LEAST_LEVEL_SLOTS or hoped[both].sum() <= 0:
        return 1.0
    return float(np.clip(actual[both].sum() / hoped[both].sum(), *_LEVEL_BOUNDS))
