"""From instants and means of any spacing to slots.

A temperature is what it is at an instant, so a slot has what a straight line has at its
middle. Radiation is a mean over an interval; an hour's is given to its four slots as the
sun of a clear sky would share it out, so that the hour keeps its mean.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from darkstar_common.slots import SLOT
from darkstar_forecaster.core.weather.sun import (
    Floats,
    Place,
    Seconds,
    clear_direct,
    clear_global,
    sine_of_elevation,
)

SLOT_SECONDS = int(SLOT.total_seconds())
HOUR_SECONDS = 3600
_QUARTERS = HOUR_SECONDS // SLOT_SECONDS
_LONGEST_GAP = 3 * HOUR_SECONDS
"""Between instants further apart than this nothing is known [s]."""
_WITHIN = (np.arange(5) * 2 + 1) / 10 * SLOT_SECONDS
"""Where in a slot the sun is looked at [s after its start]; it may rise within one."""

SHAPES: dict[str, Callable[[Floats], Floats]] = {
    "irradiance_w_per_m2": clear_global,
    "diffuse_w_per_m2": clear_global,
    "direct_w_per_m2": clear_direct,
}
"""How the sun shares out the hour's mean of each quantity that is a mean."""


def at_middles(times: Seconds, values: Floats, starts: Seconds) -> Floats:
    """Values at the middles of the slots at `starts`, on straight lines between instants.

    Args:
        times: The instants, ascending.
        values: NaN where unknown.
        starts: Slot starts.

    Returns:
        One for each slot; NaN before the first instant, after the last one, and between
        two that are more than three hours apart.
    """
    known = np.isfinite(values)
    times, values = times[known], values[known]
    middles = starts + SLOT_SECONDS // 2
    if not times.size:
        return np.full(starts.shape, np.nan)
    found: Floats = np.interp(middles, times, values, left=np.nan, right=np.nan)
    after = np.clip(np.searchsorted(times, middles), 1, max(1, times.size - 1))
    if times.size > 1:
        found[times[after] - times[after - 1] > _LONGEST_GAP] = np.nan
    return found


def over_slots(
    begins: Seconds, values: Floats, step: int, starts: Seconds, *, column: str, place: Place | None
) -> Floats:
    """Means over the slots at `starts`, from means over intervals.

    Args:
        begins: When the intervals begin; an hour's begins at a full hour.
        values: Their means; NaN where unknown.
        step: Their length [s]: a slot's or an hour.
        starts: Slot starts.
        column: Which quantity of SHAPES it is.
        place: Whose sun shares an hour out; None: evenly.

    Returns:
        One for each slot; NaN where no interval covers it.
    """
    if step == HOUR_SECONDS:
        quarters = begins[:, None] + np.arange(_QUARTERS) * SLOT_SECONDS
        values = (values[:, None] * _shares(quarters, column, place)).ravel()
        begins = quarters.ravel()
    found = np.full(starts.shape, np.nan)
    if not begins.size:
        return found
    place_of = np.clip(np.searchsorted(begins, starts), 0, begins.size - 1)
    hit = begins[place_of] == starts
    found[hit] = values[place_of[hit]]
    return found


def _shares(quarters: Seconds, column: str, place: Place | None) -> Floats:
    """Each quarter's share of its hour's mean; those of an hour have the mean 1."""
    if place is None:
        return np.ones(quarters.shape)
    moments = (quarters[..., None] + _WITHIN).astype(np.int64)
    weights = SHAPES[column](sine_of_elevation(moments, place)).mean(axis=-1)
    means = weights.mean(axis=-1, keepdims=True)
    return np.where(means > 0, weights / np.where(means > 0, means, 1.0), 1.0)
