"""The price history with all that is around it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
from unit.forecaster.price.markets import DAY, MONDAY, STOCKHOLM, published
from unit.forecaster.scores.keeper import Keeper

from darkstar_common.config import Config
from darkstar_common.contract import Service
from darkstar_common.runtime import Context
from darkstar_common.slots import day_slots
from darkstar_common.testing import FakeClock, MemoryBus, a_context, settle
from darkstar_forecaster.core.prices import Answer, DayPrices, NotYet, Unavailable
from darkstar_forecaster.price_history import (
    PriceHistory,
)

MORNING = datetime(2026, 3, 2, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
TURNS = 3000


def config(sources: list[str], area: str = "SE4") -> Config:
    return Config.model_validate(
        {
            "timezone": STOCKHOLM.key,
            "tariff": {"area": area},
            "prices": {"sources": sources, "csv_path": "prices.csv"},
        }
    )


def day_prices(day: date, price: float = 0.5, source: str = "Nord Pool") -> DayPrices:
    return DayPrices(day=day, spot_per_kwh=(price,) * len(day_slots(day, STOCKHOLM)), source=source)


@dataclass
class Market:
    """Knows the days from `first` on, and remembers when it was asked of which."""

    clock: FakeClock
    first: date = MONDAY - 40 * DAY
    source: str = "Nord Pool"
    name: str = "market"
    silent: bool = False
    asked: list[tuple[datetime, date]] = field(default_factory=list)

    async def fetch(self, day: date, zone: ZoneInfo, now: datetime) -> Answer:
        del zone
        self.asked.append((now, day))
        if self.silent:
            return NotYet(day=day)
        if day < self.first:
            return Unavailable(day=day, reason="that is too long ago")
        return day_prices(day, source=self.source)


def recorded(days: int, until: date, price: float = 0.7, kind: str = "published") -> pl.DataFrame:
    return published(days, until, lambda _: price).with_columns(
        kind=pl.lit(kind), issued_at=pl.col("start") - timedelta(days=1)
    )


NOTHING_RECORDED = recorded(1, MONDAY - 3000 * DAY)


@dataclass
class Desk:
    """The history with all that is around it."""

    context: Context
    clock: FakeClock
    market: Market
    keeper: Keeper
    history: PriceHistory
    changes: list[datetime] = field(default_factory=list)

    @property
    def asked(self) -> list[date]:
        return [day for _, day in self.market.asked]

    def known(self) -> set[date]:
        local = self.history.spots()["start"].dt.convert_time_zone(STOCKHOLM.key)
        return set(local.dt.date())


def a_desk(
    path: Path,
    sources: tuple[str, ...] = ("nordpool",),
    now: datetime = MORNING,
    area: str = "SE4",
    table: pl.DataFrame = NOTHING_RECORDED,
) -> Desk:
    clock = FakeClock(now)
    bus = MemoryBus(now=clock.now)
    context = a_context(
        bus, state_dir=path, clock=clock, config=config(list(sources), area),
        service=Service.FORECASTER,
    )  # fmt: skip
    market = Market(clock)
    changes: list[datetime] = []

    async def changed() -> None:
        changes.append(clock.now())

    history = PriceHistory(context, market, changed)
    keeper = Keeper(bus, {"prices": table}, page=100_000)
    return Desk(context, clock, market, keeper, history, changes)


@asynccontextmanager
async def at_work(desk: Desk) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(one) for one in (desk.keeper.run(), desk.history.run())]
    await settle(TURNS)
    try:
        yield
        assert not any(one.done() for one in tasks)
    finally:
        for one in tasks:
            one.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
