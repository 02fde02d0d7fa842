"""What energy left at the end of a replay is worth: the same for every policy.

It is what the best use of it would have saved in the true days after the end, found by
dynamic programming over the stored energy. The worth rises with the energy by ever less,
so it is handed on as a curve of falling steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from darkstar_common.config import Battery, Config
from darkstar_common.slots import SLOT
from darkstar_lab.errors import PeriodError
from darkstar_lab.replay import Steps
from darkstar_lab.truth import Truth

AFTER = timedelta(days=2) // SLOT
"""So many slots after the end tell what the energy would have been good for."""
LEVELS = 61
"""Levels of stored energy that are told apart."""
MERGED = 3
"""So many of them make a step."""
_HOUR = timedelta(hours=1) // SLOT


def leftover(truth: Truth, config: Config, end: int) -> Steps:
    """The worth of energy left before slot `end`, by the true slots after it.

    Raises:
        PeriodError: There are none.
    """
    battery = config.battery
    if battery is None:
        return ()
    after = range(end, min(end + AFTER, truth.count))
    if len(after) < _HOUR:
        raise PeriodError(
            "nothing of the house file is left after the last day, so what is left in the battery "
            "cannot be valued; replay fewer days"
        )
    net = [truth.load_kw[t] - truth.pv_kw[t] for t in after]
    levels = np.linspace(
        battery.capacity_kwh * battery.min_soc_percent / 100,
        battery.capacity_kwh * battery.max_soc_percent / 100,
        LEVELS,
    )
    saved = _saved(
        battery,
        levels,
        bought=_hourly(truth.import_price(after, config)),
        sold=_hourly(truth.export_price(after, config)),
        net_kw=_hourly(net),
    )
    return _steps(levels, saved)


def _hourly(values: Sequence[float]) -> list[float]:
    """Means over whole hours: the levels are too far apart for quarters."""
    whole = len(values) // _HOUR * _HOUR
    return [sum(values[t : t + _HOUR]) / _HOUR for t in range(0, whole, _HOUR)]


def _saved(
    battery: Battery,
    levels: np.ndarray,
    *,
    bought: Sequence[float],
    sold: Sequence[float],
    net_kw: Sequence[float],
) -> np.ndarray:
    """By level, what starting there rather than empty saves [currency], up to a constant."""
    gained = levels[None, :] - levels[:, None] + battery.standby_kw
    power = np.where(
        gained > 0, gained / battery.charge_efficiency, gained * battery.discharge_efficiency
    )
    wear = battery.wear_cost_per_kwh * np.maximum(-power, 0)
    impossible = (power > battery.max_charge_kw) | (-power > battery.max_discharge_kw)
    worth = np.zeros(len(levels))
    for buy, sell, net in reversed(list(zip(bought, sold, net_kw, strict=True))):
        grid = net + power
        cost = np.where(grid > 0, grid * buy, grid * max(sell, 0.0)) + wear
        worth = np.max(np.where(impossible, -np.inf, worth[None, :] - cost), axis=1)
    return worth


def _steps(levels: np.ndarray, saved: np.ndarray) -> Steps:
    """The smallest concave curve over `saved`, in a few steps that never rise."""
    falling = np.minimum.accumulate(np.diff(saved) / np.diff(levels))
    return tuple(
        (
            round(float(levels[min(first + MERGED, len(falling))]), 6),
            round(max(0.0, float(falling[first : first + MERGED].mean())), 6),
        )
        for first in range(0, len(falling), MERGED)
    )
