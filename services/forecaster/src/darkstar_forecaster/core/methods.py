"""The method of each quantity: the one place that names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from darkstar_common.config import Config
from darkstar_common.contract import Quantity
from darkstar_common.slots import SLOT, slot_start
from darkstar_forecaster.core.load import LOAD
from darkstar_forecaster.core.method import Ahead, Method, Trained, Unknown, Untrainable
from darkstar_forecaster.core.price import PRICE
from darkstar_forecaster.core.promotion import Lesson, lesson
from darkstar_forecaster.core.quantiles import NoForecast, forecast
from darkstar_forecaster.core.situation import AHEAD, Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class SameSlot:
    """The same slots of the past days, counted anew each time."""

    quantity: Quantity

    def train(self, known: Situation, config: Config) -> Trained | Untrainable:
        """Nothing is kept from one forecast to the next."""
        del known, config
        return Untrainable(reason=f"there is nothing to train for {self.quantity}")

    def forecast(
        self,
        known: Situation,
        config: Config,
        trained: Trained | None,
        starts: Sequence[datetime],
    ) -> Ahead | Unknown:
        """Quantiles of the same slots of the past."""
        del trained
        if self.quantity == "price":
            raise ValueError("prices go by the market's days")
        column = f"{self.quantity}_kw"
        past = known.past.drop_nulls(column).select("start", column)
        found = forecast(
            self.quantity, dict(past.iter_rows()), known.now,
            starts[-1] + SLOT - slot_start(known.now), config.zone,
        )  # fmt: skip
        if isinstance(found, NoForecast):
            return Unknown(
                reason=found.reason,
                guidance="Wait until the recorder has seen a whole day, or give it a past with "
                "darkstar-recorder import.",
            )
        rows = {one.start: (one.p50_kw, one.p10_kw, one.p50_kw, one.p90_kw) for one in found.slots}
        return Ahead(
            slots=pl.DataFrame(
                [(start, *rows[start]) for start in starts], schema=dict(AHEAD), orient="row"
            ),
            level=found.level,
            basis="same_slot",
            maker=found.model_version,
        )


METHODS: Mapping[Quantity, Method] = {
    "load": LOAD,
    "pv": SameSlot(quantity="pv"),
    "price": PRICE,
}
"""How each quantity is forecast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A forecast that is wanted: of what, for which slots, and by which model."""

    quantity: Quantity
    starts: tuple[datetime, ...]
    trained: Trained | None = None


def foretell(
    known: Situation, config: Config, orders: Sequence[Order]
) -> tuple[Ahead | Unknown, ...]:
    """The forecasts that are wanted, in the order of `orders`."""
    return tuple(
        METHODS[one.quantity].forecast(known, config, one.trained, one.starts) for one in orders
    )


def learn(
    known: Situation, config: Config, quantity: Quantity, current: Trained | None = None
) -> Lesson:
    """Train a model of `quantity`, and judge it against `current`."""
    return lesson(METHODS[quantity], known, config, current)
