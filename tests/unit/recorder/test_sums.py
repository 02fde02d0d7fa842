"""Sums of statistics as counters would show them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_recorder.core.filling import STATISTICS, Mark, piece
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.readings import Reading
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.core.sums import lifted

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def hours(*values: float) -> list[Reading]:
    return [
        Reading(channel="load", measured_at=NOON + number * HOUR, value=value)
        for number, value in enumerate(values)
    ]


def filled(*values: float, cut: int | None = None) -> dict[datetime, SlotEnergy]:
    """The slots of these sums, fetched at once or in two pieces."""
    told = hours(*values)
    marks = {
        "load": Mark(
            channel="load", entity="sensor.load", memory=STATISTICS, start=NOON, until=NOON
        )
    }
    found: dict[datetime, SlotEnergy] = {}
    pieces = [told] if cut is None else [told[:cut], told]
    for number, some in enumerate(pieces, start=1):
        asked = [one for one in some if one.measured_at >= marks["load"].until]
        more = {"load"} if number < len(pieces) else set[str]()
        done = piece(marks, {"load": asked}, limits=Limits(), hourly=True, more=more)
        marks = dict(done.marks)
        found |= {row.start: row for row in done.rows}
    return found


def hourly(found: dict[datetime, SlotEnergy]) -> list[float | None]:
    """The energy of each hour up to the last; None: it is unknown [kWh]."""
    count = int((max(found) - NOON) / HOUR) + 1
    told: list[float | None] = []
    for number in range(count):
        slots = [found.get(NOON + number * HOUR + part * HOUR / 4) for part in range(4)]
        known = [row.kwh["load"] for row in slots if row and "load" in row.kwh]
        told.append(sum(known) if known else None)
    return told


@pytest.mark.parametrize("cut", [None, 2, 3])
@pytest.mark.parametrize(
    "values", [(-3.0, -2.5, -1.0, 1.0), (-0.2, -0.1, 0.0, 0.5), (-900.0, -899.0, -898.0, -897.5)]
)
def test_a_sum_below_zero_is_as_good_as_another(values: tuple[float, ...], cut: int | None) -> None:
    wanted = [after - before for before, after in pairwise(values)]
    assert hourly(filled(*values, cut=cut)) == pytest.approx(wanted)


def test_a_small_sum_that_falls_is_no_reset() -> None:
    found = filled(0.5, 0.4, 0.9)
    assert hourly(found) == [None, pytest.approx(0.5)]


@pytest.mark.parametrize("cut", [None, 3, 4])
def test_after_a_step_back_it_counts_on_and_that_hour_is_unknown(cut: int | None) -> None:
    found = filled(100.0, 101.0, 102.0, 40.0, 41.5, 42.0, cut=cut)
    assert hourly(found) == [
        pytest.approx(1.0), pytest.approx(1.0), None, pytest.approx(1.5), pytest.approx(0.5),
    ]  # fmt: skip


def test_rounding_is_no_step_back() -> None:
    assert hourly(filled(7.3, 7.299999999, 7.5)) == pytest.approx([0.0, 0.2], abs=1e-6)


@given(st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=30))
def test_what_is_lifted_never_falls_and_rises_as_it_did(values: list[float]) -> None:
    told = hours(*values)
    once = lifted(told).readings
    assert all(one.value >= 0 for one in once)
    for (before, after), (one, other) in zip(pairwise(once), pairwise(told), strict=True):
        assert after.value - before.value == pytest.approx(
            max(0.0, other.value - one.value), abs=1e-6
        )
