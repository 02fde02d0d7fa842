"""A house to try Darkstar on: its slots, its configuration, its clock."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ruamel.yaml import YAML

from darkstar_common.config import Config, Ev
from darkstar_common.generate.configuration import ROLE_EXAMPLES
from darkstar_common.launcher.fleet import console_script
from darkstar_common.slots import slot_start

HISTORY = timedelta(days=28)
GENERATED_DAYS = 400
REFERENCE_BATTERY = {
    "capacity_kwh": 34.2,
    "max_charge_kw": 8.88,
    "max_discharge_kw": 8.88,
    "charge_efficiency": 0.975,
    "discharge_efficiency": 0.975,
    "standby_kw": 0.05,
}
"""The simulated inverter's battery, as its owner would describe it."""


SWIFT = 10.0
"""Times real time: a plan for several futures would come too late in a faster house."""


class TrialError(Exception):
    """The house file cannot be used; the text names it and the way out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a run on a simulated house needs to know."""

    directory: Path
    house: Path
    start: datetime
    speed: float


def generate_house(path: Path, now: datetime) -> None:
    """Write a plausible house from some weeks before `now` to a year after it.

    Raises:
        subprocess.CalledProcessError: The generator failed; its output says why.
    """
    first = (now - HISTORY - timedelta(days=1)).date()
    words = ("generate", "--days", str(GENERATED_DAYS), "--start", first.isoformat())
    command = (console_script("darkstar-simulator"), *words, "--output", str(path))
    subprocess.run(command, check=True)  # noqa: S603 (our own command)


def span(house: Path) -> tuple[datetime, datetime]:
    """The first and the last slot in a house file.

    Raises:
        TrialError: It cannot be read, or has no column `start_utc` or no rows.
    """
    try:
        with house.open(encoding="utf-8", newline="") as lines:
            starts = [row["start_utc"] for row in csv.DictReader(lines)]
        first, last = (datetime.fromisoformat(starts[place]) for place in (0, -1))
    except OSError as error:
        raise TrialError(f"{house}: {error.strerror}; HOUSE names a CSV file of slots") from None
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise TrialError(
            f"{house}: no house file ({type(error).__name__}: {error}); it has the columns "
            "start_utc, load_kwh, pv_kwh and spot_per_kwh, and a row for each quarter of an hour"
        ) from None
    return first.astimezone(UTC), last.astimezone(UTC)


def replay_start(house: Path) -> datetime:
    """Where to start the replay of `house`: after four weeks, or half of it if it is short."""
    first, last = span(house)
    return slot_start(first + min(HISTORY, (last - first) / 2))


def wallbox_roles(evs: Sequence[Ev]) -> dict[str, str]:
    """The entities of the simulated wallbox, which charges the first of `evs`; none without."""
    if not evs:
        return {}
    car = evs[0].id
    return {
        "ev_energy": "sensor.wallbox_energy",
        f"{car}/charging": "switch.wallbox_charging",
        f"{car}/current": "number.wallbox_current",
        f"{car}/power": "sensor.wallbox_power",
        f"{car}/connected": "binary_sensor.wallbox_connected",
        f"{car}/soc": "sensor.wallbox_soc",
    }


def trial_config(trial: Trial, *, gateway_port: int, evs: Sequence[Ev] = ()) -> Config:
    """The configuration of the simulated house: hands on, and prices from the house file."""
    return Config.model_validate(
        {
            "battery": REFERENCE_BATTERY,
            "prices": {"sources": ["csv"], "csv_path": str(trial.house)},
            "weather": {"sources": []},  # the sun over a simulated house is its own
            "executor": {"shadow": False, "roles": {**ROLE_EXAMPLES, **wallbox_roles(evs)}},
            "evs": [one.model_dump() for one in evs],
            "gateway": {"port": gateway_port, "access": {"required": False}},  # on loopback
            # at 600 times real time a quarter of an hour passes in 1.5 s
            "planner": {"scenarios": 1} if trial.speed > SWIFT else {},
            # and a day in 2.5 min, which training would take from all others
            "forecaster": {"train": {"enabled": False}} if trial.speed > SWIFT else {},
        }
    )


def write_config(config: Config, path: Path) -> None:
    """Write `config` as the YAML file that every service reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(config.model_dump(mode="json"), file)


def import_history(trial: Trial, environment: dict[str, str]) -> None:
    """Give the recorder the slots before the start, as if it had been there.

    Raises:
        subprocess.CalledProcessError: The import failed; its output says why.
    """
    command = (console_script("darkstar-recorder"), "import", str(trial.house))
    until = ("--until", trial.start.isoformat())
    subprocess.run((*command, *until), check=True, env=environment)  # noqa: S603 (our own command)
