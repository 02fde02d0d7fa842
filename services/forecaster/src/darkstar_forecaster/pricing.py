"""Keeps the prices that must be known by now, and publishes them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from darkstar_common.contract import PRICES, Issue, ModelCard, PriceCurve, PriceSlot, Service
from darkstar_common.runtime import Context
from darkstar_forecaster import metrics
from darkstar_forecaster.core.prices import (
    MODEL,
    DayPrices,
    Unavailable,
    due_days,
    price_slots,
)
from darkstar_forecaster.sources import PriceSource

ISSUE = "prices"
_PATIENCE = (timedelta(minutes=5), timedelta(hours=1))
"""Shortest and longest time until a day that is due is asked for again."""


class Pricing:
    """Prices by local day, asked for until they are there."""

    def __init__(self, context: Context, source: PriceSource) -> None:
        self._context, self._source = context, source
        self._known: dict[date, DayPrices] = {}
        self._missed: frozenset[date] = frozenset()
        self._misses = 0
        self._retry_at: datetime | None = None
        self._published: tuple[PriceSlot, ...] = ()

    @property
    def retry_at(self) -> datetime | None:
        """When to look again for what is missing; None: nothing is."""
        return self._retry_at

    @property
    def card(self) -> ModelCard:
        """What is known of the price forecast."""
        return ModelCard(quantity="price", version=MODEL, level="naive")

    async def refresh(self) -> None:
        """Fetch what is due and unknown, then publish the prices if they changed."""
        now, zone = self._context.clock.now(), self._context.config.zone
        wanted = due_days(now, zone)
        self._known = {day: one for day, one in self._known.items() if day >= wanted[0]}
        missing = [day for day in wanted if day not in self._known]
        new = bool(frozenset(missing) - self._missed)
        if new or (self._retry_at is not None and now >= self._retry_at):
            await self._fetch(missing, now, first_try=new)
        await self._publish(now)

    async def _fetch(self, missing: list[date], now: datetime, *, first_try: bool) -> None:
        """Ask the source for the `missing` days; only today and tomorrow are worth a retry."""
        zone = self._context.config.zone
        problems = []
        for day in missing:
            answer = await self._source.fetch(day, zone, now)
            metrics.FETCHES.labels(type(answer).__name__).inc()
            if isinstance(answer, DayPrices):
                self._known[day] = answer
                self._context.log.info("prices_fetched", day=day.isoformat())
            elif day >= now.astimezone(zone).date():
                problems.append(
                    answer.reason
                    if isinstance(answer, Unavailable)
                    else f"the prices of {day.isoformat()} are not published yet"
                )
        self._missed = frozenset(missing) - self._known.keys()
        self._misses = 1 if first_try else self._misses + 1
        self._retry_at = now + self._pause() if problems else None
        await self._report(problems)

    def _pause(self) -> timedelta:
        shortest, longest = _PATIENCE
        doubled = shortest * float(2 ** min(self._misses - 1, 10))
        return min(longest, doubled)

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

    async def _publish(self, now: datetime) -> None:
        config = self._context.config
        horizon = timedelta(hours=config.forecaster.horizon_hours)
        slots = price_slots(self._known, now, horizon, config.tariff, config.zone)
        if not slots or slots == self._published:
            return
        self._published = slots
        curve = PriceCurve(
            sender=Service.FORECASTER,
            emitted_at=now,
            issued_at=now,
            area=config.tariff.area,
            currency=config.tariff.currency,
            source=self._source.name,
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
