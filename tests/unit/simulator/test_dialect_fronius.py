"""What each storage control mode of a Fronius does, by the integration's description of them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from unit.simulator.brands import Brand, a_brand

MODE = "select.fm_ext_control_mode"
CHARGE, DISCHARGE = "number.fm_charge_limit", "number.fm_discharge_limit"
BUY, SELL = "number.fm_grid_charge_power", "number.fm_grid_discharge_power"
MOST, LEAST = "number.fm_api_soc_max", "number.fm_minimum_reserve"


def fronius(load: float = 1.0, pv: float = 0.0, soc: float = 50.0) -> Brand:
    return a_brand("fronius", load=load, pv=pv, soc=soc)


@pytest.mark.parametrize(
    ("mode", "powers", "around", "net"),
    [
        ("auto", {}, (1.0, 0.0), (-1.0, 0.0)),
        ("auto", {}, (1.0, 5.0), (4.0, 0.0)),
        ("auto", {CHARGE: "1000", DISCHARGE: "0"}, (1.0, 5.0), (4.0, 0.0)),  # of other modes
        ("pv_charge_limit", {CHARGE: "1000"}, (1.0, 5.0), (1.0, -3.0)),
        ("pv_charge_limit", {CHARGE: "1000"}, (2.0, 0.0), (-2.0, 0.0)),
        ("discharge_limit", {DISCHARGE: "500"}, (2.0, 0.0), (-0.5, 1.5)),
        ("discharge_limit", {DISCHARGE: "500"}, (1.0, 5.0), (4.0, 0.0)),
        ("pv_charge_and_discharge_limit", {CHARGE: "1000"}, (1.0, 5.0), (1.0, -3.0)),
        ("pv_charge_and_discharge_limit", {DISCHARGE: "500"}, (2.0, 0.0), (-0.5, 1.5)),
        ("charge_from_grid", {BUY: "3000"}, (1.0, 0.0), (3.0, 4.0)),
        ("charge_from_grid", {BUY: "3000"}, (1.0, 2.0), (3.0, 2.0)),  # PV first
        ("charge_from_grid", {}, (1.0, 0.0), (0.0, 1.0)),  # nothing until its power is told
        ("discharge_to_grid", {SELL: "3000"}, (1.0, 0.0), (-3.0, -2.0)),
        ("discharge_to_grid", {}, (1.0, 0.0), (0.0, 1.0)),
        ("block_discharging", {}, (1.0, 0.0), (0.0, 1.0)),
        ("block_discharging", {CHARGE: "1000"}, (1.0, 5.0), (1.0, -3.0)),
        ("block_charging", {}, (1.0, 5.0), (0.0, -4.0)),
        ("block_charging", {DISCHARGE: "500"}, (2.0, 0.0), (-0.5, 1.5)),
        ("block_charging", {DISCHARGE: "0"}, (2.0, 0.0), (0.0, 2.0)),
    ],
)
def test_a_mode_does_what_is_written_of_it(
    mode: str,
    powers: Mapping[str, str],
    around: tuple[float, float],
    net: tuple[float, float],
) -> None:
    """`around` is load and PV, `net` battery (charging positive) and grid (import positive)."""
    assert fronius(*around).told({MODE: mode, **powers}).net == net


def test_a_power_told_before_its_mode_comes_to_nothing() -> None:
    assert fronius().told({BUY: "3000", MODE: "charge_from_grid"}).net == (0.0, 1.0)


def test_a_change_of_mode_forgets_the_powers_and_the_same_mode_again_does_not() -> None:
    buying = fronius().told({MODE: "charge_from_grid", BUY: "3000"})
    assert buying.told({MODE: "charge_from_grid"}).net == (3.0, 4.0)
    again = buying.told({MODE: "auto"}).told({MODE: "charge_from_grid"})
    assert again.shows(BUY) == "0"
    limited = fronius(2.0).told({MODE: "discharge_limit", DISCHARGE: "500"})
    freed = limited.told({MODE: "pv_charge_and_discharge_limit"})
    assert freed.net == (-2.0, 0.0)
    assert freed.shows(DISCHARGE) == fronius().shows(DISCHARGE)


def test_charging_ends_at_the_soc_maximum() -> None:
    told = {MOST: "60", MODE: "charge_from_grid", BUY: "5000"}
    assert fronius().told(told).later(2).soc == pytest.approx(60.0)
    assert fronius(1.0, 5.0, soc=60.0).told({MOST: "60"}).net == (0.0, -4.0)


def test_discharging_ends_at_the_minimum_reserve() -> None:
    told = {LEAST: "40", MODE: "discharge_to_grid", SELL: "5000"}
    assert fronius().told(told).later(2).soc == pytest.approx(40.0)
    full = fronius(soc=40.0).told({LEAST: "40"})
    assert full.told({MODE: "discharge_limit"}).net == (0.0, 1.0)
    assert full.net == (-1.0, 0.0), "auto is the inverter's own management"


@pytest.mark.parametrize(
    ("entity", "payload"),
    [(MODE, "Charge from Grid"), (LEAST, "4"), (MOST, "101"), (BUY, "99999"), (SELL, "-10")],
)
def test_what_the_gateway_does_not_take_is_refused(entity: str, payload: str) -> None:
    assert fronius().refuses(entity, payload)


def test_discharge_and_import_are_positive() -> None:
    buying = fronius().told({MODE: "charge_from_grid", BUY: "3000"})
    assert buying.shows("sensor.fm_storage_power") == "-3000"
    assert buying.shows("sensor.fm_power") == "4000"
