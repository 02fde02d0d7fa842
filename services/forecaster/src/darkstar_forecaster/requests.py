"""What people may ask of the forecaster, and what they are answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from darkstar_common.bus import Delivery
from darkstar_common.contract import (
    FORECAST_ROLLBACK,
    FORECAST_TRAIN,
    LEARNING_RESET,
    RequestResult,
    RollbackForecast,
    Service,
    TrainForecast,
)
from darkstar_common.runtime import Context, because_of
from darkstar_forecaster.recollection import Recollection
from darkstar_forecaster.registry import QUANTITIES, Registry, RegistryError
from darkstar_forecaster.training import Training
from darkstar_forecaster.tuning import Tuning

CHANNELS = (FORECAST_TRAIN, FORECAST_ROLLBACK, LEARNING_RESET)


class Requests:
    """Training, going back to a model, and forgetting the day."""

    def __init__(
        self,
        context: Context,
        *,
        training: Training,
        registry: Registry,
        recollection: Recollection,
        tuning: Tuning,
        changed: Callable[[], Awaitable[None]],
    ) -> None:
        """Take those who do it; `changed` is told when forecasts are to be made anew."""
        self._context, self._training, self._registry = context, training, registry
        self._recollection, self._tuning, self._changed = recollection, tuning, changed

    async def take(self, delivery: Delivery[Any]) -> None:
        """Do what is asked, or say why not."""
        message = delivery.message
        try:
            if isinstance(message, TrainForecast):
                accepted, said = self._train(message)
            elif isinstance(message, RollbackForecast):
                accepted, said = True, await self._roll_back(message)
            else:
                accepted, said = True, await self._forget()
        except (RegistryError, OSError) as error:
            accepted, said = False, str(error)
        because_of(self._context.log, message).info(
            "request_answered", what=delivery.channel.path, accepted=accepted, reason=said
        )
        await delivery.answer(
            RequestResult(
                sender=Service.FORECASTER,
                emitted_at=self._context.clock.now(),
                caused_by=message.message_id,
                accepted=accepted,
                reason=said,
                understood=() if accepted else type(message).examples,
            )
        )

    def _train(self, message: TrainForecast) -> tuple[bool, str]:
        wanted = QUANTITIES if message.quantity == "all" else (message.quantity,)
        refusal = self._training.ask(wanted)
        if refusal:
            return False, refusal
        return True, "it is being trained; forecast/models tells what comes of it"

    async def _roll_back(self, message: RollbackForecast) -> str:
        now = self._context.clock.now()
        entry = self._registry.rollback(message.quantity, message.version, now)
        await self._changed()
        return f"{entry.version} is in use again"

    async def _forget(self) -> str:
        """Nothing is learned from today, and figures learned today are as they were."""
        day = self._recollection.forget(self._context.clock.now())
        changes = await self._tuning.reset_today()
        await self._changed()
        if changes:
            names = ", ".join(one.parameter for one in changes)
            return f"nothing is learned from {day}; taken back: {names}"
        return f"nothing is learned from {day}; no figure had been changed on it"
