from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.slots import SLOT, slot_start
from darkstar_recorder.core.counters import Measurement, Meter, Portion, advance

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def at(minutes: float, kwh: float, channel: str = "load") -> Measurement:
    return Measurement(channel=channel, measured_at=NOON + timedelta(minutes=minutes), value=kwh)


def run(*readings: Measurement) -> tuple[Meter | None, list[Portion]]:
    meter: Meter | None = None
    portions: list[Portion] = []
    for reading in readings:
        meter, more = advance(meter, reading)
        portions.extend(more)
    return meter, portions


def by_slot(portions: list[Portion]) -> dict[int, float]:
    sums: dict[int, float] = {}
    for one in portions:
        number = (one.start - NOON) // SLOT
        sums[number] = sums.get(number, 0.0) + one.kwh
    return {number: round(kwh, 9) for number, kwh in sums.items()}


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        pytest.param([at(0, 5)], {}, id="the first reading is only a beginning"),
        pytest.param([at(0, 5), at(10, 6)], {0: 1.0}, id="inside a slot"),
        pytest.param([at(0, 5), at(15, 6)], {0: 1.0}, id="ends on the boundary"),
        pytest.param([at(10, 5), at(20, 6)], {0: 0.5, 1: 0.5}, id="across a boundary"),
        pytest.param([at(14, 5), at(16, 5.3)], {0: 0.15, 1: 0.15}, id="just across"),
        pytest.param([at(0, 5), at(60, 9)], {0: 1.0, 1: 1.0, 2: 1.0, 3: 1.0}, id="over an hour"),
        pytest.param([at(0, 5), at(10, 6), at(10, 9)], {0: 1.0}, id="same time twice"),
        pytest.param([at(0, 5), at(10, 6), at(5, 5.5)], {0: 1.0}, id="out of order"),
        pytest.param([at(0, 5), at(5, -1), at(10, 6)], {0: 1.0}, id="below zero"),
        pytest.param([at(0, 50), at(10, 2)], {0: 2.0}, id="reset"),
        pytest.param([at(0, 50), at(5, 49.999), at(10, 51)], {0: 1.0}, id="rounding"),
    ],
)
def test_energy_by_slot(readings: list[Measurement], expected: dict[int, float]) -> None:
    assert by_slot(run(*readings)[1]) == expected


@pytest.mark.parametrize(
    ("readings", "flags"),
    [
        ([at(0, 5), at(15, 6)], set()),
        ([at(0, 5), at(15.1, 6)], {"gap"}),
        ([at(0, 5), at(600, 5)], set()),
        ([at(0, 5), at(10, 1)], {"reset"}),
        ([at(0, 5), at(40, 1)], {"reset", "gap"}),
        ([at(0, 5), at(10, 4.99)], {"dip"}),
    ],
    ids=["clean", "gap", "nothing flowed, so nothing is assumed", "reset", "both", "dip"],
)
def test_flags(readings: list[Measurement], flags: set[str]) -> None:
    assert {flag for one in run(*readings)[1] for flag in one.flags} == flags


def test_a_dip_does_not_make_energy_when_it_ends() -> None:
    _, portions = run(at(0, 100), at(1, 99.9), at(2, 100), at(3, 100.5))
    assert sum(one.kwh for one in portions) == pytest.approx(0.5)


def test_a_meter_remembers_since_when_it_is_known() -> None:
    meter, _ = run(at(3, 1), at(9, 2), at(30, 3))
    assert meter == Meter(
        channel="load",
        first_at=NOON + timedelta(minutes=3),
        measured_at=NOON + timedelta(minutes=30),
        value=3,
    )


steps = st.lists(
    st.tuples(st.floats(0.01, 200), st.floats(0, 20)), min_size=1, max_size=30
)  # minutes and kWh between readings


def series(parts: list[tuple[float, float]], begin: float = 100.0) -> list[Measurement]:
    minutes, total, readings = 0.0, begin, [at(0, begin)]
    for later, more in parts:
        minutes, total = minutes + later, total + more
        readings.append(at(minutes, total))
    return readings


@given(steps)
def test_what_the_counter_grew_by_is_what_the_slots_have(parts: list[tuple[float, float]]) -> None:
    readings = series(parts)
    _, portions = run(*readings)
    assert sum(one.kwh for one in portions) == pytest.approx(
        readings[-1].value - readings[0].value, abs=1e-9
    )
    assert all(one.kwh >= 0 for one in portions)
    assert all(slot_start(one.start) == one.start for one in portions)


@given(steps, st.data())
def test_leaving_readings_out_moves_energy_but_loses_none(
    parts: list[tuple[float, float]], data: st.DataObject
) -> None:
    readings = series(parts)
    inner = readings[1:-1]
    kept = [one for one in inner if data.draw(st.booleans())]
    _, whole = run(*readings)
    _, chopped = run(readings[0], *kept, readings[-1])
    assert sum(one.kwh for one in chopped) == pytest.approx(sum(one.kwh for one in whole), abs=1e-9)


@given(steps, st.data())
def test_repeated_and_late_readings_change_nothing(
    parts: list[tuple[float, float]], data: st.DataObject
) -> None:
    readings = series(parts)
    noisy: list[Measurement] = []
    for number, one in enumerate(readings):
        noisy.append(one)
        noisy.extend(data.draw(st.lists(st.sampled_from(readings[: number + 1]), max_size=3)))
    assert run(*noisy) == run(*readings)


@given(steps, st.floats(0.1, 5))
def test_a_reset_counts_what_the_counter_shows(
    parts: list[tuple[float, float]], after: float
) -> None:
    before, again = series(parts), series(parts, begin=after)
    shift = before[-1].measured_at - NOON + timedelta(minutes=7)
    moved = [
        Measurement(channel="load", measured_at=one.measured_at + shift, value=one.value)
        for one in again
    ]
    _, portions = run(*before, *moved)
    grown = sum(more for _, more in parts)
    assert sum(one.kwh for one in portions) == pytest.approx(2 * grown + after, abs=1e-8)
