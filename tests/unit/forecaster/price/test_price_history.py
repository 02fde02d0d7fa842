"""The past of prices is filled without haste, and of one market alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from unit.forecaster.price.desks import HOUR, a_desk, at_work, day_prices, recorded
from unit.forecaster.price.markets import DAY, MONDAY, STOCKHOLM

from darkstar_common.testing import settle
from darkstar_forecaster.core.prices import DayPrices
from darkstar_forecaster.core.situation import SPOTS, empty
from darkstar_forecaster.price_history import (
    AGAIN,
    BUSY,
    GIVEN_UP,
    OFFLINE_AT_ONCE,
    ONLINE_A_DAY,
    SOON,
)


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
