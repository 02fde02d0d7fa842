"""Two days of a house that asks the real services' doubles over HTTP: when, and how often."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from support.fake_market import FakeMarket, fake_market, nordpool_body, starts_of, wavy
from support.fake_web import Given

from darkstar_common.config import Config
from darkstar_common.contract import PRICES, PriceCurve, Service
from darkstar_common.runtime import Context
from darkstar_common.testing import MemoryBus, a_context
from darkstar_forecaster.core.prices import DayPrices
from darkstar_forecaster.pricing import Pricing
from darkstar_forecaster.sources.prices import price_source

MORNING = datetime(2026, 5, 5, 6, 10, tzinfo=UTC)
FIRST, SECOND = date(2026, 5, 6), date(2026, 5, 7)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
ONE_O_CLOCK = datetime(2026, 5, 5, 11, tzinfo=UTC)
"""Of the first day, in Stockholm."""


class Kept:
    """What was published, over a restart."""

    def __init__(self) -> None:
        self.known: dict[date, DayPrices] = {}

    def note(self, day: DayPrices) -> None:
        self.known[day.day] = day

    def days(self, count: int) -> Mapping[date, DayPrices]:
        return {day: self.known[day] for day in sorted(self.known)[-count - 1 :]}


class Jumping:
    """A clock that stands still while there is work, and else is at the next moment of some."""

    speed = 1.0

    def __init__(self, start: datetime, end: datetime) -> None:
        self._now, self._end = start, end
        self.over = asyncio.Event()

    def now(self) -> datetime:
        return self._now

    async def sleep_until(self, when: datetime) -> None:
        if when > self._end:
            self.over.set()
            await asyncio.Event().wait()
        self._now = max(self._now, when)
        await asyncio.sleep(0)

    async def sleep(self, duration: timedelta) -> None:
        await self.sleep_until(self._now + duration)


@dataclass
class Lived:
    """What was asked and published in the end."""

    market: FakeMarket
    context: Context
    bus: MemoryBus

    @property
    def curves(self) -> list[PriceCurve]:
        return self.bus.sent(PRICES)

    @property
    def issues(self) -> dict[str, str]:
        return {one.key: one.message for one in self.context.status.issues}

    def asked(self, day: date, service: str = "nordpool") -> list[datetime]:
        """When for the day."""
        return [when for when, one in self.market.asked(service) if one == day]

    def known_at(self, day: date) -> datetime:
        """When all of the day was first published."""
        return next(
            curve.issued_at
            for curve in self.curves
            if sum(
                one.kind == "published" and (one.start + 2 * HOUR).date() == day
                for one in curve.slots
            )
            == 96
        )


def config(market: FakeMarket, **prices: Any) -> Config:
    there = {"nordpool_url": market.url, "energy_charts_url": market.url, "eur_rate": 11.4}
    sources = {"sources": ["nordpool", "energy_charts"]}
    return Config.model_validate(
        {
            "prices": there | sources | {"timeout_seconds": 5.0} | prices,
            "forecaster": {"horizon_hours": 12},
        }
    )


@asynccontextmanager
async def lived(
    state: Path,
    *,
    until: datetime = MORNING + 2 * DAY,
    late: timedelta = timedelta(hours=12, minutes=57),
    history: Kept | None = None,
    **given: Given,
) -> AsyncIterator[Lived]:
    """The life of a house from `MORNING` to `until`; the market publishes at `late`."""
    clock = Jumping(MORNING, until)
    with fake_market(clock.now) as market:
        market.refusals |= given
        market.publishes_at = late
        bus = MemoryBus(sender=Service.FORECASTER, now=clock.now)
        context = a_context(
            bus, state_dir=state, clock=clock, config=config(market), service=Service.FORECASTER
        )
        work = asyncio.create_task(Pricing(context, price_source(context), history).run())
        over = asyncio.create_task(clock.over.wait())
        try:
            async with asyncio.timeout(30):
                await asyncio.wait({work, over}, return_when=asyncio.FIRST_COMPLETED)
            assert not work.done()
            yield Lived(market, context, bus)
        finally:
            work.cancel()
            over.cancel()
            await asyncio.gather(work, over, return_exceptions=True)


async def test_two_days_take_ten_questions(tmp_path: Path) -> None:
    async with lived(tmp_path) as house:
        at_start = [day for when, day in house.market.asked("nordpool") if when == MORNING]
        assert at_start == [FIRST + number * DAY for number in range(-8, 0)]
        assert len(house.market.times) == 8 + 2
        assert house.market.asked("energy") == []
        (first,), (second,) = house.asked(FIRST), house.asked(SECOND)
        assert ONE_O_CLOCK < first < ONE_O_CLOCK + 5 * MINUTE
        assert second == first + DAY, "the same house, the same time"
        assert (house.known_at(FIRST), house.known_at(SECOND)) == (first, second)
        assert house.issues == {}
        assert {one.source for one in house.curves} == {"Nord Pool"}
        assert {one.currency for one in house.curves} == {"SEK"}
        for before, after in pairwise(house.curves):
            assert before.slots[-1].start >= after.issued_at, "there is always a price for now"


async def test_prices_that_are_late_are_looked_for_with_growing_patience(tmp_path: Path) -> None:
    out = timedelta(hours=14, minutes=20)
    async with lived(tmp_path, until=MORNING + DAY, late=out) as house:
        for service in ("nordpool", "energy"):
            times = house.asked(FIRST, service)
            waits = [(after - before) / MINUTE for before, after in pairwise(times)]
            assert len(waits) == (4 if service == "nordpool" else 3)
            for wait, plain in zip(waits, (5, 10, 20, 40, 60), strict=False):
                assert plain <= wait <= 1.2 * plain
        assert house.asked(FIRST)[-1] == house.known_at(FIRST) < ONE_O_CLOCK + 120 * MINUTE
        assert house.issues == {}


async def test_a_market_that_has_enough_of_us_is_left_alone_and_the_next_one_answers(
    tmp_path: Path,
) -> None:
    enough = Given(status=429, headers={"Retry-After": "36000"})
    async with lived(tmp_path, until=MORNING + 12 * HOUR, nordpool=enough) as house:
        assert len(house.market.asked("nordpool")) == 1
        assert len(house.market.asked("energy")) == 8 + 1
        assert house.curves[-1].source == "energy-charts"
        assert "Nord Pool answered 429" in house.issues["prices_second_best"]
        assert "prices" not in house.issues


async def test_after_a_restart_prices_per_megawatt_hour_are_still_poison(tmp_path: Path) -> None:
    kept = Kept()
    async with lived(tmp_path, until=MORNING + HOUR, history=kept):
        assert len(kept.known) == 8
    prices = {start: wavy(start) * 1000 for start in starts_of(FIRST)}
    poison = Given(body=nordpool_body(FIRST, prices))
    async with lived(
        tmp_path, until=MORNING + 6 * HOUR, history=kept, nordpool=poison, energy=Given(status=500)
    ) as house:
        assert "the highest of the days before is" in house.issues["prices"]
        assert {one.start.date() for one in house.curves[-1].slots if one.kind == "published"} <= {
            FIRST - DAY,
            FIRST - 2 * DAY,
        }


async def test_an_outage_of_both_costs_few_questions_and_is_said(tmp_path: Path) -> None:
    broken = Given(status=500)
    async with lived(tmp_path, until=MORNING + DAY, nordpool=broken, energy=broken) as house:
        assert house.curves == []
        assert "Nord Pool answered 500; energy-charts answered 500" in house.issues["prices"]
        for service in ("nordpool", "energy"):
            assert 5 < len(house.market.asked(service)) < 20


@pytest.mark.parametrize("step", [SECOND, FIRST])
async def test_another_currency_in_the_answer_is_never_published(
    tmp_path: Path, step: date
) -> None:
    wrong = Given(body=nordpool_body(step, currency="EUR"))
    async with lived(
        tmp_path, until=MORNING + 8 * HOUR, nordpool=wrong, energy=Given(status=500)
    ) as house:
        assert house.curves == []
        assert "its currency is EUR, not SEK" in house.issues["prices"]
        assert len(house.market.asked("nordpool")) < 8 + 8 + 24
