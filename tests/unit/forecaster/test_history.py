from __future__ import annotations

from datetime import UTC, datetime

import pytest

from darkstar_common.slots import SLOT
from darkstar_forecaster.core.history import History, PastSlot

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def history(*slots: PastSlot) -> History:
    return History().plus(slots, since=LONG_AGO)


def past(number: int = 0, load: float | None = 1.0, **more: object) -> PastSlot:
    fields = {"pv_kwh": 0.5} | more
    return PastSlot(start=NOON + number * SLOT, load_kwh=load, **fields)  # type: ignore[arg-type]


def base(found: History, *, has_water_heater: bool = True) -> list[float]:
    return list(found.base_load_kw(has_water_heater=has_water_heater).values())


def test_the_base_load_is_without_heater_and_vehicles() -> None:
    assert base(history(past(load=1.0, water_kwh=0.25, ev_kwh=0.5))) == [1.0]


def test_rounding_does_not_make_it_negative() -> None:
    assert base(history(past(load=0.749, water_kwh=0.75))) == [0.0]


def test_a_slot_without_its_heater_reading_is_unknown() -> None:
    assert base(history(past(0, water_kwh=0.0), past(1))) == [4.0]


def test_a_heater_that_is_never_metered_is_part_of_the_load() -> None:
    found = history(past(0), past(1))
    assert not found.water_is_metered
    assert base(found) == [4.0, 4.0]


def test_without_a_heater_nothing_is_missing() -> None:
    assert base(history(past(0, water_kwh=0.0), past(1)), has_water_heater=False) == [4.0, 4.0]


@pytest.mark.parametrize("flag", ["gap", "partial"])
def test_slots_whose_timing_is_assumed_do_not_count(flag: str) -> None:
    found = history(past(0, quality=(flag,), water_kwh=0.0))
    assert base(found) == []
    assert found.pv_kw() == {}


def test_a_reset_counts() -> None:
    assert base(history(past(0, quality=("reset",)))) == [4.0]


def test_unknown_energies_are_left_out() -> None:
    found = history(past(0, load=None), past(1, pv_kwh=None))
    assert base(found) == [4.0]
    assert found.pv_kw() == {NOON: 2.0}


def test_a_correction_replaces_and_old_slots_go() -> None:
    found = history(past(0), past(1)).plus([past(1, load=3.0)], since=NOON + SLOT)
    assert base(found) == [12.0]


def test_what_came_while_asking_stands_above_the_answer() -> None:
    asked, meanwhile = history(past(0), past(1)), history(past(1, load=2.0))
    assert base(asked.under(meanwhile)) == [4.0, 8.0]
