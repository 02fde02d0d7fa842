"""The plainer houses that savings are measured against."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.slots import SLOT_HOURS
from darkstar_recorder.core.baseline import Cell, Exchange, self_consuming, without_battery

CELL = Cell(
    capacity_kwh=10, floor_kwh=1, ceiling_kwh=9, charge_kw=4, discharge_kw=2,
    charge_efficiency=0.9, discharge_efficiency=0.8, wear_cost_per_kwh=0.05,
)  # fmt: skip
ENERGY = st.floats(0, 5)
STORED = st.floats(CELL.floor_kwh, CELL.ceiling_kwh)


def test_without_a_battery_what_is_not_made_is_bought() -> None:
    assert without_battery(2.0, 0.5) == Exchange(import_kwh=1.5, export_kwh=0.0)


@pytest.mark.parametrize(
    ("load", "pv", "stored", "exchange", "after"),
    [
        (0.0, 0.5, 5.0, (0.0, 0.0), 5.45),  # all of it goes in, with a loss
        (0.0, 3.0, 5.0, (0.0, 2.0), 5.9),  # a quarter of an hour of 4 kW
        (0.0, 0.5, 9.0, (0.0, 0.5), 9.0),  # full
        (0.0, 0.5, 8.91, (0.0, 0.4), 9.0),  # nearly
        (0.4, 0.0, 5.0, (0.0, 0.0), 4.5),
        (3.0, 0.0, 5.0, (2.5, 0.0), 4.375),  # a quarter of an hour of 2 kW
        (0.4, 0.0, 1.0, (0.4, 0.0), 1.0),  # at its floor
        (0.4, 0.0, 1.25, (0.2, 0.0), 1.0),
        (0.4, 0.0, 0.5, (0.4, 0.0), 0.5),  # below it: nothing is made up
        (1.0, 1.0, 5.0, (0.0, 0.0), 5.0),
    ],
)
def test_surplus_goes_in_and_need_comes_out(
    load: float, pv: float, stored: float, exchange: tuple[float, float], after: float
) -> None:
    left, kept = self_consuming(load, pv, stored, CELL)
    assert (left.import_kwh, left.export_kwh) == pytest.approx(exchange)
    assert kept == pytest.approx(after)


@given(load=ENERGY, pv=ENERGY, stored=STORED)
def test_no_energy_is_made_or_lost_but_by_its_efficiency(
    load: float, pv: float, stored: float
) -> None:
    left, kept = self_consuming(load, pv, stored, CELL)
    into = pv + left.import_kwh - load - left.export_kwh
    factor = CELL.charge_efficiency if into > 0 else 1 / CELL.discharge_efficiency
    assert kept - stored == pytest.approx(into * factor, abs=1e-9)


@given(load=ENERGY, pv=ENERGY, stored=STORED)
def test_its_limits_are_kept(load: float, pv: float, stored: float) -> None:
    left, kept = self_consuming(load, pv, stored, CELL)
    assert CELL.floor_kwh - 1e-9 <= kept <= CELL.ceiling_kwh + 1e-9
    assert kept - stored <= CELL.charge_kw * SLOT_HOURS * CELL.charge_efficiency + 1e-9
    assert stored - kept <= CELL.discharge_kw * SLOT_HOURS / CELL.discharge_efficiency + 1e-9
    assert min(left.import_kwh, left.export_kwh) == 0
    assert left.import_kwh >= 0
    assert left.export_kwh >= 0


@given(load=ENERGY, pv=ENERGY, stored=STORED)
def test_it_never_buys_or_sells_more_than_without(load: float, pv: float, stored: float) -> None:
    left, _ = self_consuming(load, pv, stored, CELL)
    plain = without_battery(load, pv)
    assert left.import_kwh <= plain.import_kwh
    assert left.export_kwh <= plain.export_kwh


def test_a_cost_is_what_is_bought_less_what_is_sold() -> None:
    assert Exchange(import_kwh=2, export_kwh=3).cost(1.5, -0.5) == 4.5
