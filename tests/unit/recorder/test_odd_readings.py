"""Counters that start again, err, stand still or fall silent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.config import Config
from darkstar_common.slots import SLOT
from darkstar_recorder.conversion import limits
from darkstar_recorder.core.flags import GAP, LUMP, PARTIAL, RESET, SPIKE
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.readings import Reading
from darkstar_recorder.core.slots import SlotEnergy, energies
from darkstar_recorder.core.usual import Usual, quarter, usual

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LIMITS = Limits(kw={"load": 20.0, "pv": 15.0})
MINUTE = timedelta(minutes=1)


def shown(*values: tuple[float, float], channel: str = "load") -> list[Reading]:
    """Readings at so many minutes of so many kilowatt-hours."""
    return [
        Reading(channel=channel, measured_at=NOON + minutes * MINUTE, value=value)
        for minutes, value in values
    ]


def worked_out(*readings: Reading, profile: Usual | None = None) -> list[SlotEnergy]:
    return list(energies({"any": readings}, limits=LIMITS, usual=profile).values())


def total(rows: Iterable[SlotEnergy], channel: str = "load") -> float:
    return sum(row.kwh.get(channel, 0.0) for row in rows)


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param([(5, 0.0)], id="zero for once"),
        pytest.param([(5, 0.0), (6, 0.0), (7, 0.1)], id="zero for a while"),
        pytest.param([(5, 900.0)], id="high for once"),
        pytest.param([(5, 900.0), (6, 900.2)], id="high for a while"),
        pytest.param([(5, 500.0), (6, 0.0)], id="high and low"),
    ],
)
def test_a_reading_whose_neighbours_agree_without_it_is_rejected(
    odd: list[tuple[float, float]],
) -> None:
    (row,) = worked_out(*shown((0, 100.0), *odd, (10, 100.2), (15, 100.3)))
    assert row.kwh["load"] == pytest.approx(0.3)
    assert row.flags == {"load": SPIKE}


def test_a_counter_that_starts_again_counts_with_what_it_shows() -> None:
    (row,) = worked_out(*shown((0, 100.0), (5, 0.1), (10, 0.2), (15, 0.4)))
    assert row.kwh["load"] == pytest.approx(0.4)
    assert row.flags == {"load": RESET}


def test_a_small_counter_may_start_again_and_grow_as_before() -> None:
    (row,) = worked_out(*shown((0, 0.4), (5, 0.0), (10, 0.3), (15, 0.5)))
    assert row.kwh["load"] == pytest.approx(0.5)
    assert row.flags == {"load": RESET}


def test_a_jump_beyond_the_fuse_makes_no_energy() -> None:
    (row,) = worked_out(*shown((0, 100.0), (5, 100.5), (6, 500.0), (15, 500.5)))
    assert row.kwh["load"] == pytest.approx(1.0)
    assert row.flags == {"load": SPIKE | PARTIAL}


def test_another_meter_with_less_on_it_is_no_energy_either() -> None:
    (row,) = worked_out(*shown((0, 9000.0), (5, 5000.0), (15, 5001.0)))
    assert row.kwh["load"] == pytest.approx(1.0)
    assert row.flags["load"] & SPIKE


def standing(hours: int, jump: float, channel: str = "load") -> list[Reading]:
    """A counter read twice an hour that stands still and then jumps."""
    still = [(30.0 * number, 100.0) for number in range(2 * hours)]
    return shown((-30, 99.0), *still, (60 * hours, 100 + jump), channel=channel)


@pytest.mark.parametrize(("hours", "jump"), [(2, 30.0), (18, 6.0), (5, 40.0)])
def test_a_jump_after_a_standstill_is_divided_over_it(hours: int, jump: float) -> None:
    rows = [row for row in worked_out(*standing(hours, jump)) if row.start >= NOON]
    assert len(rows) == 4 * hours
    assert [row.kwh["load"] for row in rows] == pytest.approx([jump / 4 / hours] * 4 * hours)
    assert all(row.flags["load"] & LUMP for row in rows)


def test_what_stood_and_jumped_with_the_load_is_divided_like_it() -> None:
    load, pv = standing(17, 8.0), standing(17, 10.0, "pv")
    rows = worked_out(*load, *pv)
    assert total(rows, "pv") == pytest.approx(11.0)
    flagged = [row.start for row in rows if row.flags.get("pv", 0) & LUMP]
    assert len(flagged) == 4 * 17


def test_a_little_that_jumped_with_the_load_is_divided_like_it() -> None:
    rows = worked_out(*standing(17, 8.0), *standing(17, 0.07, "export"))
    flagged = [row.start for row in rows if row.flags.get("export", 0) & LUMP]
    assert len(flagged) == 4 * 17


def test_a_counter_may_start_again_while_it_stands_still() -> None:
    rows = worked_out(*standing(18, -80.0, "pv"), *shown((18 * 60 + 15, 20.1), channel="pv"))
    lumped = [row for row in rows if row.flags.get("pv", 0) & LUMP]
    assert len(lumped) == 4 * 18
    assert all(row.flags["pv"] & RESET for row in lumped)
    assert total(rows, "pv") == pytest.approx(1.0 + 20.0 + 0.1)


def test_pv_at_night_is_not_frozen() -> None:
    rows = worked_out(*standing(12, 0.6, "pv"))
    assert not any(row.flags.get("pv", 0) & LUMP for row in rows)


WEIGHTS = tuple(float(number % 4) for number in range(96))


@pytest.mark.parametrize(("profile", "first"), [({"load": WEIGHTS}, 0.0), (None, 0.5)])
def test_a_gap_is_divided_by_the_profile(profile: Usual | None, first: float) -> None:
    rows = worked_out(*shown((0, 100.0), (60, 102.0)), profile=profile)
    assert rows[0].kwh["load"] == pytest.approx(first)
    assert total(rows) == pytest.approx(2.0)
    assert all(row.flags == {"load": GAP} for row in rows)


def test_where_usually_nothing_flows_a_gap_is_divided_evenly() -> None:
    rows = worked_out(*shown((0, 100.0), (60, 102.0)), profile={"load": (0.0,) * 96})
    assert [row.kwh["load"] for row in rows] == pytest.approx([0.5] * 4)


def days(count: int, flags: int = 0) -> list[SlotEnergy]:
    starts = [NOON + number * SLOT for number in range(96 * count)]
    return [
        SlotEnergy(start=one, kwh={"load": quarter(one) + 1.0}, flags={"load": flags})
        for one in starts
    ]


def test_usual_is_the_mean_of_a_quarter_over_days() -> None:
    doubled = [SlotEnergy(start=row.start, kwh={"load": 3 * row.kwh["load"]}) for row in days(3)]
    assert usual([*days(3), *doubled])["load"] == tuple(2.0 * (one + 1) for one in range(96))


@pytest.mark.parametrize(("count", "flags"), [(2, 0), (5, GAP), (5, LUMP), (5, PARTIAL)])
def test_two_days_or_assumed_ones_make_no_habit(count: int, flags: int) -> None:
    assert usual(days(count, flags)) == {}


def test_limits_are_those_of_the_house_and_generous() -> None:
    config = Config.model_validate({"battery": None, "grid": {"max_import_kw": 17.0}})
    found = limits(config)
    assert found.kw["import"] > 17.0
    assert "charge" not in found.kw
    assert found.possible("charge", 1e6, 1.0)
    assert not found.possible("import", 100.0, 1.0)


oddities = st.lists(
    st.tuples(
        st.floats(0.5, 90),
        st.sampled_from(["grow", "grow", "grow", "reset", "zero", "spike", "stand", "dip"]),
        st.floats(0, 2),
    ),
    min_size=1,
    max_size=40,
)


def house(steps: list[tuple[float, str, float]]) -> list[Reading]:
    """A counter to which all sorts of things happen."""
    minutes, value = 0.0, 50.0
    readings = shown((minutes, value))
    for later, what, more in steps:
        minutes += later
        value = more if what == "reset" else value + (more if what == "grow" else 0.0)
        told = {"zero": 0.0, "spike": value + 500, "dip": value * 0.99}.get(what, value)
        readings += shown((minutes, told))
    return readings


@given(oddities, st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_make_the_same_slots(
    steps: list[tuple[float, str, float]], chance: object
) -> None:
    readings = house(steps)
    again = [*readings, *readings[::2]]
    chance.shuffle(again)  # type: ignore[attr-defined]
    assert worked_out(*again) == worked_out(*readings)


@given(oddities)
def test_no_energy_is_negative_and_none_is_impossible(
    steps: list[tuple[float, str, float]],
) -> None:
    readings = house(steps)
    rows = worked_out(*readings)
    hours = (readings[-1].measured_at - readings[0].measured_at) / timedelta(hours=1)
    assert all(row.kwh["load"] >= 0 for row in rows)
    assert total(rows) <= 20 * hours + len(readings) * LIMITS.resolution_kwh
