from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.slots import SLOT
from darkstar_recorder.core.flags import GAP, HOURLY
from darkstar_recorder.core.past import Past, PastRefusedError, PastSlot
from darkstar_recorder.core.readings import ENERGIES
from darkstar_recorder.core.tabular import tabular

COLUMNS = ("start_utc", "load_kwh", "pv_kwh", "spot_sek_per_kwh", "quality")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def row(start: str = "2026-01-01T12:00:00Z", load: str = "0.5", **more: str) -> dict[str, str]:
    cells = {"pv_kwh": "0.25", "spot_sek_per_kwh": "-0.1", "quality": "hourly"}
    return {"start_utc": start, "load_kwh": load} | cells | more


def test_a_row_becomes_a_slot() -> None:
    (slot,) = tabular(COLUMNS, [row()]).slots
    assert slot == PastSlot(
        start=NOON, kwh={"load": 0.5, "pv": 0.25, "water": 0.0}, spot_per_kwh=-0.1
    )
    assert slot.measured
    assert slot.priced


def test_an_empty_cell_is_unknown() -> None:
    (slot,) = tabular(COLUMNS, [row(load="", spot_sek_per_kwh=" ")]).slots
    assert slot.kwh == {"pv": 0.25}
    assert not slot.priced


def test_all_channels_are_read_and_a_heater_in_the_file_is_no_zero() -> None:
    columns = ("start", *(f"{one}_kwh" for one in ENERGIES), "soc_percent_start", "soc_percent_end")
    cells = {f"{channel}_kwh": number for number, channel in enumerate(ENERGIES)}
    soc = {"soc_percent_start": 40, "soc_percent_end": 41.5}
    (slot,) = tabular(columns, [{"start": NOON, **cells, **soc}]).slots
    assert slot.kwh == {channel: float(number) for number, channel in enumerate(ENERGIES)}
    assert (slot.soc_percent_start, slot.soc_percent_end) == (40, 41.5)
    (slot,) = tabular(columns, [{"start": NOON, **cells, **soc, "water_kwh": None}]).slots
    assert "water" not in slot.kwh


def test_flags_are_read_back_as_they_were_exported() -> None:
    columns = ("start", "load_kwh", "load_flags", "pv_kwh", "pv_flags")
    cells = {"start": NOON, "load_kwh": 1.0, "load_flags": GAP, "pv_kwh": 0.0, "pv_flags": 0}
    (slot,) = tabular(columns, [cells]).slots
    assert slot.flags == {"load": GAP}
    assert slot == PastSlot(
        start=NOON, kwh={"load": 1.0, "pv": 0.0, "water": 0.0}, flags={"load": GAP}
    )


@pytest.mark.parametrize(("kind", "spot"), [("published", 0.4), ("forecast", None), (None, 0.4)])
def test_a_price_that_was_foretold_is_nobodys(kind: str | None, spot: float | None) -> None:
    rows = [{"start": NOON, "spot_per_kwh": 0.4, "import_per_kwh": 1.0, "price_kind": kind}]
    (slot,) = tabular(("start", "spot_per_kwh", "import_per_kwh", "price_kind"), rows).slots
    assert slot.spot_per_kwh == spot
    assert slot.priced == (spot is not None)


def test_prices_alone_are_an_import_too() -> None:
    rows = [{"time_utc": "2026-01-01T12:00Z", "spot_per_kwh": "0.4"}]
    (slot,) = tabular(("time_utc", "spot_per_kwh"), rows).slots
    assert slot == PastSlot(start=NOON, spot_per_kwh=0.4)
    assert not slot.measured


def test_prices_of_hours_are_those_of_their_quarters() -> None:
    rows = [
        {"start_utc": f"2026-01-01T{hour}:00Z", "spot_per_kwh": str(hour)} for hour in (12, 13, 15)
    ]
    found = tabular(("start_utc", "spot_per_kwh"), rows).slots
    assert [one.spot_per_kwh for one in found] == [12] * 4 + [13] * 4 + [15] * 4
    assert found[4].start == NOON + 4 * SLOT
    assert found[8].start == NOON + 12 * SLOT


def test_energies_of_hours_are_spread_and_flagged() -> None:
    columns = ("start_utc", "load_kwh", "soc_percent_start", "soc_percent_end")
    rows = [
        dict(zip(columns, (f"2026-01-01T{hour}:00Z", "1", "40", "50"), strict=True))
        for hour in (12, 13)
    ]
    found = tabular(columns, rows).slots
    assert [one.kwh["load"] for one in found] == [0.25] * 8
    assert found[0].flags["load"] == HOURLY
    assert [one.soc_percent_start for one in found[:5]] == [40, None, None, None, 40]
    assert [one.soc_percent_end for one in found[:4]] == [None, None, None, 50]


def test_a_time_without_a_zone_is_utc_and_any_other_is_converted() -> None:
    rows = [row("2026-01-01T12:00"), row("2026-01-01T13:15:00+01:00")]
    assert [one.start for one in tabular(COLUMNS, rows).slots] == [NOON, NOON + SLOT]


def test_of_a_slot_that_is_there_twice_the_first_row_counts_and_it_is_said() -> None:
    past = tabular(COLUMNS, [row(), row(load="9"), row()])
    assert [one.kwh["load"] for one in past.slots] == [0.5]
    (finding,) = past.findings
    assert str(finding) == "line 3: 2026-01-01 12:00Z is there twice; the first one was taken"


def test_the_span_is_half_open() -> None:
    rows = [row(f"2026-01-01T12:{minute:02}:00Z") for minute in (0, 15, 30)]
    past = tabular(COLUMNS, rows)
    assert past.between(None, None) == past
    kept = past.between(NOON + SLOT, NOON + 2 * SLOT).slots
    assert [one.start for one in kept] == [NOON + SLOT]


@pytest.mark.parametrize(
    ("columns", "bad", "sentence"),
    [
        (("start_utc", "quality"), row(), "no column such as load_kwh"),
        (("load_kwh",), row(), "no column start_utc; its columns are load_kwh"),
        (COLUMNS, row("yesterday"), "line 2: 'yesterday' is no time"),
        (COLUMNS, row("2026-01-01T12:05:00Z"), "no slot start"),
        (COLUMNS, row(load="much"), "load_kwh is 'much', no number"),
        (COLUMNS, row(load="nan"), "leave unknown cells empty"),
        (COLUMNS, row(load="-1"), "energies are not negative"),
        ((*COLUMNS, "load_flags"), row(load_flags="0.5"), "load_flags is 0.5, no bits"),
        (
            (*COLUMNS, "soc_percent_end"),
            row(soc_percent_end="101"),
            "line 2: soc_percent_end is 101, a state of charge is 0 to 100 %",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(
    columns: tuple[str, ...], bad: dict[str, str], sentence: str
) -> None:
    with pytest.raises(PastRefusedError, match=sentence):
        tabular(columns, [bad])


@given(
    hours=st.lists(st.integers(0, 200), min_size=2, unique=True),
    load=st.floats(0, 100, allow_subnormal=False),
)
def test_spreading_keeps_the_energy_and_no_slot_is_there_twice(
    hours: list[int], load: float
) -> None:
    hours.append(hours[0] + 1)  # so that the rows are known to be of an hour
    rows = [{"start": NOON + 4 * number * SLOT, "load_kwh": load} for number in set(hours)]
    past: Past = tabular(("start", "load_kwh"), rows)
    starts = [one.start for one in past.slots]
    assert starts == sorted(set(starts))
    assert sum(one.kwh["load"] for one in past.slots) == pytest.approx(load * len(rows))
