"""The trained model of prices: boosted trees, and a band as wide as held-out days asked for.

Errors: RefusedModelError.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
from pydantic import ValidationError

from darkstar_forecaster.core import boosting
from darkstar_forecaster.core.boosting import Boosted, DamagedModelError
from darkstar_forecaster.core.conformal import Widening, widened, widening
from darkstar_forecaster.core.method import Trained
from darkstar_forecaster.core.price.features import FEATURES
from darkstar_forecaster.core.price.weather import WEATHER, some_without

FIGURES = ("mean", "p10", "p50", "p90")
_WIDTH = "width.json"
_HELD_OUT = timedelta(days=56)
"""The last days, from which the width of the band is taken; a quarter of all, if they are few."""
_PART = 4
_THIN = 3
"""Every third hour of a day is learned from: a day's hours err alike, so more tell no more."""
_MOSTLY = 0.5
"""Share of the examples in which a part of the weather must be known to be learned from."""


class RefusedModelError(ValueError):
    """A model that cannot be used; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What was learned of a market.

    Attributes:
        boosted: gives how far prices are off the naive forecast, in units of their variation.
        width: what the band of `boosted` lacks.
    """

    boosted: Boosted
    width: Widening

    @property
    def features(self) -> tuple[str, ...]:
        """What it looks at."""
        return self.boosted.features

    def told(self, rows: pl.DataFrame) -> pl.DataFrame:
        """`rows`, as features.ahead, with mean, p10, p50 and p90 [currency/kWh]."""
        return widened(_told(self.boosted, rows), self.width)

    def files(self) -> dict[str, bytes]:
        """As it is kept on disk, by file name."""
        return {**boosting.files(self.boosted), _WIDTH: self.width.model_dump_json().encode()}


def learned(examples: pl.DataFrame, rounds: int) -> Model:
    """The model of `examples`, as features.ahead with weather and what came.

    The band is measured on days that a first model has not seen; then all is learned from.
    """
    features = FEATURES + _known_weather(examples)
    rows = some_without(examples)
    split = _split(rows)
    first = _fit(rows.filter(pl.col("target") <= split), features, rounds)
    unseen = _told(first, rows.filter(pl.col("day") >= split))
    return Model(
        boosted=_fit(rows, features, rounds),
        width=widening(unseen, "actual", by="lead", scale="unit"),
    )


def model_of(files: Mapping[str, bytes]) -> Model:
    """The model in `files`.

    Raises:
        RefusedModelError: They are damaged, or of another version.
    """
    try:
        boosted = boosting.from_files(files)
        width = Widening.model_validate_json(files.get(_WIDTH, b""))
    except DamagedModelError as error:
        raise RefusedModelError(str(error)) from error
    except ValidationError as error:
        raise RefusedModelError(f"the model's file {_WIDTH} is damaged") from error
    unknown = set(boosted.features) - {*FEATURES, *WEATHER}
    if unknown:
        raise RefusedModelError(f"the model looks at {min(unknown)}, which is not known any more")
    return Model(boosted=boosted, width=width)


def without_weather(model: Model, rows: pl.DataFrame) -> bool:
    """Whether the model has learned from weather, and some of it is missing in `rows`."""
    return any(rows[name].null_count() > 0 for name in WEATHER if name in model.features)


def used(trained: Trained | None) -> Model | None:
    """See model_of; None is passed on."""
    return None if trained is None else model_of(trained.files)


def _known_weather(rows: pl.DataFrame) -> tuple[str, ...]:
    """What of the weather is known often enough; not every source tells of the sun."""
    return tuple(name for name in WEATHER if rows[name].count() >= _MOSTLY * rows.height)


def _split(rows: pl.DataFrame) -> date:
    """The last day that the first model learns from."""
    days: list[date] = rows["target"].unique().sort().to_list()
    return days[-1] - min(_HELD_OUT, (days[-1] - days[0]) / _PART)


def _fit(rows: pl.DataFrame, features: tuple[str, ...], rounds: int) -> Boosted:
    turn = pl.col("hour") + pl.col("lead") + pl.col("day").dt.epoch("d")
    return boosting.fit(
        rows.filter(turn % _THIN == 0),
        features,
        "miss",
        rounds=rounds,
        depth=4,
        eta=0.05,
        min_child_weight=30.0,
        subsample=0.7,
        columns=0.4,
        threads=1,
    )


def _told(boosted: Boosted, rows: pl.DataFrame) -> pl.DataFrame:
    shares = boosting.predict(boosted, rows)
    return rows.with_columns(
        (shares[name] * rows["unit"] + rows["naive"]).alias(name) for name in FIGURES
    )
