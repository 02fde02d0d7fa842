"""What each working mode of a Huawei does, by its manual and the wiki of the integration."""

from __future__ import annotations

import pytest
from unit.simulator.brands import Brand, a_brand

MODE, GRID = "select.batteries_working_mode", "switch.batteries_charge_from_grid"
EXCESS = "select.batteries_excess_pv_energy_use_in_tou"
CUTOFF, END = "number.batteries_grid_charge_cutoff_soc", "number.batteries_end_of_discharge_soc"
FROM_GRID = "number.batteries_grid_charge_maximum_power"
CHARGE = "number.batteries_maximum_charging_power"
DISCHARGE = "number.batteries_maximum_discharging_power"
FEED = "number.huawei_maximum_feed_grid_power"
SELF, PERIODS, SELLING = "maximise_self_consumption", "time_of_use_luna2000", "fully_fed_to_grid"


def huawei(load: float = 1.0, pv: float = 0.0, soc: float = 50.0) -> Brand:
    return a_brand("huawei", load=load, pv=pv, soc=soc)


@pytest.mark.parametrize(
    ("mode", "load", "pv", "battery", "grid"),
    [
        (SELF, 1.0, 0.0, -1.0, 0.0),
        (SELF, 1.0, 3.0, 2.0, 0.0),
        (SELF, 0.0, 8.0, 5.0, -3.0),
        (PERIODS, 1.0, 0.0, 0.0, 1.0),  # charging from the grid is off
        (SELLING, 1.0, 0.0, -5.0, -4.0),
        (SELLING, 1.0, 3.0, -3.0, -5.0),  # as much as the inverter gives
        ("adaptive", 1.0, 3.0, 0.0, -2.0),
    ],
)
def test_a_mode_does_what_is_written_of_it(
    mode: str, load: float, pv: float, battery: float, grid: float
) -> None:
    assert huawei(load, pv).told({MODE: mode}).net == (battery, grid)


def test_the_grid_charges_in_the_charge_period_with_its_own_power() -> None:
    charging = huawei().told({CUTOFF: "80", FROM_GRID: "2000", GRID: "ON", MODE: PERIODS})
    assert charging.net == (2.0, 3.0)
    assert charging.told({CHARGE: "1500"}).net == (1.5, 2.5)


def test_the_grid_does_not_charge_in_self_consumption_even_if_allowed() -> None:
    """The switch alone is not enough, as people found."""
    assert huawei(soc=30.0).told({CUTOFF: "80", GRID: "ON", MODE: SELF}).net == (-1.0, 0.0)


def test_the_grid_charges_up_to_the_cutoff() -> None:
    charged = huawei(soc=50.0).told({CUTOFF: "60.5", GRID: "ON", MODE: PERIODS}).later(2)
    assert charged.soc == pytest.approx(60.5)
    assert charged.net == (0.0, 1.0)


@pytest.mark.parametrize(
    ("excess", "battery", "grid"), [("charge", 2.0, 0.0), ("fed_to_grid", 0.0, -2.0)]
)
def test_excess_pv_in_time_of_use_goes_where_it_is_told(
    excess: str, battery: float, grid: float
) -> None:
    assert huawei(1.0, 3.0).told({EXCESS: excess, MODE: PERIODS}).net == (battery, grid)


def test_the_maximum_powers_hold_in_self_consumption() -> None:
    assert huawei().told({DISCHARGE: "0"}).net == (0.0, 1.0)
    assert huawei(1.0, 3.0).told({CHARGE: "0"}).net == (0.0, -2.0)


def test_a_sale_has_the_maximum_discharging_power_and_ends_at_the_end_of_discharge() -> None:
    selling = huawei(soc=22.0).told({DISCHARGE: "3000", END: "15", MODE: SELLING})
    assert selling.net == (-3.0, -2.0)
    assert selling.later(2).soc == pytest.approx(15.0)


@pytest.mark.parametrize(
    ("entity", "payload"), [(END, "20.5"), (CUTOFF, "19"), (MODE, "Time Of Use")]
)
def test_what_the_battery_does_not_take_is_refused(entity: str, payload: str) -> None:
    assert huawei().refuses(entity, payload)


def test_the_limit_of_what_is_fed_in_curtails() -> None:
    limited = huawei(0.0, 8.0).told({FEED: "1000"})
    assert limited.net == (5.0, -1.0)
    assert limited.flows.curtailed_kw == pytest.approx(2.0)


def test_charging_and_export_are_positive() -> None:
    selling = huawei().told({DISCHARGE: "3000", MODE: SELLING})
    assert selling.shows("sensor.batteries_charge_discharge_power") == "-3000"
    assert selling.shows("sensor.power_meter_active_power") == "2000"
    assert huawei(1.0, 3.0).shows("sensor.batteries_charge_discharge_power") == "2000"
