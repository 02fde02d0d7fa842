"""What is not learned from: held-back production, dark days, meters that stand still."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from unit.forecaster.pv.sunny import JUNE, SOUTH, a_config

from darkstar_common.slots import slots
from darkstar_forecaster.core.pv.truth import curtailed, dark_days, frozen, teachable
from darkstar_forecaster.core.situation import PAST, empty

CONFIG = a_config(SOUTH, grid={"max_export_kw": 5.0})
EXPECTED_KW = 6.0


def some_slots(count: int = 1, **columns: Any) -> pl.DataFrame:
    """Slots with these values, fit and with a price."""
    values = {"pv_kw": 2.0, "fit": True, "spot_per_kwh": 0.5, "day": 0.0, **columns}
    made = pl.DataFrame({"start": slots(JUNE, count)}).cast({"start": PAST["start"]})
    made = made.with_columns(
        pl.Series(name, value if isinstance(value, list) else [value] * count)
        for name, value in values.items()
    )
    return pl.concat([empty(PAST), made], how="diagonal_relaxed")


FULL: dict[str, Any] = {
    "export_kw": 0.0,
    "import_kw": 0.0,
    "discharge_kw": 0.0,
    "soc_percent": 100.0,
}


@pytest.mark.parametrize(
    ("what", "values"),
    [
        ("a full battery and no export", FULL),
        ("a full battery whose discharge is not metered", {**FULL, "discharge_kw": None}),
        ("export that costs", {**FULL, "soc_percent": 50.0, "spot_per_kwh": -0.1}),
        ("export at its limit", {"export_kw": 4.95, "pv_kw": 4.5, "soc_percent": 100.0}),
    ],
)
def test_production_that_was_held_back_is_recognised(what: str, values: dict[str, Any]) -> None:
    past = some_slots(**values)
    assert curtailed(past, np.array([EXPECTED_KW]), CONFIG).all(), what


@pytest.mark.parametrize(
    ("what", "values"),
    [
        ("as much as expected", {**FULL, "pv_kw": 5.5}),
        ("it is exported", {**FULL, "export_kw": 1.5}),
        ("the house draws more", {**FULL, "import_kw": 0.4}),
        ("the battery gives", {**FULL, "discharge_kw": 0.4}),
        ("the battery has room", {**FULL, "soc_percent": 80.0}),
        ("nobody knows the export", {**FULL, "export_kw": None}),
        ("nobody knows how full the battery is", {**FULL, "soc_percent": None}),
        ("the sun is down", {**FULL, "pv_kw": 0.0}),
    ],
)
def test_what_may_be_clouds_is_not_called_held_back(what: str, values: dict[str, Any]) -> None:
    past = some_slots(**values)
    assert not curtailed(past, np.array([EXPECTED_KW]), CONFIG).any(), what


def test_a_paid_export_counts_with_the_compensation() -> None:
    past = some_slots(**{**FULL, "soc_percent": 50.0, "spot_per_kwh": -0.1})
    config = a_config(SOUTH, tariff={"export_compensation_per_kwh": 0.2})
    assert not curtailed(past, np.array([EXPECTED_KW]), config).any()


def test_a_house_without_battery_is_pinned_to_its_load_without_one_being_full() -> None:
    past = some_slots(**{**FULL, "soc_percent": None})
    config = a_config(SOUTH, battery=None)
    assert curtailed(past, np.array([EXPECTED_KW]), config).all()


@pytest.mark.parametrize(("length", "still"), [(11, False), (12, True), (40, True)])
def test_a_power_that_stays_for_hours_is_a_meter_that_stands_still(
    length: int, still: bool
) -> None:
    moving = [1.0 + 0.01 * number for number in range(20)]
    past = some_slots(count=20 + length, pv_kw=[*moving, *[3.0] * length])
    assert frozen(past, 8.0)[20:].all() == still
    assert not frozen(past, 8.0)[:20].any()


def test_a_night_does_not_stand_still() -> None:
    assert not frozen(some_slots(count=40, pv_kw=0.0), 8.0).any()


@pytest.mark.parametrize(
    ("given", "due", "dark"), [(0.2, 4.0, True), (1.0, 4.0, False), (0.0, 0.2, False)]
)
def test_a_bright_day_that_gave_nothing_is_dark(given: float, due: float, dark: bool) -> None:
    past = some_slots(count=40, pv_kw=given)
    assert (0.0 in dark_days(past, np.full(40, due), 8.0)) == dark


def test_a_day_of_unknown_weather_is_not_called_dark() -> None:
    past = some_slots(count=40, pv_kw=0.0)
    assert not len(dark_days(past, np.full(40, np.nan), 8.0))


def test_only_what_shows_the_sun_teaches() -> None:
    past = some_slots(
        count=4,
        pv_kw=[5.0, None, 5.1, 2.0],
        fit=[True, True, False, True],
        export_kw=[1.0, 1.0, 1.0, 0.0],
        import_kw=0.0,
        discharge_kw=0.0,
        soc_percent=100.0,
    )
    found = teachable(past, np.full(4, EXPECTED_KW), 8.0, CONFIG)
    assert found.tolist() == [True, False, False, False]
