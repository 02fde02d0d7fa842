"""Which moments of the past the corrector learns from, and how the truth went on from there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl

from darkstar_forecaster.core.load.calendar import SLOTS_A_DAY, Integers
from darkstar_forecaster.core.load.features import WEATHER, Examples, Scenery, examples

_STRIDE, _SECOND_STRIDE = 2, 6
"""One in so many slots of the first day is an example; neighbours are much alike."""
_LATER_STRIDE = 29
"""Of the six days after, one slot in so many."""
_LATER_WEIGHT = 0.25
"""Of an example of later days: plans are made anew long before."""
_FORGETFUL = 5
_SECOND_STEP = 29
"""Every day is looked at from midnight, and from a time so many slots later than the day before."""
_WEEK = 7 * SLOTS_A_DAY
ADDED = frozenset({"actual", "base", "scale", "day_ahead", "weight", "target"})
"""Columns of a lesson that are no features."""


def looks(days: Iterable[int], end: int) -> Iterator[tuple[int, Integers]]:
    """Moments of `days`, and slots after each that end before `end`."""
    for day in days:
        second = day * SLOTS_A_DAY + (day * _SECOND_STEP) % SLOTS_A_DAY
        for moment, stride in {second: _SECOND_STRIDE, day * SLOTS_A_DAY: _STRIDE}.items():
            near = np.arange(day % stride, SLOTS_A_DAY, stride)
            far = np.arange(SLOTS_A_DAY + day % _LATER_STRIDE, _WEEK, _LATER_STRIDE)
            wanted = moment + np.concatenate([near, far])
            if (wanted < end).any():
                yield moment, wanted[wanted < end]


def lesson(scenery: Scenery, moment: int, wanted: Integers) -> tuple[Examples, pl.DataFrame]:
    """What was seen of slots at a moment, and the same with what came true.

    The table has the features, and: `actual` [kW], `base` [kW], `scale` [kW], `day_ahead`,
    `weight`, and `target`, what the base missed by as a multiple of the scale. Slots whose
    truth or base is not known are null there.
    """
    looked = examples(scenery, moment, wanted)
    actual = scenery.grid.at(wanted)
    ahead = (wanted - moment) // SLOTS_A_DAY
    table = looked.table.with_columns(
        actual=pl.Series(actual).fill_nan(None),
        base=pl.Series(looked.base.mean).fill_nan(None),
        scale=pl.lit(looked.scale),
        day_ahead=pl.Series(ahead),
        weight=pl.Series(np.where(ahead == 0, 1.0, _LATER_WEIGHT)),
        target=pl.Series((actual - looked.base.mean) / looked.scale).fill_nan(None),
    )
    return looked, table


def lessons(scenery: Scenery, days: Iterable[int], end: int) -> pl.DataFrame:
    """All lessons of some days of the past, as `lesson` has them.

    Every fifth day forgets the weather, so that a forecast does without when none is known.

    Args:
        scenery: The past.
        days: Those that are looked at.
        end: Place before which what came true must lie, so that later days stay unseen.
    """
    found = []
    for moment, wanted in looks(days, end):
        _, table = lesson(scenery, moment, wanted)
        if moment // SLOTS_A_DAY % _FORGETFUL == 0:
            table = table.with_columns(pl.lit(float("nan")).alias(name) for name in WEATHER)
        found.append(table)
    return pl.concat(found).filter(pl.col("target").is_not_null())
