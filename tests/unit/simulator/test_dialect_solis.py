"""What switches and slots of a Solis do, by the description of its integration and its maker."""

from __future__ import annotations

from datetime import timedelta

import pytest
from unit.simulator.brands import Brand, a_brand
from unit.simulator.houses import START

SLOT = "grid_time_of_use"
CHARGING, DISCHARGING = f"switch.{SLOT}_charging_period_1", f"switch.{SLOT}_discharge_period_1"
GRID, RESERVE = "switch.allow_grid_to_charge_the_battery", "switch.reserve_battery_mode"
LIMITED, LIMIT = "switch.grid_feed_in_power_limit_switch", "number.solis_backflow_power"
CHARGE_SOC = f"number.solis_{SLOT}_charge_cut_off_soc_slot_1"
CHARGE_A = f"number.solis_{SLOT}_charge_battery_current_slot_1"
DISCHARGE_SOC = f"number.solis_{SLOT}_discharge_cut_off_soc_slot_1"
DISCHARGE_A = f"number.solis_{SLOT}_discharge_battery_current_slot_1"
MAX_CHARGE, MAX_DISCHARGE = (
    f"number.solis_battery_max_{one}_current" for one in ("charge", "discharge")
)
BACKUP, OVERDISCHARGE = "number.solis_backup_soc", "number.solis_overdischarge_soc"


def solis(load: float = 1.0, pv: float = 0.0, soc: float = 50.0) -> Brand:
    return a_brand("solis", load=load, pv=pv, soc=soc)


def window(which: str, start: str = "00:00", end: str = "23:59") -> dict[str, str]:
    return {
        f"text.solis_{SLOT}_{which}_start_slot_1": start,
        f"text.solis_{SLOT}_{which}_end_slot_1": end,
    }


def charging(amperes: float = 60, soc: int = 80) -> dict[str, str]:
    return window("charge") | {CHARGE_SOC: str(soc), CHARGE_A: str(amperes), CHARGING: "ON"}


def selling(amperes: float = 60, soc: int = 20) -> dict[str, str]:
    return window("discharge") | {
        DISCHARGE_SOC: str(soc), DISCHARGE_A: str(amperes), DISCHARGING: "ON",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("load", "pv", "battery", "grid"),
    [(1.0, 0.0, -1.0, 0.0), (1.0, 3.0, 2.0, 0.0), (0.0, 8.0, 5.0, -3.0)],
)
def test_self_use_keeps_the_meter_at_zero(
    load: float, pv: float, battery: float, grid: float
) -> None:
    assert solis(load, pv).net == (battery, grid)


def test_the_maximum_currents_hold_in_self_use() -> None:
    assert solis().told({MAX_DISCHARGE: "0"}).net == (0.0, 1.0)
    assert solis(1.0, 3.0).told({MAX_CHARGE: "20"}).net == (1.0, -1.0)  # 20 A at 50 V


def test_a_charging_slot_takes_its_current_from_the_grid() -> None:
    assert solis().told(charging(60)).net == (3.0, 4.0)
    assert solis().told(charging(60) | {MAX_CHARGE: "20"}).net == (1.0, 2.0)


def test_a_charging_slot_charges_from_the_sun_alone_if_the_grid_may_not() -> None:
    assert solis(1.0, 2.0).told(charging(60) | {GRID: "OFF"}).net == (1.0, 0.0)
    assert solis().told(charging(60) | {GRID: "OFF"}).net == (0.0, 1.0)


def test_a_charging_slot_ends_at_its_soc() -> None:
    assert solis().told(charging(100, soc=60)).later(2).soc == pytest.approx(60.0)


def test_a_discharging_slot_feeds_house_and_grid_down_to_its_soc() -> None:
    house = solis().told(selling(60, soc=40))
    assert house.net == (-3.0, -2.0)
    assert house.later(2).soc == pytest.approx(40.0)


def test_the_grid_charges_nothing_outside_a_charging_slot() -> None:
    assert solis(soc=30.0).told({GRID: "ON", CHARGE_A: "60", CHARGE_SOC: "80"}).net == (-1.0, 0.0)


@pytest.mark.parametrize(
    ("start", "end", "inside"),
    [
        ("14:00", "15:00", True),  # START is 14:00 there
        ("13:00", "14:00", False),
        ("14:01", "15:00", False),
        ("22:00", "14:30", True),  # over midnight
        ("22:00", "06:00", False),
        ("14:00", "14:00", False),
    ],
)
def test_a_slot_works_within_its_window(start: str, end: str, *, inside: bool) -> None:
    house = solis().told(charging(60) | window("charge", start, end))
    assert house.net == ((3.0, 4.0) if inside else (-1.0, 0.0))


def test_a_window_begins_by_itself() -> None:
    house = solis().told(charging(60) | window("charge", "15:00", "16:00"))
    at = house.simulation.state.at
    assert at == START
    assert house.later(1.5).net == (3.0, 4.0)
    assert house.later(2.5).simulation.state.at == START + timedelta(hours=2.5)
    assert house.later(2.5).net == (-1.0, 0.0)


def test_reserve_mode_keeps_the_backup_soc() -> None:
    assert solis(soc=50.0).told({BACKUP: "50"}).net == (-1.0, 0.0)
    assert solis(soc=50.0).told({BACKUP: "50", RESERVE: "ON"}).net == (0.0, 1.0)
    kept = solis(soc=60.0).told(selling(100, soc=20) | {BACKUP: "50", RESERVE: "ON"}).later(2)
    assert kept.soc == pytest.approx(50.0)


def test_it_never_discharges_below_the_over_discharge_soc() -> None:
    sold = solis(soc=50.0).told(selling(100, soc=0) | {OVERDISCHARGE: "35"}).later(2)
    assert sold.soc == pytest.approx(35.0)


def test_the_export_limit_curtails_while_its_switch_is_on() -> None:
    assert solis(0.0, 8.0).told({LIMIT: "1000"}).net == (5.0, -3.0)
    limited = solis(0.0, 8.0).told({LIMIT: "1000", LIMITED: "ON"})
    assert limited.net == (5.0, -1.0)
    assert limited.flows.curtailed_kw == pytest.approx(2.0)


def test_export_is_positive_at_the_meter_and_the_battery_has_two_sensors() -> None:
    house = solis().told(selling(60))
    assert house.shows("sensor.solis_meter_total_active_power") == "2000"
    assert house.shows("sensor.solis_battery_discharge_power") == "3000"
    assert house.shows("sensor.solis_battery_charge_power") == "0"
