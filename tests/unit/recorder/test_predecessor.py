from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.slots import SLOT, slot_start
from darkstar_recorder.core.flags import HOURLY, LUMP
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.past import Past, PastSlot
from darkstar_recorder.core.predecessor import day_label, predecessor_slots, slot_of
from darkstar_recorder.core.quality import DayLabel

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOON = datetime(2025, 11, 16, 12, tzinfo=UTC)
NOW = NOON + timedelta(days=2)
LIMITS = Limits(kw={"load": 20.0, "pv": 16.0}, resolution_kwh=0.0)


def row(start: str = "2025-11-16T13:00:00+01:00", **cells: object) -> dict[str, object]:
    known = {"load_kwh": 0.5, "pv_kwh": 0.0, "import_kwh": 0.5, "export_kwh": 0.0}
    return {"slot_start": start, **known, **cells}


def rows_of(number: int, **cells: object) -> dict[str, object]:
    return row((NOON + number * SLOT).astimezone(STOCKHOLM).isoformat(), **cells)


def read(*rows: dict[str, object], now: datetime = NOW) -> Past:
    return predecessor_slots(rows, timezone=STOCKHOLM, now=now, limits=LIMITS)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2025-11-16T13:00:00+01:00", "2025-11-16T12:00"),
        ("2025-07-16T13:00:00+02:00", "2025-07-16T11:00"),
        ("2025-07-16 13:15:00+02:00", "2025-07-16T11:15"),
        ("2025-11-16T12:00:00+00:00", "2025-11-16T12:00"),
        ("2025-11-16T12:00:00Z", "2025-11-16T12:00"),
        # without an offset it is the wall clock
        ("2025-11-16T13:00:00", "2025-11-16T12:00"),
        ("2025-07-16 13:00:00", "2025-07-16T11:00"),
        # local mean time: the wall clock is right, its offset is not
        ("2025-07-03T00:00:00+00:53", "2025-07-02T22:00"),
        ("2025-12-03T00:15:00+00:53", "2025-12-02T23:15"),
        ("2025-12-03T00:15:00+01:12", "2025-12-02T23:15"),
        ("2025-07-03T00:00:00+00:53:28", "2025-07-02T22:00"),
        # and the same after it was turned into UTC: windows that start at 23:07
        ("2025-07-02T23:07:00+00:00", "2025-07-02T22:00"),
        ("2025-12-02T23:22:00Z", "2025-12-02T23:15"),
        # both hours of the night in October, told apart by their offsets
        ("2025-10-26T02:30:00+02:00", "2025-10-26T00:30"),
        ("2025-10-26T02:30:00+01:00", "2025-10-26T01:30"),
    ],
)
def test_a_key_of_local_time_means_one_slot(text: str, meant: str) -> None:
    assert slot_of(text, STOCKHOLM) == datetime.fromisoformat(meant).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("soon", "its time cannot be read"),
        (None, "its time cannot be read"),
        ("2025-11-16T13:01:00+01:00", "no start of a quarter hour"),
        ("2025-11-16T13:01:00", "no start of a quarter hour"),
        ("2025-10-26T02:30:00", "there twice"),
        ("2025-10-26T02:30:00+00:53", "there twice"),
        ("2025-03-30T02:30:00", "left this hour out"),
    ],
)
def test_a_key_that_means_no_slot_is_no_guess(text: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        slot_of(text, STOCKHOLM)


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 31)).map(  # noqa: DTZ001 (made UTC)
        lambda one: slot_start(one.replace(tzinfo=UTC))
    )
)
def test_a_slot_written_with_its_offset_is_read_back_through_every_clock_change(
    start: datetime,
) -> None:
    local = start.astimezone(STOCKHOLM)
    assert slot_of(local.isoformat(), STOCKHOLM) == start
    naive = local.replace(tzinfo=None, fold=0)
    if (
        naive.replace(tzinfo=STOCKHOLM).utcoffset()
        == naive.replace(tzinfo=STOCKHOLM, fold=1).utcoffset()
    ):
        mean = naive.isoformat() + "+00:53"
        assert slot_of(naive.isoformat(), STOCKHOLM) == slot_of(mean, STOCKHOLM) == start


def test_a_row_becomes_a_slot() -> None:
    past = read(
        row(
            batt_charge_kwh=0.1,
            batt_discharge_kwh=0.0,
            water_kwh=0.2,
            soc_start_percent=40,
            soc_end_percent=41.5,
            import_price_sek_kwh=1.5,
            export_price_sek_kwh=0.4,
        )
    )
    assert past == Past(
        slots=(
            PastSlot(
                start=NOON,
                kwh={
                    "load": 0.5,
                    "pv": 0.0,
                    "import": 0.5,
                    "export": 0.0,
                    "charge": 0.1,
                    "discharge": 0.0,
                    "water": 0.2,
                },
                soc_percent_start=40.0,
                soc_percent_end=41.5,
                import_per_kwh=1.5,
                export_per_kwh=0.4,
            ),
        )
    )


def test_zeros_written_with_the_prices_of_the_future_are_no_energies() -> None:
    zeros = {"load_kwh": 0.0, "import_kwh": 0.0, "import_price_sek_kwh": 1.5}
    past, future = read(
        rows_of(0, **zeros),
        rows_of(9, import_price_sek_kwh=2.0, soc_end_percent=50),
        now=NOON + 9 * SLOT,
    ).slots
    assert (past.kwh, past.import_per_kwh) == ({}, 1.5)
    assert (future.kwh, future.import_per_kwh, future.soc_percent_end) == ({}, 2.0, None)


def test_a_load_of_zero_is_unknown_and_what_was_measured_beside_it_is_not() -> None:
    (slot,) = read(row(load_kwh=0.0, pv_kwh=0.7, import_kwh=0.0)).slots
    assert slot.kwh == {"pv": 0.7}


def test_a_lump_is_spread_over_the_hours_before_that_say_nothing() -> None:
    zeros = {"load_kwh": 0.0, "import_kwh": 0.0}
    past = read(rows_of(0), rows_of(1, **zeros), rows_of(4, load_kwh=8.0), rows_of(5))
    loads = {one.start: one.kwh.get("load") for one in past.slots}
    assert loads == {NOON + n * SLOT: kwh for n, kwh in enumerate((0.5, 2, 2, 2, 2, 0.5))}
    assert [sorted(one.flags) for one in past.slots] == [[], *[["load"]] * 4, []]
    assert past.slots[3].flags["load"] == LUMP
    assert [one.sentence for one in past.findings] == ["load of 8 kWh was spread over 4 slots"]


@pytest.mark.parametrize("before", [[rows_of(3)], []])
def test_what_cannot_have_been_and_has_no_hours_to_go_to_is_left_out(
    before: list[dict[str, object]],
) -> None:
    past = read(*before, rows_of(4, load_kwh=23.0))
    assert past.slots[-1].kwh == {"pv": 0.0, "import": 0.5, "export": 0.0}
    assert [one.sentence for one in past.findings] == [
        "load of 23 kWh cannot be in one slot; left out"
    ]


def test_a_row_of_an_hour_is_its_four_quarters() -> None:
    end = (NOON + 4 * SLOT).astimezone(STOCKHOLM).isoformat()
    hour = rows_of(0, slot_end=end, load_kwh=2.0, soc_start_percent=40, soc_end_percent=44)
    known = rows_of(2, load_kwh=0.9, slot_end=(NOON + 3 * SLOT).isoformat())
    found = read(hour, known).slots
    assert [one.kwh["load"] for one in found] == [0.5, 0.5, 0.9, 0.5]
    assert [sorted(one.flags) for one in found][2] == []
    assert found[0].flags["load"] == HOURLY
    assert [one.soc_percent_start for one in found] == [40, None, None, None]
    assert [one.soc_percent_end for one in found] == [None, None, None, 44]


def test_two_keys_of_one_slot_are_one_slot_and_it_is_said() -> None:
    past = read(
        row("2025-11-16T13:00:00+01:00"),
        row("2025-11-16T12:00:00+00:00", load_kwh=9.0, water_kwh=0.3, soc_end_percent=50),
    )
    (slot,) = past.slots
    assert (slot.kwh["load"], slot.kwh["water"], slot.soc_percent_end) == (0.5, 0.3, 50)
    (finding,) = past.findings
    assert finding.row == "2025-11-16T12:00:00+00:00"
    assert "same slot" in finding.sentence


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"pv_kwh": -0.1}, "pv_kwh is -0.1, energies are not negative; left out"),
        ({"pv_kwh": "much"}, "pv_kwh is no number; left out"),
        ({"pv_kwh": b"\x00"}, "pv_kwh is no number; left out"),
        ({"pv_kwh": float("nan")}, "pv_kwh is no number; left out"),
        ({"pv_kwh": None, "soc_end_percent": 101}, "a state of charge is 101 %; left out"),
    ],
)
def test_a_bad_cell_costs_the_cell_and_is_named(cells: dict[str, Any], sentence: str) -> None:
    past = read(row(**cells))
    assert past.slots[0].kwh == {"load": 0.5, "import": 0.5, "export": 0.0}
    assert [str(one) for one in past.findings] == [f"2025-11-16T13:00:00+01:00: {sentence}"]


def test_a_bad_key_costs_the_row_and_is_named() -> None:
    past = read(row("x"), row())
    assert [one.start for one in past.slots] == [NOON]
    assert [str(one) for one in past.findings] == ["x: its time cannot be read; left out"]


@given(
    loads=st.dictionaries(st.integers(0, 60), st.floats(0.01, 12.0), min_size=1, max_size=40),
)
def test_energy_is_neither_made_nor_lost_but_where_it_is_said(loads: dict[int, float]) -> None:
    past = read(*(rows_of(number, load_kwh=load) for number, load in loads.items()))
    left_out = sum(
        loads[(datetime.fromisoformat(one.row) - NOON) // SLOT]
        for one in past.findings
        if one.sentence.endswith("left out")
    )
    kept = sum(one.kwh.get("load", 0.0) for one in past.slots)
    assert kept + left_out == pytest.approx(sum(loads.values()))
    assert all(one.kwh.get("load", 0.0) <= 5.0 + 1e-9 for one in past.slots)


def test_the_label_of_a_day_is_read() -> None:
    found = day_label({"date": "2025-08-28", "status": "mask_battery", "notes": None})
    assert found == DayLabel(day=date(2025, 8, 28), label="mask_battery", reasons="")


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"date": "28/8", "status": "clean"}, "its date cannot be read"),
        ({"date": "2025-08-28", "status": "fine"}, "its label is 'fine', none of clean"),
    ],
)
def test_a_label_that_is_none_is_refused(cells: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        day_label(cells)
