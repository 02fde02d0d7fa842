"""What the settings of a Victron ESS do, by the description of them and the source of Venus OS."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from unit.simulator.brands import Brand, a_brand

SETPOINT = "number.gx_device_ac_power_setpoint"
SCHEDULE = "switch.gx_device_ess_batterylife_schedule_charge_0_enabled"
SCHEDULE_SOC = "number.gx_device_ess_batterylife_schedule_charge_0_soc"
LEAST = "number.gx_device_ess_min_soc_limit"
AMPERES = "number.gx_device_ess_max_charge_current"
INVERTER = "number.gx_device_ess_max_inverter_power_limit"
FEED_IN = "number.gx_device_ess_max_feed_in_power"


def victron(load: float = 1.0, pv: float = 0.0, soc: float = 50.0) -> Brand:
    return a_brand("victron", load=load, pv=pv, soc=soc)


@pytest.mark.parametrize(
    ("told", "around", "net"),
    [
        ({}, (1.0, 0.0), (-1.0, 0.0)),
        ({}, (1.0, 5.0), (4.0, 0.0)),
        ({INVERTER: "500"}, (1.0, 0.0), (-0.5, 0.5)),
        ({INVERTER: "0"}, (1.0, 0.0), (0.0, 1.0)),
        ({AMPERES: "0"}, (1.0, 5.0), (0.0, -4.0)),
        ({SETPOINT: "-2000"}, (1.0, 0.0), (-3.0, -2.0)),
        ({SETPOINT: "-2000"}, (1.0, 2.0), (-1.0, -2.0)),  # the sun sells, too
        ({SETPOINT: "-2000", INVERTER: "1000"}, (1.0, 0.0), (-1.0, 0.0)),
        ({SETPOINT: "3000"}, (1.0, 0.0), (2.0, 3.0)),
        ({SCHEDULE: "ON", SCHEDULE_SOC: "40"}, (1.0, 0.0), (0.0, 1.0)),  # held
        ({SCHEDULE: "ON", SCHEDULE_SOC: "0"}, (1.0, 5.0), (4.0, 0.0)),  # the sun charges
        ({SCHEDULE: "OFF", SCHEDULE_SOC: "90"}, (1.0, 0.0), (-1.0, 0.0)),
    ],
)
def test_a_setting_does_what_is_written_of_it(
    told: Mapping[str, str], around: tuple[float, float], net: tuple[float, float]
) -> None:
    """`around` is load and PV, `net` battery (charging positive) and grid (import positive)."""
    assert victron(*around).told(told).net == net


def test_amperes_limit_what_the_schedule_charges_with() -> None:
    charging = victron().told({SCHEDULE: "ON", SCHEDULE_SOC: "80", AMPERES: "50"})
    battery, grid = charging.net
    assert 0 < battery < 5
    assert grid == pytest.approx(battery + 1.0)
    assert charging.told({AMPERES: "-1"}).net[0] > battery


def test_the_schedule_ends_at_its_soc_and_then_holds() -> None:
    charged = victron().told({SCHEDULE: "ON", SCHEDULE_SOC: "60"}).later(2)
    assert charged.soc == pytest.approx(60.0)
    assert charged.net == (0.0, 1.0)


def test_a_sale_ends_at_the_minimum_soc() -> None:
    sold = victron().told({LEAST: "40", SETPOINT: "-5000"}).later(2)
    assert sold.soc == pytest.approx(40.0)
    assert victron(soc=40.0).told({LEAST: "40"}).net == (0.0, 1.0)


def test_the_feed_in_limit_throws_away_what_is_above_it() -> None:
    sunny = victron(1.0, 5.0).told({AMPERES: "0", FEED_IN: "1000"})
    assert sunny.net == (0.0, -1.0)
    assert sunny.told({FEED_IN: "0"}).net == (0.0, 0.0)
    assert sunny.told({FEED_IN: "-1"}).net == (0.0, -4.0)


@pytest.mark.parametrize(
    ("entity", "payload"),
    [(LEAST, "101"), (SCHEDULE_SOC, "-5"), (INVERTER, "-2"), (SCHEDULE, "true")],
)
def test_what_the_gateway_does_not_take_is_refused(entity: str, payload: str) -> None:
    assert victron().refuses(entity, payload)


def test_charging_and_import_are_positive() -> None:
    buying = victron().told({SETPOINT: "3000"})
    assert buying.shows("sensor.gx_device_dc_battery_power") == "2000"
    assert buying.shows("sensor.et112_power") == "3000"
