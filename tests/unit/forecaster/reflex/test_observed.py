"""What the recorder says is taken as it is meant: what is guessed is unknown."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from unit.forecaster.reflex.learned import DAY, MORNING

from darkstar_common.config import Config, Ev
from darkstar_common.slots import SLOT
from darkstar_forecaster.core.reflex import forecasts, house
from darkstar_forecaster.core.reflex.observed import FORECASTS, HOUSE

SLOTS: dict[str, Any] = {
    "start": [MORNING, MORNING + SLOT],
    "load_kwh": [0.5, 0.6],
    "pv_kwh": [0.1, 0.2],
    "import_kwh": [0.4, 0.4],
    "export_kwh": [0.0, 0.0],
    "charge_kwh": [0.0, 0.1],
    "discharge_kwh": [0.2, 0.0],
    "water_kwh": [0.1, 0.2],
    "ev_kwh": [0.05, 0.04],
    "soc_percent_start": [50.0, 49.0],
    "soc_percent_end": [49.0, 49.2],
    "import_per_kwh": [2.0, 2.0],
    "export_per_kwh": [1.0, 1.0],
    "label": ["clean", None],
    "flags": [[], []],
}
METERED = Config(evs=(Ev(),))
BARE = Config(water_heater=None)
FLAGS = pl.List(pl.Struct({"name": pl.String, "values": pl.List(pl.String)}))


def a_table(**changes: Any) -> pl.DataFrame:
    return pl.DataFrame(SLOTS | changes, schema_overrides={"flags": FLAGS})


def test_the_base_load_is_without_heater_and_cars() -> None:
    found = house(a_table(), METERED)
    assert list(found.columns) == list(HOUSE)
    assert found["base_kwh"].to_list() == pytest.approx([0.35, 0.36])


@pytest.mark.parametrize("meter", ["water_kwh", "ev_kwh"])
def test_a_meter_that_is_unknown_makes_the_base_load_unknown(meter: str) -> None:
    found = house(a_table(**{meter: [SLOTS[meter][0], None]}), METERED)
    assert found["base_kwh"].to_list() == [pytest.approx(0.35), None]


def test_days_that_people_want_left_out_are() -> None:
    late = [MORNING.replace(hour=21, minute=45), MORNING.replace(hour=22, minute=0)]
    found = house(a_table(start=late), METERED, not_to_learn=[MORNING.date()])
    assert found["start"].to_list() == late[1:]  # midnight in Stockholm


def test_a_heater_that_is_never_metered_is_part_of_it() -> None:
    table = a_table().with_columns(pl.lit(None, dtype=pl.Float64).alias("water_kwh"))
    found = house(table, METERED)
    assert found["base_kwh"].to_list() == pytest.approx([0.45, 0.56])


@pytest.mark.parametrize("flag", ["gap", "partial", "lump", "spike", "hourly"])
def test_guessed_energies_are_unknown(flag: str) -> None:
    flags = [[{"name": "charge", "values": [flag]}], [{"name": "pv", "values": ["dip", flag]}]]
    found = house(a_table(flags=flags), METERED)
    assert found["charge_kwh"].to_list() == [None, 0.1]
    assert found["pv_kwh"].to_list() == [0.1, None]
    assert found["discharge_kwh"].to_list() == [0.2, 0.0]


@pytest.mark.parametrize("flag", ["dip", "reset", "power"])
def test_other_flags_do_no_harm(flag: str) -> None:
    flags = [[{"name": "charge", "values": [flag]}], []]
    assert house(a_table(flags=flags), METERED)["charge_kwh"][0] == 0.0


def test_excluded_days_are_left_out_and_masked_ones_have_no_battery() -> None:
    assert house(a_table(label=["exclude", "clean"]), METERED).height == 1
    found = house(a_table(label=["mask_battery", "clean"]), METERED)
    masked = found.row(0, named=True)
    assert [masked[name] for name in ("charge_kwh", "discharge_kwh", "soc_start", "soc_end")] == [
        None
    ] * 4
    assert masked["base_kwh"] is not None


@pytest.mark.parametrize(
    ("vacation", "alarm", "away"),
    [(None, None, False), (True, None, True), (None, True, True), (False, False, False)],
)
def test_who_is_away_is_away(vacation: bool | None, alarm: bool | None, away: bool) -> None:
    table = a_table(vacation=[vacation] * 2, alarm_armed=[alarm] * 2).cast(
        {"vacation": pl.Boolean, "alarm_armed": pl.Boolean}
    )
    assert house(table, METERED)["away"].to_list() == [away] * 2


def test_an_earlier_recorder_without_some_columns_is_understood() -> None:
    known = a_table().drop("flags", "label", "ev_kwh", "water_kwh", "soc_percent_end")
    found = house(known, BARE)
    assert found["base_kwh"].to_list() == pytest.approx([0.5, 0.6])
    assert found["soc_end"].to_list() == [None, None]


def test_order_and_copies_do_not_matter() -> None:
    table = a_table()
    assert house(pl.concat([table.reverse(), table]), METERED).equals(house(table, METERED))


def a_forecast(**changes: Any) -> pl.DataFrame:
    row = {
        "start": [MORNING], "quantity": ["pv"], "p10_kw": [1.0], "p50_kw": [2.0],
        "p90_kw": [4.0], "issued_at": [MORNING - DAY], "mean_kw": [2.5],
    }  # fmt: skip
    return pl.DataFrame(row | changes, schema_overrides={"mean_kw": pl.Float64})


def test_the_mean_of_a_forecast_counts_and_else_that_of_its_quantiles() -> None:
    assert forecasts(a_forecast(), "pv")["expected_kw"].to_list() == [2.5]
    swanson = pytest.approx([0.3 + 0.8 + 1.2])
    assert forecasts(a_forecast(mean_kw=[None]), "pv")["expected_kw"].to_list() == swanson
    assert forecasts(a_forecast().drop("mean_kw"), "pv")["expected_kw"].to_list() == swanson
    assert forecasts(a_forecast(), "load").is_empty()


def test_nothing_known_is_an_empty_table() -> None:
    assert house(pl.DataFrame(), METERED).schema == dict(HOUSE)
    assert forecasts(pl.DataFrame(), "pv").schema == dict(FORECASTS)
