from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar_recorder.core.charge import boundary_soc
from darkstar_recorder.core.ledger import Ledger
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.readings import ENERGIES, SOC, Reading
from darkstar_recorder.core.slots import energies
from darkstar_recorder.core.thinning import thinned

MORNING = datetime(2026, 1, 1, tzinfo=UTC)
LATER = MORNING + timedelta(days=9)
FREE = Limits()
LIMITED = (
    FREE,
    Limits(kw={"load": 30.0}),
    Limits(kw={"load": 30.0}, steps_kwh={"load": 0.001}),
    Limits(kw={"load": 2.0}, steps_kwh={"load": 0.1}),
    Limits(kw={"load": 2.0}, steps_kwh={"load": 1.0}),
)


def readings(*steps: tuple[float, float], channel: str = "load") -> tuple[Reading, ...]:
    """A counter's readings by seconds since the one before, and growth [kWh]."""
    times = accumulate(seconds for seconds, _ in steps)
    values = accumulate((grown for _, grown in steps), initial=100.0)
    return tuple(
        Reading(
            channel=channel, measured_at=MORNING + timedelta(seconds=time), value=max(0.0, value)
        )
        for time, value in zip(times, list(values)[1:], strict=True)
    )


STEPS = st.lists(
    st.tuples(
        st.sampled_from([1.0, 10, 30, 300, 900, 4000, 20_000]),
        st.sampled_from([0.0, 0.01, 0.1, 0.9, 2.0, 40.0, -0.1, -60.0]),
    ),
    min_size=1,
    max_size=60,
)


@given(STEPS, st.sampled_from(LIMITED), st.lists(st.integers(0, 60), max_size=4))
@settings(max_examples=1500, deadline=None)
def test_fewer_readings_make_the_same_slots(
    steps: list[tuple[float, float]], limits: Limits, thinnings: list[int]
) -> None:
    """Thinned once or again and again, while more come."""
    all_of_them = readings(*steps)
    some: tuple[Reading, ...] = ()
    done = 0
    for until in (*sorted(min(one, len(all_of_them)) for one in thinnings), len(all_of_them)):
        some = (*some, *all_of_them[done:until])
        some, done = thinned(some, LATER, limits), until
    full = energies({"load": all_of_them}, limits=limits)
    less = energies({"load": some}, limits=limits)
    assert full.keys() == less.keys()
    for start, row in full.items():
        assert less[start].kwh == pytest.approx(row.kwh, abs=1e-6)
        assert less[start].flags == row.flags


@given(STEPS, STEPS, st.sampled_from(LIMITED))
@settings(max_examples=150, deadline=None)
def test_fewer_readings_of_two_counters_make_the_same_slots(
    one: list[tuple[float, float]], other: list[tuple[float, float]], limits: Limits
) -> None:
    """What stood still with the load is judged with it."""
    frozen = [(300.0, 0.0)] * 60
    all_of_them = {
        "load": readings(*one, *frozen, (300.0, 3.0)),
        "pv": readings(*other, *frozen, (300.0, 0.2), channel="pv"),
    }
    some = {channel: thinned(each, LATER, limits) for channel, each in all_of_them.items()}
    full, less = energies(all_of_them, limits=limits), energies(some, limits=limits)
    assert full.keys() == less.keys()
    for start, row in full.items():
        assert less[start].kwh == pytest.approx(row.kwh, abs=1e-6)
        assert less[start].flags == row.flags


def test_of_a_quiet_slot_two_readings_stay() -> None:
    steady = readings(*[(10.0, 0.01)] * 360)  # an hour, four slots and the end
    assert len(thinned(steady, LATER, FREE)) <= 2 * 4 + 2


def test_of_the_state_of_charge_two_readings_stay_as_well() -> None:
    falling = [
        Reading(channel=SOC, measured_at=MORNING + timedelta(seconds=10 * n), value=90 - n / 100)
        for n in range(360)
    ]
    some = thinned(falling, LATER, FREE)
    assert len(some) <= 2 * 4
    assert boundary_soc(some) == pytest.approx(boundary_soc(falling))


def test_what_is_late_may_still_come_between_the_newest() -> None:
    steady = readings(*[(10.0, 0.01)] * 360)
    assert thinned(steady, MORNING, FREE) == steady


def test_the_ledger_holds_little_however_often_the_meters_speak() -> None:
    ledger, now = Ledger(), MORNING
    for number in range(6 * 3600 // 10):
        now = MORNING + timedelta(seconds=10 * number)
        spoken = [
            Reading(channel=one, measured_at=now, value=100 + number / 100) for one in ENERGIES[:2]
        ]
        ledger = ledger.after(spoken, now)
        page = ledger.page(now)
        ledger = ledger.written(page) if page.closed else ledger
    # six hours at 10 s are 2,160 of each; about an hour and a half of them is held whole
    assert max(map(len, ledger.readings.values())) < 600
