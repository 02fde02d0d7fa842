"""No energy is lost or doubled where readings are dated by their arrival or by a wrong clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.stores import empty_history

from darkstar_common.slots import SLOT, slot_start
from darkstar_recorder.core.flags import LUMP, PARTIAL, SPIKE
from darkstar_recorder.core.ledger import Ledger
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.powers import Power
from darkstar_recorder.core.readings import Reading
from darkstar_recorder.core.slots import SlotEnergy, energies
from darkstar_recorder.core.thinning import thinned
from darkstar_recorder.store import Batch, Store

SIX = datetime(2026, 6, 3, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HEATER = Limits(kw={"water": 4.5}, steps_kwh={"water": 0.001})
HOUSE = Limits(
    kw={"import": 25.5, "load": 40.5, "water": 4.5},
    steps_kwh={"import": 0.001, "load": 0.001, "water": 0.001},
)
CLOSED = 8 * 60
"""Minute at which all that is told here is long over."""


def shown(*values: tuple[float, float], channel: str = "water") -> tuple[Reading, ...]:
    """Readings at so many minutes after six of so many kilowatt-hours."""
    return tuple(
        Reading(channel=channel, measured_at=SIX + minutes * MINUTE, value=value)
        for minutes, value in values
    )


def total(rows: Iterable[SlotEnergy], channel: str = "water") -> float:
    return sum(row.kwh.get(channel, 0.0) for row in rows)


CUT_OFF = shown(
    (0, 12.57), (10, 12.57), (15.1, 12.57), (25, 12.57), (30.2, 12.57), (40.05, 12.57),
    (60.11, 12.577), (60.14, 12.644), (65.24, 13.702), (70.72, 13.971), (75.1, 13.971),
)  # fmt: skip
"""What an executor told that was cut off from 6:40 on: two old values dated 7:00, then more."""


def test_no_energy_is_lost_that_came_late_and_is_dated_by_its_arrival() -> None:
    rows = energies({"water": CUT_OFF}, limits=HEATER)
    assert total(rows.values()) == pytest.approx(13.971 - 12.57)


def test_what_came_late_is_spread_over_the_time_in_which_it_can_have_flowed() -> None:
    """Since the last reading before the silence, no more than the heater takes."""
    rows = energies({"water": CUT_OFF}, limits=HEATER)
    silent = [rows[SIX + quarters * SLOT] for quarters in (2, 3, 4)]
    assert total(rows[SIX + quarters * SLOT] for quarters in (0, 1)) == 0
    assert all(row.flags["water"] & LUMP for row in silent)
    assert not any(row.flags["water"] & (SPIKE | PARTIAL) for row in silent[:2])
    assert all(HEATER.possible("water", row.kwh["water"], 0.25) for row in silent)


@pytest.mark.parametrize("pieces", [1, 3, 12])
def test_a_backlog_of_any_length_loses_nothing(pieces: int) -> None:
    """Two hours at 3 kW, told within twelve seconds."""
    readings = shown(
        (0, 10.0), (5, 10.25), (10, 10.5),
        *((130 + number / 60, 10.5 + 6 * (number + 1) / pieces) for number in range(pieces)),
        (135, 16.75),
    )  # fmt: skip
    rows = energies({"water": readings}, limits=HEATER)
    assert total(rows.values()) == pytest.approx(6.75)


@pytest.mark.parametrize(
    ("more", "kept"),
    [(0.9, True), (3.0, True), (4.0, True), (9.0, False), (8000.0, False), (-4000.0, False)],
)
def test_only_what_can_have_flowed_within_the_hour_is_taken_for_told_late(
    more: float, kept: bool
) -> None:
    """A meter with more or less on it, of which each reading was told, is another meter."""
    grown = [(float(number), 9000.0 + number / 1000) for number in range(120)]
    after = [(120.0 + number, 9000.12 + more + number / 1000) for number in range(30)]
    rows = energies({"water": shown(*grown, *after)}, limits=HEATER)
    assert total(rows.values()) == pytest.approx(0.148 + (more if kept else 0.0), abs=0.0015)
    flagged = {mask for row in rows.values() for mask in row.flags.values()}
    assert any(mask & (LUMP if kept else SPIKE) for mask in flagged)


def test_a_spike_that_is_left_again_is_no_energy_though_it_can_have_flowed() -> None:
    rising = [(float(number), 50 + number / 1000) for number in range(120)]
    high = [(minutes, value + (2.0 if minutes in {80, 81} else 0)) for minutes, value in rising]
    (row,) = (
        row
        for row in energies({"water": shown(*high)}, limits=HEATER).values()
        if row.flags.get("water", 0) & SPIKE
    )
    assert row.start == SIX + 5 * SLOT
    assert row.kwh["water"] == pytest.approx(0.015)


def two_hours_ahead(
    channel: str, wh: Iterable[int], wrong: tuple[int, int], kwh: float
) -> tuple[list[tuple[int, Reading]], float]:
    """What a meter tells minute by minute, in the order in which it is told.

    Args:
        channel: What it counts.
        wh: So much in each minute [Wh].
        wrong: Between these minutes all clocks are two hours ahead.
        kwh: What the meter shows at first [kWh].

    Returns:
        Each with the minute at which it is told, by a right clock; and the meter's growth [kWh].
    """
    told, value = list[tuple[int, Reading]](), kwh
    for minute, more in enumerate((0, *wh)):
        value = round(value + more / 1000, 3)
        dated = minute + (120 if wrong[0] <= minute < wrong[1] else 0) + 0.013 * (minute % 7)
        told.append((minute, shown((dated, value), channel=channel)[0]))
    return told, value - kwh


AN_EVENING = [0] * 55 + [40] * 44 + [0] * 121
"""Nothing is imported but in three quarters of an hour [Wh by minute]."""


def test_no_energy_is_doubled_where_all_clocks_were_two_hours_ahead() -> None:
    """What stands below what the meter showed before is a dip, also before it goes on."""
    told, grown = two_hours_ahead("import", AN_EVENING, (43, 52), 8013.656)
    rows = energies({"import": [one for _, one in told]}, limits=HOUSE)
    assert total(rows.values(), "import") == pytest.approx(grown)


def test_the_energy_of_a_meter_that_was_dated_ahead_stays_where_it_flowed() -> None:
    told, _ = two_hours_ahead("import", AN_EVENING, (43, 52), 8013.656)
    rows = energies({"import": [one for _, one in told]}, limits=HOUSE)
    flowed = [row.start for row in rows.values() if row.kwh["import"] > 0.05]
    assert flowed == [SIX + 3 * SLOT, SIX + 4 * SLOT, SIX + 5 * SLOT, SIX + 6 * SLOT]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(empty_history(tmp_path / "history.duckdb"))
    yield opened
    opened.close()


@pytest.mark.parametrize("restarts", [(), (44, 60, 164)])
def test_a_recorder_whose_clock_was_ahead_as_well_doubles_nothing(
    store: Store, restarts: tuple[int, ...]
) -> None:
    """It closed two hours of slots too early, was restarted, and corrects them as they come."""
    told, grown = two_hours_ahead("import", AN_EVENING, (44, 52), 8013.656)
    ledger = store.ledger(HOUSE)
    for first in range(0, len(told), 4):
        now = SIX + (first + (120 if 44 <= first < 52 else 0) + 3.1) * MINUTE
        if first in restarts:
            ledger = store.ledger(HOUSE)
        ledger = ledger.after([one for _, one in told[first : first + 4]], now)
        page = ledger.page(now)
        store.commit(Batch(at=now, page=page))
        ledger = ledger.written(page)
    page = ledger.page(SIX + CLOSED * MINUTE)
    store.commit(Batch(at=SIX, page=page))
    rows = store.slots(SIX - SLOT, SIX + CLOSED * MINUTE)
    assert sum(row.kwh.get("import", 0.0) for row in rows) == pytest.approx(grown)


@given(
    st.lists(st.sampled_from([0, 0, 0, 20, 300]), min_size=22, max_size=22),
    st.integers(5, 60),
    st.integers(1, 20),
    st.sampled_from(["load", "import"]),
)
@settings(max_examples=100, deadline=None)
def test_no_energy_is_lost_or_doubled_whenever_the_clocks_were_ahead(
    wh: list[int], first: int, minutes: int, channel: str
) -> None:
    """Of a house that uses so much a minute for ten minutes each."""
    by_minute = [one for one in wh for _ in range(10)]
    told, grown = two_hours_ahead(channel, by_minute, (first, first + minutes), 8013.656)
    rows = energies({channel: [one for _, one in told]}, limits=HOUSE)
    assert total(rows.values(), channel) == pytest.approx(grown)


@pytest.mark.parametrize(
    ("readings", "grown"),
    [
        pytest.param(
            [(0, 2.0), (30, 2.4), (60, 2.8), (60.5, 2.35), (61, 2.36), (62, 2.81), (75, 2.9)],
            0.9,
            id="more than can have been counted since",
        ),
        pytest.param(
            [
                (0, 0.3), (30, 0.5), (60, 0.8), (60.5, 0.4), (61, 0.41), (62, 0.81), (62.5, 0.42),
                (63, 0.43), (64, 0.82), (75, 0.9),
            ],
            0.6,
            id="as low again within the hour",
        ),
    ],
)  # fmt: skip
def test_a_young_counter_that_older_values_stand_between_did_not_start_again(
    readings: list[tuple[float, float]], grown: float
) -> None:
    rows = energies({"load": shown(*readings, channel="load")}, limits=HOUSE)
    assert total(rows.values(), "load") == pytest.approx(grown)


def test_a_young_counter_may_still_start_again_and_soon_be_where_it_was() -> None:
    readings = shown((0, 0.4), (5, 0.0), (10, 0.3), (15, 0.5), (20, 0.6), channel="load")
    rows = energies({"load": readings}, limits=HOUSE)
    assert total(rows.values(), "load") == pytest.approx(0.6)


def test_a_jump_keeps_its_energy_when_the_ledger_forgets_what_was_before() -> None:
    """Two days later only what is needed to judge it is held any more."""
    before = shown(*((-10.0 * number, 12.57 - number / 1000) for number in range(30, 0, -1)))
    later = shown(*((80 + 15.0 * number, 13.98 + number / 1000) for number in range(4 * 50)))
    ledger, rows = Ledger(limits=HEATER), dict[datetime, SlotEnergy]()
    for one in (*before, *CUT_OFF, *later):
        ledger = ledger.after([one], one.measured_at)
        page = ledger.page(one.measured_at)
        rows |= {row.start: row for row in page.rows}
        ledger = ledger.written(page)
    expected = energies({"water": (*before, *CUT_OFF, *later)}, limits=HEATER)
    assert all(row.kwh == pytest.approx(expected[start].kwh) for start, row in rows.items())
    assert ledger.since is not None
    assert ledger.since > CUT_OFF[-1].measured_at


def test_powers_are_summed_up_though_the_last_ones_were_dated_two_hours_ahead() -> None:
    """Of a house without counters; what was heard twice counts once."""
    ledger, rows = Ledger(), dict[datetime, SlotEnergy]()
    for minute in range(300):
        now = SIX + (minute + (120 if 43 <= minute < 52 else 0)) * MINUTE
        ledger = ledger.after([Power(channel="load", measured_at=now, kw=2.0)], now)
        page = ledger.page(now)
        rows |= {row.start: row for row in page.by_power}
        ledger = ledger.written(page)
    whole = [rows[SIX + number * SLOT].kwh["load"] for number in range(19)]
    assert whole == pytest.approx([0.5] * 19, abs=0.01)


backlogs = st.lists(
    st.tuples(st.sampled_from([1.0, 4, 30, 240, 500, 1500]), st.sampled_from([0.0, 0.01, 0.1, 1])),
    min_size=2,
    max_size=50,
)


@given(backlogs)
@settings(max_examples=300, deadline=None)
def test_fewer_readings_of_what_was_told_late_make_the_same_slots(
    told: list[tuple[float, float]],
) -> None:
    seconds, value, values = 0.0, 100.0, [(0.0, 100.0)]
    for later, more in told:
        seconds, value = seconds + later, value + more
        values.append((seconds / 60, value))
    readings = shown(*values)
    some = thinned(readings, slot_start(readings[-1].measured_at) + SLOT, HEATER)
    full, less = (energies({"water": each}, limits=HEATER) for each in (readings, some))
    for start, row in full.items():
        assert less[start].kwh == pytest.approx(row.kwh, abs=1e-6)
        assert less[start].flags == row.flags
