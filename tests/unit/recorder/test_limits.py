"""Counters that step by watt-hours, and such that step by kilowatt-hours."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.slots import SLOT
from darkstar_recorder.core.flags import DIP, GAP, HOURLY, LUMP, PARTIAL, RESET, SPIKE
from darkstar_recorder.core.limits import Limits, learned
from darkstar_recorder.core.readings import Reading
from darkstar_recorder.core.slots import SlotEnergy, energies
from darkstar_recorder.core.usual import usual

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
KW = {"load": 40.0, "charge": 7.5, "pv": 30.0}


def shown(*values: tuple[float, float], channel: str = "charge") -> tuple[Reading, ...]:
    """Readings at so many minutes of so many kilowatt-hours."""
    return tuple(
        Reading(channel=channel, measured_at=NOON + timedelta(minutes=minutes), value=value)
        for minutes, value in values
    )


def coarse(step: float, *, kw: float, hours: int, channel: str = "load") -> tuple[Reading, ...]:
    """A counter that shows whole steps, read every five minutes."""
    values = (100 + math.floor(kw * n / 12 / step + 1e-9) * step for n in range(12 * hours + 1))
    return shown(*((5.0 * number, value) for number, value in enumerate(values)), channel=channel)


def flags(rows: dict[datetime, SlotEnergy]) -> int:
    together = 0
    for row in rows.values():
        for mask in row.flags.values():
            together |= mask
    return together


@pytest.mark.parametrize(
    ("step", "kw", "seen"),
    [(0.001, 0.02, 0.001), (0.01, 1.5, 0.12), (0.1, 1.5, 0.1), (1.0, 1.5, 1.0), (5.0, 8.0, 1.0)],
)
def test_the_step_of_a_counter_is_learned_from_what_it_showed(
    step: float, kw: float, seen: float
) -> None:
    readings = coarse(step, kw=kw, hours=24)
    found = learned(Limits(kw=KW), {"load": readings}).steps_kwh["load"]
    assert found == pytest.approx(seen)


@given(st.floats(1e-6, 50), st.integers(8, 30))
def test_a_step_is_between_a_watt_hour_and_a_kilowatt_hour(step: float, count: int) -> None:
    readings = shown(*((float(number), number * step) for number in range(count + 1)))
    known = learned(Limits(), {"charge": readings}).steps_kwh.get("charge", 1.0)
    assert 0.001 <= known <= 1.0


def test_a_few_steps_teach_nothing() -> None:
    assert learned(Limits(), {"charge": shown((0, 1), (5, 2), (9, 3))}) == Limits()


def test_what_was_learned_before_stays_where_nothing_is_new() -> None:
    before = Limits(steps_kwh={"pv": 0.1})
    assert learned(before, {"load": coarse(1.0, kw=2, hours=12)}).steps_kwh == {
        "pv": 0.1, "load": 1.0,
    }  # fmt: skip


@pytest.mark.parametrize("kw", [0.15, 0.4, 3.0, 9.0])
@pytest.mark.parametrize("channel", ["load", "pv", "charge"])
def test_a_counter_of_whole_kilowatt_hours_is_not_odd(kw: float, channel: str) -> None:
    """It stands for hours in a house that sleeps, and then steps by all it can."""
    beside = coarse(1.0, kw=min(kw, 7.0), hours=72, channel=channel)
    readings = {"load": coarse(1.0, kw=kw, hours=72), channel: beside}
    limits = learned(Limits(kw=KW), readings)
    rows = energies(readings, limits=limits)
    assert flags(rows) == 0
    for some in readings.values():
        total = sum(row.kwh[some[0].channel] for row in rows.values())
        assert total == pytest.approx(some[-1].value - some[0].value)


def test_a_counter_of_whole_kilowatt_hours_that_was_frozen_is_still_found() -> None:
    before = coarse(1.0, kw=0.5, hours=48)
    frozen = shown(
        *((48 * 60 + 5.0 * n, before[-1].value) for n in range(1, 18 * 12)), channel="load"
    )
    after = shown((66 * 60, before[-1].value + 9), channel="load")
    readings = {"load": (*before, *frozen, *after)}
    limits = learned(Limits(kw=KW), readings)
    assert flags(energies(readings, limits=limits)) & LUMP


@pytest.mark.parametrize(("step", "flag"), [(0.001, SPIKE), (0.01, SPIKE), (1.0, 0)])
def test_a_fine_counter_shows_small_jumps_that_cannot_be(step: float, flag: int) -> None:
    """It was 0.6 kWh too high for a moment, which a coarse one may be."""
    limits = Limits(kw=KW, steps_kwh={"charge": step})
    readings = shown((0, 10.0), (5, 10.3), (5.1, 10.9), (5.2, 10.302), (15, 10.8))
    (row,) = energies({"charge": readings}, limits=limits).values()
    assert row.flags.get("charge", 0) & SPIKE == flag
    if flag:
        assert row.kwh["charge"] == pytest.approx(0.8)


def test_a_meter_that_tells_late_loses_nothing() -> None:
    """An inverter that reads its own counter only every five minutes."""
    limits = Limits(kw=KW, steps_kwh={"charge": 0.001})
    readings = shown(*((n / 6, 10 + 0.4 * (n // 30)) for n in range(6 * 30 + 1)))
    rows = energies({"charge": readings}, limits=limits)
    assert flags(rows) == 0
    assert [row.kwh["charge"] for row in rows.values()][:2] == pytest.approx([1.2, 1.2], abs=0.01)


def test_an_old_value_that_is_told_again_costs_no_energy() -> None:
    """As when a broker that starts anew still has the last but one."""
    limits = Limits(kw=KW, steps_kwh={"charge": 0.001})
    readings = shown((0, 10.0), (2, 10.2), (9.95, 10.0), (10, 10.9), (15, 11.0))
    (row,) = energies({"charge": readings}, limits=limits).values()
    assert row.kwh["charge"] == pytest.approx(1.0)
    assert row.flags == {"charge": DIP}


@pytest.mark.parametrize(("jump", "flag"), [(0.2, 0), (0.9, LUMP), (9.0, SPIKE)])
def test_a_jump_that_lasts_may_be_energy_that_was_told_late(jump: float, flag: int) -> None:
    """It can have flowed in the slot before, or it is more than the house can do."""
    limits = Limits(kw={"charge": 15.0}, steps_kwh={"charge": 0.001})
    values = [(float(n), 10 + n / 60) for n in range(31)]
    readings = shown(*values, (30.1, 10.5 + jump), (45, 11.1 + jump))
    rows = energies({"charge": readings}, limits=limits)
    total = sum(row.kwh["charge"] for row in rows.values())
    assert total == pytest.approx(1.1 if flag == SPIKE else 1.1 + jump)
    assert flags(rows) & (LUMP | SPIKE) == flag


def test_what_was_told_late_belongs_to_the_slots_it_can_have_flowed_in() -> None:
    limits = Limits(kw={"charge": 15.0}, steps_kwh={"charge": 0.001})
    readings = shown((0, 10.0), (10, 10.1), (15, 10.2), (20, 10.3), (20.1, 11.3), (30, 11.4))
    rows = energies({"charge": readings}, limits=limits)
    energy = [row.kwh["charge"] for row in rows.values()]
    assert energy == pytest.approx([0.2 + 15 / 20.1, 0.2 + 5.1 / 20.1])


@pytest.mark.parametrize(
    ("back", "kwh", "flag"),
    [(2.02, 0.05, SPIKE), (2.6, 0.63, SPIKE), (1.2, 1.23, RESET)],
    ids=["where it was", "where it had come meanwhile", "below"],
)
def test_a_small_counter_that_is_back_at_once_did_not_start_again(
    back: float, kwh: float, flag: int
) -> None:
    readings = shown((0, 2.0), (5, 0.0), (12.5, back), (15, back + 0.03), channel="load")
    (row,) = energies({"load": readings}, limits=Limits(kw=KW)).values()
    assert row.kwh["load"] == pytest.approx(kwh)
    assert row.flags == {"load": flag}


def hourly(*values: tuple[float, float], channel: str = "load") -> dict[datetime, SlotEnergy]:
    readings = shown(*values, channel=channel)
    return energies({channel: readings}, limits=Limits(kw=KW), hourly=True)


def test_an_hour_of_statistics_is_no_gap() -> None:
    rows = hourly((0, 10), (60, 12), (120, 13))
    assert {row.flags["load"] for row in rows.values()} == {HOURLY}
    assert [row.kwh["load"] for row in rows.values()] == [0.5] * 4 + [0.25] * 4


def test_an_hour_that_statistics_lack_is_a_gap() -> None:
    rows = hourly((0, 10), (60, 12), (180, 13))
    assert [row.flags["load"] & GAP for row in rows.values()] == [0] * 4 + [GAP] * 8


def test_an_hour_of_statistics_is_divided_as_the_house_uses_energy() -> None:
    weights = {"load": tuple(float(number % 4 == 3) for number in range(96))}
    rows = energies({"load": shown((0, 10), (60, 12), channel="load")}, usual=weights, hourly=True)
    assert [row.kwh["load"] for row in rows.values()] == [0.0, 0.0, 0.0, 2.0]


def sunny(days: int) -> list[SlotEnergy]:
    """PV from 8 to 16 o'clock."""
    starts = [NOON + number * SLOT for number in range(96 * days)]
    return [SlotEnergy(start=one, kwh={"pv": float(8 <= one.hour < 16)}) for one in starts]


def test_one_day_shows_when_the_sun_is_down() -> None:
    gap = shown((0, 10), (24 * 60, 18), channel="pv")
    rows = energies({"pv": gap}, usual=usual(sunny(1)))
    dark = [row.kwh["pv"] for row in rows.values() if not 8 <= row.start.hour < 16]
    assert len(rows) == 96
    assert set(dark) == {0.0}
    assert sum(row.kwh["pv"] for row in rows.values()) == pytest.approx(8)


def test_less_than_a_day_of_sun_shows_nothing() -> None:
    assert usual(sunny(1)[:-1]) == {}


def test_statistics_that_begin_within_a_slot_are_partial() -> None:
    rows = hourly((5, 10), (60, 12))
    assert next(iter(rows.values())).flags["load"] == PARTIAL | HOURLY
