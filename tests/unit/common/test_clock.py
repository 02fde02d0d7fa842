from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from darkstar_common.runtime import (
    ScaledClock,
    Stopwatch,
    SystemClock,
    clock_from,
    clock_specification,
)

START = datetime(2025, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_without_a_specification_it_is_the_machines_clock() -> None:
    clock = clock_from("")
    assert isinstance(clock, SystemClock)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)
    assert clock.now().tzinfo is UTC


def test_a_simulated_time_starts_at_its_anchor() -> None:
    clock = clock_from(clock_specification(START, speed=240, delay=timedelta(seconds=100)))
    assert clock.speed == 240
    ahead = START - clock.now()
    assert timedelta(seconds=99 * 240) < ahead <= timedelta(seconds=100.1 * 240)


def test_processes_with_the_same_figures_share_the_time() -> None:
    specification = clock_specification(START, speed=1000)
    one, other = clock_from(specification), clock_from(specification)
    first, second, third = one.now(), other.now(), one.now()
    slack = timedelta(seconds=5)
    assert first - slack <= second <= third + slack


async def test_at_a_thousand_times_the_speed_a_sleeper_is_late_by_seconds_only() -> None:
    clock = ScaledClock(START, anchor=time.time(), speed=1000)
    late = []
    for number in range(1, 6):
        due = START + number * timedelta(seconds=20) + timedelta(minutes=1)
        await clock.sleep_until(due)
        late.append(clock.now() - due)
    assert min(late) >= timedelta(0)
    assert sorted(late)[2] < timedelta(seconds=15)


async def test_a_moment_that_has_passed_is_not_waited_for() -> None:
    clock = ScaledClock(START, anchor=time.time(), speed=1)
    async with asyncio.timeout(20):
        await clock.sleep_until(START - HOUR)
        await SystemClock().sleep_until(datetime.now(UTC) - HOUR)


async def test_a_duration_passes_at_the_clocks_speed() -> None:
    clock, watch = ScaledClock(START, anchor=time.time(), speed=36_000), Stopwatch()
    await clock.sleep(HOUR)
    assert timedelta(seconds=0.09) < watch.elapsed < timedelta(minutes=1)


async def test_a_sleeper_can_be_cancelled() -> None:
    for clock in (SystemClock(), ScaledClock(START, anchor=time.time(), speed=2)):
        sleeping = asyncio.create_task(clock.sleep(HOUR))
        await asyncio.sleep(0)
        sleeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sleeping


@pytest.mark.parametrize(
    ("specification", "problem"),
    [
        ("tomorrow", "an @ or a"),
        ("2025-06-01T00:00:00@1*2", "no time zone"),
        ("2025-06-01T00:00:00Z@1*0", "not positive"),
        ("2025-06-01T00:00:00Z@1.2.3*4", "could not convert"),
        ("June@1*2", "Invalid isoformat"),
    ],
)
def test_a_wrong_specification_says_what_is_taken(specification: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        clock_from(specification)
    assert "START@ANCHOR*SPEED" in str(caught.value)
