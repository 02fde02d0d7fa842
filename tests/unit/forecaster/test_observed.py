"""What the recorder tells becomes a past that can be forecast from: unknown stays unknown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.contract import Service, SlotObservation
from darkstar_common.slots import SLOT, slots
from darkstar_forecaster.core.observed import (
    ENERGIES,
    OBSERVED,
    observed,
    past_of,
    row_of,
    water_is_metered,
)
from darkstar_forecaster.core.situation import PAST, TIME

START = datetime(2026, 5, 5, 21, tzinfo=UTC)
STOCKHOLM = ZoneInfo("Europe/Stockholm")
energies = st.one_of(st.none(), st.floats(0, 5))


def told(**columns: Sequence[object]) -> pl.DataFrame:
    count = len(next(iter(columns.values())))
    starts = pl.Series(slots(START, count), dtype=TIME)
    return pl.DataFrame({"start": starts, **columns}, strict=False)


def past(rows: pl.DataFrame, *, heater: bool = False, vehicles: bool = False) -> pl.DataFrame:
    return past_of(rows, zone=STOCKHOLM, has_water_heater=heater, has_vehicles=vehicles)


def test_what_is_not_told_is_unknown() -> None:
    rows = observed(told(load_kwh=[1.0]))
    assert rows.schema == dict(OBSERVED)
    assert rows["pv_kwh"].to_list() == [None]
    assert rows["exclude"].to_list() == [False]
    assert past(rows).schema == dict(PAST)


def test_energies_become_powers() -> None:
    rows = observed(told(load_kwh=[0.25], pv_kwh=[0.5], charge_kwh=[1.0], soc_percent_end=[50.0]))
    (row,) = past(rows).iter_rows(named=True)
    assert (row["load_kw"], row["pv_kw"], row["charge_kw"]) == (1.0, 2.0, 4.0)
    assert row["soc_percent"] == 50.0
    assert row["import_kw"] is None


@pytest.mark.parametrize("flag", ["gap", "partial", "lump"])
def test_an_energy_whose_time_is_not_known_is_unknown_and_the_others_are_not(flag: str) -> None:
    flags = [[{"name": "load", "values": [flag]}], [{"name": "pv", "values": ["reset"]}]]
    rows = observed(told(load_kwh=[1.0, 1.0], pv_kwh=[1.0, 1.0], flags=flags))
    assert rows["load_kwh"].to_list() == [None, 1.0]
    assert rows["pv_kwh"].to_list() == [1.0, 1.0]


def test_a_day_that_is_labelled_so_is_not_learned_from() -> None:
    rows = observed(told(load_kwh=[1.0] * 4, label=["exclude", "clean", "mask_battery", None]))
    assert past(rows)["fit"].to_list() == [False, True, True, True]


def test_local_days_that_people_want_left_out_are_not_learned_from() -> None:
    rows = observed(told(load_kwh=[1.0] * 8))
    found = past_of(
        rows, zone=STOCKHOLM, has_water_heater=False, has_vehicles=False,
        not_to_learn=[date(2026, 5, 6)],
    )  # fmt: skip
    assert found["fit"].to_list() == [True] * 4 + [False] * 4  # midnight in Stockholm


@pytest.mark.parametrize(
    ("heater", "water", "expected"),
    [
        (True, [0.25, None], [3.0, None]),  # metered: what it took is needed
        (True, [None, None], [4.0, 4.0]),  # never metered: the load has it
        (False, [None, None], [4.0, 4.0]),
    ],
)
def test_the_base_load_is_without_the_water_heater(
    heater: bool, water: list[float | None], expected: list[float | None]
) -> None:
    rows = observed(told(load_kwh=[1.0, 1.0], water_kwh=water))
    assert past(rows, heater=heater)["load_kw"].to_list() == expected
    assert water_is_metered(rows) is (water[0] is not None)


def test_the_base_load_is_without_vehicles() -> None:
    rows = observed(told(load_kwh=[3.0, 1.0], ev_kwh=[2.75, None]))
    assert past(rows, vehicles=True)["load_kw"].to_list() == [1.0, None]
    assert past(rows)["load_kw"].to_list() == [1.0, 4.0]


@given(load=energies, water=energies, ev=energies)
def test_the_base_load_is_never_negative_nor_more_than_the_load(
    load: float | None, water: float | None, ev: float | None
) -> None:
    rows = observed(told(load_kwh=[load], water_kwh=[water], ev_kwh=[ev]))
    (found,) = past(rows, heater=True, vehicles=True)["load_kw"]
    if load is None:
        assert found is None
    elif found is not None:
        assert 0 <= found <= load * 4 + 1e-9


@given(load=energies, pv=energies, flags=st.sets(st.sampled_from(["gap", "reset", "lump"])))
def test_a_slot_from_the_bus_is_the_same_as_from_the_recorder(
    load: float | None, pv: float | None, flags: set[str]
) -> None:
    slot = SlotObservation(
        sender=Service.RECORDER, emitted_at=START, start=START, load_kwh=load, pv_kwh=pv,
        quality=tuple(flags), flags={"load": tuple(flags)} if flags else {}, vacation=True,
    )  # fmt: skip
    nested = [[{"name": "load", "values": list(flags)}]]
    asked = told(load_kwh=[load], pv_kwh=[pv], vacation=[True], flags=nested)
    assert observed([row_of(slot)]).equals(observed(asked))


def test_flags_of_all_energies_together_hold_for_each() -> None:
    slot = SlotObservation(
        sender=Service.RECORDER, emitted_at=START, start=START + SLOT, load_kwh=1.0, pv_kwh=1.0,
        quality=("gap",),
    )  # fmt: skip
    row = observed([row_of(slot)]).row(0, named=True)
    assert {row[f"{name}_kwh"] for name in ENERGIES} == {None}
