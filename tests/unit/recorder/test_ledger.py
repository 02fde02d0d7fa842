from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.slots import SLOT
from darkstar_recorder.core.counters import SOC, Measurement
from darkstar_recorder.core.slots import AHEAD, GRACE, Ledger, boundary_soc

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=2)


def minute(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def measured(channel: str, number: float, value: float) -> Measurement:
    return Measurement(channel=channel, measured_at=minute(number), value=value)


def ledger_after(*readings: Measurement, now: datetime = LATER) -> Ledger:
    return Ledger().after(readings, now)


def test_channels_do_not_mix() -> None:
    ledger = ledger_after(
        measured("load", 0, 1), measured("pv", 0, 7), measured("load", 10, 2), measured("pv", 10, 9)
    )
    assert ledger.increments[NOON].kwh == {"load": pytest.approx(1), "pv": pytest.approx(2)}


def test_a_reading_from_the_future_is_no_reading() -> None:
    ledger = ledger_after(
        measured("load", 0, 1),
        Measurement(channel="load", measured_at=LATER + AHEAD + SLOT, value=9),
    )
    assert ledger.meters["load"].value == 1
    assert not ledger.increments


def test_a_slot_is_closed_when_all_channels_heard_in_it_are_past_its_end() -> None:
    readings = [measured("load", 0, 1), measured("pv", 1, 1), measured("load", 16, 2)]
    assert not ledger_after(*readings).settled(minute(16))
    readings.append(measured("pv", 15, 1))
    assert set(ledger_after(*readings).settled(minute(16))) == {NOON}


def test_a_slot_does_not_wait_for_a_channel_that_was_silent_all_through_it() -> None:
    ledger = ledger_after(
        measured("water", -100, 1), measured("load", 0, 1), measured("load", 16, 2)
    )
    assert NOON in ledger.settled(minute(16))


def test_a_slot_does_not_wait_for_ever() -> None:
    ledger = ledger_after(measured("load", 0, 1), measured("load", 8, 2))
    assert not ledger.settled(NOON + SLOT + GRACE - timedelta(seconds=1))
    assert ledger.settled(NOON + SLOT + GRACE) == {NOON: True}


@pytest.mark.parametrize(
    ("first", "last", "partial"),
    [(0, 15, False), (1, 15, True), (0, 14, True), (-20, 40, False)],
    ids=["exactly", "began late", "ended early", "all through"],
)
def test_a_slot_that_is_covered_in_part_says_so(first: float, last: float, partial: bool) -> None:
    ledger = ledger_after(measured("load", first, 1), measured("load", last, 2))
    assert ledger.settled(LATER)[NOON] is partial


def test_after_a_commit_nothing_is_counted_again() -> None:
    ledger = ledger_after(measured("load", 0, 1), measured("load", 20, 2))
    done = ledger.committed(ledger.settled(minute(21)))
    assert not done.increments
    assert done.waiting == {NOON + SLOT}
    more = done.after([measured("load", 25, 3)], LATER)
    assert more.increments[NOON + SLOT].kwh["load"] == pytest.approx(1)


def test_the_state_of_charge_belongs_to_both_slots_at_a_boundary() -> None:
    ledger = ledger_after(measured(SOC, 10, 40), measured(SOC, 20, 60))
    assert ledger.increments[NOON].soc_percent_end == pytest.approx(50)
    assert ledger.increments[NOON + SLOT].soc_percent_start == pytest.approx(50)


@pytest.mark.parametrize(
    ("readings", "found"),
    [
        ([(10, 40), (14, 60)], {}),
        ([(14, 40), (16, 60)], {15: 50}),
        ([(10, 40), (15, 60)], {15: 60}),
        ([(0, 40)], {0: 40}),
        ([(15, 40), (30, 60)], {30: 60}),
        ([(10, 40), (26, 60)], {}),
        ([(10, 40), (30, 60)], {30: 60}),
    ],
    ids=["none", "between", "on it", "first", "slot by slot", "too far apart", "measured anyway"],
)
def test_soc_at_boundaries(readings: list[tuple[float, float]], found: dict[float, float]) -> None:
    before = ledger_after(*(measured(SOC, at, value) for at, value in readings[:-1]))
    result = boundary_soc(before.meters.get(SOC), measured(SOC, *readings[-1]))
    assert {(at - NOON) / timedelta(minutes=1): soc for at, soc in result} == pytest.approx(found)


@given(
    st.lists(st.tuples(st.floats(0.1, 60), st.floats(0, 3)), min_size=2, max_size=40),
    st.sets(st.integers(0, 39)),
)
def test_restarts_and_commits_at_any_point_keep_the_total(
    steps: list[tuple[float, float]], commits: set[int]
) -> None:
    kept: dict[datetime, float] = {}
    ledger = Ledger()
    at, total = 0.0, 10.0
    stored = ledger
    for number, (later, more) in enumerate([(0.0, 0.0), *steps]):
        at, total = at + later, total + more
        ledger = ledger.after([measured("load", at, total)], LATER + SLOT * 400)
        if number in commits:
            for start, one in ledger.increments.items():
                kept[start] = kept.get(start, 0.0) + one.kwh["load"]
            ledger = stored = ledger.committed(())
        elif number % 3 == 2:  # killed: what was not committed is gone
            ledger = stored
    last = stored.meters.get("load")
    expected = 0.0 if last is None else last.value - _first(steps, commits)
    assert sum(kept.values()) == pytest.approx(expected, abs=1e-8)


def _first(steps: list[tuple[float, float]], commits: set[int]) -> float:
    """Value of the counter at the first reading that survived."""
    values = [10.0]
    for _, more in steps:
        values.append(values[-1] + more)
    begin = 0
    for number in range(len(values)):
        if number in commits:
            return values[begin]
        if number % 3 == 2:
            begin = number + 1
    return values[-1]


def test_the_first_state_of_charge_says_nothing_of_the_slot_before() -> None:
    assert set(ledger_after(measured(SOC, 0, 40)).increments) == {NOON}
