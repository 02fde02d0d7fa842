from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.testing import FakeClock, settle

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


async def test_time_stands_still_until_it_is_moved() -> None:
    clock = FakeClock(START)
    sleeping = asyncio.create_task(clock.sleep(MINUTE))
    await settle()
    assert not sleeping.done()
    await clock.advance(MINUTE - timedelta(microseconds=1))
    assert not sleeping.done()
    await clock.advance(timedelta(microseconds=1))
    assert sleeping.done()
    assert clock.now() == START + MINUTE


@given(st.lists(st.integers(0, 20), max_size=12), st.integers(0, 25))
def test_sleepers_wake_in_order_at_their_very_moment(minutes: list[int], until: int) -> None:
    async def play() -> list[tuple[int, datetime]]:
        clock, woken = FakeClock(START), list[tuple[int, datetime]]()

        async def sleeper(after: int) -> None:
            await clock.sleep(after * MINUTE)
            woken.append((after, clock.now()))

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(sleeper(after)) for after in minutes]
            await clock.advance(until * MINUTE)
            for task in tasks:
                task.cancel()
        assert clock.now() == START + until * MINUTE
        return woken

    due = sorted(after for after in minutes if after <= until)
    assert asyncio.run(play()) == [(after, START + after * MINUTE) for after in due]


async def test_a_loop_that_sleeps_is_woken_for_each_round() -> None:
    clock, rounds = FakeClock(START), list[datetime]()

    async def loop() -> None:
        while True:
            await clock.sleep(15 * MINUTE)
            rounds.append(clock.now())

    task = asyncio.create_task(loop())
    await clock.advance(60 * MINUTE)
    task.cancel()
    assert rounds == [START + number * 15 * MINUTE for number in (1, 2, 3, 4)]


async def test_a_cancelled_sleeper_is_forgotten() -> None:
    clock = FakeClock(START)
    sleeping = asyncio.create_task(clock.sleep(MINUTE))
    await settle()
    sleeping.cancel()
    await clock.advance(2 * MINUTE)
    assert sleeping.cancelled()
