"""What each EMS mode of a GoodWe does, by the description of the goodwe library."""

from __future__ import annotations

import pytest
from unit.simulator.brands import Brand, a_brand

MODE, POWER = "select.goodwe_ems_mode", "number.goodwe_ems_power_limit"
DEPTH, UPPER = "number.goodwe_depth_of_discharge_on_grid", "number.goodwe_soc_upper_limit"
LIMIT = "number.goodwe_grid_export_limit"


def goodwe(load: float = 1.0, pv: float = 0.0, soc: float = 50.0) -> Brand:
    return a_brand("goodwe", load=load, pv=pv, soc=soc)


@pytest.mark.parametrize(
    ("mode", "watts", "around", "net"),
    [
        ("auto", 0, (1.0, 0.0), (-1.0, 0.0)),
        ("auto", 3000, (1.0, 3.0), (2.0, 0.0)),  # the power is none of its business
        ("charge_battery", 3000, (1.0, 0.0), (3.0, 4.0)),
        ("charge_battery", 3000, (1.0, 2.0), (3.0, 2.0)),  # PV first
        ("charge_battery", 2000, (1.0, 5.0), (2.0, -2.0)),
        ("discharge_battery", 3000, (1.0, 0.0), (-3.0, -2.0)),
        ("discharge_battery", 0, (1.0, 0.0), (0.0, 1.0)),
        ("battery_standby", 3000, (1.0, 0.0), (0.0, 1.0)),
        ("battery_standby", 0, (1.0, 3.0), (0.0, -2.0)),
        ("conserve", 0, (1.0, 0.0), (0.0, 1.0)),
        ("conserve", 0, (1.0, 3.0), (2.0, 0.0)),
        ("charge_pv", 0, (1.0, 0.0), (0.0, 1.0)),
        ("charge_pv", 0, (1.0, 3.0), (2.0, 0.0)),
        ("buy_power", 2000, (1.0, 0.0), (1.0, 2.0)),
        ("sell_power", 2000, (1.0, 0.0), (-3.0, -2.0)),
        ("off_grid", 0, (1.0, 0.0), (0.0, 1.0)),
    ],
)
def test_a_mode_does_what_is_written_of_it(
    mode: str, watts: int, around: tuple[float, float], net: tuple[float, float]
) -> None:
    """`around` is load and PV, `net` battery (charging positive) and grid (import positive)."""
    assert goodwe(*around).told({POWER: str(watts), MODE: mode}).net == net


def test_a_forced_charge_ends_at_the_soc_upper_limit() -> None:
    charged = goodwe(soc=50.0).told({UPPER: "60", POWER: "5000", MODE: "charge_battery"}).later(2)
    assert charged.soc == pytest.approx(60.0)


def test_the_soc_upper_limit_holds_for_the_sun_too() -> None:
    assert goodwe(pv=3.0, soc=60.0).told({UPPER: "60"}).net == (0.0, -2.0)


def test_a_forced_discharge_ends_at_what_the_depth_of_discharge_leaves() -> None:
    sold = goodwe(soc=50.0).told({DEPTH: "60", POWER: "5000", MODE: "discharge_battery"}).later(2)
    assert sold.soc == pytest.approx(40.0)
    assert goodwe(soc=40.0).told({DEPTH: "60"}).net == (0.0, 1.0)


def test_a_depth_of_zero_is_no_discharge() -> None:
    assert goodwe(soc=90.0).told({DEPTH: "0"}).later(1).soc == pytest.approx(90.0)


def test_the_export_limit_curtails() -> None:
    limited = goodwe(0.0, 8.0).told({LIMIT: "1000"})
    assert limited.net == (5.0, -1.0)
    assert limited.flows.curtailed_kw == pytest.approx(2.0)


@pytest.mark.parametrize("payload", ["Auto", "general", "charge battery"])
def test_a_mode_of_another_name_is_refused(payload: str) -> None:
    assert goodwe().refuses(MODE, payload)


def test_discharge_and_export_are_positive() -> None:
    selling = goodwe().told({POWER: "3000", MODE: "discharge_battery"})
    assert selling.shows("sensor.goodwe_battery_power") == "3000"
    assert selling.shows("sensor.goodwe_active_power") == "2000"
    buying = goodwe().told({POWER: "3000", MODE: "charge_battery"})
    assert buying.shows("sensor.goodwe_battery_power") == "-3000"
    assert buying.shows("sensor.goodwe_active_power") == "-4000"
