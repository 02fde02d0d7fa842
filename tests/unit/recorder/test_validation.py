"""Recorded hours beside another memory's, and why they differ."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.slots import SLOT
from darkstar_recorder.core.flags import DIP, GAP, HOURLY, LUMP, RESET, SPIKE
from darkstar_recorder.core.readings import Reading
from darkstar_recorder.core.validation import (
    HOUR,
    Day,
    Difference,
    Missing,
    Slot,
    days_of,
    differences,
    hours_between,
    hours_of_slots,
    hours_of_sums,
    in_rows,
    missing_days,
    representative,
)

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)


def hour_of(kwh: float, *, hours: int = 0, flags: int = 0, **more: Any) -> list[Slot]:
    """An hour's four slots with `kwh` of load in all."""
    return [
        Slot(
            start=NOON + hours * HOUR + number * SLOT,
            kwh={"load": kwh / 4},
            flags={"load": flags} if flags and number == 1 else {},
            **more,
        )
        for number in range(4)
    ]


def compared(slots: list[Slot], **there: float) -> list[Difference]:
    """With what is said of hour h0, h1, … there."""
    other = {NOON + int(name[1:]) * HOUR: kwh for name, kwh in there.items()}
    looked_at = tuple(hours_between(NOON, NOON + 12 * HOUR))
    return list(differences(slots, {"load": other}, tolerance=0.1, looked_at=looked_at))


def causes(slots: list[Slot], **there: float) -> list[str | None]:
    return [one.cause for one in compared(slots, **there)]


def test_what_agrees_is_not_told() -> None:
    assert compared([*hour_of(1.0), *hour_of(2.0, hours=1)], h0=1.05, h1=1.92) == []


def test_a_difference_without_a_cause_is_unexplained() -> None:
    (found,) = compared(hour_of(1.0), h0=1.3)
    assert (found.hour, found.channel, found.other, found.cause) == (NOON, "load", 1.3, None)
    assert found.recorded == pytest.approx(1.0)
    assert str(found) == "2026-09-01 12:00 load: recorded 1.000 kWh, there 1.300 kWh: unexplained"


@pytest.mark.parametrize(
    ("flags", "cause"),
    [
        (GAP, "gap"),
        (LUMP, "lump"),
        (RESET, "reset"),
        (DIP | SPIKE, "dip, spike"),
        (GAP | HOURLY, "gap"),
    ],
)
def test_what_the_recorder_flagged_is_the_cause(flags: int, cause: str) -> None:
    assert causes(hour_of(1.0, flags=flags), h0=2.0) == [cause]


def test_that_an_hour_was_divided_does_not_explain_its_sum() -> None:
    assert causes(hour_of(1.0, flags=HOURLY), h0=2.0) == [None]


def test_an_hour_recorded_in_part_is_not_covered() -> None:
    assert causes(hour_of(1.0)[:3], h0=1.0) == ["not covered: 3 of 4 slots are recorded"]


def test_an_hour_that_nobody_tells_of_there_is_not_covered() -> None:
    (found,) = compared([*hour_of(1.0), *hour_of(1.0, hours=1)], h0=1.0)
    assert found.cause == "not covered: nothing is said of this hour there"
    assert "there unknown: " in str(found)


def test_little_energy_that_only_one_knows_is_not_told() -> None:
    assert compared(hour_of(0.05)) == []
    assert compared(hour_of(0.05)[:2], h0=0.05) == []


def test_energy_counted_in_the_hour_beside_it_is_rounding() -> None:
    slots = [*hour_of(1.2), *hour_of(0.8, hours=1)]
    rounding = "hourly rounding: counted in the hour beside it"
    assert causes(slots, h0=1.0, h1=1.0) == [rounding, rounding]
    assert causes(slots, h0=1.0, h1=1.25) == [None, None]


def test_a_row_from_a_file_is_another_source() -> None:
    assert causes(hour_of(1.0, source="import"), h0=2.0) == ["source differs: imported from a file"]


def test_hours_that_were_not_looked_at_are_not_compared() -> None:
    assert compared(hour_of(1.0), h0=1.0, h13=9.0) == []


def test_an_hour_of_which_nothing_is_recorded_is_missing() -> None:
    (found,) = compared(hour_of(1.0), h0=1.0, h5=9.0)
    assert (found.hour, found.recorded, found.other) == (NOON + 5 * HOUR, None, 9.0)
    assert found.cause == "not covered: 0 of 4 slots are recorded"


def test_hours_in_a_row_that_one_side_does_not_know_are_one_line() -> None:
    found = compared(hour_of(1.0), h0=1.0, h2=0.5, h3=0.75, h4=1.0, h7=2.0)
    first, second = in_rows(found)
    assert (first.hours, first.recorded, first.other) == (3, None, 2.25)
    assert str(first) == (
        "2026-09-01 14:00 to 2026-09-01 17:00 load: recorded unknown, there 2.250 kWh: "
        "not covered: 0 of 4 slots are recorded"
    )
    assert (second.hour, second.hours) == (NOON + 7 * HOUR, 1)


def test_hours_that_both_know_stay_lines_of_their_own() -> None:
    slots = [one for number in range(3) for one in hour_of(1.0, hours=number)]
    assert len(list(in_rows(compared(slots, h0=2.0, h1=2.0, h2=3.0)))) == 3


def test_missing_days_before_those_asked_for_are_left_out() -> None:
    known = {date(2026, 5, day) for day in (3, 9)}
    (found,) = missing_days(known, date(2026, 5, 9), date(2026, 5, 7))
    assert (found.first.day, found.last.day) == (7, 8)


def test_missing_days_in_a_row_are_one() -> None:
    known = {date(2026, 5, day) for day in (3, 4, 7, 9)}
    found = missing_days(known, date(2026, 5, 12))
    assert [(one.first.day, one.last.day) for one in found] == [(5, 6), (8, 8), (10, 12)]
    assert missing_days(set(), date(2026, 5, 12))[0].last == date(2026, 5, 12)


def test_a_missing_day_says_what_is_known_of_it_there() -> None:
    nobody = Missing(first=date(2026, 5, 1), last=date(2026, 5, 1))
    there = replace(nobody, last=date(2026, 5, 2), there={"pv": 3.0, "load": 21.5})
    known = "2026-05-01 to 2026-05-02: nothing is recorded, there load 21.500, pv 3.000 kWh"
    assert str(there) == f"{known}: not covered"
    assert str(nobody).endswith("nothing is known there either")


@given(st.lists(st.floats(0.2, 50), min_size=1, max_size=30), st.floats(-5, 5))
def test_exactly_the_hours_beyond_the_tolerance_are_told(kwh: list[float], off: float) -> None:
    slots = [one for number, some in enumerate(kwh) for one in hour_of(some, hours=number)]
    there = {NOON + number * HOUR: max(some + off, 0.0) for number, some in enumerate(kwh)}
    found = list(differences(slots, {"load": there}, tolerance=0.1, looked_at=tuple(there)))
    wanted = [
        at
        for (at, else_), some in zip(there.items(), kwh, strict=True)
        if abs(else_ - some) > 0.1 + 1e-9
    ]
    assert set(wanted) <= {one.hour for one in found}
    assert all(abs((one.recorded or 0) - (one.other or 0)) > 0.1 - 1e-9 for one in found)


def test_an_hour_of_sums_lies_between_two_of_them() -> None:
    sums = [(0, 5.0), (1, 7.0), (3, 9.0), (4, 9.5)]
    found = hours_of_sums(
        [Reading(channel="load", measured_at=NOON + at * HOUR, value=kwh) for at, kwh in sums]
    )
    assert found == {NOON: 2.0, NOON + 3 * HOUR: 0.5}


def test_an_hour_of_slots_needs_all_four() -> None:
    slots = [(NOON + number * SLOT, 0.5) for number in range(7)]
    assert hours_of_slots(slots) == {NOON: 2.0}


def year(load: float = 10.0) -> list[Day]:
    """From autumn to summer; more PV in summer, more load in winter."""
    return [
        Day(
            day=date(2025, 9, 1) + timedelta(days=number),
            load_kwh=load + 0.01 * min(number, 300 - number),
            pv_kwh=30 - 0.1 * abs(number - 280) + (number == 100),
        )
        for number in range(300)
    ]


def test_the_days_are_unlike_each_other() -> None:
    chosen = representative(year(), 9)
    assert len(chosen) == 9
    assert list(chosen) == sorted(chosen)
    assert {"recent", "high load", "high PV", "low load", "summer", "autumn"} <= set(
        chosen.values()
    )
    assert chosen[year()[-1].day] == "recent"


@given(st.integers(1, 400))
def test_as_many_days_as_wanted_or_as_there_are(count: int) -> None:
    days = year()
    chosen = representative(days, count)
    assert len(chosen) == min(count, len(days))
    assert set(chosen) <= {one.day for one in days}


def test_without_days_there_is_nothing_to_choose() -> None:
    assert representative([], 5) == {}


def test_days_have_their_sums() -> None:
    slots = [(NOON.date(), one) for one in hour_of(3.0)]
    later = NOON.date() + timedelta(days=1)
    found = days_of([*slots, (later, Slot(start=NOON, kwh={"pv": 2.0}))])
    assert found == (Day(day=NOON.date(), load_kwh=3.0), Day(day=later, pv_kwh=2.0))
