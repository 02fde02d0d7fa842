"""A straight-line part of the corrector: ridge regression on how other means differ from the base.

Trees find what depends on what, a line adds up many weak hints; both together miss less than
either. Hoerl and Kennard, "Ridge Regression", 1970; the
pull is relative to each column's own size, so that units do not matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from darkstar_forecaster.core.load.grid import Floats

PULL = 0.2
_DIFFERING = (
    "same_kind_",
    "all_days",
    "weekday",
    "base_",
    "kind_1",
    "kind_2",
    "kind_mean",
    "kind_p50",
    "lag_",
)
"""Features that are compared with the base: they count by how they differ from it."""
_PLAIN = ("carried_",)
_BASE = "base_power"
_NO_POWER = "weekday_number"


def fit_line(table: pl.DataFrame, target: str, weight: str) -> dict[str, float]:
    """What each column counts; rows must have a target."""
    names = _columns(table.columns)
    values = _design(table, names)
    share = table[weight].to_numpy()[:, None]
    gram = (values * share).T @ values
    pull = np.diag(PULL * np.diag(gram) + 1e-9)
    found = np.linalg.solve(gram + pull, (values * share).T @ table[target].to_numpy())
    return dict(zip(names, found.tolist(), strict=True))


def follow_line(line: Mapping[str, float], table: pl.DataFrame) -> Floats:
    """What the line says of each row, in the unit of its target."""
    return np.asarray(_design(table, tuple(line)) @ np.fromiter(line.values(), dtype=np.float64))


def _columns(features: Sequence[str]) -> tuple[str, ...]:
    others = {_BASE, _NO_POWER}
    chosen = (name for name in features if name.startswith(_DIFFERING + _PLAIN))
    return (*(name for name in chosen if name not in others), _BASE)


def _design(table: pl.DataFrame, names: Sequence[str]) -> Floats:
    """What is unknown, differs by nothing."""
    base = table[_BASE].to_numpy()
    columns = [
        table[name].to_numpy() - (base if name.startswith(_DIFFERING) and name != _BASE else 0.0)
        for name in names
    ]
    return np.nan_to_num(np.column_stack(columns).astype(np.float64))
