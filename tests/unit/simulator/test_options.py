from __future__ import annotations

import argparse
from datetime import time, timedelta
from pathlib import Path

import pytest

from darkstar_common.config import Config, Ev
from darkstar_simulator.core.dialects import DIALECTS
from darkstar_simulator.core.parameters import HouseParameters, WallboxParameters
from darkstar_simulator.options import Options, add_options, options_from, parameters_from


def options(*words: str, **environment: str) -> Options:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return options_from(parser.parse_args(words), environment)


def test_the_environment_is_enough() -> None:
    found = options(
        DARKSTAR_HOUSE_CSV="a.csv", DARKSTAR_HOUSE_TRUTH="t.jsonl", DARKSTAR_HOUSE_INTERVAL="30",
        DARKSTAR_HOUSE_DIALECT="deye",
    )  # fmt: skip
    assert found == Options(
        csv=Path("a.csv"), truth=Path("t.jsonl"), interval=timedelta(seconds=30), dialect="deye"
    )


def test_it_speaks_deye_unless_told_otherwise() -> None:
    assert options("--house", "a.csv").dialect == "deye"
    other = next(name for name in DIALECTS if name != "deye")
    assert options("--house", "a.csv", "--dialect", other).dialect == other


def test_the_command_line_goes_first() -> None:
    found = options(
        "--house", "b.csv", "--interval", "5", "--node", "x", "--heartbeat", "60",
        DARKSTAR_HOUSE_CSV="a.csv", DARKSTAR_HOUSE_INTERVAL="30",
    )  # fmt: skip
    assert found == Options(
        csv=Path("b.csv"),
        node="x",
        interval=timedelta(seconds=5),
        heartbeat=timedelta(minutes=1),
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "DARKSTAR_HOUSE_CSV"),
        (("--house", "a.csv", "--interval", "-1"), "must be positive"),
        (("--house", "a.csv", "--heartbeat", "0"), "must be positive"),
        (("--house", "a.csv", "--dialect", "acme"), "'acme' is not known; known are deye"),
    ],
)
def test_what_cannot_be_used_is_said(words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        options(*words)


def test_the_house_is_the_one_that_the_configuration_describes() -> None:
    config = Config.model_validate(
        {
            "battery": {
                "capacity_kwh": 20.0, "max_charge_kw": 7.0, "max_discharge_kw": 6.0,
                "charge_efficiency": 0.91, "discharge_efficiency": 0.92,
                "nominal_voltage_v": 51.2, "standby_kw": 0.03,
            },
            "inverter": {"max_ac_kw": 7.5},
            "grid": {"max_import_kw": 13.0},
            "water_heater": {"power_kw": 2.0},
        }
    )  # fmt: skip
    found = parameters_from(config)
    battery = found.battery
    assert (battery.capacity_kwh, battery.max_charge_kw, battery.max_discharge_kw) == (20, 7, 6)
    assert (battery.charge_efficiency, battery.discharge_efficiency) == (0.91, 0.92)
    assert (battery.nominal_voltage_v, battery.standby_kw) == (51.2, 0.03)
    assert (found.inverter.ac_limit_kw, found.inverter.fuse_kw) == (7.5, 13.0)
    assert found.tank.heater_kw == 2.0


def test_a_configuration_without_battery_or_heater_leaves_the_default_ones() -> None:
    found = parameters_from(Config(battery=None, water_heater=None))
    assert found.battery == HouseParameters().battery
    assert found.tank == HouseParameters().tank


def test_the_first_car_of_the_configuration_comes_to_the_wallbox() -> None:
    cars = [
        Ev(
            id="leaf", capacity_kwh=40, max_charge_kw=7.4, min_charge_kw=1.4, phases=1,
            voltage_v=235, charge_efficiency=0.88, departure="06:30",
        ),
        Ev(id="other"),
    ]  # fmt: skip
    assert parameters_from(Config(evs=cars)).wallbox == WallboxParameters(
        capacity_kwh=40, max_kw=7.4, min_kw=1.4, phases=1, voltage_v=235, efficiency=0.88,
        leaves=time(6, 30),
    )  # fmt: skip
    assert parameters_from(Config()).wallbox is None
