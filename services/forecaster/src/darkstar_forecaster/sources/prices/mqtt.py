"""Prices that somebody else publishes on a topic, retained or not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from darkstar_common.bus import Bus, RawDelivery
from darkstar_forecaster.core.prices import Answer, PricesRefusedError, Unavailable
from darkstar_forecaster.sources.prices.remembered import Remembered
from darkstar_forecaster.sources.prices.shapes import told_spots

_LARGEST = 1_000_000
"""No message is read beyond this [bytes]."""
_MOMENT = 2.0
"""So long a retained message may take to arrive after the start [s]."""


class MqttPrices:
    """What a topic tells; what it told before is remembered."""

    def __init__(
        self, bus: Bus, topic: str, currency: str, zone: ZoneInfo, *, moment: float = _MOMENT
    ) -> None:
        """Listens to nothing yet.

        Args:
            bus: with the topic.
            topic: where the prices are.
            currency: that the house counts in.
            zone: of times that name none.
            moment: so long a retained message may take to arrive [s].
        """
        self._moment = moment
        self._bus, self._topic, self._currency, self._zone = bus, topic, currency, zone
        self._memory = Remembered(self.name)
        self._problem: str | None = None
        self._told = asyncio.Event()
        self._waited = False

    @property
    def name(self) -> str:
        """The topic."""
        return f"the topic {self._topic}"

    async def listen(self, heard: Callable[[], None]) -> None:
        """Take in what is published, until cancelled."""
        async with self._bus.inbox(filters=(self._topic,)) as inbox:
            async for delivery in inbox:
                if isinstance(delivery, RawDelivery):
                    self._take(delivery.payload)
                    self._told.set()
                    heard()

    def _take(self, payload: bytes) -> None:
        """Keep what can be used, and say of the rest what is wrong with it."""
        self._problem = None
        if not payload:  # the retained message was taken away
            return
        try:
            told = _content(payload)
            self._memory.keep(told_spots(told, self._currency, self._zone, needs_unit=False))
        except PricesRefusedError as error:
            self._problem = f"what {self.name} tells cannot be used: {error}"

    async def fetch(self, day: date, zone: ZoneInfo, now: datetime) -> Answer:
        """The prices of the local `day`, if all of them were told."""
        if not self._waited:
            await self._a_moment()
        if not self._told.is_set():
            return Unavailable(day=day, reason=f"{self.name} has told nothing yet")
        if self._problem is not None and not self._memory.has(day, zone):
            return Unavailable(day=day, reason=self._problem)
        return self._memory.day(day, zone, now)

    async def _a_moment(self) -> None:
        """Give a message that the broker keeps the time to come."""
        self._waited = True
        try:
            async with asyncio.timeout(self._moment):
                await self._told.wait()
        except TimeoutError:
            return


def _content(payload: bytes) -> Any:
    if len(payload) > _LARGEST:
        raise PricesRefusedError(f"{len(payload)} bytes are no list of prices")
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        raise PricesRefusedError("it is no JSON") from None
