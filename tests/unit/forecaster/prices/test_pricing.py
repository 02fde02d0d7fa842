"""What is published of prices: as known, as estimated, and from whom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from darkstar_common.config import Config
from darkstar_common.contract import PRICES, PriceCurve, PriceSlot, Service
from darkstar_common.runtime import Context
from darkstar_common.slots import SLOT, day_slots, local_day, slot_start
from darkstar_common.testing import FakeClock, MemoryBus, a_context, settle
from darkstar_forecaster.core.method import Ahead, Unknown
from darkstar_forecaster.core.prices import Answer, DayPrices, NotYet, Unavailable
from darkstar_forecaster.core.situation import AHEAD
from darkstar_forecaster.estimating import Estimate
from darkstar_forecaster.patience import LAG, LONGEST, SHORTEST, Patience, later
from darkstar_forecaster.pricing import Pricing

STOCKHOLM = ZoneInfo("Europe/Stockholm")
MORNING = datetime(2026, 5, 5, 6, 10, tzinfo=UTC)
TODAY = date(2026, 5, 5)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
ONE_O_CLOCK = datetime(2026, 5, 5, 11, tzinfo=UTC)


def whole(day: date, zone: ZoneInfo) -> Answer:
    return DayPrices(day=day, spot_per_kwh=(0.5,) * len(day_slots(day, zone)))


@dataclass
class Source:
    """Answers as a test wants it to, and remembers when it was asked."""

    clock: FakeClock
    answer: Callable[[date, ZoneInfo], Answer] = whole
    asked: list[tuple[datetime, date]] = field(default_factory=list)
    name: str = "the source"

    async def fetch(self, day: date, zone: ZoneInfo, now: datetime) -> Answer:
        self.asked.append((now, day))
        return self.answer(day, zone)


@dataclass
class Speaking(Source):
    """One that says when it was told something."""

    heard: Callable[[], None] = field(default=lambda: None)

    async def listen(self, heard: Callable[[], None]) -> None:
        self.heard = heard
        await asyncio.Event().wait()


@dataclass
class Estimates:
    """A price forecast that is always 0.7, from 0.6 to 0.9, as far as it is asked to reach."""

    reach: int = 10_000
    asked: list[Sequence[datetime]] = field(default_factory=list)
    version: str = "price-7"

    async def __call__(self, starts: Sequence[datetime]) -> Ahead | Unknown:
        self.asked.append(starts)
        known = list(starts)[: self.reach]
        columns = {"mean": 0.7, "p10": 0.6, "p50": 0.65, "p90": 0.9}
        slots = pl.DataFrame(
            {"start": known, **{name: [one] * len(known) for name, one in columns.items()}},
            schema=dict(AHEAD),
        )
        return Ahead(slots=slots, level="graduate", maker=self.version)


async def nothing(starts: Sequence[datetime]) -> Ahead | Unknown:
    del starts
    return Unknown(reason="nobody knows", guidance="wait")


@dataclass
class Kept:
    kept: list[DayPrices] = field(default_factory=list)
    noted: list[DayPrices] = field(default_factory=list)

    def note(self, day: DayPrices) -> None:
        self.noted.append(day)

    def days(self, count: int) -> Mapping[date, DayPrices]:
        return {one.day: one for one in self.kept[-count - 1 :]}


@dataclass
class Running:
    context: Context
    bus: MemoryBus
    clock: FakeClock
    source: Speaking
    pricing: Pricing
    history: Kept

    @property
    def curves(self) -> list[PriceCurve]:
        return self.bus.sent(PRICES)

    @property
    def issues(self) -> dict[str, str]:
        return {one.key: one.message for one in self.context.status.issues}

    async def told(self) -> None:
        """Wait for the first prices, which may take a moment of the wall."""
        async with asyncio.timeout(20), self.bus.inbox(PRICES) as inbox:
            async for _ in inbox:
                return

    async def wait(self, duration: timedelta) -> None:
        for _ in range(duration // SLOT):
            await self.clock.advance(SLOT)


@asynccontextmanager
async def running(
    state: Path,
    answer: Callable[[date, ZoneInfo], Answer] = whole,
    *,
    config: Config | None = None,
    estimate: Estimate | None = None,
    changed: Callable[[], Awaitable[None]] | None = None,
    kept: Sequence[DayPrices] = (),
    most_seconds: float = 30.0,
) -> AsyncIterator[Running]:
    clock, history = FakeClock(MORNING), Kept(list(kept))
    bus = MemoryBus(sender=Service.FORECASTER, now=clock.now)
    context = a_context(
        bus, state_dir=state, clock=clock, config=config, service=Service.FORECASTER
    )
    source = Speaking(clock, answer)
    pricing = Pricing(context, source, history, estimate, most_seconds=most_seconds)
    task = asyncio.create_task(pricing.run(changed))
    await settle(100)
    try:
        yield Running(context, bus, clock, source, pricing, history)
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def published(slots: Sequence[PriceSlot]) -> list[PriceSlot]:
    return [one for one in slots if one.kind == "published"]


async def test_slots_that_are_not_published_are_estimated_with_their_band(tmp_path: Path) -> None:
    estimates = Estimates()
    async with running(tmp_path, estimate=estimates) as house:
        (curve,) = house.curves
    assert curve.model_version == "price-7"
    assert len(published(curve.slots)) == 96
    assert curve.slots[-1].start + SLOT == slot_start(MORNING) + 168 * HOUR
    tariff = house.context.config.tariff
    for one in curve.slots:
        if one.kind == "published":
            assert (one.spot_per_kwh, one.spot_p10_per_kwh) == (0.5, None)
        else:
            band = (one.spot_p10_per_kwh, one.spot_per_kwh, one.spot_p90_per_kwh)
            assert band == (0.6, 0.7, 0.9)
            assert one.import_per_kwh == pytest.approx(tariff.import_price(0.7, one.start))
    assert estimates.asked == [[one.start for one in curve.slots[96:]]]


async def test_where_nobody_can_estimate_the_curve_ends_with_what_is_published(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, estimate=nothing) as house:
        (curve,) = house.curves
    assert {one.kind for one in curve.slots} == {"published"}
    assert (curve.slots[0].start, curve.slots[-1].start + SLOT) == local_day(TODAY, STOCKHOLM)
    assert curve.model_version == ""


async def test_the_curve_ends_where_the_estimate_ends(tmp_path: Path) -> None:
    async with running(tmp_path, estimate=Estimates(reach=10)) as house:
        (curve,) = house.curves
    assert len(curve.slots) == 106


async def test_no_price_is_invented_for_a_day_that_nobody_knows(tmp_path: Path) -> None:
    def closed(day: date, zone: ZoneInfo) -> Answer:
        del zone
        return Unavailable(day=day, reason="the market is closed")

    async with running(tmp_path, closed, estimate=nothing) as house:
        await house.wait(3 * HOUR)
        assert house.curves == []
        assert house.issues["prices"] == "the market is closed"


async def test_a_day_that_is_missing_is_estimated_from_now_on_not_before(tmp_path: Path) -> None:
    def without_today(day: date, zone: ZoneInfo) -> Answer:
        return Unavailable(day=day, reason="no") if day == TODAY else whole(day, zone)

    async with running(tmp_path, without_today, estimate=Estimates()) as house:
        (curve,) = house.curves
    assert curve.slots[0].start == slot_start(MORNING)
    assert curve.slots[0].kind == "forecast"


async def test_published_prices_do_not_wait_for_an_estimate_that_takes_long(
    tmp_path: Path,
) -> None:
    estimates, ready = Estimates(), asyncio.Event()

    async def slow(starts: Sequence[datetime]) -> Ahead | Unknown:
        await ready.wait()
        return await estimates(starts)

    async with running(tmp_path, estimate=slow, most_seconds=0.01) as house:
        await house.told()
        assert {one.kind for one in house.curves[0].slots} == {"published"}
        ready.set()
        await settle(100)
        assert house.curves[-1].model_version == "price-7"
        assert len(house.curves) == 2
        assert len(estimates.asked) == 1


async def test_an_estimate_that_never_comes_is_given_up_with_the_service(tmp_path: Path) -> None:
    given_up = []

    async def never(starts: Sequence[datetime]) -> Ahead | Unknown:
        try:
            await asyncio.Event().wait()
        finally:
            given_up.append(len(starts))
        raise AssertionError

    async with running(tmp_path, estimate=never, most_seconds=0.01) as house:
        await house.told()
        await house.wait(2 * HOUR)
        assert given_up == []
    assert len(given_up) == 1


async def test_it_looks_again_when_woken(tmp_path: Path) -> None:
    estimates = Estimates()
    async with running(tmp_path, estimate=estimates) as house:
        estimates.version = "price-8"
        house.pricing.wake()
        await settle()
        assert len(house.curves) == 1, "nothing that matters has changed"
        estimates.reach = 50
        house.pricing.wake()
        await settle()
        assert [one.model_version for one in house.curves] == ["price-7", "price-8"]
        assert len(house.source.asked) == 8, "what is known is not asked for again"


async def test_each_look_is_said(tmp_path: Path) -> None:
    looks = []

    async def changed() -> None:
        looks.append(1)

    async with running(tmp_path, changed=changed, estimate=nothing) as house:
        assert len(looks) == 1
        await house.wait(2 * HOUR)
    assert len(looks) == 3


async def test_whole_days_are_handed_to_the_history_once(tmp_path: Path) -> None:
    async with running(tmp_path, estimate=nothing) as house:
        await house.wait(DAY)
        kept = [one.day for one in house.history.noted]
    assert kept == [TODAY + number * DAY for number in range(-7, 2)]


@pytest.mark.parametrize(("source", "asked"), [("nordpool", 0), ("generated", 8)])
async def test_after_a_restart_a_market_is_not_asked_for_what_it_has_told(
    tmp_path: Path, source: str, asked: int
) -> None:
    config = Config.model_validate({"prices": {"sources": [source]}})
    days = [whole(TODAY + number * DAY, STOCKHOLM) for number in range(-7, 1)]
    kept = [one for one in days if isinstance(one, DayPrices)]
    async with running(tmp_path, config=config, estimate=nothing, kept=kept) as house:
        (curve,) = house.curves
        assert len(published(curve.slots)) == 96
        assert len(house.source.asked) == asked


async def test_past_days_are_asked_for_again_once_today_is_there_and_not_before(
    tmp_path: Path,
) -> None:
    well = [False]

    def recovering(day: date, zone: ZoneInfo) -> Answer:
        return whole(day, zone) if well[0] else Unavailable(day=day, reason="it is down")

    async with running(tmp_path, recovering, estimate=nothing) as house:
        await house.wait(2 * HOUR)
        asked = [day for _, day in house.source.asked]
        assert asked.count(TODAY - DAY) == 1
        assert asked.count(TODAY) > 3
        well[0] = True
        await house.wait(HOUR)
        assert [one.day for one in house.history.noted] == [
            TODAY,
            *(TODAY - number * DAY for number in range(7, 0, -1)),
        ]
        assert house.issues == {}


async def test_what_a_source_is_told_is_published_without_a_wait(tmp_path: Path) -> None:
    told: list[DayPrices] = []

    def remembered(day: date, zone: ZoneInfo) -> Answer:
        return whole(day, zone) if told else Unavailable(day=day, reason="nothing was told")

    async with running(tmp_path, remembered, estimate=nothing) as house:
        assert house.curves == []
        told.append(DayPrices(day=TODAY, spot_per_kwh=()))
        house.source.heard()
        await settle()
        assert len(published(house.curves[-1].slots)) == 96
        assert house.clock.now() == MORNING
        asked = len(house.source.asked)
        house.source.heard()
        await settle()
        assert len(house.source.asked) == asked, "nothing is missing"


async def test_prices_of_the_second_choice_are_said_and_the_first_ones_silence_it(
    tmp_path: Path,
) -> None:
    def second(day: date, zone: ZoneInfo) -> Answer:
        late = day <= TODAY
        return DayPrices(
            day=day,
            spot_per_kwh=(0.5,) * len(day_slots(day, zone)),
            source="second" if late else "first",
            passed_over=("first did not answer",) if late else (),
        )

    async with running(tmp_path, second) as house:
        assert house.issues == {
            "prices_second_best": "the prices of 2026-05-05 are from second: first did not answer"
        }
        assert house.curves[-1].source == "second"
        await house.wait(6 * HOUR)
        assert house.issues == {}
        assert house.curves[-1].source == "first"


async def test_prices_that_are_fixed_by_contract_are_known_for_the_whole_horizon(
    tmp_path: Path,
) -> None:
    fixed = {"sources": ["fixed"], "fixed_per_kwh": 0.5}
    config = Config.model_validate({"prices": fixed, "forecaster": {"horizon_hours": 36}})
    async with running(tmp_path, config=config, estimate=nothing) as house:
        (curve,) = house.curves
        await house.wait(2 * DAY)
        assert house.issues == {}
        last = house.curves[-1]
    assert {one.kind for one in curve.slots} == {"published"}
    assert curve.slots[-1].start >= MORNING + 36 * HOUR - SLOT
    assert last.slots[-1].start >= MORNING + 2 * DAY + 36 * HOUR - SLOT
    assert len(house.source.asked) == 8 + 1 + 2, "each day but once"


async def test_the_hour_of_a_portuguese_day_that_comes_later_is_asked_for_when_it_is_due(
    tmp_path: Path,
) -> None:
    config = Config(timezone="Europe/Lisbon")

    def auctioned(day: date, _: ZoneInfo) -> Answer:
        last = house.clock.now() if house else MORNING
        until = TODAY if last < datetime(2026, 5, 5, 12, tzinfo=UTC) else TODAY + DAY
        count = 96 if day < until else 92
        return DayPrices(day=day, spot_per_kwh=(0.5,) * count) if day <= until else NotYet(day=day)

    house: Running | None = None
    async with running(tmp_path, auctioned, config=config, estimate=nothing) as found:
        house = found
        assert len(house.curves[-1].slots) == 92
        await house.wait(7 * HOUR)
        assert house.issues == {}
        assert len(published(house.curves[-1].slots)) == 96 + 92
        asked = [when for when, day in house.source.asked if day == TODAY]
        assert asked == [MORNING, datetime(2026, 5, 5, 12, tzinfo=UTC)]
        assert [one.day for one in house.history.noted].count(TODAY) == 1


async def test_tomorrow_is_looked_for_at_the_configured_time(tmp_path: Path) -> None:
    config = Config.model_validate({"prices": {"published_at": "14:15"}})
    async with running(tmp_path, config=config, estimate=nothing) as house:
        await house.wait(8 * HOUR)
    tomorrow = [when for when, day in house.source.asked if day == TODAY + DAY]
    assert tomorrow == [ONE_O_CLOCK + 75 * MINUTE]


def market_config(site: str = "home", at: str = "13:00") -> Config:
    prices = {"sources": ["nordpool"], "published_at": at}
    return Config.model_validate({"site": site, "prices": prices})


@pytest.mark.parametrize("site", ["home", "a", "house-7", "summer_cottage"])
def test_houses_that_ask_a_market_do_so_within_five_minutes_after_its_time(site: str) -> None:
    found = Patience(market_config(site)).publication
    assert time(13) <= found < later(time(13), LAG)
    assert found == Patience(market_config(site)).publication, "the same house, the same time"


def test_not_all_houses_ask_a_market_at_once() -> None:
    times = [Patience(market_config(f"house{number}")).publication for number in range(50)]
    assert len(set(times)) == 50
    assert max(times) > time(13, 4)
    assert min(times) < time(13, 1)


def test_the_last_minute_of_a_day_is_not_passed() -> None:
    assert time(23, 58) <= Patience(market_config(at="23:58")).publication <= time(23, 59, 59)


@pytest.mark.parametrize("config", [Config(), market_config()])
def test_pauses_grow_from_five_minutes_to_an_hour_and_begin_anew(config: Config) -> None:
    patience = Patience(config)
    pauses = [patience.begun(), *(patience.longer() for _ in range(8))]
    for pause, plain in zip(pauses, (5, 10, 20, 40, 60, 60, 60, 60, 60), strict=True):
        assert plain * MINUTE <= pause <= 1.2 * plain * MINUTE
    assert SHORTEST <= patience.begun() <= 1.2 * SHORTEST
    assert max(pauses) <= 1.2 * LONGEST
    if config == Config():
        assert pauses[:2] == [5 * MINUTE, 10 * MINUTE], "its own file is asked to the second"
