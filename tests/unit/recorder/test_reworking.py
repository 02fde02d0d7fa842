"""Slots that are not what their readings make are found, and replaced in whole runs."""

from __future__ import annotations

from datetime import UTC, datetime

from darkstar_common.slots import SLOT
from darkstar_recorder.core.flags import GAP, LUMP, PARTIAL, RESET
from darkstar_recorder.core.reworking import APART_KWH, reworked
from darkstar_recorder.core.slots import SlotEnergy

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def rows(
    *loads: float | None, flags: int = 0, pv: float | None = 0.1
) -> dict[datetime, SlotEnergy]:
    found = {}
    for number, load in enumerate(loads):
        kwh = {} if load is None else {"load": load}
        if pv is not None:
            kwh["pv"] = pv
        start = NOON + number * SLOT
        found[start] = SlotEnergy(
            start=start, kwh=kwh, flags={"load": flags} if flags else {}, soc_percent_start=50.0
        )
    return found


def test_slots_as_their_readings_make_them_are_left_alone() -> None:
    assert list(reworked(rows(1, 2, 3), rows(1, 2 + APART_KWH / 2, 3))) == []


def test_a_wrong_slot_is_replaced_and_what_the_readings_do_not_know_stays() -> None:
    found = rows(1.0, 2.5, 3.0, pv=None)
    ((row,),) = reworked(found, rows(1.0, 2.0, 3.0))
    assert (row.start, row.kwh, row.soc_percent_start) == (
        NOON + SLOT, {"load": 2.5, "pv": 0.1}, 50.0,
    )  # fmt: skip


def test_what_is_missing_is_made() -> None:
    known = rows(1.0, None, 3.0)
    del known[NOON + 2 * SLOT]
    ((second, third),) = reworked(rows(1.0, 2.0, 3.0), known)
    assert (second.kwh["load"], third.kwh["load"]) == (2.0, 3.0)


def test_a_gap_that_divides_otherwise_is_no_difference() -> None:
    assert list(reworked(rows(1, 2, flags=GAP), rows(2, 1, flags=GAP | RESET))) == []
    assert list(reworked(rows(1, 2, flags=GAP), rows(2, 1, flags=LUMP)))


def test_a_gap_beside_a_real_difference_is_replaced_with_it_so_that_nothing_is_lost() -> None:
    known = rows(1, 1, 4, flags=GAP)
    found = rows(2, 2, 2, flags=GAP) | {
        NOON + 3 * SLOT: SlotEnergy(start=NOON + 3 * SLOT, kwh={"load": 9.0})
    }
    ((*run,),) = reworked(found, known)
    assert [one.kwh["load"] for one in run] == [2, 2, 2, 9]


def test_a_run_ends_where_the_readings_say_nothing() -> None:
    known = rows(1, 1, 4, flags=GAP)
    found = rows(2, 2, 2, flags=GAP)
    del found[NOON + SLOT]
    found[NOON + 2 * SLOT] = SlotEnergy(start=NOON + 2 * SLOT, kwh={"load": 9.0})
    ((only,),) = reworked(found, known)
    assert only.start == NOON + 2 * SLOT


def test_readings_that_begin_in_mid_slot_overrule_nothing() -> None:
    assert list(reworked(rows(0.3, flags=PARTIAL), rows(1.0))) == []
    assert list(reworked(rows(0.3, flags=PARTIAL), rows(1.0, flags=PARTIAL)))
