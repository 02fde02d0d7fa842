"""Two simulated days of weather over a real line: when Open-Meteo and its archive are asked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
from support.fake_open_meteo import MALMO, FakeOpenMeteo
from support.fake_web import Given, fake_web

from darkstar_common.config import Config
from darkstar_common.contract import WEATHER, Service
from darkstar_common.testing import FakeClock, MemoryBus, a_context, settle
from darkstar_forecaster.core.weather.timing import next_fetch
from darkstar_forecaster.sources.weather import Answer, Heard, Unavailable
from darkstar_forecaster.sources.weather.open_meteo import OpenMeteo, OpenMeteoArchive
from darkstar_forecaster.weathering import Weathering

START = datetime(2026, 5, 5, 6, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CONFIG = Config.model_validate({"forecaster": {"history_days": 30, "horizon_hours": 24}})


@dataclass
class Watched:
    """A source and an archive over the line, and a word when either has answered."""

    source: OpenMeteo
    archive: OpenMeteoArchive
    name: str = "open_meteo"
    asked: list[datetime] = field(default_factory=list)
    asked_past: list[datetime] = field(default_factory=list)
    answered: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def fetch(self, now: datetime) -> Answer:
        self.asked.append(now)
        answer = await self.source.fetch(now)
        self.answered.release()
        return answer

    async def past(self, first: date, last: date, now: datetime) -> pl.DataFrame | Unavailable:
        self.asked_past.append(now)
        answer = await self.archive.past(first, last, now)
        self.answered.release()
        return answer

    async def listen(self, heard: Heard) -> None:
        """Nothing comes by itself."""

    async def wait(self, times: int = 1) -> None:
        async with asyncio.timeout(20):
            for _ in range(times):
                await self.answered.acquire()
        await settle()


async def test_in_two_days_with_an_outage_it_is_asked_fifty_times_and_never_in_between(
    tmp_path: Path,
) -> None:
    clock, bus = FakeClock(START), MemoryBus()
    sky = FakeOpenMeteo(now=clock.now, quarterly=False)

    context = a_context(
        bus, state_dir=tmp_path, clock=clock, config=CONFIG, service=Service.FORECASTER
    )
    with fake_web(sky) as web:
        watched = Watched(
            OpenMeteo(web.url, MALMO, timeout_seconds=10),
            OpenMeteoArchive(web.url, MALMO, timeout_seconds=10),
        )
        task = asyncio.create_task(Weathering(context, [watched], watched).run())
        await watched.wait(2)  # the forecast, and the past
        assert sorted(one.path for one in web.asked) == ["/v1/archive", "/v1/forecast"]
        first_due = next_fetch(START, CONFIG.site)
        for number in range(20):
            await clock.advance_to(first_due + number * HOUR)
            await watched.wait()
        # an outage: a broken server, then one that wants to be left alone for 25 minutes
        sky.refusals += [Given(status=500), Given(status=503, headers={"retry-after": "1500"})]
        await clock.advance_to(first_due + 20 * HOUR)
        await watched.wait()
        await clock.advance(timedelta(minutes=7))
        await watched.wait()
        await clock.advance(timedelta(minutes=25))
        await watched.wait()
        for number in range(21, 47):
            due = first_due + number * HOUR
            archive_again = START + DAY < due <= START + DAY + HOUR
            await clock.advance_to(due)
            await watched.wait(2 if archive_again else 1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    forecasts = watched.asked
    assert len(forecasts) == 1 + 47 + 2
    assert len(watched.asked_past) == 2  # at the start, and for what it did not know yet then
    assert len(web.asked) == 52
    outage = [at for at in forecasts if 0 <= (at - first_due) / HOUR - 20 < 1]
    waits = [(after - before) / timedelta(minutes=1) for before, after in pairwise(outage)]
    assert 5 <= waits[0] < 6.3
    assert 25 <= waits[1] < 26
    hourly = [at for at in forecasts[1:] if at not in outage[1:]]
    assert hourly == [first_due + number * HOUR for number in range(47)]
    assert context.status.issues == ()
    assert len(bus.sent(WEATHER)) == 1 + 47
