from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.executor.samples import NOON

from darkstar_common.contract import Override
from darkstar_common.slots import SLOT, slot_start
from darkstar_executor.core.wishes import NO_WISHES, Wishes
from darkstar_executor.timing import next_multiple, next_tick

MINUTE = timedelta(minutes=1)


def at(minute: float) -> datetime:
    return NOON + minute * MINUTE


@pytest.mark.parametrize(
    ("now", "interval", "expected"),
    [
        (at(0), MINUTE, at(1)),
        (at(0.5), MINUTE, at(1)),
        (at(13), 10 * MINUTE, at(15)),
        (at(15), 10 * MINUTE, at(20)),
        (at(14.9), 60 * MINUTE, at(15)),
    ],
)
def test_ticks_are_on_the_clock_and_at_each_slot(
    now: datetime, interval: timedelta, expected: datetime
) -> None:
    assert next_tick(now, interval, NO_WISHES) == expected


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(paused_until=at(0.3)),
        Wishes(water_boost_until=at(0.3)),
        Wishes(override=Override(action="hold", until=at(0.3))),
    ],
)
def test_a_wish_ends_at_its_time(wishes: Wishes) -> None:
    assert next_tick(at(0), MINUTE, wishes) == at(0.3)
    assert next_tick(at(0.3), MINUTE, wishes) == at(1)


@given(st.integers(0, 10**9), st.floats(0.1, 3600))
def test_time_always_goes_on(microseconds: int, seconds: float) -> None:
    now = NOON + timedelta(microseconds=microseconds)
    interval = timedelta(seconds=seconds)
    assert now < next_multiple(now, interval) <= now + interval
    assert now < next_tick(now, interval, NO_WISHES) <= slot_start(now) + SLOT
