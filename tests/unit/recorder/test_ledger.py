from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.slots import SLOT
from darkstar_recorder.core.flags import PARTIAL
from darkstar_recorder.core.ledger import AHEAD, GRACE, WINDOW, Ledger, Page
from darkstar_recorder.core.readings import SOC, Reading
from darkstar_recorder.core.slots import SlotEnergy, energies

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=1)


def minute(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def measured(channel: str, number: float, value: float) -> Reading:
    return Reading(channel=channel, measured_at=minute(number), value=value)


def ledger_after(*readings: Reading, now: datetime = LATER) -> Ledger:
    return Ledger().after(readings, now)


def closed(ledger: Ledger, now: datetime) -> set[datetime]:
    return set(ledger.page(now).closed)


def test_nothing_new_is_an_empty_page() -> None:
    ledger = ledger_after(measured("load", 0, 1), measured("load", 16, 2))
    done = ledger.written(ledger.page(minute(16)))
    assert ledger.page(minute(16))
    assert not done.page(minute(16))
    assert not Page()


def test_a_reading_from_the_future_is_no_reading() -> None:
    wrong = Reading(channel="load", measured_at=LATER + AHEAD + SLOT, value=9)
    assert ledger_after(wrong) == Ledger()


def test_a_slot_is_closed_when_all_channels_heard_in_it_are_past_its_end() -> None:
    readings = [measured("load", 0, 1), measured("pv", 1, 1), measured("load", 16, 2)]
    assert not closed(ledger_after(*readings), minute(16))
    readings.append(measured("pv", 15, 1))
    assert closed(ledger_after(*readings), minute(16)) == {NOON}


def test_a_slot_does_not_wait_for_a_channel_that_was_silent_all_through_it() -> None:
    ledger = ledger_after(
        measured("water", -100, 1), measured("load", 0, 1), measured("load", 16, 2)
    )
    assert NOON in closed(ledger, minute(16))


def test_a_slot_does_not_wait_for_ever() -> None:
    ledger = ledger_after(measured("load", 0, 1), measured("load", 8, 2))
    assert not closed(ledger, NOON + SLOT + GRACE - timedelta(seconds=1))
    (row,) = ledger.page(NOON + SLOT + GRACE).rows
    assert (row.start, row.flags) == (NOON, {"load": PARTIAL})


def test_a_late_reading_corrects_the_slots_it_touches_and_no_others() -> None:
    ledger = ledger_after(*(measured("load", number, 10 + number / 15) for number in (0, 15, 45)))
    done = ledger.written(ledger.page(minute(60)))
    late = done.after([measured("load", 30, 12.8)], LATER)
    rows = late.page(minute(60)).rows
    assert [row.start for row in rows] == [minute(15), minute(30)]
    assert [row.kwh["load"] for row in rows] == pytest.approx([1.8, 0.2])


def test_a_repeated_reading_is_not_written_again() -> None:
    ledger = ledger_after(measured("load", 0, 1), measured("load", 16, 2))
    done = ledger.written(ledger.page(minute(16)))
    assert not done.after([measured("load", 0, 1), measured("load", 16, 2)], LATER).fresh


def test_a_battery_that_discharges_corrects_nothing() -> None:
    """Else all of the last days were worked out with each of its readings."""
    ledger = ledger_after(*(measured(SOC, number, 90 - number) for number in range(40)))
    done = ledger.written(ledger.page(minute(40)))
    assert done.until == minute(30)
    assert not done.after([measured(SOC, 41, 49), measured(SOC, 42, 48)], LATER).corrected
    assert done.after([measured(SOC, 22.5, 80)], LATER).corrected


def test_what_a_restart_left_unannounced_is_announced() -> None:
    page = Ledger(unannounced=(NOON,)).page(LATER)
    assert page.closed == (NOON,)
    assert not page.rows


def test_the_memory_of_a_ledger_is_bounded() -> None:
    ledger, most = Ledger(), 0
    for number in range(600):
        at = NOON + number * SLOT
        ledger = ledger.after([Reading(channel="load", measured_at=at, value=number)], at)
        ledger = ledger.written(ledger.page(at))
        most = max(most, len(ledger.readings["load"]), len(ledger.rows))
    assert most <= WINDOW / SLOT + 10


def test_what_is_older_than_the_memory_is_left_to_the_store() -> None:
    ledger = Ledger()
    for number in range(0, 600, 2):
        at = NOON + number * SLOT
        ledger = ledger.after([Reading(channel="load", measured_at=at, value=number)], at)
        ledger = ledger.written(ledger.page(at))
    late = ledger.after([Reading(channel="load", measured_at=NOON + SLOT, value=1)], LATER)
    page = late.page(NOON + 600 * SLOT)
    assert page.anew is not None
    assert page.anew[0] <= NOON + SLOT
    assert not page.rows


readings_of_a_day = st.lists(
    st.tuples(st.floats(0.1, 60), st.floats(0, 3)), min_size=2, max_size=40
)


@given(readings_of_a_day, st.sets(st.integers(0, 39)))
def test_restarts_and_commits_at_any_point_make_the_same_slots(
    steps: list[tuple[float, float]], commits: set[int]
) -> None:
    """A store that loses what was not committed, and is brought it again."""
    rows: dict[datetime, SlotEnergy] = {}
    kept: list[Reading] = []
    brought: list[Reading] = []
    ledger = stored = Ledger()
    at, total = 0.0, 10.0
    for number, (later, more) in enumerate(steps):
        at, total = at + later, total + more
        brought.append(measured("load", at, total))
        ledger = ledger.after([brought[-1]], minute(at))
        if number in commits:
            page = ledger.page(minute(at))
            kept += page.readings
            rows |= {row.start: row for row in page.rows}
            ledger = stored = ledger.written(page)
        elif number % 3 == 2:  # killed; the broker brings again what was not acknowledged
            ledger = stored.after(brought, minute(at))
    page = ledger.page(minute(at + 60))
    rows |= {row.start: row for row in page.rows}
    assert {start: row for start, row in rows.items() if row.kwh} == energies({"load": brought})
    # what is brought again may be written again, which changes nothing in the store
    written = {one.measured_at for one in (*kept, *page.readings)}
    assert written == {one.measured_at for one in brought}
