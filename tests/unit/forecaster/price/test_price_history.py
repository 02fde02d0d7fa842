"""Published prices that survive a restart, and the past that is filled without haste."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from unit.forecaster.price.markets import DAY, MONDAY, STOCKHOLM, published
from unit.forecaster.scores.keeper import Keeper

from darkstar_common.config import Config
from darkstar_common.contract import Service
from darkstar_common.runtime import Context
from darkstar_common.slots import day_slots, local_day
from darkstar_common.testing import FakeClock, MemoryBus, a_context, settle
from darkstar_forecaster.core.prices import Answer, DayPrices, NotYet, Unavailable
from darkstar_forecaster.core.situation import SPOTS, empty
from darkstar_forecaster.price_history import (
    AGAIN,
    BUSY,
    GIVEN_UP,
    ISSUE,
    OFFLINE_AT_ONCE,
    ONLINE_A_DAY,
    SOON,
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


async def test_what_is_noted_is_known_at_once_and_after_a_restart(tmp_path: Path) -> None:
    desk = a_desk(tmp_path)
    async with at_work(desk):
        desk.history.note(day_prices(MONDAY, 0.123))
        assert MONDAY in desk.known()
        await settle()
    again = a_desk(tmp_path).history
    assert again.spots().equals(desk.history.spots())
    assert again.days(2)[MONDAY] == day_prices(MONDAY, 0.123, source="")


def test_what_comes_later_counts_more(tmp_path: Path) -> None:
    history = a_desk(tmp_path).history
    for price in (0.1, 0.2):
        history.note(day_prices(MONDAY, price))
    assert history.spots().height == 96
    assert set(history.spots()["spot_per_kwh"]) == {0.2}


def test_nothing_known_is_an_empty_table(tmp_path: Path) -> None:
    history = a_desk(tmp_path).history
    assert history.spots().equals(empty(SPOTS))
    assert history.days(7) == {}


def test_days_of_which_a_part_is_unknown_are_not_told(tmp_path: Path) -> None:
    history = a_desk(tmp_path).history
    half = DayPrices(day=MONDAY, spot_per_kwh=(0.5,) * 40, source="Nord Pool")
    history.note(half)
    history.note(day_prices(MONDAY - DAY))
    assert set(history.days(7)) == {MONDAY - DAY}


async def test_the_past_is_filled_the_newest_day_first(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, ("csv",))
    async with at_work(desk):
        await desk.clock.advance(HOUR)
        assert desk.asked[:3] == [MONDAY - DAY, MONDAY - 2 * DAY, MONDAY - 3 * DAY]
        assert desk.known() == {MONDAY - back * DAY for back in range(1, 41)}
        assert desk.changes


async def test_a_source_that_goes_no_further_back_is_not_asked_on_and_on(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, ("csv",))
    async with at_work(desk):
        await desk.clock.advance(HOUR)
        assert 40 + GIVEN_UP <= len(desk.asked) <= 40 + GIVEN_UP + OFFLINE_AT_ONCE


async def test_a_service_that_many_ask_is_asked_for_few_days_a_day(tmp_path: Path) -> None:
    desk = a_desk(tmp_path)
    async with at_work(desk):
        await desk.clock.advance(20 * HOUR)
        assert len(desk.asked) == ONLINE_A_DAY
        await desk.clock.advance(DAY)
        assert len(desk.asked) == 41 + GIVEN_UP
        assert len(desk.known()) == 41


async def test_what_is_known_is_not_asked_for_again(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, ("csv",))
    desk.history.note(day_prices(MONDAY - DAY))
    async with at_work(desk):
        await desk.clock.advance(3 * DAY)
        assert len([one for one in desk.asked if one == MONDAY - 2 * DAY]) == 1
        assert MONDAY - DAY not in desk.asked


async def test_tomorrow_is_never_in_the_way_of_the_past(tmp_path: Path) -> None:
    """While tomorrow's prices are looked for, nobody asks for old ones."""
    desk = a_desk(tmp_path, now=datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
    async with at_work(desk):
        await desk.clock.advance(4 * DAY)
    local = [moment.astimezone(STOCKHOLM).time() for moment, _ in desk.market.asked]
    assert local
    assert not any(BUSY[0] <= one < BUSY[1] for one in local)


async def test_a_silent_source_is_left_alone(tmp_path: Path) -> None:
    desk = a_desk(tmp_path)
    desk.market.silent = True
    async with at_work(desk):
        await desk.clock.advance(HOUR)
        assert len(desk.asked) == GIVEN_UP
        assert desk.changes == []


async def test_the_recorder_is_asked_first_and_only_for_what_was_published(tmp_path: Path) -> None:
    table = pl.concat(
        [recorded(5, MONDAY - DAY), recorded(1, MONDAY - 6 * DAY, 9.0, kind="forecast")]
    )
    desk = a_desk(tmp_path, table=table)
    desk.market.silent = True
    async with at_work(desk):
        await desk.clock.advance(HOUR)
        assert desk.known() == {MONDAY - back * DAY for back in range(1, 6)}
        assert set(desk.history.spots()["spot_per_kwh"]) == {0.7}


async def test_what_the_market_told_counts_more_than_the_recorder(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, table=recorded(5, MONDAY - DAY))
    desk.history.note(day_prices(MONDAY - DAY, 0.123))
    async with at_work(desk):
        found = desk.history.days(2)[MONDAY - DAY]
        assert set(found.spot_per_kwh) == {0.123}


async def test_a_recorder_that_does_not_answer_is_asked_again_soon(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, table=recorded(5, MONDAY - DAY))
    desk.market.silent = True
    desk.keeper.refusals = 1
    async with at_work(desk):
        await desk.clock.advance(2 * timedelta(minutes=1))
        assert desk.known() == set()
        await desk.clock.advance(SOON + 2 * timedelta(minutes=1))
        assert len(desk.known()) == 5
        queries = len(desk.keeper.queries)
        await desk.clock.advance(2 * AGAIN)
        assert len(desk.keeper.queries) == queries


async def test_while_the_recorder_is_silent_the_source_is_asked_no_more_than_else(
    tmp_path: Path,
) -> None:
    desk = a_desk(tmp_path)
    desk.keeper.refusals = 1000
    async with at_work(desk):
        await desk.clock.advance(20 * HOUR)
        assert len(desk.keeper.queries) > 100
        assert len(desk.asked) == ONLINE_A_DAY


async def test_prices_of_another_area_are_not_learned_from(tmp_path: Path) -> None:
    """Neither those on disk, nor those of the recorder, which does not know whose they were."""
    desk = a_desk(tmp_path)
    async with at_work(desk):
        desk.history.note(day_prices(MONDAY))
        await settle()
    moved = a_desk(tmp_path, area="SE3", table=recorded(5, MONDAY - DAY))
    moved.market.silent = True
    assert moved.history.spots().is_empty()
    async with at_work(moved):
        assert moved.keeper.queries == []
    assert not a_desk(tmp_path).history.spots().is_empty()


@pytest.mark.parametrize("source", ["fixed", "generated from seed 1"])
def test_made_up_prices_that_stand_in_for_a_market_are_not_learned_from(
    tmp_path: Path, source: str
) -> None:
    desk = a_desk(tmp_path, ("nordpool", "generated"))
    desk.history.note(day_prices(MONDAY, source=source))
    assert desk.history.spots().is_empty()


async def test_made_up_prices_are_kept_apart_and_no_recorder_is_asked(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, ("generated",), table=recorded(5, MONDAY - DAY))
    desk.market.source = "generated from seed 1"
    async with at_work(desk):
        await desk.clock.advance(HOUR)
        assert len(desk.known()) == 40
        assert desk.keeper.queries == []
    assert a_desk(tmp_path, ("nordpool",)).history.spots().is_empty()


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PAR1" + b"\0" * 50 + b"PAR1"])
def test_a_damaged_file_is_fetched_again(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "prices" / "SE4_SEK" / "2026-03.parquet"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    assert a_desk(tmp_path).history.spots().is_empty()


async def test_a_file_that_was_copied_brings_no_slot_twice(tmp_path: Path) -> None:
    desk = a_desk(tmp_path)
    desk.market.silent = True
    async with at_work(desk):
        desk.history.note(day_prices(MONDAY))
        await settle()
    path = tmp_path / "prices" / "SE4_SEK" / "2026-03.parquet"
    path.with_name("2026-02.parquet").write_bytes(path.read_bytes())
    (path.parent / "notes.parquet").write_bytes(b"of a person")
    assert a_desk(tmp_path).history.spots().equals(desk.history.spots())


async def test_what_is_older_than_is_learned_from_is_removed(tmp_path: Path) -> None:
    desk = a_desk(tmp_path)
    async with at_work(desk):
        desk.history.note(day_prices(MONDAY))
        await settle()
    files = [one.name for one in (tmp_path / "prices" / "SE4_SEK").glob("*.parquet")]
    later = a_desk(tmp_path, now=MORNING + 1200 * DAY)
    assert later.history.spots().is_empty()
    assert not any((tmp_path / "prices" / "SE4_SEK" / name).exists() for name in files)


def troubles(desk: Desk) -> list[str]:
    return [one.key for one in desk.context.status.issues]


async def test_a_full_disk_is_survived_and_tried_again(tmp_path: Path) -> None:
    (tmp_path / "prices").write_text("a file where a directory should be")
    desk = a_desk(tmp_path)
    desk.market.silent = True
    async with at_work(desk):
        desk.history.note(day_prices(MONDAY))
        await settle()
        assert MONDAY in desk.known()
        assert troubles(desk) == [ISSUE]
        (tmp_path / "prices").unlink()
        desk.history.note(day_prices(MONDAY - 40 * DAY))
        await settle()
        assert troubles(desk) == []
    assert set(a_desk(tmp_path).history.spots()["start"]) == set(desk.history.spots()["start"])
    assert local_day(MONDAY, STOCKHOLM)[0] in set(desk.history.spots()["start"])
