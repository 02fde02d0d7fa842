from __future__ import annotations

import math
from dataclasses import replace

import pytest

from darkstar_simulator.core.battery import (
    limits,
    next_boundary,
    stored_rate_kw,
    taper_share,
)
from darkstar_simulator.core.control import Control
from darkstar_simulator.core.parameters import BatteryParameters, TaperBand

BATTERY = BatteryParameters(
    capacity_kwh=10.0,
    max_charge_kw=5.0,
    max_discharge_kw=4.0,
    charge_efficiency=0.9,
    discharge_efficiency=0.8,
    standby_kw=0.09,
    nominal_voltage_v=50.0,
    taper=(TaperBand(from_percent=90, share=0.5), TaperBand(from_percent=95, share=0.2)),
)
AT_20 = Control(
    charge_kw=9.0, discharge_kw=9.0, export_kw=9.0, floor_percent=20.0, ceiling_percent=20.0
)


@pytest.mark.parametrize(
    ("stored", "share"), [(0, 1), (8.99, 1), (9.0, 0.5), (9.49, 0.5), (9.5, 0.2), (10, 0.2)]
)
def test_taper_is_a_staircase(stored: float, share: float) -> None:
    assert taper_share(stored, BATTERY) == share


@pytest.mark.parametrize(
    ("stored", "grid_charging", "expected"),
    [
        # from PV, from grid, discharge
        (5.0, False, (5.0, 0.0, 4.0)),
        (5.0, True, (5.0, 0.0, 4.0)),
        (1.0, True, (5.0, 5.0, 0.0)),
        (1.0, False, (5.0, 0.0, 0.0)),
        (2.0, False, (5.0, 0.0, 0.0)),
        (2.0, True, (5.0, 0.0, 0.0)),
        (9.2, False, (2.5, 0.0, 4.0)),
        (10.0, False, (0.1, 0.0, 4.0)),
    ],
)
def test_limits_by_soc(
    stored: float, grid_charging: bool, expected: tuple[float, float, float]
) -> None:
    found = limits(stored, replace(AT_20, grid_charging=grid_charging), BATTERY)
    assert (found.from_pv_kw, found.from_grid_kw, found.discharge_kw) == pytest.approx(expected)


def test_commanded_powers_limit() -> None:
    slow = replace(AT_20, charge_kw=1.0, discharge_kw=1.5)
    found = limits(5.0, slow, BATTERY)
    assert (found.from_pv_kw, found.discharge_kw) == pytest.approx((1.0, 1.5))


def test_commanded_power_and_taper_do_not_multiply() -> None:
    found = limits(9.2, replace(AT_20, charge_kw=2.0), BATTERY)
    assert found.from_pv_kw == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("charge", "discharge", "rate"),
    [(1.0, 0.0, 0.9 - 0.09), (0.0, 0.8, -1.0 - 0.09), (0.0, 0.0, -0.09), (0.1, 0.0, 0.0)],
)
def test_rate_of_the_store(charge: float, discharge: float, rate: float) -> None:
    assert stored_rate_kw(charge, discharge, 0.09, BATTERY) == pytest.approx(rate, abs=1e-12)


def test_standby_comes_out_of_the_store_only_above_the_target() -> None:
    above, at, below = (limits(stored, AT_20, BATTERY) for stored in (2.1, 2.0, 1.9))
    assert (above.standby_kw, above.standby_ac_kw) == (0.09, 0.0)
    assert (at.standby_kw, at.standby_ac_kw) == (0.0, 0.09)
    assert (below.standby_kw, below.standby_ac_kw) == (0.0, 0.09)


@pytest.mark.parametrize(
    ("stored", "rate", "hours", "edge"),
    [
        (1.0, 1.0, 1.0, 2.0),
        (2.0, 1.0, 7.0, 9.0),
        (9.0, 1.0, 0.5, 9.5),
        (9.5, 0.5, 1.0, 10.0),
        (9.2, -1.0, 0.2, 9.0),
        (3.0, -2.0, 0.5, 2.0),
        (2.0, -2.0, 1.0, 0.0),
        (5.0, 0.0, math.inf, 5.0),
    ],
)
def test_next_boundary(stored: float, rate: float, hours: float, edge: float) -> None:
    assert next_boundary(stored, rate, AT_20, BATTERY) == pytest.approx((hours, edge))


@pytest.mark.parametrize(
    ("stored", "rate", "edge"), [(1.0, 1.0, 2.0), (2.0, 1.0, 3.0), (3.0, 1.0, 7.0), (7.0, 1.0, 9.0),
                                 (8.0, -1.0, 7.0), (7.0, -1.0, 3.0), (2.5, -1.0, 2.0)]
)  # fmt: skip
def test_floor_ceiling_and_full_are_boundaries(stored: float, rate: float, edge: float) -> None:
    apart = replace(AT_20, ceiling_percent=30.0, full_percent=70.0)
    assert next_boundary(stored, rate, apart, BATTERY)[1] == edge


def test_a_battery_that_never_fills_is_refused() -> None:
    with pytest.raises(ValueError, match="standby_kw=1"):
        BatteryParameters(standby_kw=1.0)
