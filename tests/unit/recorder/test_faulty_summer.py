"""A house of counters with everything that has gone wrong with them, each alone and all at once.

The truth is known; what the counters showed of it is made faulty and comes as it comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random

import pytest
from support.faulty_meters import (
    DOUBTED,
    FAULTS,
    HOUR,
    LIMITS,
    REAL,
    Fault,
    Shown,
    anywhere,
    assert_right,
    generated,
    shown,
    summer,
    with_all,
)
from support.replaying import Replay, messages

from darkstar_common.slots import SLOT
from darkstar_recorder.core.flags import GAP, LUMP, RESET, SPIKE
from darkstar_recorder.core.slots import SlotEnergy, energies
from darkstar_recorder.core.usual import Known

SPRING, AUTUMN = date(2026, 3, 24), date(2026, 10, 20)
"""Five days later the clocks are set forward, or back."""
WEEKS = {"spring": timedelta(weeks=-18), "autumn": timedelta(weeks=8)}
"""So much later, the real summer has a night in it in which the clocks are set."""
needs_data = pytest.mark.skipif(not REAL.exists(), reason=f"{REAL} is not there")


@cache
def week(start: date) -> Shown:
    return shown(generated(start, 7))


def worked_out(house: Shown) -> dict[datetime, SlotEnergy]:
    return energies({"any": house.readings}, limits=LIMITS)


def flagged(rows: Mapping[datetime, SlotEnergy], channel: str, flag: int) -> set[datetime]:
    return {start for start, row in rows.items() if row.flags.get(channel, 0) & flag}


def test_without_a_fault_nothing_is_doubted() -> None:
    rows = worked_out(week(SPRING))
    assert_right(rows.values(), week(SPRING))
    assert not any(row.flags for row in rows.values())


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_each_fault_alone_is_right_where_it_can_be_known(fault: Fault) -> None:
    house = fault(week(SPRING))
    assert house.readings != week(SPRING).readings
    assert_right(worked_out(house).values(), house)


@pytest.mark.parametrize("start", [SPRING, AUTUMN], ids=["spring", "autumn"])
def test_all_faults_at_once_are_right_where_it_can_be_known(start: date) -> None:
    house = with_all(week(start))
    rows = worked_out(house)
    assert_right(rows.values(), house)
    doubted = sum(len(flagged(rows, channel, DOUBTED)) for channel in house.truth)
    assert doubted < len(rows) * len(house.truth) / 4


@pytest.mark.parametrize("seed", range(3))
def test_faults_at_any_time_are_right_where_it_can_be_known(seed: int) -> None:
    house = anywhere(week(SPRING), Random(seed))  # noqa: S311 (no secret)
    assert_right(worked_out(house).values(), house)


def test_each_fault_has_its_flag() -> None:
    house = with_all(week(AUTUMN))
    rows = worked_out(house)
    for channel in ("load", "pv", "import", "water", "ev"):
        assert len(flagged(rows, channel, RESET)) >= 1
        assert flagged(rows, channel, SPIKE) >= {house.at(day) + 11.5 * HOUR for day in (1, 6)}
    assert len(flagged(rows, "load", GAP)) > 8 * HOUR / SLOT
    assert 17 * HOUR / SLOT <= len(flagged(rows, "load", LUMP)) <= 19 * HOUR / SLOT


def test_restarts_and_lost_batches_make_the_same_slots(tmp_path: Path) -> None:
    house = with_all(shown(generated(AUTUMN, 7), parts=2))
    told = list(messages(house.readings))
    replay = Replay(tmp_path / "history.duckdb", LIMITS, house.first)
    chance, place = Random(5), 0  # noqa: S311 (no secret)
    while place < len(told):
        piece = told[place : place + chance.randint(20, 900)]
        replay.take(piece)
        if chance.random() < 1 / 5:  # killed before the batch was on disk, so it comes again
            replay.restart()
            continue
        replay.write()
        place += len(piece) - min(chance.randint(0, 30), len(piece) // 2)  # some come twice
        if chance.random() < 1 / 5:
            replay.restart()
    replay.now += HOUR
    replay.write()
    found = replay.store.slots(house.first - HOUR, replay.now)
    replay.store.close()
    assert_right(found, house)
    assert_same(worked_out(house), {row.start: row for row in found})


def assert_same(wanted: Mapping[datetime, SlotEnergy], found: Mapping[datetime, Known]) -> None:
    assert wanted.keys() == found.keys()
    for start, row in wanted.items():
        assert found[start].kwh == pytest.approx(row.kwh, abs=1e-9)
        assert dict(found[start].flags) == {name: mask for name, mask in row.flags.items() if mask}


@pytest.mark.realdata
@needs_data
@pytest.mark.parametrize("later", WEEKS.values(), ids=WEEKS)
def test_a_real_summer_with_all_faults_is_right_where_it_can_be_known(later: timedelta) -> None:
    house = with_all(shown(summer(later), parts=2))
    assert_right(worked_out(house).values(), house)


@pytest.mark.realdata
@needs_data
def test_weeks_of_a_real_summer_are_the_same_in_the_file(tmp_path: Path) -> None:
    house = with_all(shown(summer(WEEKS["autumn"], days=28, since=40), parts=2))
    replay = Replay(tmp_path / "history.duckdb", LIMITS, house.first)
    told = list(messages(house.readings))
    for number, place in enumerate(range(0, len(told), 1500)):
        replay.take(told[place : place + 1500])
        replay.write()
        if number % 4 == 0:
            replay.restart()
    replay.now += HOUR
    replay.write()
    found = replay.store.slots(house.first - HOUR, replay.now)
    replay.store.close()
    assert_same(worked_out(house), {row.start: row for row in found})
