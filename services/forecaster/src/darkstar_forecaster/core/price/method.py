"""How prices are forecast: by a model of this market, or from its last days, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from darkstar_common.config import Config
from darkstar_common.contract import Quantity
from darkstar_common.slots import local_day
from darkstar_forecaster.core.method import Ahead, Trained, Unknown, Untrainable
from darkstar_forecaster.core.price.days import placed, quarters
from darkstar_forecaster.core.price.model import (
    FIGURES,
    Model,
    RefusedModelError,
    learned,
    used,
    without_weather,
)
from darkstar_forecaster.core.price.naive import COUNTED_DAYS, MAKER, naive
from darkstar_forecaster.core.price.scene import Scene, scene
from darkstar_forecaster.core.situation import AHEAD, TIME, Situation

NAIVE = "recent_days"
"""The step of degradation below a trained model."""
LEARNED_DAYS = 730
"""Days that are learned from, as far as they are known."""
FEWEST_DAYS = 60
"""Days of prices below which nothing is learned."""
STALE_DAYS = 14
"""A last published day that is older tells nothing of tomorrow."""
_STATISTICIAN, _GRADUATE = 4, 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Day-ahead prices that the market has not published.

    Attributes:
        rounds: of boosting.
    """

    rounds: int = 100

    @property
    def quantity(self) -> Quantity:
        """Price."""
        return "price"

    def train(self, known: Situation, config: Config) -> Trained | Untrainable:
        """Learn how prices differ from their last days, and how far that is off."""
        seen = scene(known, config, LEARNED_DAYS)
        days = len(seen.days) if seen else 0
        if seen is None or days < FEWEST_DAYS:
            return Untrainable(
                reason=f"the price forecast learns from {FEWEST_DAYS} days of published prices, "
                f"and there are {days}"
            )
        rows = seen.examples()
        model = learned(rows, self.rounds)
        return Trained(
            quantity=self.quantity,
            features=model.features,
            files=model.files(),
            facts={"days": float(days), "examples": float(rows.height)},
            from_slot=local_day(seen.days[0], config.zone)[0],
            to_slot=local_day(seen.days[-1], config.zone)[1],
        )

    def forecast(
        self,
        known: Situation,
        config: Config,
        trained: Trained | None,
        starts: Sequence[datetime],
    ) -> Ahead | Unknown:
        """See method.Method; the last published day is what the forecast goes on from."""
        seen = scene(known, config, COUNTED_DAYS)
        if seen is None or seen.days[-1] < _oldest(known, config):
            return Unknown(
                reason=f"no prices of the last {STALE_DAYS} days are known, so none can be "
                "forecast",
                guidance="See prices in the config for where they come from.",
            )
        places = placed(pl.Series(list(starts), dtype=TIME), config.zone)
        rows = seen.rows(places["day"].unique().sort().to_list())
        model, notes = _usable(trained)
        hours = model.told(rows) if model else naive(rows, seen.examples())
        return Ahead(
            slots=_slots(places, hours, quarters(known.spots, config.zone)),
            level=_level(seen),
            basis="" if model else NAIVE,
            maker="" if model else MAKER,
            notes=(*seen.notes, *notes, *(_missing(model, rows))),
        )


def _oldest(known: Situation, config: Config) -> date:
    return known.now.astimezone(config.zone).date() - timedelta(days=STALE_DAYS)


def _usable(trained: Trained | None) -> tuple[Model | None, tuple[str, ...]]:
    try:
        return used(trained), ()
    except RefusedModelError as error:
        return None, (f"prices are forecast from the last days: {error}",)


def _missing(model: Model | None, rows: pl.DataFrame) -> tuple[str, ...]:
    if model is None or not without_weather(model, rows):
        return ()
    return ("the weather of some days ahead is not known; their prices are forecast without it",)


def _level(seen: Scene) -> str:
    days = len(seen.days)
    if days < _STATISTICIAN:
        return "infant"
    return "statistician" if days < _GRADUATE else "graduate"


def _slots(places: pl.DataFrame, hours: pl.DataFrame, offsets: pl.DataFrame) -> pl.DataFrame:
    """The hours' figures at each slot, with what its quarter has of its own."""
    figures = hours.select(pl.col("target").alias("day"), "hour", *FIGURES)
    own = pl.col("offset").fill_null(0.0)
    return (
        places.join(figures, on=["day", "hour"], how="left", maintain_order="left")
        .join(offsets, on=["hour", "quarter"], how="left", maintain_order="left")
        .select("start", *(pl.col(name) + own for name in FIGURES))
        .cast(dict(AHEAD))  # type: ignore[arg-type]  # a mapping of types is what it takes
    )
