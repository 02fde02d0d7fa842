"""Shows the forecast of the present slot to Prometheus, as it is when somebody looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import nan

from darkstar_common.contract import QuantileSlot
from darkstar_common.runtime import Clock
from darkstar_common.slots import SLOT
from darkstar_forecaster import metrics

QUANTILES = {"0.1": "p10_kw", "0.5": "p50_kw", "0.9": "p90_kw"}
"""By the label that Prometheus has of it."""


def show_forecast(quantity: str, slots: Sequence[QuantileSlot], clock: Clock) -> None:
    """Follow `slots` of a forecast of `quantity` (load or pv), until there is a newer one."""
    for label, name in QUANTILES.items():
        gauge = metrics.FORECAST_POWER.labels(quantity, label)
        gauge.set_function(_following(slots, name, clock))


def _following(slots: Sequence[QuantileSlot], name: str, clock: Clock) -> Callable[[], float]:
    def now() -> float:
        place = (clock.now() - slots[0].start) // SLOT
        return float(getattr(slots[place], name)) if 0 <= place < len(slots) else nan

    return now
