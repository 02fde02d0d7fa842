"""Training is due at a local time of some weekdays, and is caught up with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.config.forecasting import WEEKDAYS, Weekday
from darkstar_forecaster.core.schedule import Weekly

STOCKHOLM = ZoneInfo("Europe/Stockholm")
TWICE = Weekly(days=("tue", "fri"), at="03:00", zone=STOCKHOLM)
moments = st.integers(0, 4 * 365 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
subsets = st.sets(st.sampled_from(WEEKDAYS), min_size=1)
times = st.times().map(lambda one: f"{one:%H:%M}")
zones = st.sampled_from(["Europe/Stockholm", "Australia/Lord_Howe", "America/St_Johns", "UTC"])


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_it_is_due_on_its_days_at_its_local_time() -> None:
    now = utc("2026-01-07T12:00")  # Wednesday
    assert TWICE.last(now) == utc("2026-01-06T02:00")
    assert TWICE.next(now) == utc("2026-01-09T02:00")


def test_what_was_missed_is_due_until_it_is_done() -> None:
    now = utc("2026-01-07T12:00")
    assert TWICE.is_due(None, now)
    assert TWICE.is_due(utc("2026-01-06T01:59"), now)
    assert not TWICE.is_due(utc("2026-01-06T02:00"), now)


@pytest.mark.parametrize(
    ("at", "day", "expected"),
    [
        ("02:30", "2026-03-28T12:00", "2026-03-29T01:30"),  # the hour that is skipped
        ("02:30", "2026-10-24T12:00", "2026-10-25T00:30"),  # the first of two
        ("03:00", "2026-03-28T12:00", "2026-03-29T01:00"),
        ("03:00", "2026-10-24T12:00", "2026-10-25T02:00"),
    ],
)
def test_clock_changes(at: str, day: str, expected: str) -> None:
    assert Weekly(days=WEEKDAYS, at=at, zone=STOCKHOLM).next(utc(day)) == utc(expected)


@given(now=moments, days=subsets, at=times, zone=zones)
def test_now_lies_between_the_last_and_the_next(
    now: datetime, days: set[Weekday], at: str, zone: str
) -> None:
    weekly = Weekly(days=days, at=at, zone=ZoneInfo(zone))
    last, following = weekly.last(now), weekly.next(now)
    assert last <= now < following <= last + timedelta(days=8)
    assert weekly.next(last) == following
    assert WEEKDAYS[following.astimezone(ZoneInfo(zone)).weekday()] in days
