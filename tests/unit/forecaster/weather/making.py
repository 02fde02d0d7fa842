"""Tables, sources and a recorder of calls for the tests of the weather."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import polars as pl

from darkstar_common.slots import SLOT
from darkstar_forecaster.core.situation import WEATHER, empty
from darkstar_forecaster.core.weather.table import COLUMNS, Issued
from darkstar_forecaster.sources.weather import Answer, Heard, Unavailable

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def a_table(first: datetime, slots: int, **columns: float | None) -> pl.DataFrame:
    """Steady weather: 10 °C and 100 W/m² unless told otherwise; what is not named is null."""
    values = {"temperature_c": 10.0, "irradiance_w_per_m2": 100.0, **columns}
    return pl.DataFrame(
        {
            "start": [first + number * SLOT for number in range(slots)],
            **{name: [values.get(name)] * slots for name in COLUMNS},
        },
        schema=dict(WEATHER),
    )


@dataclass
class Sky:
    """A source whose temperature is the number of the question, unless it is `broken`."""

    name: str = "sky"
    asked: list[datetime] = field(default_factory=list)
    broken: Unavailable | None = None
    back: timedelta = timedelta(0)
    ahead: timedelta = 2 * DAY
    until: datetime | None = None
    made: datetime | None = None
    steady: float | None = None
    news: asyncio.Queue[None] = field(default_factory=asyncio.Queue)

    async def fetch(self, now: datetime) -> Answer:
        self.asked.append(now)
        if self.broken is not None:
            return self.broken
        degrees = float(len(self.asked)) if self.steady is None else self.steady
        first = now.replace(minute=0, second=0, microsecond=0)
        if self.back:
            first = first.replace(hour=0) - self.back
        table = a_table(
            first, ((self.until or now + self.ahead) - first) // SLOT, temperature_c=degrees
        )
        return Issued(issued_at=self.made or now, source=self.name, table=table)

    async def listen(self, heard: Heard) -> None:
        while True:
            await self.news.get()
            await heard()


@dataclass
class Archive:
    """Knows every day with -1 °C, but for `unknown` ones."""

    now: Callable[[], datetime]
    name: str = "archive"
    asked: list[tuple[datetime, date, date]] = field(default_factory=list)
    refusals: list[Unavailable] = field(default_factory=list)
    unknown: set[date] = field(default_factory=set)

    async def past(self, first: date, last: date, now: datetime) -> pl.DataFrame | Unavailable:
        self.asked.append((now, first, last))
        if self.refusals:
            return self.refusals.pop(0)
        begin = datetime(first.year, first.month, first.day, tzinfo=now.tzinfo)
        table = a_table(begin, ((last - first).days + 1) * 96, temperature_c=-1.0)
        known = table.filter(~pl.col("start").dt.date().is_in(list(self.unknown)))
        return known if known.height else empty(WEATHER)
