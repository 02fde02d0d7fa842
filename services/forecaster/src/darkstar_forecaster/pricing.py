"""Keeps the prices that must be known by now, and publishes them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Protocol, TypeAlias

from darkstar_common.contract import PRICES, Issue, PriceCurve, PriceSlot, Service
from darkstar_common.runtime import Context
from darkstar_forecaster import metrics
from darkstar_forecaster.core.method import Ahead, Unknown
from darkstar_forecaster.core.prices import DayPrices, NotYet, Unavailable
from darkstar_forecaster.core.publication import (
    PAST_DAYS,
    curve_starts,
    due_days,
    naive_ahead,
    next_publication,
    price_slots,
    published,
)
from darkstar_forecaster.estimating import Estimate, Estimating
from darkstar_forecaster.patience import Patience
from darkstar_forecaster.sources.prices import Failover, Listens, PriceSource
from darkstar_forecaster.waiting import until

ISSUE = "prices"
SECOND_BEST = "prices_second_best"
AT_HAND = frozenset({"csv", "fixed", "generated"})
"""Sources that cost nothing to ask, and may have been changed while nobody looked."""
_HOUR = timedelta(hours=1)

Changed: TypeAlias = Callable[[], Awaitable[None]]


class Notes(Protocol):
    """Keeps what was published, to learn from it."""

    def note(self, day: DayPrices) -> None:
        """Keep the prices of a day."""

    def days(self, count: int) -> Mapping[date, DayPrices]:
        """The last `count` local days, and tomorrow, as far as they are known whole."""


class Pricing:
    """Prices by local day, asked for until they are there."""

    def __init__(
        self,
        context: Context,
        source: PriceSource,
        history: Notes | None = None,
        estimate: Estimate | None = None,
        *,
        most_seconds: float = 30.0,
    ) -> None:
        """Nothing is asked or published yet.

        Args:
            context: of the service.
            source: of prices.
            history: keeps what was published; None: nobody does.
            estimate: makes the rest; None: the naive forecast.
            most_seconds: so long published prices wait for the estimate [s].
        """
        self._context, self._source, self._history = context, source, history
        self._known: dict[date, DayPrices] = {}
        self._missed: frozenset[date] = frozenset()
        self._patience = Patience(context.config)
        self._retry_at: datetime | None = None
        self._published: tuple[PriceSlot, ...] = ()
        self._wanted, self._looking = asyncio.Event(), asyncio.Lock()
        self.wake = self._wanted.set
        self._estimating = Estimating(
            context, estimate or self._naive, self.wake, most_seconds=most_seconds
        )

    @property
    def _publication(self) -> time:
        return self._patience.publication

    @property
    def _known_ahead(self) -> timedelta | None:
        """How far ahead prices are known without any market; None: they are not."""
        config = self._context.config
        fixed = config.prices.sources[0] == "fixed"
        return timedelta(hours=config.forecaster.horizon_hours) if fixed else None

    async def run(self, changed: Changed | None = None) -> None:
        """Look at start, every hour, when days are due, and when woken; until cancelled.

        Args:
            changed: is awaited after each look.
        """
        self._recall()
        try:
            async with asyncio.TaskGroup() as tasks:
                if isinstance(self._source, Listens):
                    tasks.create_task(self._source.listen(self._heard), name="price-listener")
                while True:
                    self._wanted.clear()
                    await self.refresh()
                    if changed is not None:
                        await changed()
                    await self._sleep()
        finally:
            await self._estimating.close()

    def _recall(self) -> None:
        """Take over what was published before a restart, so that nobody is asked for it again."""
        asked = self._context.config.prices.sources[0] not in AT_HAND
        if self._history is not None and asked:
            self._known = dict(self._history.days(PAST_DAYS + 1)) | self._known
        if isinstance(self._source, Failover):
            for one in self._known.values():
                self._source.believe(one)

    def _heard(self) -> None:
        """A source was told something: what is missing may be there now."""
        if self._retry_at is not None:
            self._retry_at = self._context.clock.now()
        self.wake()

    async def _sleep(self) -> None:
        clock, zone = self._context.clock, self._context.config.zone
        now = clock.now()
        full = now.replace(minute=0, second=0, microsecond=0) + _HOUR
        due = [full, next_publication(now, zone, self._publication)]
        if self._retry_at is not None:
            due.append(self._retry_at)
        await until(clock, min(due), self._wanted)

    async def refresh(self) -> None:
        """Fetch what is due and unknown, then publish the prices if they changed."""
        async with self._looking:
            now, zone = self._context.clock.now(), self._context.config.zone
            wanted = due_days(now, zone, self._publication, self._known_ahead)
            self._known = {day: one for day, one in self._known.items() if day >= wanted[0]}
            missing = [day for day in wanted if self._missing(day, wanted[-1])]
            new = bool(frozenset(missing) - self._missed)
            if new or (self._retry_at is not None and now >= self._retry_at):
                await self._fetch(missing, now, first_try=new)
            await self._publish(now)

    def _missing(self, day: date, last: date) -> bool:
        """Whether `day` is to be asked for: unknown, or its end came with a later auction."""
        known = self._known.get(day)
        return known is None or (day < last and not known.whole(self._context.config.zone))

    async def _fetch(self, missing: list[date], now: datetime, *, first_try: bool) -> None:
        """Ask the source for the `missing` days; only today and tomorrow are worth a retry.

        Past ones are asked for again only when today is there, so that little is asked of a
        source that cannot answer.
        """
        today = now.astimezone(self._context.config.zone).date()
        past = [day for day in missing if day < today]
        if first_try:
            await self._ask_all(past, now)
        problems = await self._ask_all([day for day in missing if day >= today], now)
        if not (first_try or problems):
            await self._ask_all(past, now)
        last = missing[-1] if missing else today
        self._missed = frozenset(one for one in missing if self._missing(one, last))
        pause = self._patience.begun() if first_try else self._patience.longer()
        self._retry_at = now + pause if problems else None
        await self._report(problems)
        await self._report_second_best()

    async def _ask_all(self, days: list[date], now: datetime) -> list[str]:
        """Ask for each of `days`, and say what is wrong with those that cannot be had."""
        problems = [await self._ask(day, now) for day in days]
        return [one for one in problems if one is not None]

    async def _ask(self, day: date, now: datetime) -> str | None:
        """Take the prices of `day` from the source, or say why they cannot be had."""
        answer = await self._source.fetch(day, self._context.config.zone, now)
        metrics.FETCHES.labels(type(answer).__name__).inc()
        if isinstance(answer, NotYet):
            return f"the prices of {day.isoformat()} are not published yet"
        if isinstance(answer, Unavailable):
            return answer.reason
        self._take(answer)
        return None

    def _take(self, found: DayPrices) -> None:
        self._known[found.day] = found
        source, log = found.source or self._source.name, self._context.log
        log.info("prices_fetched", day=found.day.isoformat(), source=source)
        if found.passed_over:
            log.warning("price_sources_passed_over", reasons=list(found.passed_over))
        if self._history is not None and found.whole(self._context.config.zone):
            self._history.note(found)

    async def _report(self, problems: list[str]) -> None:
        if not problems:
            await self._context.status.clear_issue(ISSUE)
            return
        self._context.log.warning("prices_missing", reasons=problems)
        await self._context.status.raise_issue(
            Issue(
                key=ISSUE,
                severity="warning",
                message="; ".join(problems),
                guidance="The plan goes on with forecast prices; see prices in the config for "
                "where they come from.",
            )
        )

    async def _report_second_best(self) -> None:
        """Say when the newest prices are not from whom they should be."""
        newest = self._known.get(max(self._known, default=date.min))
        if newest is None or not newest.passed_over:
            await self._context.status.clear_issue(SECOND_BEST)
            return
        await self._context.status.raise_issue(
            Issue(
                key=SECOND_BEST,
                severity="info",
                message=f"the prices of {newest.day.isoformat()} are from {newest.source}: "
                + "; ".join(newest.passed_over),
                guidance="Nothing is missing; see prices.sources in the config for whom to ask.",
            )
        )

    async def _naive(self, starts: Sequence[datetime]) -> Ahead | Unknown:
        return naive_ahead(self._known, self._context.config.zone, starts)

    async def _publish(self, now: datetime) -> None:
        config = self._context.config
        spots = published(self._known, config.zone)
        horizon = timedelta(hours=config.forecaster.horizon_hours)
        starts = curve_starts(spots, now, horizon, config.zone)
        ahead = await self._estimating.of([one for one in starts if one not in spots])
        slots = price_slots(starts, spots, ahead, config.tariff, config.zone)
        if not slots or slots == self._published:
            return
        self._published = slots
        curve = PriceCurve(
            sender=Service.FORECASTER,
            emitted_at=now,
            issued_at=now,
            area=config.tariff.area,
            currency=config.tariff.currency,
            source=self._answered_by(),
            model_version=ahead.maker if isinstance(ahead, Ahead) else "",
            slots=slots,
        )
        await self._context.bus.publish(PRICES, curve)
        metrics.PUBLISHED.labels(PRICES.path).inc()
        self._context.log.info(
            "prices_published",
            message_id=str(curve.message_id),
            published_slots=sum(one.kind == "published" for one in slots),
            slots=len(slots),
        )

    def _answered_by(self) -> str:
        """Who told the newest of what is published."""
        if not self._known:
            return self._source.name
        return self._known[max(self._known)].source or self._source.name
