"""The slot grid is on UTC; local days have 92, 96 or 100 slots."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.slots import SLOT, day_slots, local_day, on_grid, slot_start, slots_between

STOCKHOLM = ZoneInfo("Europe/Stockholm")
moments = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.timezones())  # noqa: DTZ001 (Hypothesis adds the zone)


@given(moment=moments)
def test_a_moment_lies_in_its_slot(moment: datetime) -> None:
    start = slot_start(moment)
    assert start <= moment < start + SLOT
    assert on_grid(start)
    assert start.utcoffset() == timedelta(0)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        slot_start(datetime(2026, 1, 1))  # noqa: DTZ001 (the point)


@pytest.mark.parametrize(
    ("day", "count"),
    [(date(2026, 3, 28), 96), (date(2026, 3, 29), 92), (date(2026, 10, 25), 100)],
)
def test_a_local_day_has_as_many_slots_as_the_clock_allows(day: date, count: int) -> None:
    assert len(day_slots(day, STOCKHOLM)) == count


@given(day=st.dates(date(1980, 1, 1), date(2090, 1, 1)), zone=st.timezones())
def test_local_days_follow_each_other_without_a_hole(day: date, zone: ZoneInfo) -> None:
    if day + timedelta(days=1) == date(2011, 12, 30):
        return  # Samoa skipped that day altogether
    assert local_day(day, zone)[1] == local_day(day + timedelta(days=1), zone)[0]


def test_slots_between_covers_both_ends() -> None:
    start = datetime(2026, 1, 1, 0, 7, tzinfo=UTC)
    found = slots_between(start, start + timedelta(minutes=30))
    assert [one.minute for one in found] == [0, 15, 30]
    assert slots_between(start, start - timedelta(hours=1)) == ()


def test_an_odd_offset_is_counted_on_utc() -> None:
    kathmandu = timezone(timedelta(hours=5, minutes=45))
    moment = datetime(2026, 1, 1, 6, 0, tzinfo=kathmandu)
    assert slot_start(moment) == datetime(2026, 1, 1, 0, 15, tzinfo=UTC)
