"""What runs of every kind planned for each slot, in the same words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bench.predecessor_episodes import PLAN_SLOTS, episodes
from hypothesis import given
from unit.recorder.test_episodes import HERE, JSON
from unit.recorder.test_store_episodes import taken

from darkstar_recorder.core.planned_slots import VALUES, PlannedSlot, planned_slots

START = datetime(2025, 7, 1, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def ours(*slots: Any) -> dict[str, Any]:
    return {"schedule": {"slots": list(slots)}}


def earlier(*rows: Any) -> dict[str, Any]:
    return {"schedule": {"schedule": list(rows), "meta": {}}}


def local(start: datetime) -> str:
    return start.astimezone(HERE).isoformat()


def test_a_run_of_today_says_its_slots_as_they_are() -> None:
    said = dict.fromkeys(VALUES, 1.5) | {"start": START.isoformat(), "reason": "cheap"}
    (found,) = planned_slots(ours(said), HERE)
    assert found == PlannedSlot(start=START, **dict.fromkeys(VALUES, 1.5))


def test_energies_of_an_earlier_one_become_powers() -> None:
    row = {
        "start_time": local(START), "adjusted_load_kwh": 0.25, "load_forecast_kwh": 0.2,
        "pv_forecast_kwh": 1.0, "kepler_import_kwh": 0.5, "kepler_export_kwh": 0.0,
        "battery_charge_kw": 3.0, "kepler_charge_kwh": 9.0, "kepler_discharge_kwh": 0.0,
        "water_heating_kw": 2.0, "projected_soc_percent": 41.0, "import_price_sek_kwh": 1.2,
        "export_price_sek_kwh": 0.4,
    }  # fmt: skip
    assert planned_slots(earlier(row), HERE) == (
        PlannedSlot(
            start=START, load_kw=1.0, pv_kw=4.0, import_kw=2.0, export_kw=0.0, charge_kw=3.0,
            discharge_kw=0.0, water_kw=2.0, soc_percent=41.0, import_per_kwh=1.2,
            export_per_kwh=0.4,
        ),
    )  # fmt: skip


def test_energies_of_whole_hours_are_powers_over_an_hour() -> None:
    hours = [{"start_time": local(START + hour * 4 * QUARTER), "import_kwh": 2.0}
             for hour in range(3)]  # fmt: skip
    found = planned_slots(earlier(*hours), HERE)
    assert [one.import_kw for one in found] == [2.0, 2.0, 2.0]
    assert [one.start for one in found] == [START + hour * 4 * QUARTER for hour in range(3)]


def test_all_slots_of_the_earlier_shape_are_found() -> None:
    content = taken(next(episodes(1))).content
    found = planned_slots(content, HERE)
    assert len(found) == PLAN_SLOTS
    assert [one.start for one in found] == sorted({one.start for one in found})
    plan = content["schedule"]["schedule"]
    for slot, row in zip(found, plan, strict=True):
        assert slot.import_per_kwh == row["import_price_sek_kwh"]
        assert slot.import_kw == pytest.approx(row["kepler_import_kwh"] * 4)
        balance = (slot.pv_kw or 0) + (slot.import_kw or 0) + (slot.discharge_kw or 0)
        used = (slot.load_kw or 0) + (slot.export_kw or 0) + (slot.charge_kw or 0)
        assert balance - used - (slot.water_kw or 0) == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [None, 3, "x", []],
        [{"start_time": "soon"}, {"start": 3}],
        [{"start_time": local(START + QUARTER / 2)}],
    ],
)
def test_rows_that_are_no_slots_are_left_out(rows: list[Any]) -> None:
    good = {"start_time": local(START), "water_heating_kw": 1.0}
    assert planned_slots(earlier(*rows), HERE) == ()
    assert [one.start for one in planned_slots(earlier(*rows, good), HERE)] == [START]
    assert planned_slots(ours(*rows), HERE) == ()


def test_what_is_no_number_is_unknown_and_a_slot_said_twice_is_one() -> None:
    said = [{"start": START.isoformat(), "load_kw": one} for one in ("much", 2.0)]
    assert planned_slots(ours(*said), HERE) == (PlannedSlot(start=START, load_kw=2.0),)


def test_what_lies_beyond_any_plan_is_damage() -> None:
    said = [{"start": (START + timedelta(days=day)).isoformat()} for day in (0, 14, 15, 900)]
    assert len(planned_slots(ours(*said), HERE)) == 2


@given(JSON)
def test_anything_has_slots_or_none(value: Any) -> None:
    for content in (value, {"schedule": value}, ours(value), earlier(value)):
        assert isinstance(planned_slots(content, ZoneInfo("UTC")), tuple)
