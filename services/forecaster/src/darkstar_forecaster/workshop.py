"""Where forecasts are made and models trained: here, or in processes of their own.

Both take the same values and give the same results. The service uses processes: XGBoost and
pvlib stay out of it, its event loop goes on meanwhile, and what takes too long or too much
memory is ended without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from darkstar_common.config import Config
from darkstar_common.contract import Quantity
from darkstar_forecaster.core.method import Ahead, Trained, Unknown
from darkstar_forecaster.core.methods import Order, foretell, learn
from darkstar_forecaster.core.promotion import Lesson
from darkstar_forecaster.core.situation import Situation
from darkstar_forecaster.worker import Limits, Worker, WorkFailedError

_FORECASTING = Limits(minutes=2.0, memory_mb=1000.0)
"""A forecast of a week takes a second; a small computer takes ten."""

__all__ = ["InPlace", "Processes", "WorkFailedError", "Workshop"]


class Workshop(Protocol):
    """Makes forecasts and models of the values it is given."""

    async def forecast(
        self, known: Situation, orders: Sequence[Order]
    ) -> tuple[Ahead | Unknown, ...]:
        """The forecasts that are wanted, in the order of `orders`.

        Raises:
            WorkFailedError: It came to no end; the message says why.
        """

    async def learn(self, known: Situation, quantity: Quantity, current: Trained | None) -> Lesson:
        """Train a model, and judge it against `current`.

        Raises:
            WorkFailedError: It came to no end; the message says why.
        """

    async def close(self) -> None:
        """End what runs."""


class InPlace:
    """Works at once, and nothing else goes on meanwhile: for tests and tools."""

    def __init__(self, config: Config) -> None:
        self._config = config

    async def forecast(
        self, known: Situation, orders: Sequence[Order]
    ) -> tuple[Ahead | Unknown, ...]:
        """The forecasts that are wanted, in the order of `orders`."""
        return foretell(known, self._config, orders)

    async def learn(self, known: Situation, quantity: Quantity, current: Trained | None) -> Lesson:
        """Train a model, and judge it against `current`."""
        return learn(known, self._config, quantity, current)

    async def close(self) -> None:
        """Nothing runs."""


class Processes:
    """A process that forecasts while there is something to forecast, and one for each training."""

    def __init__(self, config: Config) -> None:
        self._config = config
        train = config.forecaster.train
        self._training = Limits(minutes=train.max_minutes, memory_mb=train.max_memory_mb)
        self._forecaster = Worker(_FORECASTING)
        self._trainer = Worker(self._training, niceness=10)

    async def forecast(
        self, known: Situation, orders: Sequence[Order]
    ) -> tuple[Ahead | Unknown, ...]:
        """The forecasts that are wanted, in the order of `orders`.

        Raises:
            WorkFailedError: The process ended before it was done, or had to be ended.
        """
        made = await self._forecaster.call(foretell, known, self._config, tuple(orders))
        return tuple(made)

    async def learn(self, known: Situation, quantity: Quantity, current: Trained | None) -> Lesson:
        """Train a model, and judge it against `current`.

        Raises:
            WorkFailedError: The process ended before it was done, or had to be ended.
        """
        try:
            return await self._trainer.call(learn, known, self._config, quantity, current)
        finally:
            await self._trainer.close()

    async def close(self) -> None:
        """End both."""
        await self._forecaster.close()
        await self._trainer.close()
