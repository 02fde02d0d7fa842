"""What each mode of a GivEnergy does, by the description of GivTCP's controls."""

from __future__ import annotations

import pytest
from unit.simulator.brands import Brand, a_brand

SERIAL = "givtcp_sa1234g567"
MODE = f"select.{SERIAL}_mode"
CHARGE, DISCHARGE = (f"number.{SERIAL}_battery_{one}_rate" for one in ("charge", "discharge"))
CHARGING, SELLING = (f"switch.{SERIAL}_enable_{one}_schedule" for one in ("charge", "discharge"))
TARGET, RESERVE = f"number.{SERIAL}_target_soc", f"number.{SERIAL}_battery_power_reserve"


def givenergy(load: float = 1.0, pv: float = 0.0, soc: float = 50.0) -> Brand:
    return a_brand("givenergy", load=load, pv=pv, soc=soc)


@pytest.mark.parametrize(
    ("mode", "charging", "selling", "around", "net"),
    [
        ("Eco", "OFF", "OFF", (1.0, 0.0), (-1.0, 0.0)),
        ("Eco", "OFF", "ON", (1.0, 0.0), (-1.0, 0.0)),  # the slot is none of its business
        ("Eco", "OFF", "OFF", (1.0, 6.0), (3.0, -2.0)),
        ("Eco", "ON", "OFF", (1.0, 0.0), (3.0, 4.0)),
        ("Eco", "ON", "OFF", (1.0, 2.0), (3.0, 2.0)),  # PV first
        ("Eco (Paused)", "OFF", "OFF", (1.0, 0.0), (0.0, 1.0)),
        ("Timed Demand", "OFF", "OFF", (1.0, 0.0), (0.0, 1.0)),
        ("Timed Demand", "OFF", "ON", (1.0, 0.0), (-1.0, 0.0)),
        ("Timed Export", "OFF", "ON", (1.0, 0.0), (-2.0, -1.0)),
        ("Timed Export", "OFF", "OFF", (1.0, 0.0), (0.0, 1.0)),
        ("Timed Export", "ON", "OFF", (1.0, 0.0), (3.0, 4.0)),
    ],
)
def test_a_mode_does_what_is_written_of_it(
    mode: str,
    charging: str,
    selling: str,
    around: tuple[float, float],
    net: tuple[float, float],
) -> None:
    """`around` is load and PV, `net` battery (charging positive) and grid (import positive)."""
    told = {CHARGE: "3000", DISCHARGE: "2000", MODE: mode, CHARGING: charging, SELLING: selling}
    assert givenergy(*around).told(told).net == net


def test_a_charge_slot_ends_at_the_target_soc() -> None:
    charged = givenergy().told({TARGET: "60", CHARGE: "5000", CHARGING: "ON"}).later(2)
    assert charged.soc == pytest.approx(60.0)


def test_a_timed_export_ends_at_the_reserve() -> None:
    told = {RESERVE: "40", DISCHARGE: "5000", SELLING: "ON", MODE: "Timed Export"}
    assert givenergy().told(told).later(2).soc == pytest.approx(40.0)
    assert givenergy(soc=40.0).told({RESERVE: "40"}).net == (0.0, 1.0)


@pytest.mark.parametrize(
    ("entity", "payload"),
    [(MODE, "Timed export"), (TARGET, "3"), (RESERVE, "0"), (CHARGE, "99999")],
)
def test_what_the_gateway_does_not_take_is_refused(entity: str, payload: str) -> None:
    assert givenergy().refuses(entity, payload)


def test_discharge_is_positive_and_the_meter_has_two_sensors() -> None:
    buying = givenergy().told({CHARGE: "3000", CHARGING: "ON"})
    assert buying.shows(f"sensor.{SERIAL}_battery_power") == "-3000"
    assert buying.shows(f"sensor.{SERIAL}_import_power") == "4000"
    assert buying.shows(f"sensor.{SERIAL}_export_power") == "0"
