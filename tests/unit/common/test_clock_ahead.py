"""A clock that jumps while its process runs, as a machine's does when its time is set."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from darkstar_common.runtime import Clock, Stopwatch, clock_from, clock_specification
from darkstar_common.runtime.ahead import Ahead, set_ahead

START = datetime(2025, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
SPEED = 3600.0


def jumping(path: Path, *, speed: float = 1.0) -> Clock:
    return clock_from(f"{clock_specification(START, speed=speed)}+{path}")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ahead"
    set_ahead(path, timedelta(0))
    return path


@pytest.mark.parametrize("by", [2 * HOUR, -2 * HOUR, timedelta(days=400), timedelta(0)])
def test_a_running_clock_jumps_by_what_the_file_says(file: Path, by: timedelta) -> None:
    clock = jumping(file)
    before = clock.now()
    set_ahead(file, by)
    assert by <= clock.now() - before < by + timedelta(seconds=5)
    set_ahead(file, timedelta(0))
    assert abs(clock.now() - before) < timedelta(seconds=5)


def test_a_shorter_figure_leaves_nothing_of_a_longer_one(file: Path) -> None:
    ahead = Ahead(file)
    for by in (timedelta(days=365), timedelta(seconds=7), timedelta(seconds=-1)):
        set_ahead(file, by)
        assert ahead.by() == by
    ahead.close()


def test_a_process_that_starts_meanwhile_is_as_wrong(file: Path) -> None:
    set_ahead(file, 2 * HOUR)
    assert abs(jumping(file).now() - START - 2 * HOUR) < timedelta(seconds=5)


async def test_a_sleeper_wakes_soon_after_the_clock_jumped_past_its_time(file: Path) -> None:
    clock = jumping(file, speed=SPEED)
    sleeping = asyncio.create_task(clock.sleep_until(START + timedelta(days=30)))
    await asyncio.sleep(0)
    set_ahead(file, timedelta(days=31))
    async with asyncio.timeout(20):
        await sleeping


async def test_a_sleeper_wakes_soon_after_the_clock_was_set_back(file: Path) -> None:
    clock = jumping(file, speed=SPEED)
    set_ahead(file, 2 * HOUR)
    sleeping = asyncio.create_task(clock.sleep_until(clock.now() + timedelta(days=30)))
    await asyncio.sleep(0)
    set_ahead(file, timedelta(0))
    async with asyncio.timeout(20):
        await sleeping


async def test_a_clock_that_is_only_kept_right_wakes_nobody(file: Path) -> None:
    clock = jumping(file, speed=SPEED)
    set_ahead(file, timedelta(seconds=50))
    end = clock.now() + timedelta(minutes=10)
    sleeping = asyncio.create_task(clock.sleep_until(end))
    await asyncio.sleep(0)
    set_ahead(file, timedelta(0))
    await sleeping
    assert clock.now() >= end


async def test_a_duration_is_no_shorter_for_a_jump(file: Path) -> None:
    clock, watch = jumping(file, speed=SPEED), Stopwatch()
    sleeping = asyncio.create_task(clock.sleep(HOUR / 6))
    await asyncio.sleep(0)
    set_ahead(file, timedelta(days=31))
    await sleeping
    assert watch.elapsed >= timedelta(seconds=0.16)


def test_a_file_that_is_missing_or_holds_no_figure_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"No such file.*START@ANCHOR\*SPEED"):
        jumping(tmp_path / "nowhere")
    (tmp_path / "words").write_text("tomorrow")
    with pytest.raises(ValueError, match=r"could not convert.*START@ANCHOR\*SPEED"):
        jumping(tmp_path / "words")


def test_a_clock_without_a_file_is_as_before() -> None:
    clock = clock_from(clock_specification(START, speed=1))
    assert abs((clock.now() - START).total_seconds()) < 5
