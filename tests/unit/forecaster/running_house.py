"""The forecaster with its bus, a recorder that answers, and a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from darkstar_common.bus import Delivery
from darkstar_common.config import Config
from darkstar_common.contract import (
    HISTORY_QUERY,
    HistoryQuery,
    Quantity,
    RequestResult,
    Service,
)
from darkstar_common.runtime import Context
from darkstar_common.slots import SLOT, day_slots, slot_start, slots_between
from darkstar_common.testing import FakeClock, MemoryBus, a_context, settle
from darkstar_forecaster.core.method import Ahead, Trained, Unknown
from darkstar_forecaster.core.methods import Order
from darkstar_forecaster.core.prices import Answer, NotYet, whole_day
from darkstar_forecaster.core.promotion import Lesson
from darkstar_forecaster.core.situation import TIME, Situation
from darkstar_forecaster.price_history import PriceHistory
from darkstar_forecaster.service import Forecaster
from darkstar_forecaster.sources.prices import PriceSource
from darkstar_forecaster.workshop import WorkFailedError, Workshop

STOCKHOLM = ZoneInfo("Europe/Stockholm")
MORNING = datetime(2026, 5, 5, 6, 10, tzinfo=UTC)
TURNS = 2000
"""Of the loop, in which a year of history is asked for, piece by piece."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


STILL = Config.model_validate(
    {
        "weather": {"sources": []},
        "forecaster": {
            "horizon_hours": 48,
            "score_days": 1,
            "history_days": 60,
            "reflex": {"enabled": False},
        },
    }
)
"""Nobody looks for weather or at drift, and not far ahead or back."""


@dataclass
class Market:
    """A source that remembers when it was asked, and whose days may be late or poisoned."""

    asked: list[tuple[datetime, date]] = field(default_factory=list)
    late: dict[date, datetime] = field(default_factory=dict)
    poisoned: set[date] = field(default_factory=set)
    name: str = "test market"

    async def fetch(self, day: date, zone: ZoneInfo, now: datetime) -> Answer:
        self.asked.append((now, day))
        if day in self.late and now < self.late[day]:
            return NotYet(day=day)
        spots: dict[datetime, float | None] = dict.fromkeys(day_slots(day, zone), 0.5)
        if day in self.poisoned:
            spots[next(iter(spots))] = float("nan")
        return whole_day(day, spots, zone)


KINDS: dict[str, pl.DataType | type[pl.DataType]] = {
    "vacation": pl.Boolean,
    "alarm_armed": pl.Boolean,
    "label": pl.String,
    "source": pl.String,
    "quality": pl.List(pl.String),
    "flags": pl.List(pl.Struct({"name": pl.String, "values": pl.List(pl.String)})),
}
EMPTY = {
    "planned": pl.DataFrame(schema={"start": TIME, "soc_percent": pl.Float64}),
    "forecasts": pl.DataFrame(
        schema={
            "start": TIME, "quantity": pl.String, "p10_kw": pl.Float64, "p50_kw": pl.Float64,
            "p90_kw": pl.Float64, "issued_at": TIME,
        }
    ),
    "prices": pl.DataFrame(
        schema={"start": TIME, "spot_per_kwh": pl.Float64, "kind": pl.String, "issued_at": TIME}
    ),
}  # fmt: skip


@dataclass
class RecorderDouble:
    """Answers with a steady house: 1 kW of base load, 0.5 kW of heating, 2 kW of PV."""

    bus: MemoryBus
    days: float = 28
    answers: bool = True
    until: datetime = field(default_factory=lambda: slot_start(MORNING))
    longest: int = 50_000
    """Rows of a page."""
    queries: list[HistoryQuery] = field(default_factory=list)

    def rows(self, query: HistoryQuery) -> pl.DataFrame:
        """The slots asked for; none of anything else."""
        assert query.start
        assert query.end
        if query.what != "slots":
            return EMPTY[query.what]
        since = max(query.start, self.until - timedelta(days=self.days))
        starts = slots_between(slot_start(since), min(query.end, self.until))
        chosen = starts if since < query.end else ()
        known = pl.DataFrame(
            {
                "start": pl.Series(chosen, dtype=TIME),
                "load_kwh": self.load(chosen),
                "water_kwh": pl.Series([0.125] * len(chosen), dtype=pl.Float64),
                "pv_kwh": pl.Series([0.5] * len(chosen), dtype=pl.Float64),
            }
        )
        missing = [one for one in query.columns if one not in known.columns]
        return known.with_columns(
            pl.lit(None, dtype=KINDS.get(one, pl.Float64)).alias(one) for one in missing
        )

    def load(self, starts: Sequence[datetime]) -> pl.Series:
        """What the house took, heater included [kWh]."""
        return pl.Series([0.375] * len(starts), dtype=pl.Float64)

    def page(self, query: HistoryQuery) -> bytes:
        """The rows on the page that is asked for, as a recorder writes them."""
        found = self.rows(query)
        page = found.slice(query.offset, min(query.limit, self.longest))
        complete = query.offset + page.height >= found.height
        stream = BytesIO()
        page.with_columns(complete=pl.lit(complete)).write_ipc_stream(stream, compression="zstd")
        return stream.getvalue()

    def refusal(self) -> RequestResult:
        return RequestResult(
            sender=Service.RECORDER, emitted_at=MORNING, accepted=False, reason="disk full"
        )

    async def run(self) -> None:
        async with self.bus.inbox(HISTORY_QUERY) as inbox:
            async for delivery in inbox:
                assert isinstance(delivery, Delivery)
                self.queries.append(delivery.message)
                told = self.page(delivery.message) if self.answers else self.refusal()
                await delivery.answer(told)


@dataclass
class Steady:
    """A workshop without models: what comes is the mean of what was. It counts its work."""

    forecasts: int = 0
    lessons: list[Quantity] = field(default_factory=list)
    outcomes: dict[Quantity, Lesson] = field(default_factory=dict)
    trouble: str = ""
    asked: list[Order] = field(default_factory=list)

    async def forecast(
        self, known: Situation, orders: Sequence[Order]
    ) -> tuple[Ahead | Unknown, ...]:
        self.forecasts += 1
        self.asked = list(orders)
        if self.trouble:
            raise WorkFailedError(self.trouble)
        return tuple(steady(known, one) for one in orders)

    async def learn(self, known: Situation, quantity: Quantity, current: Trained | None) -> Lesson:
        del known, current
        self.lessons.append(quantity)
        if self.trouble:
            raise WorkFailedError(self.trouble)
        nothing = Lesson(quantity=quantity, promoted=None, reason="too little")
        return self.outcomes.get(quantity, nothing)

    async def close(self) -> None:
        """Nothing runs."""


def steady(known: Situation, order: Order) -> Ahead | Unknown:
    rows, column = known.past, f"{order.quantity}_kw"
    if order.quantity == "price":
        rows, column = known.spots, "spot_per_kwh"
    values = rows[column].drop_nulls()
    if values.is_empty():
        return Unknown(reason=f"nothing is known of the {order.quantity}", guidance="Wait.")
    level = "infant" if values.len() < 4 * 96 else "graduate"
    flat = pl.lit(values.mean(), dtype=pl.Float64)
    starts = pl.DataFrame({"start": pl.Series(order.starts, dtype=TIME)})
    return Ahead(
        slots=starts.with_columns(mean=flat, p10=flat, p50=flat, p90=flat),
        level=level,
        basis="" if order.trained else "steady",
        maker="" if order.trained else "steady-1",
    )


class OfNow(PriceHistory):
    """Keeps what is published, and asks nobody for what was."""

    async def run(self) -> None:
        await asyncio.Event().wait()


@asynccontextmanager
async def running(*work: asyncio.Task[None]) -> AsyncIterator[None]:
    """Tasks that are to live through the test."""
    await settle(TURNS)
    try:
        yield
        for one in work:
            assert not one.done(), one.exception()
    finally:
        for one in work:
            one.cancel()
        await asyncio.gather(*work, return_exceptions=True)


@dataclass
class Started:
    context: Context
    bus: MemoryBus
    clock: FakeClock

    @property
    def issues(self) -> dict[str, str]:
        return {one.key: one.message for one in self.context.status.issues}


@asynccontextmanager
async def started(
    recorder: RecorderDouble,
    clock: FakeClock,
    state: Path,
    source: PriceSource | None = None,
    config: Config = STILL,
    *,
    workshop: Workshop | None = None,
) -> AsyncIterator[Started]:
    bus = recorder.bus
    answering = asyncio.create_task(recorder.run())
    await settle()
    context = a_context(
        bus, state_dir=state, clock=clock, config=config, service=Service.FORECASTER
    )
    market = source or Market()
    prices = OfNow(context, market)
    service = Forecaster(context, market, workshop or Steady(), prices=prices)
    work = asyncio.create_task(service.run())
    async with running(work, answering):
        yield Started(context, bus, clock)


async def pass_time(clock: FakeClock, duration: timedelta) -> None:
    """Let it pass in quarters, so that each wake-up gets its turns of the loop."""
    for _ in range(duration // SLOT):
        await clock.advance(SLOT)
