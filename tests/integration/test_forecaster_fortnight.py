"""A fortnight of the forecaster: all that it promises to do on a schedule is seen to be done."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from unit.forecaster.running_house import (
    DAY,
    EMPTY,
    Market,
    OfNow,
    RecorderDouble,
    Steady,
    running,
)
from unit.forecaster.training.a_model import a_lesson
from unit.forecaster.weather.making import Sky

from darkstar_common.bus import Delivery
from darkstar_common.config import Config
from darkstar_common.contract import (
    HISTORY_SLOT,
    LEARNING,
    LOAD_FORECAST,
    MODELS,
    PRICES,
    PV_FORECAST,
    HistoryQuery,
    QuantileForecast,
    Quantity,
    Service,
    SlotObservation,
)
from darkstar_common.slots import SLOT
from darkstar_common.testing import FakeClock, MemoryBus, a_context, settle
from darkstar_forecaster.core.method import Trained
from darkstar_forecaster.core.promotion import Lesson
from darkstar_forecaster.core.situation import TIME, Situation
from darkstar_forecaster.service import Forecaster
from darkstar_forecaster.weathering import Weathering

pytestmark = pytest.mark.timeout(300)
SUNDAY = datetime(2026, 10, 18, 22, tzinfo=UTC)
"""Midnight in Stockholm, a week before the clocks go back."""
DAYS = 14
STOCKHOLM = ZoneInfo("Europe/Stockholm")
CONFIG = Config.model_validate(
    {
        "location": {},
        "water_heater": None,
        "forecaster": {"horizon_hours": 3, "history_days": 30, "score_days": 1},
    }
)


@dataclass
class Scholar(Steady):
    """Trains a better model each time, and a worse one every third time."""

    trained_at: list[tuple[datetime, Quantity]] = field(default_factory=list)

    async def learn(self, known: Situation, quantity: Quantity, current: Trained | None) -> Lesson:
        self.trained_at.append((known.now, quantity))
        await super().learn(known, quantity, current)
        good = len(self.trained_at) % 3 != 0
        return a_lesson(quantity=quantity, promoted=good, to=known.now)


@dataclass
class Keeper(RecorderDouble):
    """A recorder that keeps what the forecaster says of the load, and goes on recording."""

    clock: FakeClock | None = None
    told: list[QuantileForecast] = field(default_factory=list)

    async def listen(self) -> None:
        """Keep what is forecast of the load."""
        async with self.bus.inbox(LOAD_FORECAST) as inbox:
            async for delivery in inbox:
                if isinstance(delivery, Delivery):
                    self.told.append(delivery.message)

    def rows(self, query: HistoryQuery) -> pl.DataFrame:
        assert self.clock is not None
        now = self.clock.now()
        self.until = now - timedelta(minutes=now.minute % 15, seconds=now.second)
        if query.what == "forecasts":
            return self.issued(query)
        return super().rows(query)

    def issued(self, query: HistoryQuery) -> pl.DataFrame:
        """Of each slot what was said last so long before."""
        assert query.start
        assert query.end
        lead = timedelta(hours=query.lead_hours or 0)
        rows = {
            one.start: (one.start, "load", one.p10_kw, one.p50_kw, one.p90_kw, told.issued_at)
            for told in self.told
            if told.issued_at > query.start - DAY
            for one in told.slots
            if query.start <= one.start < query.end and told.issued_at + lead <= one.start
        }
        found = pl.DataFrame(list(rows.values()), schema=EMPTY["forecasts"].schema, orient="row")
        return found.sort("start").with_columns(pl.col("start", "issued_at").cast(TIME))


def closed(start: datetime) -> SlotObservation:
    """A slot as the house always is."""
    return SlotObservation(
        sender=Service.RECORDER, emitted_at=start + SLOT, start=start, load_kwh=0.375, pv_kwh=0.5
    )


def local_days(moments: list[datetime]) -> Counter[date]:
    return Counter(one.astimezone(STOCKHOLM).date() for one in moments)


async def test_a_fortnight(tmp_path: Path) -> None:
    clock = FakeClock(SUNDAY)
    bus = MemoryBus(now=clock.now)
    recorder = Keeper(bus, days=25, clock=clock)
    market, sky, workshop = Market(), Sky(), Scholar()
    context = a_context(
        bus, state_dir=tmp_path, clock=clock, config=CONFIG, service=Service.FORECASTER
    )
    service = Forecaster(
        context, market, workshop, Weathering(context, sources=(sky,)), OfNow(context, market)
    )
    answering = asyncio.create_task(recorder.run())
    keeping = asyncio.create_task(recorder.listen())
    await settle()
    work = asyncio.create_task(service.run())
    async with running(work, answering, keeping):
        for _ in range(DAYS * 96):
            await clock.advance(SLOT)
            await bus.publish(HISTORY_SLOT, closed(clock.now() - SLOT))
        cards = bus.sent(MODELS)
        looks = {one.looked_at for one in bus.sent(LEARNING) if one.looked_at is not None}
    hours = DAYS * 24 + 1

    # train: at first, and then on Tuesdays and Fridays at 03:00 local, over a clock change;
    # prices as soon as two weeks of them were published
    loads = [at for at, quantity in workshop.trained_at if quantity == "load"]
    local = [at.astimezone(STOCKHOLM) for at in loads]
    assert loads[0] == SUNDAY
    assert [f"{one:%a %H:%M}" for one in local[1:]] == ["Tue 03:00", "Fri 03:00"] * 2
    assert Counter(quantity for _, quantity in workshop.trained_at) == {
        "load": 5, "pv": 5, "price": 3,
    }  # fmt: skip

    # promote: what was better came into use, what was not is told with its reason
    states = Counter(one.state for one in cards[-1].cards)
    assert states == {"current": 3, "former": 6, "rejected": 4}
    versions = [one.model_version for one in bus.sent(LOAD_FORECAST)]
    assert versions[0] == "steady-1"
    assert len(dict.fromkeys(versions)) == 1 + sum(
        one.state != "rejected" for one in cards[-1].cards if one.quantity == "load"
    )

    # forecast: every hour, and once more for each model that came into use
    assert len(bus.sent(LOAD_FORECAST)) >= hours
    assert len(bus.sent(PV_FORECAST)) >= hours
    assert (
        local_days([one.issued_at for one in bus.sent(PRICES)]).keys() >= local_days(loads).keys()
    )

    # score: every hour what has closed; the figures are on the cards
    scored = [one for one in cards if one.scores]
    assert scored
    (whole,) = (
        one
        for one in scored[-1].scores
        if (one.quantity, one.lead, one.season) == ("load", "all", "all")
    )
    assert whole.slots > 80  # a day
    questions = [one for one in recorder.queries if one.what == "forecasts" and one.lead_hours == 0]
    assert len(questions) >= hours

    # reflex: once a day at 04:00 local, and at first for what was missed
    at_four = {one for one in looks if f"{one.astimezone(STOCKHOLM):%H:%M}" == "04:00"}
    assert len(at_four) == DAYS
    assert len(looks) == DAYS + 1

    # prices: each day once, tomorrow's when it is out
    asked = Counter(day for _, day in market.asked)
    assert set(asked.values()) == {1}
    assert len(asked) == 8 + DAYS

    # weather: once an hour
    assert hours - 1 <= len(sky.asked) <= hours + 1
