"""What each mode of a Sungrow does, by the description of its modbus package."""

from __future__ import annotations

import pytest
from unit.simulator.brands import Brand, a_brand

EMS, COMMAND = "select.ems_mode", "select.battery_forced_charge_discharge"
POWER = "number.battery_forced_charge_discharge_power"
MAX_CHARGE, MAX_DISCHARGE = "number.battery_max_charge_power", "number.battery_max_discharge_power"
MIN_SOC, MAX_SOC = "number.battery_min_soc", "number.battery_max_soc"
LIMIT = "number.export_power_limit"


def sungrow(load: float = 1.0, pv: float = 0.0, soc: float = 50.0) -> Brand:
    return a_brand("sungrow", load=load, pv=pv, soc=soc)


def forced(command: str, watts: int) -> dict[str, str]:
    return {POWER: str(watts), COMMAND: command, EMS: "Forced mode"}


@pytest.mark.parametrize(
    ("load", "pv", "battery", "grid"),
    [
        (1.0, 0.0, -1.0, 0.0),  # the battery serves the house
        (1.0, 3.0, 2.0, 0.0),  # the surplus goes into the battery
        (0.0, 8.0, 5.0, -3.0),  # and what is more into the grid
    ],
)
def test_self_consumption_keeps_the_meter_at_zero(
    load: float, pv: float, battery: float, grid: float
) -> None:
    assert sungrow(load, pv).net == (battery, grid)


def test_a_forced_charge_takes_the_forced_power_from_the_grid() -> None:
    assert sungrow().told(forced("Forced charge", 3000)).net == (3.0, 4.0)


def test_a_forced_discharge_feeds_house_and_grid() -> None:
    assert sungrow().told(forced("Forced discharge", 3000)).net == (-3.0, -2.0)


def test_forced_mode_without_a_command_bypasses_the_battery() -> None:
    assert sungrow().told(forced("Stop (default)", 3000)).net == (0.0, 1.0)
    assert sungrow(pv=3.0).told(forced("Stop (default)", 3000)).net == (0.0, -2.0)


def test_a_forced_command_does_nothing_outside_forced_mode() -> None:
    assert sungrow().told({COMMAND: "Forced charge", POWER: "3000"}).net == (-1.0, 0.0)


def test_a_forced_power_of_zero_forces_nothing() -> None:
    """As people found who wondered why a forced charge did not begin."""
    assert sungrow().told(forced("Forced charge", 0)).net == (0.0, 1.0)


@pytest.mark.parametrize(
    ("mode", "command"), [("External EMS", "Forced charge"), ("VPP", "Forced discharge")]
)
def test_other_modes_wait_for_somebody_else(mode: str, command: str) -> None:
    assert sungrow().told({**forced(command, 3000), EMS: mode}).net == (0.0, 1.0)


def test_the_maximum_powers_limit_what_is_forced_too() -> None:
    limited = {MAX_CHARGE: "1010", MAX_DISCHARGE: "1510"}
    assert sungrow().told(limited | forced("Forced charge", 3000)).net[0] == 1.01
    assert sungrow().told(limited | forced("Forced discharge", 3000)).net[0] == -1.51


def test_ten_watts_is_no_discharge() -> None:
    assert sungrow().refuses(MAX_DISCHARGE, "0")
    assert sungrow().told({MAX_DISCHARGE: "10"}).net == (-0.01, 0.99)


def test_what_is_forced_ends_at_the_soc_limits() -> None:
    charged = sungrow(soc=55.0).told({MAX_SOC: "60"} | forced("Forced charge", 5000)).later(2)
    assert charged.soc == pytest.approx(60.0)
    sold = sungrow(soc=45.0).told({MIN_SOC: "40"} | forced("Forced discharge", 5000)).later(2)
    assert sold.soc == pytest.approx(40.0)


def test_the_soc_limits_hold_for_sun_and_house_too() -> None:
    assert sungrow(pv=3.0, soc=60.0).told({MAX_SOC: "60"}).net == (0.0, -2.0)
    assert sungrow(soc=20.0).told({MIN_SOC: "20"}).net == (0.0, 1.0)


@pytest.mark.parametrize(("entity", "payload"), [(MIN_SOC, "51"), (MAX_SOC, "49")])
def test_the_soc_limits_do_not_pass_the_middle(entity: str, payload: str) -> None:
    assert sungrow().refuses(entity, payload)


def test_the_export_limit_curtails() -> None:
    limited = sungrow(0.0, 8.0).told({LIMIT: "1000"})
    assert limited.net == (5.0, -1.0)
    assert limited.flows.curtailed_kw == pytest.approx(2.0)


def test_charging_and_discharging_import_and_export_have_a_sensor_each() -> None:
    selling, buying = (
        sungrow().told(forced(f"Forced {one}", 3000)) for one in ("discharge", "charge")
    )
    for house, values in (
        (selling, ("0", "3000", "0", "2000")),
        (buying, ("3000", "0", "4000", "0")),
    ):
        shown = tuple(
            house.shows(f"sensor.{one}")
            for one in (
                "battery_charging_power", "battery_discharging_power", "import_power",
                "export_power",
            )
        )  # fmt: skip
        assert shown == values
    assert selling.shows("sensor.battery_power") == "3000"
    assert selling.shows("sensor.export_power_raw") == "2000"
