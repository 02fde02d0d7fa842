"""Gradient boosted trees: an expected value, and quantiles beside it that do not cross.

The one place that knows XGBoost. It is imported when a model is first used, since a service
that only waits should not carry it.

Errors: DamagedModelError.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

if TYPE_CHECKING:
    import xgboost

LEVELS: Final = (0.1, 0.5, 0.9)
_NAMES: Final = ("p10", "p50", "p90")
_HEADS: Final[tuple[dict[str, Any], ...]] = (
    {"objective": "reg:squarederror"},
    {"objective": "reg:quantileerror", "quantile_alpha": list(LEVELS)},
)
"""What is learned: the expected value, and the quantiles."""
_MEAN, _QUANTILES, _SHAPE = "mean.ubj", "quantiles.ubj", "shape.json"

Floats = npt.NDArray[np.float32]


class DamagedModelError(ValueError):
    """The files of a model are not what was saved.

    Attributes:
        name: the file that cannot be read.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"the model's file {name} cannot be read: {reason}; go back to an earlier model or "
            "train a new one"
        )
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Boosted:
    """Two trained boosters over the same columns.

    Attributes:
        features: the columns they look at, in order.
        mean: gives the expected value.
        quantiles: gives p10, p50 and p90.
    """

    features: tuple[str, ...]
    mean: xgboost.Booster
    quantiles: xgboost.Booster


def fit(
    table: pl.DataFrame,
    features: Sequence[str],
    target: str,
    *,
    rounds: int,
    depth: int = 4,
    eta: float = 0.05,
    min_child_weight: float = 20.0,
    weight: str | None = None,
    subsample: float = 0.8,
    columns: float = 0.8,
    l2: float = 1.0,
    bins: int = 256,
    threads: int = 2,
    seed: int = 1,
) -> Boosted:
    """Learn `target` from `features`.

    Args:
        table: A row for each example. Null features are unknown, which trees can tell apart
            from any value; rows without a target are left out.
        features: Columns to look at; numbers or Booleans.
        target: Column to learn.
        rounds: Trees one after the other (the quantiles have three in each round).
        depth: Of each tree.
        eta: How much of each tree counts.
        min_child_weight: Least weight of examples in a leaf.
        weight: Column with the weight of each example; None: all count alike.
        subsample: Share of the examples that each tree sees.
        columns: Share of the features that each tree sees.
        l2: Pull of the leaves towards zero.
        bins: Values of a feature that are told apart; fewer learn faster.
        threads: Most threads to use.
        seed: Of the samples.

    Raises:
        ValueError: No row has a target.
    """
    import xgboost  # noqa: PLC0415 (only who trains pays for it)

    matrix = _matrix(table, features, target, weight=weight, bins=bins, threads=threads)
    common: dict[str, Any] = {
        "eta": eta,
        "max_depth": depth,
        "min_child_weight": min_child_weight,
        "subsample": subsample,
        "colsample_bytree": columns,
        "lambda": l2,
        "tree_method": "hist",
        "max_bin": bins,
        "nthread": threads,
        "seed": seed,
        "verbosity": 0,
    }
    mean, quantiles = (_alone(xgboost.train({**common, **head}, matrix, rounds)) for head in _HEADS)
    return Boosted(features=tuple(features), mean=mean, quantiles=quantiles)


def _matrix(
    table: pl.DataFrame,
    features: Sequence[str],
    target: str,
    *,
    weight: str | None,
    bins: int,
    threads: int,
) -> xgboost.QuantileDMatrix:
    """The rows that have a target."""
    import xgboost  # noqa: PLC0415 (only who trains pays for it)

    rows = table.filter(pl.col(target).is_not_null() & pl.col(target).is_not_nan())
    if rows.is_empty():
        raise ValueError(f"there is nothing to learn from: no row has a {target}")
    return xgboost.QuantileDMatrix(
        _floats(rows, features),
        label=rows[target].cast(pl.Float32).to_numpy(),
        weight=None if weight is None else rows[weight].cast(pl.Float32).to_numpy(),
        feature_names=list(features),
        max_bin=bins,
        nthread=threads,
    )


def predict(model: Boosted, table: pl.DataFrame) -> pl.DataFrame:
    """Columns mean, p10, p50 and p90, a row for each of `table`'s; quantiles do not cross."""
    if table.is_empty():
        return pl.DataFrame(schema=dict.fromkeys(("mean", *_NAMES), pl.Float64))
    values = _floats(table, model.features)
    mean = model.mean.inplace_predict(values, validate_features=False)
    quantiles = np.sort(model.quantiles.inplace_predict(values, validate_features=False), axis=1)
    columns = {"mean": mean} | {name: quantiles[:, at] for at, name in enumerate(_NAMES)}
    return pl.DataFrame({name: column.astype(np.float64) for name, column in columns.items()})


def files(model: Boosted) -> dict[str, bytes]:
    """The model as it is kept on disk, by file name."""
    boosters = {
        _MEAN: bytes(model.mean.save_raw("ubj")),
        _QUANTILES: bytes(model.quantiles.save_raw("ubj")),
    }
    shape = {
        "features": model.features,
        "sha256": {name: _checksum(content) for name, content in boosters.items()},
    }
    return {**boosters, _SHAPE: json.dumps(shape).encode()}


def from_files(content: Mapping[str, bytes]) -> Boosted:
    """What `files` has saved.

    Raises:
        DamagedModelError: A file is missing, or not what was saved.
    """
    for name in (_SHAPE, _MEAN, _QUANTILES):
        if name not in content:
            raise DamagedModelError(name, "it is missing")
    try:
        shape = json.loads(content[_SHAPE])
        features = tuple(str(one) for one in shape["features"])
        mean, quantiles = (
            _booster(name, content[name], str(shape["sha256"][name]))
            for name in (_MEAN, _QUANTILES)
        )
    except DamagedModelError:
        raise
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedModelError(_SHAPE, "it does not say what the model is") from error
    return Boosted(features=features, mean=mean, quantiles=quantiles)


def _checksum(content: bytes) -> str:
    return sha256(content).hexdigest()


def _booster(name: str, content: bytes, checksum: str) -> xgboost.Booster:
    """XGBoost may crash on bytes that it has not written, so they are checked before."""
    import xgboost  # noqa: PLC0415 (only who forecasts pays for it)

    if _checksum(content) != checksum:
        raise DamagedModelError(name, "it is not what was saved")
    booster = xgboost.Booster()
    booster.load_model(bytearray(content))
    return _alone(booster)


def _alone(booster: xgboost.Booster) -> xgboost.Booster:
    """Forecasts are small: threads would wait for each other longer than they work."""
    booster.set_param({"nthread": 1})
    return booster


def _floats(table: pl.DataFrame, features: Sequence[str]) -> Floats:
    """Null as NaN."""
    return table.select(pl.col(list(features)).cast(pl.Float32)).to_numpy().astype(np.float32)
