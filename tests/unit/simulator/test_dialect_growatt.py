"""What each priority of a Growatt SPH does, by the guide of its integration and by experience."""

from __future__ import annotations

import pytest
from unit.simulator.brands import Brand, a_brand

AC, BATTERY = "select.growatt_ac_charge_enable", "select.growatt_time_period_1_enable"
GRID = "select.growatt_grid_first_time_period_7_enable"
CHARGE_RATE, CHARGE_SOC = "number.growatt_charge_power_rate", "number.growatt_charge_stopped_soc"
RATE, SOC = "number.growatt_discharge_power_rate", "number.growatt_discharge_stopped_soc"
LOAD_SOC = "number.growatt_load_first_battery_minimum_soc"
LIMIT, METER = "number.growatt_export_limit_power", "select.growatt_export_limit_mode"


def growatt(load: float = 1.0, pv: float = 0.0, soc: float = 50.0) -> Brand:
    return a_brand("growatt", load=load, pv=pv, soc=soc).told(
        window("time_period_1") | window("grid_first_time_period_7")
    )


def window(period: str, start: str = "00:00", end: str = "23:59") -> dict[str, str]:
    return {f"text.growatt_{period}_start": start, f"text.growatt_{period}_end": end}


CHARGING = {AC: "Enabled", BATTERY: "Enabled"}


@pytest.mark.parametrize(
    ("load", "pv", "battery", "grid"),
    [(1.0, 0.0, -1.0, 0.0), (1.0, 3.0, 2.0, 0.0), (0.0, 8.0, 5.0, -3.0)],
)
def test_load_first_keeps_the_meter_at_zero(
    load: float, pv: float, battery: float, grid: float
) -> None:
    assert growatt(load, pv).net == (battery, grid)


def test_the_rates_say_nothing_in_load_first() -> None:
    assert growatt(load=2.0).told({RATE: "0"}).net == (-2.0, 0.0)
    assert growatt(1.0, 3.0).told({CHARGE_RATE: "0"}).net == (2.0, 0.0)


def test_load_first_keeps_its_own_minimum() -> None:
    assert growatt(soc=50.0).told({LOAD_SOC: "50"}).net == (0.0, 1.0)
    assert growatt(soc=50.0).told({SOC: "50"}).net == (-1.0, 0.0)
    assert growatt(soc=99.0).told({LOAD_SOC: "100"}).net == (0.0, 1.0)


def test_battery_first_with_ac_charge_charges_from_the_grid_at_the_rate() -> None:
    house = growatt().told({CHARGE_RATE: "60", CHARGE_SOC: "60"} | CHARGING)
    assert house.net == (3.0, 4.0)
    assert house.later(2).soc == pytest.approx(60.0)
    assert house.later(2).net == (0.0, 1.0)


def test_battery_first_without_ac_charge_only_holds() -> None:
    assert growatt().told({BATTERY: "Enabled"}).net == (0.0, 1.0)
    assert growatt(1.0, 3.0).told({BATTERY: "Enabled"}).net == (2.0, 0.0)


def test_ac_charge_alone_charges_nothing() -> None:
    assert growatt(soc=30.0).told({AC: "Enabled"}).net == (-1.0, 0.0)


def test_grid_first_feeds_house_and_grid_down_to_its_stop() -> None:
    house = growatt().told({RATE: "60", SOC: "40", GRID: "Enabled"})
    assert house.net == (-3.0, -2.0)
    assert house.later(2).soc == pytest.approx(40.0)


@pytest.mark.parametrize("settings", [{RATE: "0"}, {SOC: "100"}])
def test_grid_first_that_may_not_discharge_rests_the_battery(settings: dict[str, str]) -> None:
    assert growatt().told({**settings, GRID: "Enabled"}).net == (0.0, 1.0)
    assert growatt(1.0, 3.0).told({**settings, GRID: "Enabled"}).net == (0.0, -2.0)


def test_a_period_that_is_over_leaves_load_first() -> None:
    early = window("time_period_1", "22:00", "06:00")
    assert growatt().told(CHARGING | early).net == (-1.0, 0.0)
    assert growatt().told(CHARGING | early).later(8.5).net[0] == pytest.approx(5.0)


def test_the_export_limit_is_a_share_of_the_inverter_and_needs_a_meter() -> None:
    limited = growatt(0.0, 8.0).told({LIMIT: "50"})
    assert limited.net == (5.0, -3.0)
    assert growatt(0.0, 8.0).told({LIMIT: "20"}).net == (5.0, -1.2)
    assert growatt(0.0, 8.0).told({LIMIT: "0", METER: "Disabled"}).net == (5.0, -3.0)


@pytest.mark.parametrize("payload", ["ON", "Battery First", "enabled"])
def test_periods_are_enabled_and_disabled_by_those_words(payload: str) -> None:
    assert growatt().refuses(BATTERY, payload)


def test_all_four_flows_have_a_sensor_of_their_own() -> None:
    selling = growatt().told({RATE: "60", GRID: "Enabled"})
    shown = [
        selling.shows(f"sensor.growatt_{one}")
        for one in (
            "battery_charge_power", "battery_discharge_power", "grid_import_power",
            "grid_export_power",
        )
    ]  # fmt: skip
    assert shown == ["0", "3000", "0", "2000"]
