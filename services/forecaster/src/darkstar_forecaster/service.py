"""The forecaster as a service: what it does when, and what it answers."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from darkstar_common.bus import Delivery, Inbox
from darkstar_common.contract import HISTORY_SLOT, STRATEGY, SlotObservation, Strategy
from darkstar_common.runtime import Context
from darkstar_forecaster import reflexes, requests
from darkstar_forecaster.cards import Cards
from darkstar_forecaster.foretelling import Foretelling
from darkstar_forecaster.knowing import Knowing
from darkstar_forecaster.price_history import PriceHistory
from darkstar_forecaster.pricing import Pricing
from darkstar_forecaster.recollection import Recollection
from darkstar_forecaster.reflexes import Reflexes
from darkstar_forecaster.registry import Registry
from darkstar_forecaster.requests import Requests
from darkstar_forecaster.scoring import Scoring
from darkstar_forecaster.sources.prices import PriceSource, price_source
from darkstar_forecaster.training import Training
from darkstar_forecaster.tuning import Tuning
from darkstar_forecaster.waiting import until
from darkstar_forecaster.weathering import Weathering
from darkstar_forecaster.workshop import InPlace, Processes, Workshop

_HOUR = timedelta(hours=1)


async def forecaster(context: Context) -> None:
    """Run until cancelled, all in one process."""
    await Forecaster(context, price_source(context)).run()


async def in_processes(context: Context) -> None:
    """Run until cancelled; forecasts and training in processes of their own."""
    workshop = Processes(context.config)
    try:
        await Forecaster(context, price_source(context), workshop).run()
    finally:
        await workshop.close()


class Forecaster:
    """Prices at once; load and PV as soon as the recorder has told the past."""

    def __init__(
        self,
        context: Context,
        source: PriceSource,
        workshop: Workshop | None = None,
        weathering: Weathering | None = None,
        prices: PriceHistory | None = None,
    ) -> None:
        """Put the parts together; nothing is done yet.

        Args:
            context: of the service.
            source: of prices.
            workshop: makes forecasts and models; None: at once, in this process.
            weathering: has the weather; None: that of the configuration.
            prices: keeps what was published; None: with what `source` knows of the past.
        """
        self._context, self._due = context, asyncio.Event()
        workshop = workshop or InPlace(context.config)
        self._registry = Registry(context.state_dir / "models")
        self._tuning = Tuning(context, self._due.set)
        self._recollection = Recollection(context)
        self._weathering = weathering or Weathering(context, changed=self._more_known)
        self._prices = prices or PriceHistory(context, source, self._more_known)
        self._knowing = Knowing(
            context=context,
            recollection=self._recollection,
            weather=self._weathering.known,
            issues=self._weathering.issues,
            spots=self._prices.spots,
        )
        self._foretelling = Foretelling(
            context, self._knowing, self._registry, workshop, lambda: self._tuning.values
        )
        self._pricing = Pricing(context, source, self._prices, self._foretelling.estimate)
        self._training = Training(
            context, self._knowing, self._registry, workshop, self._models_changed
        )
        self._scoring = Scoring(context, lambda: self._recollection.past, self._scores_changed)
        self._reflexes = Reflexes(context, self._tuning, lambda: self._recollection.forgotten.days)
        self._cards = Cards(
            context, self._registry, self._foretelling, self._training,
            lambda: self._scoring.scores,
        )  # fmt: skip
        self._requests = Requests(
            context,
            training=self._training,
            registry=self._registry,
            recollection=self._recollection,
            tuning=self._tuning,
            changed=self._models_changed,
        )

    async def run(self) -> None:
        """Publish, and answer, until cancelled."""
        await self._tuning.restore()
        channels = (HISTORY_SLOT, STRATEGY, *requests.CHANNELS, *reflexes.CHANNELS)
        async with self._context.bus.inbox(*channels) as inbox, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(inbox), name="inbox")
            tasks.create_task(self._weathering.run(), name="weather")
            tasks.create_task(self._pricing.run(self._cards.publish), name="prices")
            tasks.create_task(self._foretell(tasks), name="forecasts")

    async def _foretell(self, tasks: asyncio.TaskGroup) -> None:
        """Once the past is known, every hour from then on, and when something changed.

        Whoever else has questions to the recorder, or much to compute, comes after that.
        """
        clock = self._context.clock
        await self._recollection.begin()
        await self._refresh()
        await self._recollection.load()
        await self._refresh()
        tasks.create_task(self._scoring.run(), name="scores")
        tasks.create_task(self._reflexes.run(), name="reflex")
        tasks.create_task(self._prices.run(), name="past prices")
        tasks.create_task(self._training.run(), name="training")
        while True:
            await until(clock, next_hour(clock.now()), self._due)
            await self._refresh()

    async def _refresh(self) -> None:
        self._due.clear()
        await self._foretelling.refresh()
        await self._cards.publish()

    async def _more_known(self) -> None:
        self._due.set()
        self._pricing.wake()

    async def _models_changed(self) -> None:
        self._due.set()
        self._pricing.wake()
        await self._cards.publish()

    async def _scores_changed(self) -> None:
        await self._cards.publish()

    async def _listen(self, inbox: Inbox) -> None:
        async for delivery in inbox:
            if isinstance(delivery, Delivery):
                await self._take(delivery)

    async def _take(self, delivery: Delivery[Any]) -> None:
        if isinstance(delivery.message, SlotObservation):
            self._note(delivery.message)
        elif isinstance(delivery.message, Strategy):
            self._note_vacation(delivery.message)
        elif delivery.channel in reflexes.CHANNELS:
            await self._reflexes.take(delivery)
        else:
            await self._requests.take(delivery)

    def _note(self, slot: SlotObservation) -> None:
        """Take in a closed slot; the first of all give the first forecast at once."""
        self._recollection.note(slot)
        if self._recollection.loaded and not self._foretelling.complete:
            self._due.set()

    def _note_vacation(self, strategy: Strategy) -> None:
        """A vacation that begins or ends changes what is used."""
        before, self._knowing.vacation = self._knowing.vacation, strategy.vacation
        if before is not None and before is not strategy.vacation:
            self._due.set()


def next_hour(now: datetime) -> datetime:
    """The next full hour.

    Example:
        >>> next_hour(datetime.fromisoformat("2026-01-01T12:00:01Z")).isoformat()
        '2026-01-01T13:00:00+00:00'
    """
    return now.replace(minute=0, second=0, microsecond=0) + _HOUR
