from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.slots import SLOT, slot_start
from darkstar_recorder.core import flags
from darkstar_recorder.core.charge import boundary_soc
from darkstar_recorder.core.readings import SOC, Reading
from darkstar_recorder.core.slots import SlotEnergy, energies

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def at(minutes: float, value: float, channel: str = "load") -> Reading:
    return Reading(channel=channel, measured_at=NOON + timedelta(minutes=minutes), value=value)


def worked_out(*readings: Reading) -> dict[datetime, SlotEnergy]:
    return energies({"any": readings})


def by_slot(*readings: Reading) -> dict[int, float]:
    return {
        (start - NOON) // SLOT: round(row.kwh["load"], 9)
        for start, row in worked_out(*readings).items()
    }


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        pytest.param([at(0, 5)], {}, id="the first reading is only a beginning"),
        pytest.param([at(0, 5), at(10, 6)], {0: 1.0}, id="inside a slot"),
        pytest.param([at(0, 5), at(15, 6)], {0: 1.0}, id="ends on the boundary"),
        pytest.param([at(10, 5), at(20, 6)], {0: 0.5, 1: 0.5}, id="across a boundary"),
        pytest.param([at(14, 5), at(16, 5.3)], {0: 0.15, 1: 0.15}, id="just across"),
        pytest.param([at(0, 5), at(60, 9)], {0: 1.0, 1: 1.0, 2: 1.0, 3: 1.0}, id="over an hour"),
        pytest.param([at(0, 5), at(10, 6), at(10, 5.5)], {0: 1.0}, id="same time twice"),
        pytest.param([at(0, 5), at(10, 6), at(5, 5.5)], {0: 1.0}, id="out of order"),
        pytest.param([at(0, 5), at(5, -1), at(10, 6)], {0: 1.0}, id="below zero"),
        pytest.param([at(0, 50), at(10, 2)], {0: 2.0}, id="reset"),
        pytest.param([at(0, 50), at(5, 49.999), at(10, 51)], {0: 1.0}, id="rounding"),
    ],
)
def test_energy_by_slot(readings: list[Reading], expected: dict[int, float]) -> None:
    assert by_slot(*readings) == expected


@pytest.mark.parametrize(
    ("readings", "odd"),
    [
        ([at(0, 5), at(15, 6)], ()),
        ([at(0, 5), at(15.1, 6)], ("gap", "partial")),
        ([at(0, 5), at(45, 5)], ()),
        ([at(0, 50), at(15, 2)], ("reset",)),
        ([at(0, 50), at(10, 49.9), at(15, 50)], ("dip",)),
        ([at(0, 50), at(30, 2)], ("gap", "reset")),
        ([at(1, 5), at(15, 6)], ("partial",)),
        ([at(0, 5), at(14, 6)], ("partial",)),
    ],
)
def test_what_is_odd_is_flagged(readings: list[Reading], odd: tuple[str, ...]) -> None:
    together = 0
    for row in worked_out(*readings).values():
        together |= row.flags.get("load", 0)
    assert flags.names(together) == odd


def test_channels_do_not_mix() -> None:
    found = worked_out(at(0, 1), at(0, 7, "pv"), at(10, 2), at(10, 9, "pv"))
    assert found[NOON].kwh == {"load": pytest.approx(1), "pv": pytest.approx(2)}


def test_statistics_say_that_they_are_of_an_hour() -> None:
    found = energies({"load": [at(0, 5), at(60, 9)]}, hourly=True)
    assert all(row.flags["load"] & flags.HOURLY for row in found.values())


def test_the_state_of_charge_belongs_to_both_slots_at_a_boundary() -> None:
    found = worked_out(at(10, 40, SOC), at(20, 60, SOC))
    assert found[NOON].soc_percent_end == pytest.approx(50)
    assert found[NOON + SLOT].soc_percent_start == pytest.approx(50)


def test_the_first_state_of_charge_says_nothing_of_the_slot_before() -> None:
    assert set(worked_out(at(0, 40, SOC))) == {NOON}


@pytest.mark.parametrize(
    ("readings", "found"),
    [
        ([(10, 40), (14, 60)], {}),
        ([(14, 40), (16, 60)], {15: 50}),
        ([(10, 40), (15, 60)], {15: 60}),
        ([(0, 40)], {0: 40}),
        ([(15, 40), (30, 60)], {15: 40, 30: 60}),
        ([(10, 40), (26, 60)], {}),
        ([(10, 40), (30, 60)], {30: 60}),
    ],
    ids=["none", "between", "on it", "first", "slot by slot", "too far apart", "measured anyway"],
)
def test_soc_at_boundaries(readings: list[tuple[float, float]], found: dict[float, float]) -> None:
    result = boundary_soc([at(minutes, value, SOC) for minutes, value in readings])
    minutes = {(when - NOON) / timedelta(minutes=1): soc for when, soc in result.items()}
    assert minutes == pytest.approx(found)


counters = st.lists(st.tuples(st.floats(0.1, 60), st.floats(0, 3)), min_size=2, max_size=40)


def grown(steps: Sequence[tuple[float, float]]) -> list[Reading]:
    """The readings of a counter: minutes later and [kWh] more each."""
    minutes, value, readings = 0.0, 10.0, [at(0, 10)]
    for later, more in steps:
        minutes, value = minutes + later, value + more
        readings.append(at(minutes, value))
    return readings


@given(counters)
def test_the_total_is_what_the_counter_grew_by(steps: list[tuple[float, float]]) -> None:
    readings = grown(steps)
    total = sum(row.kwh["load"] for row in worked_out(*readings).values())
    assert total == pytest.approx(readings[-1].value - readings[0].value, abs=1e-8)


@given(counters, st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_make_the_same_slots(
    steps: list[tuple[float, float]], chance: object
) -> None:
    readings = grown(steps)
    again = [*readings, *readings[::3]]
    chance.shuffle(again)  # type: ignore[attr-defined]
    assert worked_out(*again) == worked_out(*readings)


@given(counters)
def test_a_slot_gets_what_flowed_between_its_boundaries(steps: list[tuple[float, float]]) -> None:
    readings = grown(steps)
    for start, row in worked_out(*readings).items():
        inside = sum(
            after.value - before.value
            for before, after in pairwise(readings)
            if slot_start(before.measured_at) == start and after.measured_at <= start + SLOT
        )
        assert row.kwh["load"] >= inside - 1e-9
