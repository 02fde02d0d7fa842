"""Forecasts with what was learned about their drift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from darkstar_common.config import Config
from darkstar_common.contract import Learned, Quantity
from darkstar_forecaster.core.method import Ahead

_FACTORS: Mapping[Quantity, Learned] = {"load": "load_factor", "pv": "pv_factor"}


def tuned(
    ahead: Ahead, quantity: Quantity, values: Mapping[Learned, float], config: Config
) -> Ahead:
    """A forecast times its learned factor; never more PV than the arrays can give."""
    factor = values.get(_FACTORS[quantity], 1.0) if quantity in _FACTORS else 1.0
    if factor == 1.0:
        return ahead
    figures = pl.col("mean", "p10", "p50", "p90") * factor
    if quantity == "pv" and (most := most_pv_kw(config)) is not None:
        figures = figures.clip(upper_bound=most)
    return replace(ahead, slots=ahead.slots.with_columns(figures))


def most_pv_kw(config: Config) -> float | None:
    """The most that the arrays and their inverters can give [kW]; None: they are not known."""
    arrays = config.solar.arrays
    if not arrays:
        return None
    return sum(min(one.kwp, one.inverter_kw or one.kwp) for one in arrays)
