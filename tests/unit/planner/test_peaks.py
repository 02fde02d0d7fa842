"""The month's highest hourly imports, from closed slots of a quarter of an hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar_common.config import Peak
from darkstar_common.contract import Service, SlotObservation
from darkstar_common.slots import SLOT, slot_start
from darkstar_planner.core.peaks import ImportRecord, month_start

HOUR = timedelta(hours=1)
STOCKHOLM = ZoneInfo("Europe/Stockholm")
KOLKATA = ZoneInfo("Asia/Kolkata")
ALWAYS = Peak(hours=tuple(range(24)), weekdays_only=False, top_n=3)
WEDNESDAY = datetime(2026, 1, 14, tzinfo=UTC)
LATER = datetime(2026, 1, 31, tzinfo=UTC)


def observed(start: datetime, import_kwh: float | None) -> SlotObservation:
    return SlotObservation(
        sender=Service.RECORDER, emitted_at=start + SLOT, start=start, import_kwh=import_kwh
    )


def record(*slots: tuple[datetime, float | None]) -> ImportRecord:
    made = ImportRecord()
    for start, kwh in slots:
        made = made.observed(observed(start, kwh))
    return made


def hour(start: datetime, kw: float) -> list[tuple[datetime, float | None]]:
    """Four slots of a mean import."""
    return [(start + number * SLOT, kw / 4) for number in range(4)]


def test_the_highest_hours_come_first_and_no_more_than_count() -> None:
    slots = [one for number in range(6) for one in hour(WEDNESDAY + number * HOUR, 1.0 + number)]
    assert record(*slots).highest(ALWAYS, STOCKHOLM, LATER) == pytest.approx((6.0, 5.0, 4.0))


def test_nothing_imported_yet_is_no_hour() -> None:
    assert ImportRecord().highest(ALWAYS, STOCKHOLM, LATER) == ()
    assert record((WEDNESDAY, None)).highest(ALWAYS, STOCKHOLM, LATER) == ()


def test_a_later_observation_corrects_the_slot() -> None:
    twice = record(*hour(WEDNESDAY, 8.0), (WEDNESDAY, 0.5))
    assert twice.highest(ALWAYS, STOCKHOLM, LATER) == pytest.approx((6.5,))


def test_an_hour_of_which_slots_are_unknown_is_not_guessed_higher() -> None:
    assert record((WEDNESDAY, 2.0)).highest(ALWAYS, STOCKHOLM, LATER) == pytest.approx((2.0,))


def test_an_hour_that_is_not_over_is_left_to_the_plan() -> None:
    known = record(*hour(WEDNESDAY, 8.0))
    assert known.highest(ALWAYS, STOCKHOLM, WEDNESDAY + HOUR - SLOT) == ()
    assert known.highest(ALWAYS, STOCKHOLM, WEDNESDAY + HOUR) == pytest.approx((8.0,))


def test_only_the_hours_of_the_tariff_count() -> None:
    known = record(*hour(WEDNESDAY + 5 * HOUR, 9.0), *hour(WEDNESDAY + 6 * HOUR, 2.0))
    # 05 UTC is 6 o'clock in Stockholm, one too early
    assert known.highest(Peak(), STOCKHOLM, LATER) == pytest.approx((2.0,))


def test_a_saturday_counts_nothing_where_only_weekdays_do() -> None:
    known = record(*hour(datetime(2026, 1, 17, 12, tzinfo=UTC), 9.0))
    assert known.highest(Peak(), STOCKHOLM, LATER) == ()
    assert known.highest(ALWAYS, STOCKHOLM, LATER) == pytest.approx((9.0,))


def test_a_month_begins_at_local_midnight() -> None:
    # 23 UTC on the last of December is the first hour of January in Stockholm
    old = hour(datetime(2025, 12, 31, 22, tzinfo=UTC), 9.0)
    new = hour(datetime(2025, 12, 31, 23, tzinfo=UTC), 4.0)
    assert record(*old, *new).highest(ALWAYS, STOCKHOLM, LATER) == pytest.approx((4.0,))


def test_a_new_month_begins_with_nothing() -> None:
    known = record(*hour(WEDNESDAY, 8.0))
    assert known.highest(ALWAYS, STOCKHOLM, datetime(2026, 2, 1, tzinfo=UTC)) == ()


def test_the_hour_that_comes_twice_is_two_hours() -> None:
    # 02:00 to 03:00 local happens at 00 UTC and again at 01 UTC
    first, second = (datetime(2026, 10, 25, one, tzinfo=UTC) for one in (0, 1))
    at_two = Peak(hours=(2,), weekdays_only=False, top_n=3)
    known = record(*hour(first, 3.0), *hour(second, 5.0))
    later = datetime(2026, 10, 26, tzinfo=UTC)
    assert known.highest(at_two, STOCKHOLM, later) == pytest.approx((5.0, 3.0))


def test_hours_follow_the_clock_where_it_is_half_an_hour_off() -> None:
    # a full hour in Kolkata begins at half past in UTC
    start = datetime(2026, 1, 14, 6, 30, tzinfo=UTC)
    assert start.astimezone(KOLKATA).hour == 12
    assert record(*hour(start, 7.0)).highest(ALWAYS, KOLKATA, LATER) == pytest.approx((7.0,))


def test_slots_older_than_a_month_are_forgotten() -> None:
    known = record(*hour(WEDNESDAY, 8.0), (WEDNESDAY + timedelta(days=33), 1.0))
    assert len(known.slots) == 1


MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)).map(  # noqa: DTZ001 (made UTC)
    lambda one: one.replace(tzinfo=UTC)
)


@settings(deadline=None)
@given(now=MOMENTS)
def test_a_month_has_begun_within_31_days_and_at_midnight(now: datetime) -> None:
    begun = month_start(now, STOCKHOLM)
    local = begun.astimezone(STOCKHOLM)
    assert (local.day, local.hour, local.minute) == (1, 0, 0)
    assert timedelta(0) <= now - begun <= timedelta(days=31, hours=1)


@settings(deadline=None)
@given(
    now=MOMENTS,
    kwh=st.lists(st.floats(0, 3), min_size=1, max_size=60),
    top=st.integers(1, 5),
)
def test_what_is_found_is_within_the_month_and_never_above_what_was_imported(
    now: datetime, kwh: list[float], top: int
) -> None:
    first = slot_start(now) - len(kwh) * SLOT
    known = record(*((first + number * SLOT, one) for number, one in enumerate(kwh)))
    peak = Peak(hours=tuple(range(24)), weekdays_only=False, top_n=top)
    found = known.highest(peak, STOCKHOLM, now)
    assert len(found) <= top
    assert list(found) == sorted(found, reverse=True)
    assert sum(found) <= sum(kwh) + 1e-9
    assert all(one <= 4 * max(kwh) + 1e-9 for one in found)
