"""Fills what is not known of the past from an archive, politely."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, timedelta

from darkstar_common.runtime import Context
from darkstar_forecaster import metrics
from darkstar_forecaster.core.weather.missing import missing_days
from darkstar_forecaster.core.weather.timing import HOUR, pause
from darkstar_forecaster.sources.weather import PastWeather, Unavailable
from darkstar_forecaster.weather_memory import WeatherMemory

BETWEEN = timedelta(minutes=1)
"""From one piece of the past to the next."""
AGAIN = timedelta(days=1)
"""After that it is looked again for what is missing."""


class PastFilling:
    """Once a day the missing days, a year at most at once."""

    def __init__(
        self,
        context: Context,
        archive: PastWeather,
        memory: WeatherMemory,
        filled: Callable[[], Awaitable[None]],
    ) -> None:
        """Asks nothing yet; `filled` is called when the past became better known."""
        self._context, self._archive, self._memory = context, archive, memory
        self._filled = filled
        self._misses = 0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            refused = await self._fill_all()
            wait = AGAIN
            if refused is not None:
                self._misses += 1
                asked = pause(self._misses, self._context.config.site, refused.retry_after)
                wait = max(HOUR, asked)
            await self._context.clock.sleep(wait)

    async def _fill_all(self) -> Unavailable | None:
        """Piece by piece, until one is refused."""
        clock = self._context.clock
        span = timedelta(days=self._context.config.forecaster.history_days)
        pieces = missing_days(self._memory.past, clock.now() - span, clock.now())
        for number, (first, last) in enumerate(pieces):
            if number:
                await clock.sleep(BETWEEN)
            refused = await self._fill(first, last)
            if refused is not None:
                return refused
            self._misses = 0
        return None

    async def _fill(self, first: date, last: date) -> Unavailable | None:
        answer = await self._archive.past(first, last, self._context.clock.now())
        log = self._context.log.bind(first=first.isoformat(), last=last.isoformat())
        if isinstance(answer, Unavailable):
            metrics.WEATHER_FETCHES.labels(self._archive.name, "unavailable").inc()
            log.warning("past_weather_unavailable", reason=answer.reason)
            return answer
        metrics.WEATHER_FETCHES.labels(self._archive.name, "answered").inc()
        log.info("past_weather_fetched", slots=len(answer))
        await self._memory.fill(answer)
        if not answer.is_empty():
            await self._filled()
        return None
