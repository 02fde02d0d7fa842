"""The method of each quantity: the one place that names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from darkstar_common.config import Config
from darkstar_common.contract import Quantity
from darkstar_forecaster.core.load import LOAD
from darkstar_forecaster.core.method import Ahead, Method, Trained, Unknown
from darkstar_forecaster.core.price import PRICE
from darkstar_forecaster.core.promotion import Lesson, lesson
from darkstar_forecaster.core.pv import PV
from darkstar_forecaster.core.situation import Situation

METHODS: Mapping[Quantity, Method] = {"load": LOAD, "pv": PV, "price": PRICE}
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
