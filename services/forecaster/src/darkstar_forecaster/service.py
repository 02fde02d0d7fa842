"""The forecaster as a service: what it does when, and what it answers."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from darkstar_common.bus import Delivery, Inbox
from darkstar_common.contract import (
    FORECAST_TRAIN,
    HISTORY_SLOT,
    LEARNING_RESET,
    MODELS,
    ModelCard,
    ModelCards,
    RequestResult,
    Service,
    SlotObservation,
)
from darkstar_common.runtime import Context
from darkstar_forecaster.core.publication import next_publication
from darkstar_forecaster.foretelling import Foretelling
from darkstar_forecaster.pricing import Pricing
from darkstar_forecaster.recollection import Recollection
from darkstar_forecaster.sources.prices import PriceSource, price_source

_HOUR = timedelta(hours=1)
_REFUSALS = {
    FORECAST_TRAIN: "there is nothing to train: load and PV are forecast from the quantiles of "
    "the same slots of the past weeks, which are counted anew every hour",
    LEARNING_RESET: "there is nothing to forget: the forecasts keep nothing of their own, they "
    "are counted anew every hour from what the recorder has",
}


async def forecaster(context: Context) -> None:
    """Run until cancelled."""
    await Forecaster(context, price_source(context)).run()


class Forecaster:
    """Prices at once; load and PV as soon as the recorder has told the past."""

    def __init__(self, context: Context, source: PriceSource) -> None:
        self._context = context
        self._pricing = Pricing(context, source)
        self._recollection = Recollection(context)
        self._foretelling = Foretelling(context)
        self._cards: tuple[ModelCard, ...] = ()

    async def run(self) -> None:
        """Publish, and answer, until cancelled."""
        channels = (HISTORY_SLOT, FORECAST_TRAIN, LEARNING_RESET)
        async with self._context.bus.inbox(*channels) as inbox, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(inbox), name="inbox")
            tasks.create_task(self._price(), name="prices")
            tasks.create_task(self._foretell(), name="forecasts")

    async def _price(self) -> None:
        """At start, every hour, at 13:00 and midnight local, and while a day is missing."""
        clock, zone = self._context.clock, self._context.config.zone
        while True:
            await self._pricing.refresh()
            await self._publish_cards()
            now = clock.now()
            due = [next_hour(now), next_publication(now, zone)]
            if self._pricing.retry_at is not None:
                due.append(self._pricing.retry_at)
            await clock.sleep_until(min(due))

    async def _foretell(self) -> None:
        """Once the past is known, and every hour from then on."""
        clock = self._context.clock
        await self._recollection.load()
        while True:
            await self._refresh_forecasts()
            await clock.sleep_until(next_hour(clock.now()))

    async def _refresh_forecasts(self) -> None:
        await self._foretelling.refresh(self._recollection.history)
        await self._publish_cards()

    async def _listen(self, inbox: Inbox) -> None:
        async for delivery in inbox:
            if not isinstance(delivery, Delivery):
                continue
            if isinstance(delivery.message, SlotObservation):
                await self._note(delivery.message)
            else:
                await self._refuse(delivery)

    async def _note(self, slot: SlotObservation) -> None:
        """Take in a closed slot; the first whole day gives the first forecast at once."""
        waiting = self._recollection.loaded and not self._foretelling.complete
        self._recollection.note(slot)
        if waiting:
            await self._refresh_forecasts()

    async def _refuse(self, delivery: Delivery[Any]) -> None:
        await delivery.answer(
            RequestResult(
                sender=Service.FORECASTER,
                emitted_at=self._context.clock.now(),
                caused_by=delivery.message.message_id,
                accepted=False,
                reason=_REFUSALS[delivery.channel],
                understood=type(delivery.message).examples,
            )
        )

    async def _publish_cards(self) -> None:
        cards = (*self._foretelling.cards, self._pricing.card)
        if cards == self._cards:
            return
        self._cards = cards
        await self._context.bus.publish(
            MODELS,
            ModelCards(
                sender=Service.FORECASTER, emitted_at=self._context.clock.now(), cards=cards
            ),
        )


def next_hour(now: datetime) -> datetime:
    """The next full hour.

    Example:
        >>> next_hour(datetime.fromisoformat("2026-01-01T12:00:01Z")).isoformat()
        '2026-01-01T13:00:00+00:00'
    """
    return now.replace(minute=0, second=0, microsecond=0) + _HOUR
