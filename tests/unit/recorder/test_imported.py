from __future__ import annotations

from datetime import UTC, datetime

import pytest

from darkstar_recorder.core.imported import ImportedSlot, ImportRefusedError, imported

COLUMNS = ("start_utc", "load_kwh", "pv_kwh", "spot_sek_per_kwh", "quality")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def row(start: str = "2026-01-01T12:00:00Z", load: str = "0.5", **more: str) -> dict[str, str]:
    cells = {"pv_kwh": "0.25", "spot_sek_per_kwh": "-0.1", "quality": "hourly"}
    return {"start_utc": start, "load_kwh": load} | cells | more


def test_a_row_becomes_a_slot() -> None:
    (slot,) = imported(COLUMNS, [row()])
    assert slot == ImportedSlot(start=NOON, load_kwh=0.5, pv_kwh=0.25, spot_per_kwh=-0.1)
    assert slot.water_kwh == 0


def test_an_empty_cell_is_unknown() -> None:
    (slot,) = imported(COLUMNS, [row(load="")])
    assert slot.load_kwh is None
    assert slot.water_kwh is None


def test_a_time_without_a_zone_is_utc_and_any_other_is_converted() -> None:
    found = imported(COLUMNS, [row("2026-01-01T12:00"), row("2026-01-01T13:00:00+01:00")])
    assert [one.start for one in found] == [NOON, NOON]


def test_the_span_is_half_open() -> None:
    rows = [row(f"2026-01-01T12:{minute:02}:00Z") for minute in (0, 15, 30)]
    found = imported(
        COLUMNS,
        rows,
        since=datetime(2026, 1, 1, 12, 15, tzinfo=UTC),
        until=datetime(2026, 1, 1, 12, 30, tzinfo=UTC),
    )
    assert [one.start.minute for one in found] == [15]


def test_the_price_may_be_called_spot_per_kwh_or_be_absent() -> None:
    columns = ("start_utc", "load_kwh", "pv_kwh", "spot_per_kwh")
    assert next(imported(columns, [row(spot_per_kwh="2")])).spot_per_kwh == 2
    assert next(imported(columns[:3], [row()])).spot_per_kwh is None


@pytest.mark.parametrize(
    ("columns", "bad", "sentence"),
    [
        (("start_utc", "pv_kwh"), row(), "no column load_kwh"),
        (COLUMNS, row("yesterday"), "line 2: 'yesterday' is no time"),
        (COLUMNS, row("2026-01-01T12:05:00Z"), "no slot start"),
        (COLUMNS, row(load="much"), "load_kwh is 'much', no number"),
        (COLUMNS, row(load="nan"), "leave unknown cells empty"),
        (COLUMNS, row(load="-1"), "energies are not negative"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(
    columns: tuple[str, ...], bad: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ImportRefusedError, match=sentence):
        tuple(imported(columns, [bad]))
