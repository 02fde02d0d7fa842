"""Keeps the weather: asks for it, publishes it, and knows how it was."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from darkstar_common.contract import WEATHER, Issue, Service, WeatherForecast, WeatherSlot
from darkstar_common.runtime import Context
from darkstar_forecaster import metrics
from darkstar_forecaster.core.weather.published import weather_slots
from darkstar_forecaster.core.weather.table import Issued
from darkstar_forecaster.core.weather.timing import next_fetch, pause
from darkstar_forecaster.sources.weather import (
    PastWeather,
    Unavailable,
    WeatherSource,
    lacking,
    weather_archive,
    weather_sources,
)
from darkstar_forecaster.weather_memory import WeatherMemory
from darkstar_forecaster.weather_past import PastFilling

ISSUE, LACKING = "weather", "weather_source"
OLD = timedelta(hours=12)
"""That the last issue is older is worth a word."""
FRESH = timedelta(hours=6)
"""As long as the last issue is younger, a source of lower preference does not replace it."""
_SURE = 2
"""Only after so many failures it is said that there is no weather: a topic may be late."""


@dataclass(slots=True)
class _Asked:
    """A source, and how it was of late."""

    source: WeatherSource
    misses: int = 0
    not_before: datetime | None = None
    reason: str = ""


class Weathering:
    """Asks every hour, publishes what changed, and fills the past from an archive."""

    def __init__(
        self,
        context: Context,
        sources: Sequence[WeatherSource] | None = None,
        archive: PastWeather | None = None,
        changed: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Recall what is on disk; nothing is asked yet.

        Args:
            context: The service's.
            sources: In order of preference; None: those of the config, with its archive.
            archive: Who knows the past; None: nobody, where `sources` are given.
            changed: Called when there is new weather, past or coming.
        """
        self._context, self._changed = context, changed
        self._lacking = lacking(context.config, context.secrets) if sources is None else ()
        if sources is None:
            sources, archive = weather_sources(context), weather_archive(context.config)
        self._asked = tuple(_Asked(one) for one in sources)
        self._memory = WeatherMemory(context, [one.name for one in sources])
        self._archive = archive
        self._published: tuple[WeatherSlot, ...] = ()
        self._turn = asyncio.Lock()

    @property
    def latest(self) -> Issued | None:
        """The last issue; None: there never was one."""
        return self._memory.latest

    def known(self, now: datetime) -> pl.DataFrame:
        """Past and coming slots as situation.WEATHER, as far as they are known at `now`."""
        return self._memory.known(now)

    def issues(self, now: datetime) -> pl.DataFrame:
        """What was forecast in the last weeks as situation.ISSUES: one issue of each day."""
        return self._memory.issues(now)

    async def run(self) -> None:
        """Ask and publish until cancelled; without a source, only say what it lacks."""
        await self._say_what_lacks()
        if not self._asked:
            return
        await self._publish()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_asking(), name="weather")
            for rank, one in enumerate(self._asked):
                listening = one.source.listen(self._hearer(rank))
                tasks.create_task(listening, name=f"weather of {one.source.name}")
            if self._archive is not None:
                past = PastFilling(self._context, self._archive, self._memory, self._tell)
                tasks.create_task(past.run(), name="past weather")

    async def refresh(self) -> None:
        """Ask the sources in order until one has a fresh answer."""
        async with self._turn:
            now = self._context.clock.now()
            for rank, one in enumerate(self._asked):
                if self._has_better(rank, now):
                    break
                if (one.not_before is None or one.not_before <= now) and await self._ask(one, now):
                    break
            await self._report(now)

    async def _keep_asking(self) -> None:
        clock, site = self._context.clock, self._context.config.site
        if self.latest is not None:
            await clock.sleep_until(next_fetch(self.latest.issued_at, site))
        while True:
            await self.refresh()
            now = clock.now()
            due = next_fetch(now, site)
            if all(one.misses for one in self._asked):
                due = min([due, *(one.not_before for one in self._asked if one.not_before)])
            await clock.sleep_until(due)

    def _hearer(self, rank: int) -> Callable[[], Awaitable[None]]:
        """What the source of that rank calls when it has something new."""

        async def heard() -> None:
            async with self._turn:
                now = self._context.clock.now()
                if not self._has_better(rank, now):
                    await self._ask(self._asked[rank], now)
                    await self._report(now)

        return heard

    def _has_better(self, rank: int, now: datetime) -> bool:
        """Whether the last issue is fresh, and of a source that goes before that rank."""
        latest = self.latest
        if latest is None or latest.issued_at + FRESH <= now:
            return False
        return latest.source in [one.source.name for one in self._asked[:rank]]

    async def _ask(self, one: _Asked, now: datetime) -> bool:
        """Whether it had an answer that is fresh, so that no other need be asked."""
        answer = await one.source.fetch(now)
        log = self._context.log.bind(source=one.source.name)
        if isinstance(answer, Unavailable):
            metrics.WEATHER_FETCHES.labels(one.source.name, "unavailable").inc()
            one.misses, one.reason = one.misses + 1, answer.reason
            one.not_before = now + pause(one.misses, self._context.config.site, answer.retry_after)
            log.warning("weather_unavailable", reason=answer.reason)
            return False
        metrics.WEATHER_FETCHES.labels(one.source.name, "answered").inc()
        one.misses, one.not_before = 0, None
        log.info("weather_fetched", slots=len(answer.table))
        if self.latest is not None and answer.issued_at < self.latest.issued_at:
            return False  # a topic whose publisher is gone, for example
        await self._memory.take(answer, now)
        if await self._publish():
            await self._tell()
        return answer.issued_at + FRESH > now

    async def _tell(self) -> None:
        if self._changed is not None:
            await self._changed()

    async def _publish(self) -> bool:
        """Publish the slots from now on; whether they are others than those published."""
        now, latest = self._context.clock.now(), self.latest
        horizon = timedelta(hours=self._context.config.forecaster.horizon_hours)
        slots = weather_slots(latest.table, now, horizon) if latest is not None else ()
        if latest is None or not slots:
            return False
        if slots == tuple(one for one in self._published if one.start >= slots[0].start):
            return False
        self._published = slots
        message = WeatherForecast(
            sender=Service.FORECASTER,
            emitted_at=now,
            issued_at=latest.issued_at,
            source=latest.source,
            slots=slots,
        )
        await self._context.bus.publish(WEATHER, message)
        metrics.PUBLISHED.labels(WEATHER.path).inc()
        self._context.log.info(
            "weather_published", source=latest.source, message_id=str(message.message_id)
        )
        return True

    async def _report(self, now: datetime) -> None:
        """Say on the status when there is no weather, or only an old issue."""
        problem = self._problem(now)
        if not problem:
            await self._context.status.clear_issue(ISSUE)
            return
        reasons = "; ".join(one.reason for one in self._asked if one.misses)
        await self._context.status.raise_issue(
            Issue(
                key=ISSUE,
                severity="warning",
                message=f"{problem}: {reasons}" if reasons else problem,
                guidance="PV and load are forecast from what is known. See weather in the "
                "config; darkstar-forecaster weather shows what each source answers.",
            )
        )

    def _problem(self, now: datetime) -> str:
        latest = self.latest
        if latest is None:
            never = all(one.misses >= _SURE for one in self._asked)
            return "there is no weather" if never else ""
        ended = latest.table.is_empty() or latest.table["start"][-1] < now
        if not ended and now - latest.issued_at <= OLD:
            return ""
        return f"the last weather is of {latest.issued_at:%Y-%m-%d %H:%M} UTC" + (
            " and has come to its end" if ended else ""
        )

    async def _say_what_lacks(self) -> None:
        if not self._lacking:
            return
        self._context.log.info("weather_source_lacking", reasons=list(self._lacking))
        await self._context.status.raise_issue(
            Issue(
                key=LACKING,
                severity="info",
                message="; ".join(self._lacking),
                guidance="Without weather, PV and load are forecast from the past alone.",
            )
        )
