"""How the simulated house is asked to run: command line, environment, configuration."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import time, timedelta
from pathlib import Path

from darkstar_common.config import Config, Ev
from darkstar_simulator.core.dialects import DIALECTS
from darkstar_simulator.core.parameters import HouseParameters, WallboxParameters

CSV_VARIABLE = "DARKSTAR_HOUSE_CSV"
TRUTH_VARIABLE = "DARKSTAR_HOUSE_TRUTH"
DIALECT_VARIABLE = "DARKSTAR_HOUSE_DIALECT"
INTERVAL_VARIABLE = "DARKSTAR_HOUSE_INTERVAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the service is told.

    Attributes:
        csv: the slots that are played.
        node: names this house in topics.
        interval: between two looks at the house, of simulated time.
        heartbeat: between two publications of what does not change, of simulated time.
        dialect: the brand of the inverter, one of `DIALECTS`.
        truth: where closed slots are appended; None for nowhere.
    """

    csv: Path
    node: str = "sim1"
    interval: timedelta = timedelta(seconds=10)
    heartbeat: timedelta = timedelta(minutes=5)
    dialect: str = "deye"
    truth: Path | None = None


def add_options(parser: argparse.ArgumentParser) -> None:
    """The command line of the service."""
    parser.add_argument("--house", type=Path, metavar="CSV", help=f"slots [{CSV_VARIABLE}]")
    parser.add_argument("--node", default="sim1", help="names the house in topics [sim1]")
    parser.add_argument(
        "--interval",
        type=float,
        metavar="S",
        help=f"seconds between readings [10; {INTERVAL_VARIABLE}]",
    )
    parser.add_argument("--heartbeat", type=float, default=300, metavar="S",
                        help="seconds between readings that did not change [300]")  # fmt: skip
    parser.add_argument(
        "--dialect",
        metavar="NAME",
        help=f"the brand of the inverter: {', '.join(DIALECTS)} [deye; {DIALECT_VARIABLE}]",
    )
    parser.add_argument(
        "--truth", type=Path, metavar="FILE", help=f"append closed slots as JSON [{TRUTH_VARIABLE}]"
    )


def options_from(arguments: argparse.Namespace, environment: Mapping[str, str]) -> Options:
    """The options; the command line goes before the environment.

    Raises:
        ValueError: no house is named, a time is not positive, or the brand is not known.
    """
    csv = arguments.house or environment.get(CSV_VARIABLE)
    if not csv:
        raise ValueError(
            f"no house to play: name its CSV with --house or {CSV_VARIABLE}; "
            "`darkstar-simulator generate` makes one"
        )
    interval = arguments.interval or float(environment.get(INTERVAL_VARIABLE) or 10)
    if interval <= 0 or arguments.heartbeat <= 0:
        raise ValueError("--interval and --heartbeat must be positive")
    dialect = arguments.dialect or environment.get(DIALECT_VARIABLE) or "deye"
    if dialect not in DIALECTS:
        raise ValueError(f"--dialect {dialect!r} is not known; known are {', '.join(DIALECTS)}")
    truth = arguments.truth or environment.get(TRUTH_VARIABLE)
    return Options(
        csv=Path(csv),
        node=arguments.node,
        interval=timedelta(seconds=interval),
        heartbeat=timedelta(seconds=arguments.heartbeat),
        dialect=dialect,
        truth=Path(truth) if truth else None,
    )


def parameters_from(config: Config) -> HouseParameters:
    """The house that `config` describes, so that what is planned for and what is played agree.

    What the configuration has no key for (taper, own use, tank) is the default house's.
    """
    house = HouseParameters()
    inverter = replace(
        house.inverter, ac_limit_kw=config.inverter.max_ac_kw, fuse_kw=config.grid.max_import_kw
    )
    battery, tank = house.battery, house.tank
    if config.battery is not None:
        battery = replace(
            battery,
            capacity_kwh=config.battery.capacity_kwh,
            max_charge_kw=config.battery.max_charge_kw,
            max_discharge_kw=config.battery.max_discharge_kw,
            charge_efficiency=config.battery.charge_efficiency,
            discharge_efficiency=config.battery.discharge_efficiency,
            standby_kw=config.battery.standby_kw,
            nominal_voltage_v=config.battery.nominal_voltage_v,
        )
    if config.water_heater is not None:
        tank = replace(tank, heater_kw=config.water_heater.power_kw)
    wallbox = _wallbox(config.evs[0]) if config.evs else None
    return replace(house, inverter=inverter, battery=battery, tank=tank, wallbox=wallbox)


def _wallbox(ev: Ev) -> WallboxParameters:
    """The first car; it leaves when the configuration says."""
    return WallboxParameters(
        capacity_kwh=ev.capacity_kwh,
        min_kw=ev.min_charge_kw,
        max_kw=ev.max_charge_kw,
        phases=ev.phases,
        voltage_v=ev.voltage_v,
        efficiency=ev.charge_efficiency,
        leaves=time.fromisoformat(ev.departure),
    )
