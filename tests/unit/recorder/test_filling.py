"""A backfill in pieces makes the slots that it makes at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.slots import SLOT
from darkstar_recorder.core.filling import (
    HISTORY,
    STATISTICS,
    Mark,
    Memory,
    edges,
    hour_after,
    piece,
)
from darkstar_recorder.core.flags import HOURLY
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.readings import SOC, Reading
from darkstar_recorder.core.slots import SlotEnergy

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def mark(channel: str = "load", memory: Memory = HISTORY) -> Mark:
    return Mark(channel=channel, entity=f"sensor.{channel}", memory=memory, start=NOON, until=NOON)


def readings(*pairs: tuple[float, float], channel: str = "load") -> list[Reading]:
    return [
        Reading(channel=channel, measured_at=NOON + minutes * MINUTE, value=value)
        for minutes, value in pairs
    ]


def in_pieces(
    all_of_it: list[Reading], ends: list[datetime], *, hourly: bool = False
) -> dict[datetime, SlotEnergy]:
    """The slots of a backfill that asks anew from each mark, as it does."""
    marks = {"load": mark()}
    found: dict[datetime, SlotEnergy] = {}
    for end in ends:
        after = marks["load"].until if marks["load"].last else NOON - HOUR
        asked = [one for one in all_of_it if after <= one.measured_at < end]
        done = piece(marks, {"load": asked}, limits=Limits(), hourly=hourly)
        marks = dict(done.marks)
        assert not found.keys() & {row.start for row in done.rows}, "a slot was made twice"
        found.update({row.start: row for row in done.rows})
    return found


growth = st.lists(st.tuples(st.integers(1, 90), st.integers(0, 2000)), min_size=2, max_size=60)


@given(growth, st.lists(st.integers(1, 3000), max_size=5))
def test_pieces_make_the_same_slots_as_one(steps: list[tuple[int, int]], cuts: list[int]) -> None:
    minutes, value, pairs = -30.0, 100.0, []
    for wait, grown in steps:
        minutes, value = minutes + wait, value + grown / 1000
        pairs.append((minutes, value))
    last = NOON + (minutes + 1) * MINUTE
    ends = [one for one in sorted(NOON + cut * MINUTE for cut in cuts) if one < last]
    whole = in_pieces(readings(*pairs), [last])
    cut_up = in_pieces(readings(*pairs), [*ends, last])
    assert cut_up.keys() == whole.keys()
    for start, row in whole.items():
        assert cut_up[start].kwh == pytest.approx(row.kwh, abs=1e-9)
        assert cut_up[start].flags == row.flags


@given(growth)
def test_energy_is_conserved_over_the_whole_slots(steps: list[tuple[int, int]]) -> None:
    grid = [
        (15.0 * number, float(sum(one for _, one in steps[:number])))
        for number in range(len(steps) + 1)
    ]
    found = in_pieces(readings(*grid), [NOON + 40 * DAY])
    assert sum(row.kwh["load"] for row in found.values()) == pytest.approx(grid[-1][1])


def test_the_last_slot_is_left_to_the_next_piece() -> None:
    done = piece(
        {"load": mark()},
        {"load": readings((0, 1), (15, 2), (25, 9))},
        limits=Limits(),
        hourly=False,
    )
    assert [row.start for row in done.rows] == [NOON]
    assert done.marks["load"].until == NOON + SLOT
    assert done.marks["load"].last == readings((15, 2))[0]


def test_before_the_first_reading_nothing_is_known() -> None:
    done = piece(
        {"load": mark()}, {"load": readings((20, 1), (45, 2))}, limits=Limits(), hourly=False
    )
    assert all(row.start >= NOON + SLOT for row in done.rows)


def test_what_lies_before_the_beginning_is_not_written() -> None:
    done = piece(
        {"load": mark()},
        {"load": readings((-60, 1), (0, 2), (60, 3))},
        limits=Limits(),
        hourly=False,
    )
    assert min(row.start for row in done.rows) == NOON


def test_nothing_new_changes_nothing() -> None:
    before = {"load": mark()}
    done = piece(before, {}, limits=Limits(), hourly=False)
    assert (done.rows, dict(done.marks)) == ((), before)


def test_hours_are_flagged_hourly_and_conserve_their_energy() -> None:
    hours = readings((0, 5), (60, 7), (120, 7), (180, 8))
    done = piece({"load": mark(memory=STATISTICS)}, {"load": hours}, limits=Limits(), hourly=True)
    assert [row.kwh["load"] for row in done.rows[:5]] == pytest.approx([0.5, 0.5, 0.5, 0.5, 0])
    assert all(row.flags["load"] & HOURLY for row in done.rows)
    assert done.marks["load"].until == NOON + 3 * HOUR


def test_channels_keep_to_their_own_pieces() -> None:
    behind = Mark(
        channel="pv", entity="sensor.pv", memory=HISTORY, start=NOON, until=NOON + HOUR,
        last=readings((60, 4), channel="pv")[0],
    )  # fmt: skip
    done = piece(
        {"load": mark(), "pv": behind},
        {
            "load": readings((0, 1), (60, 2), (75, 3)),
            "pv": readings((60, 4), (75, 5), channel="pv"),
        },
        limits=Limits(),
        hourly=False,
    )
    by_start = {row.start: row.kwh for row in done.rows}
    assert by_start[NOON] == {"load": pytest.approx(0.25)}
    assert by_start[NOON + HOUR] == {"load": 1.0, "pv": 1.0}


def test_the_state_of_charge_comes_along() -> None:
    soc = [
        Reading(channel=SOC, measured_at=NOON + minute * MINUTE, value=40.0 + minute)
        for minute in (0, 10, 20, 30)
    ]
    done = piece({SOC: mark(SOC)}, {SOC: soc}, limits=Limits(), hourly=False)
    assert [(row.start, row.soc_percent_start, row.soc_percent_end) for row in done.rows] == [
        (NOON, 40, 55),
        (NOON + SLOT, 55, 70),
    ]


@given(st.integers(1, 400), st.integers(1, 48))
def test_edges_cover_the_time_and_are_the_same_on_every_day(hours: int, length: int) -> None:
    end = NOON + hours * HOUR
    found = edges(NOON, end, length * HOUR)
    assert found[-1] == end
    assert all(after > one for one, after in pairwise((NOON, *found)))
    assert set(edges(found[0], end, length * HOUR)) | {found[0]} == set(found)


@pytest.mark.parametrize(("minutes", "hours"), [(0, 0), (1, 1), (59.9, 1), (60, 1), (61, 2)])
def test_the_hour_after(minutes: float, hours: int) -> None:
    assert hour_after(NOON + minutes * MINUTE) == NOON + hours * HOUR


def test_a_mark_serves_who_asks_for_no_more() -> None:
    one = mark()
    assert one.serves("sensor.load", NOON)
    assert not one.serves("sensor.load", NOON - SLOT)
    assert not one.serves("sensor.other", NOON)
