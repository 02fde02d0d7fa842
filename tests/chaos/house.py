"""A whole simulated house in which everything can be broken: processes, network, disk, clocks."""

from __future__ import annotations

import math
import os
import re
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

from chaos.disk import Disk, disk
from chaos.network import Network, Way, network

from darkstar_common.bus.mqtt import Broker, MqttBus
from darkstar_common.config import Config
from darkstar_common.contract import Service
from darkstar_common.launcher.broker import broker_command, free_port, mosquitto
from darkstar_common.launcher.fleet import (
    BROKER,
    POLITE,
    SERVICES,
    SIMULATOR,
    Fleet,
    console_script,
)
from darkstar_common.launcher.trial import (
    HISTORY,
    Trial,
    TrialError,
    import_history,
    trial_config,
    write_config,
)
from darkstar_common.runtime import clock_specification
from darkstar_common.runtime.ahead import set_ahead
from darkstar_common.runtime.clock import Clock, clock_from
from darkstar_simulator.core.counters import Counters
from darkstar_simulator.core.house import House
from darkstar_simulator.core.memory import recall, remember
from darkstar_simulator.files import MemoryFile, read_series
from darkstar_simulator.options import parameters_from

FIRST_DAY = datetime(2026, 5, 4, tzinfo=UTC)
PASSWORD, TOKEN = "chaos-password-of-a-test", "chaos-token-of-a-test"
NARROW = {
    "battery": {"max_soc_percent": 95.0, "max_charge_kw": 7.2, "max_discharge_kw": 7.2},
    "grid": {"max_export_kw": 8.0},
    "water_heater": {"max_c": 75.0},
}
"""Narrower than the entities' own limits, so that a command beyond them would be seen."""
MANY_WRITES = 1000
"""A campaign has a month's wishes in a day; the limit for a house would rightly end the writing."""
NODE = "sim1"
"""Names the house in topics."""
COUNTED_KWH = 8000.0
"""What every meter has counted so far [kWh]."""
_DATABASE_MEMORY = "darkstar_recorder_database_memory_bytes"
_LAG = timedelta(seconds=3)


@dataclass(slots=True)
class ChaosHouse:
    """Its processes, and what can be broken about them."""

    fleet: Fleet
    trial: Trial
    config: Config
    clock: Clock
    bus: MqttBus
    network: Network
    disk: Disk | None
    truth: Path
    ahead: dict[str, Path] = field(default_factory=dict)
    recorder_metrics: int = 0
    """Port of the recorder's metrics, on its own loopback."""

    @property
    def config_path(self) -> Path:
        """The file that every service reads."""
        return self.trial.directory / "config.yaml"

    @property
    def page(self) -> str:
        """Where the gateway's page is."""
        return f"http://{self.network.page('gateway')}:{self.config.gateway.port}"

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process; nothing happens while it is away."""
        pid = self.fleet.children[name].pid
        if pid is not None:
            os.kill(pid, number)

    def jump(self, names: tuple[str, ...], by: timedelta) -> None:
        """Have the clocks of these services be so far ahead."""
        for name in names:
            set_ahead(self.ahead[name], by)

    def cached_mib(self) -> float | None:
        """What DuckDB holds in memory, where the recorder can be asked: on our loopback."""
        asked = f"http://127.0.0.1:{self.recorder_metrics}/metrics"
        try:
            with urlopen(asked, timeout=5) as answer:
                text = answer.read().decode()
        except OSError:
            return None
        found = re.search(rf"^{_DATABASE_MEMORY} (\S+)$", text, re.MULTILINE)
        return float(found.group(1)) / 2**20 if found else None

    def log(self, name: str) -> str:
        """What a process has said."""
        return self.fleet.children[name].log.read_text(encoding="utf-8", errors="replace")


def lay_out(directory: Path, *, speed: float, wall: timedelta) -> Trial:
    """A generated house that lasts for `wall` at that speed, and where its days begin.

    Raises:
        TrialError: There is no mosquitto to carry its messages.
    """
    if mosquitto() is None:
        raise TrialError("mosquitto is missing; `make setup` says how to get it")
    directory.mkdir(parents=True, exist_ok=True)
    days = HISTORY.days + 4 + math.ceil(wall * speed / timedelta(days=1))
    house = directory / "house.csv"
    words = ("generate", "--days", str(days), "--start", FIRST_DAY.date().isoformat())
    command = (console_script("darkstar-simulator"), *words, "--seed", "7", "--output", str(house))
    subprocess.run(command, check=True)
    start = FIRST_DAY + HISTORY + timedelta(days=1, hours=4)
    return Trial(directory=directory, house=house, start=start, speed=speed)


def narrow_config(trial: Trial, *, gateway_port: int) -> Config:
    """The trial's configuration with limits of its own, and a page with a password."""
    body = trial_config(trial, gateway_port=gateway_port).model_dump(mode="json")
    for section, values in NARROW.items():
        body[section] = {**body[section], **values}
    body["executor"]["max_writes_per_day"] = MANY_WRITES
    body["gateway"]["access"] = {**body["gateway"]["access"], "required": True}
    return Config.model_validate(body)


def settle_in(trial: Trial, config: Config) -> None:
    """Have the house stand where it is since long: its meters have counted for years.

    A meter that stands near zero cannot be told from one that was just reset, once a wrong clock
    brings its readings out of order.
    """
    house = House(
        series=read_series(trial.house), timezone=config.zone, parameters=parameters_from(config)
    )
    new = recall(None, house, node=NODE, now=trial.start)
    counted = Counters(**{one.name: COUNTED_KWH for one in fields(Counters)})
    state = replace(new.state, counters=counted, opened=counted)
    directory = trial.directory / "state" / "simulator"
    directory.mkdir(parents=True, exist_ok=True)
    file = MemoryFile(directory / f"house-{NODE}.json")
    file.save(remember(replace(new, state=state)))


@asynccontextmanager
async def chaos_house(trial: Trial, *, way: Way = "spaces") -> AsyncIterator[ChaosHouse]:
    """Everything started; stopped and taken away at the end."""
    port, metrics = free_port(), free_port()
    config = narrow_config(trial, gateway_port=free_port())
    write_config(config, trial.directory / "config.yaml")
    truth = trial.directory / "truth.jsonl"
    async with AsyncExitStack() as undo:
        net = await undo.enter_async_context(network(SERVICES, port, way=way))
        full = undo.enter_context(disk(trial.directory / "state" / "recorder"))
        undo.callback(_keep, trial.directory)
        settle_in(trial, config)
        environment = _environment(trial, port)
        import_history(trial, {**os.environ, **environment})
        specification = clock_specification(trial.start, speed=trial.speed, delay=_LAG)
        environment["DARKSTAR_CLOCK"] = specification
        fleet = Fleet(trial.directory, environment)
        undo.push_async_callback(fleet.stop_all)
        await _start_broker(fleet, port, net)
        await fleet.start_service(SIMULATOR, "--truth", str(truth))
        ahead = {one: _right(trial.directory / f"{one}.ahead") for one in SERVICES}
        for name in SERVICES:
            own = {"DARKSTAR_CLOCK": f"{specification}+{ahead[name]}"}
            if name == "recorder":
                own["DARKSTAR_METRICS_PORT"] = str(metrics)
            await _start_service(fleet, name, net, own)
        clock = clock_from(specification)
        bus = await undo.enter_async_context(_bus(port, clock))
        yield ChaosHouse(fleet, trial, config, clock, bus, net, full, truth, ahead, metrics)


def _keep(directory: Path) -> None:
    """Have what the recorder wrote outlive its disk, for those who look into what went wrong."""
    for file in (directory / "state" / "recorder").glob("history.duckdb*"):
        shutil.copy(file, directory)


def _bus(port: int, clock: Clock) -> MqttBus:
    return MqttBus(
        Broker(port=port),
        site="home",
        client_id="darkstar-home-chaos",
        now=clock.now,
        speed=clock.speed,
        sender=Service.PEOPLE,
    )


async def _start_broker(fleet: Fleet, port: int, net: Network) -> None:
    directory = fleet.directory / "broker"
    command = broker_command(directory, port)
    with (directory / "mosquitto.conf").open("a", encoding="utf-8") as file:
        file.writelines(f"listener {port} {address}\n" for address in net.addresses)
    await fleet.start(BROKER, command)


async def _start_service(fleet: Fleet, name: str, net: Network, extra: Mapping[str, str]) -> None:
    host, port = net.broker(name)
    reached = {"DARKSTAR_MQTT_HOST": host, "DARKSTAR_MQTT_PORT": str(port)}
    if name == "gateway":
        reached["DARKSTAR_GATEWAY_HOST"] = net.page(name)
        reached["DARKSTAR_GATEWAY_PASSWORD"] = PASSWORD
        reached["DARKSTAR_GATEWAY_TOKEN"] = TOKEN
    polite = POLITE if name == "planner" else ()
    command = (*net.command(name), *polite, console_script(f"darkstar-{name}"), "run")
    await fleet.start(name, command, {**reached, **extra})


def _right(path: Path) -> Path:
    set_ahead(path, timedelta(0))
    return path


def _environment(trial: Trial, port: int) -> dict[str, str]:
    return {
        "DARKSTAR_CONFIG": str(trial.directory / "config.yaml"),
        "DARKSTAR_MQTT_HOST": "127.0.0.1",
        "DARKSTAR_MQTT_PORT": str(port),
        "DARKSTAR_METRICS_PORT": "0",
        "DARKSTAR_STATE_DIR": str(trial.directory / "state"),
        "DARKSTAR_HOUSE_CSV": str(trial.house),
        "PYTHONUNBUFFERED": "1",
    }
