"""Forecasts of an earlier Darkstar: whole, once, and of an age that claims nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from darkstar_common.slots import SLOT
from darkstar_recorder.core.earlier_forecasts import EarlierForecast, forecasts

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOON = datetime(2025, 11, 16, 12, tzinfo=UTC)
ROW = {
    "slot_start": "2025-11-16T13:00:00+01:00",
    "forecast_version": "aurora",
    "pv_forecast_kwh": 0.5,
    "load_forecast_kwh": 0.25,
    "pv_p10": 0.25,
    "pv_p90": 0.75,
    "load_p10": None,
    "load_p90": None,
    "temp_c": 3.0,
    "pv_correction_kwh": 0.0,
    "load_correction_kwh": 0.0,
    "correction_source": "none",
}


def read(**changes: object) -> dict[str, EarlierForecast]:
    found = forecasts(ROW | changes, timezone=STOCKHOLM, now=NOON + SLOT)
    return {one.quantity: one for one in found}


def test_energies_of_a_slot_become_powers() -> None:
    found = read()
    assert found["pv"] == EarlierForecast(
        start=NOON, quantity="pv", version="aurora", p10_kw=1.0, p50_kw=2.0, p90_kw=3.0
    )
    assert found["load"] == EarlierForecast(
        start=NOON, quantity="load", version="aurora", p50_kw=1.0
    )


def test_what_was_learned_belongs_to_the_forecast_and_quantiles_stay_in_order() -> None:
    found = read(pv_correction_kwh=-0.375, load_correction_kwh=0.125, load_p90=0.25)
    pv, load = found["pv"], found["load"]
    assert (pv.p10_kw, pv.p50_kw, pv.p90_kw) == (0.5, 0.5, 3.0)
    assert (load.p50_kw, load.p90_kw) == (1.5, 1.5)
    assert read(pv_correction_kwh=-9.0)["pv"].p50_kw == 0


def test_a_base_load_goes_before_a_load_with_the_heater_in_it() -> None:
    found = read(base_load_forecast_kwh=0.125, base_load_p10=0.0625, load_p10=0.2)
    assert (found["load"].p50_kw, found["load"].p10_kw) == (0.5, 0.25)
    assert read(base_load_forecast_kwh=0.0)["load"].p50_kw == 1.0


@pytest.mark.parametrize("load", [None, 0.0])
def test_a_load_of_nothing_was_not_foretold(load: float | None) -> None:
    assert read(load_forecast_kwh=load).keys() == {"pv"}


def test_a_slot_to_come_is_left_to_better_forecasts() -> None:
    assert forecasts(ROW, timezone=STOCKHOLM, now=NOON - timedelta(seconds=1)) == ()


def test_a_row_has_the_same_id_whenever_it_is_read_and_no_other_has_it() -> None:
    rows = [
        read(),
        read(forecast_version="2.5.0-beta"),
        read(slot_start="2025-11-16T12:45:00+01:00"),
    ]
    assert len({one.id for row in rows for one in row.values()}) == 6
    assert read()["pv"].id == read(slot_start="2025-11-16T13:00:00")["pv"].id


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"slot_start": "noon"}, "its time cannot be read"),
        ({"pv_forecast_kwh": "much"}, "pv_forecast_kwh is no number"),
        ({"load_p10": float("inf")}, "load_p10 is no number"),
        ({"load_forecast_kwh": -1.0}, "load_forecast_kwh is -1, energies are not negative"),
    ],
)
def test_what_cannot_be_read_is_said(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}"):
        read(**changes)
