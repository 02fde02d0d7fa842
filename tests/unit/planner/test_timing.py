"""When the planner plans by the clock, and how soon it tries again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_planner.timing import LAG, jitter_of, next_slot_run, retry_after

MOST = timedelta(seconds=30)
SECONDS = st.integers(0, 30).map(lambda number: timedelta(seconds=number))
MOMENTS = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 (the time zone is the next argument)
    max_value=datetime(2040, 1, 1),  # noqa: DTZ001 (the same)
    timezones=st.just(UTC),
)


@given(now=MOMENTS, minutes=st.sampled_from([5, 15, 20, 60]), jitter=SECONDS)
def test_the_next_run_is_ahead_within_an_interval_and_a_little_into_a_slot(
    now: datetime, minutes: int, jitter: timedelta
) -> None:
    interval = timedelta(minutes=minutes)
    run = next_slot_run(now, interval, jitter=jitter)
    assert now < run <= now + interval
    begun = run - LAG - jitter
    assert (begun.minute % minutes, begun.second, begun.microsecond) == (0, 0, 0)


@given(site=st.text(max_size=20))
def test_a_house_has_its_own_jitter_and_keeps_it(site: str) -> None:
    drawn = jitter_of(site, MOST)
    assert drawn == jitter_of(site, MOST)
    assert timedelta(0) <= drawn <= MOST
    assert jitter_of(site, timedelta(0)) == timedelta(0)


def test_houses_differ() -> None:
    drawn = {jitter_of(f"house-{number}", timedelta(seconds=600)) for number in range(100)}
    assert len(drawn) > 80
    assert min(drawn) < timedelta(seconds=60)
    assert max(drawn) > timedelta(seconds=540)


@pytest.mark.parametrize(("failures", "seconds"), [(1, 60), (2, 120), (3, 300), (30, 300)])
def test_waits_longer_after_each_failure_up_to_five_minutes(failures: int, seconds: int) -> None:
    assert retry_after(failures) == timedelta(seconds=seconds)
