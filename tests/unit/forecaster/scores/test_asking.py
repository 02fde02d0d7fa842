"""Questions to the recorder: all pages of an answer, or why there is none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from unit.forecaster.scores.frames import DAY, MONDAY, came
from unit.forecaster.scores.keeper import Keeper

from darkstar_common.bus import Reply, RequestTimeoutError
from darkstar_common.contract import Channel, HistoryQuery, Message, Service
from darkstar_common.testing import FakeClock, MemoryBus, a_context
from darkstar_forecaster.asking import Untold, answer

CLOCK = FakeClock(MONDAY + 3 * DAY)
TABLE = came(MONDAY, 3, lambda one: float(one.day))


@asynccontextmanager
async def answering(keeper: Keeper) -> AsyncIterator[None]:
    task = asyncio.create_task(keeper.run())
    await asyncio.sleep(0)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def keeper() -> Keeper:
    return Keeper(MemoryBus(now=CLOCK.now), {"slots": TABLE})


async def asked(
    keeper: Keeper, path: Path, start: datetime = MONDAY, end: datetime = MONDAY + 3 * DAY
) -> pl.DataFrame | Untold:
    context = a_context(keeper.bus, state_dir=path, service=Service.FORECASTER, clock=CLOCK)
    async with answering(keeper):
        return await answer(context, "slots", start, end, columns=("start", "value"))


@pytest.mark.parametrize("page", [1, 37, 96, 287, 288, 289])
async def test_all_pages_are_asked_for(keeper: Keeper, tmp_path: Path, page: int) -> None:
    keeper.page = page
    found = await asked(keeper, tmp_path)
    assert isinstance(found, pl.DataFrame)
    assert found.equals(TABLE)
    assert len(keeper.queries) == -(-288 // page)
    assert {one.columns for one in keeper.queries} == {("start", "value")}


async def test_nothing_known_is_an_answer(keeper: Keeper, tmp_path: Path) -> None:
    found = await asked(keeper, tmp_path, MONDAY - 2 * DAY, MONDAY)
    assert isinstance(found, pl.DataFrame)
    assert found.is_empty()
    assert found.columns == ["start", "value"]


async def test_a_refusal_is_told_in_its_own_words(keeper: Keeper, tmp_path: Path) -> None:
    keeper.refusals = 1
    assert await asked(keeper, tmp_path) == Untold(
        reason="too many questions at once; ask again in a moment"
    )


async def test_half_an_answer_is_none(keeper: Keeper, tmp_path: Path) -> None:
    query = HistoryQuery(
        sender=Service.FORECASTER, emitted_at=MONDAY, what="slots", start=MONDAY,
        end=MONDAY + DAY, format="arrow",
    )  # fmt: skip
    whole = keeper.rows(query)
    keeper.nonsense = whole[: len(whole) // 2]
    assert isinstance(await asked(keeper, tmp_path), Untold)


@pytest.mark.parametrize("nonsense", [b"", b"{}", b"\xff\xff\xff\xff", b"start,value\n1,2\n"])
async def test_what_is_neither_rows_nor_a_refusal_is_said_to_be_so(
    keeper: Keeper, tmp_path: Path, nonsense: bytes
) -> None:
    keeper.nonsense = nonsense
    found = await asked(keeper, tmp_path)
    assert found == Untold(reason="the recorder's answer is neither rows nor a refusal")


class Deaf(MemoryBus):
    """Nobody answers."""

    async def request(
        self,
        channel: Channel[Any],
        message: Message,
        *,
        timeout: timedelta,  # noqa: ASYNC109 (the port's)
    ) -> Reply:
        del message
        raise RequestTimeoutError(channel.path, timeout)


async def test_silence_is_told(tmp_path: Path) -> None:
    clock = FakeClock(MONDAY)
    context = a_context(Deaf(now=clock.now), state_dir=tmp_path, service=Service.FORECASTER)
    found = await answer(context, "slots", MONDAY, MONDAY + DAY)
    assert isinstance(found, Untold)
    assert "history/query" in found.reason
