"""What each storage command of a SolarEdge does, by the wiki of the integration."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from unit.simulator.brands import Brand, a_brand

CONTROL = "select.solaredge_i1_storage_control_mode"
COMMAND = "select.solaredge_i1_storage_command_mode"
DEFAULT = "select.solaredge_i1_storage_default_mode"
POLICY = "select.solaredge_i1_ac_charge_policy"
RESERVE = "number.solaredge_i1_backup_reserve"
CHARGE = "number.solaredge_i1_storage_charge_limit"
DISCHARGE = "number.solaredge_i1_storage_discharge_limit"
TIMEOUT = "number.solaredge_i1_storage_command_timeout"
SITE = "number.solaredge_i1_site_limit"
LIMITS = {CHARGE: "3000", DISCHARGE: "2000"}
BUY = {POLICY: "Always Allowed", COMMAND: "Charge from Solar Power and Grid"}
SELL = {COMMAND: "Discharge to Maximize Export"}


def solaredge(load: float = 1.0, pv: float = 0.0, soc: float = 50.0) -> Brand:
    return a_brand("solaredge", load=load, pv=pv, soc=soc).told({CONTROL: "Remote Control"})


@pytest.mark.parametrize(
    ("mode", "around", "net"),
    [
        ("Maximize Self Consumption", (3.0, 0.0), (-2.0, 1.0)),
        ("Maximize Self Consumption", (1.0, 6.0), (3.0, -2.0)),
        ("Solar Power Only (Off)", (1.0, 0.0), (0.0, 1.0)),
        ("Solar Power Only (Off)", (1.0, 5.0), (0.0, -4.0)),
        ("Charge from Clipped Solar Power", (1.0, 5.0), (0.0, -4.0)),
        ("Charge from Solar Power", (1.0, 0.0), (0.0, 1.0)),
        ("Charge from Solar Power", (1.0, 5.0), (3.0, -1.0)),
        ("Charge from Solar Power and Grid", (1.0, 0.0), (3.0, 4.0)),
        ("Charge from Solar Power and Grid", (1.0, 2.0), (3.0, 2.0)),
        ("Discharge to Maximize Export", (1.0, 0.0), (-2.0, -1.0)),
        ("Discharge to Minimize Import", (1.0, 0.0), (-1.0, 0.0)),
        ("Discharge to Minimize Import", (1.0, 5.0), (0.0, -4.0)),
    ],
)
def test_a_mode_does_what_is_written_of_it(
    mode: str, around: tuple[float, float], net: tuple[float, float]
) -> None:
    """`around` is load and PV, `net` battery (charging positive) and grid (import positive)."""
    told = {**LIMITS, POLICY: "Always Allowed", COMMAND: mode}
    assert solaredge(*around).told(told).net == net


def test_the_grid_charges_only_if_the_policy_allows_it() -> None:
    assert solaredge().told({**LIMITS, **BUY, POLICY: "Disabled"}).net == (0.0, 1.0)


@pytest.mark.parametrize("told", [SELL, BUY, {DISCHARGE: "0"}])
def test_without_remote_control_nothing_is_taken(told: Mapping[str, str]) -> None:
    asleep = a_brand("solaredge", load=1.0)
    assert asleep.told({**LIMITS, **told}).net == (-1.0, 0.0)


def test_a_command_runs_out_and_the_default_mode_holds_without_limits() -> None:
    bought = solaredge(3.0).told({**LIMITS, TIMEOUT: "1800", **BUY})
    assert bought.later(0.4).net == (3.0, 6.0)
    assert bought.later(0.6).net == (-3.0, 0.0)
    assert bought.told({DEFAULT: "Solar Power Only (Off)"}).later(0.6).net == (0.0, 3.0)


def test_a_command_that_is_told_again_holds_on() -> None:
    bought = solaredge().told({**LIMITS, TIMEOUT: "1800", **BUY}).later(0.4)
    assert bought.told({COMMAND: BUY[COMMAND]}).later(0.4).net == (3.0, 4.0)
    assert bought.told({TIMEOUT: "3600"}).later(0.4).net == (3.0, 4.0)
    assert bought.told({TIMEOUT: "300"}).net == (-1.0, 0.0)


def test_no_soc_ends_a_charge_but_the_reserve_ends_a_sale() -> None:
    bought = solaredge(soc=95.0).told({**BUY, CHARGE: "5000", TIMEOUT: "86400"}).later(2)
    assert bought.soc == pytest.approx(100.0)
    sold = solaredge().told({RESERVE: "40", DISCHARGE: "5000", TIMEOUT: "86400", **SELL}).later(2)
    assert sold.soc == pytest.approx(40.0)


def test_the_site_limit_throws_away_what_is_above_it() -> None:
    assert solaredge(1.0, 5.0).told({CHARGE: "0", SITE: "1000"}).net == (0.0, -1.0)


@pytest.mark.parametrize(
    ("entity", "payload"),
    [(COMMAND, "Maximise Self Consumption"), (CONTROL, "Remote"), (TIMEOUT, "86401"),
     (RESERVE, "101"), (CHARGE, "-1")],
)  # fmt: skip
def test_what_the_gateway_does_not_take_is_refused(entity: str, payload: str) -> None:
    assert solaredge().refuses(entity, payload)


def test_charging_and_export_are_positive() -> None:
    buying = solaredge().told({**LIMITS, **BUY})
    assert buying.shows("sensor.solaredge_i1_b1_dc_power") == "3000"
    assert buying.shows("sensor.solaredge_i1_m1_ac_power") == "-4000"
