"""`darkstar run`: a broker, a simulated house and the five services, until Ctrl-C."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table

from darkstar_common.bus import Delivery
from darkstar_common.bus.mqtt import Broker, MqttBus
from darkstar_common.contract import (
    CONTROL_STATE,
    HOUSE_STATE,
    PLAN_STATUS,
    SCHEDULE,
    STATUS,
    Channel,
)
from darkstar_common.launcher.broker import broker_command, free_port, mosquitto
from darkstar_common.launcher.fleet import BROKER, SERVICES, SIMULATOR, Fleet
from darkstar_common.launcher.overview import Overview, simulated
from darkstar_common.launcher.targets import write_targets
from darkstar_common.launcher.trial import (
    Trial,
    TrialError,
    generate_house,
    import_history,
    replay_start,
    trial_config,
    write_config,
)
from darkstar_common.runtime import SystemClock, clock_specification
from darkstar_common.runtime.clock import Clock, Stopwatch, clock_from

SPEED_OF_TIME = 1.0
MARK = ".darkstar-run"
"""Tells a directory that a run made, and the next one may make anew."""
SHOWN: tuple[Channel[Any], ...] = (
    *STATUS.values(),
    HOUSE_STATE,
    SCHEDULE,
    PLAN_STATUS,
    CONTROL_STATE,
)
METRICS_PORTS = range(9471, 9471 + len(SERVICES))
START_DELAY = timedelta(seconds=2)
"""From the clock's zero to the first process that reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line asked for."""

    directory: Path
    house: Path | None = None
    speed: float = SPEED_OF_TIME
    mqtt_port: int = 1883
    page_port: int = 8410
    simulator_words: tuple[str, ...] = ()


@dataclass(slots=True)
class House:
    """A running house: its processes, and where to reach it."""

    fleet: Fleet
    trial: Trial
    clock: Clock
    mqtt_port: int
    page_port: int
    metrics_ports: dict[str, int]

    def bus(self, visitor: str = "launcher") -> MqttBus:
        """A bus for `visitor`; two at a time need two names."""
        return MqttBus(
            Broker(port=self.mqtt_port),
            site="home",
            client_id=f"darkstar-home-{visitor}",
            now=self.clock.now,
            speed=self.clock.speed,
        )


@contextmanager
def only_run_in(directory: Path) -> Iterator[None]:
    """Keep a second run away from `directory` for as long as this is open.

    Raises:
        TrialError: There is a run in it already.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    with directory.with_name(f"{directory.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise TrialError(
                f"a run is using {directory} already; stop it, or name another with --directory"
            ) from None
        yield


def prepare(options: Options) -> Trial:
    """Lay out the house's slots, its history and the directory of this run.

    Raises:
        TrialError: The house file cannot be used, or the directory is not ours.
    """
    mark = options.directory / MARK
    if options.directory.exists() and any(options.directory.iterdir()) and not mark.exists():
        raise TrialError(f"{options.directory} holds something else; name an empty directory")
    shutil.rmtree(options.directory, ignore_errors=True)
    options.directory.mkdir(parents=True)
    mark.touch()
    now = SystemClock().now()
    if options.house is not None:
        start = replay_start(options.house)
        return Trial(
            directory=options.directory,
            house=options.house.resolve(),
            start=start,
            speed=options.speed,
        )
    house = options.directory / "house.csv"
    generate_house(house, now)
    return Trial(directory=options.directory, house=house, start=now, speed=options.speed)


async def start(trial: Trial, options: Options, *, restarts: bool = True) -> House:
    """Start everything, in the order in which each needs the one before it.

    Raises:
        subprocess.CalledProcessError: The history could not be imported.
    """
    mqtt_port, page_port = free_port(options.mqtt_port), free_port(options.page_port)
    config = trial.directory / "config.yaml"
    write_config(trial_config(trial, gateway_port=page_port), config)
    environment = _environment(trial, config, mqtt_port)
    await asyncio.to_thread(import_history, trial, {**os.environ, **environment})
    if trial.speed != SPEED_OF_TIME or trial.start < SystemClock().now() - timedelta(days=1):
        specification = clock_specification(trial.start, speed=trial.speed, delay=START_DELAY)
        environment["DARKSTAR_CLOCK"] = specification
    fleet = Fleet(trial.directory, environment, restarts=restarts)
    async with AsyncExitStack() as undo:
        undo.push_async_callback(fleet.stop_all)
        metrics_ports = await _start_all(fleet, options, mqtt_port)
        await asyncio.to_thread(write_targets, trial.directory, metrics_ports, site="home")
        undo.pop_all()
    clock = clock_from(environment.get("DARKSTAR_CLOCK", ""))
    return House(fleet, trial, clock, mqtt_port, page_port, metrics_ports)


async def _start_all(fleet: Fleet, options: Options, mqtt_port: int) -> dict[str, int]:
    """Start broker, house and services; says where each one's metrics are."""
    await fleet.start(BROKER, broker_command(fleet.directory / "broker", mqtt_port))
    await _reachable(mqtt_port)
    await fleet.start_service(SIMULATOR, *options.simulator_words)
    metrics_ports: dict[str, int] = {}
    for name, preferred in zip(SERVICES, METRICS_PORTS, strict=True):
        metrics_ports[name] = free_port(preferred)
        await fleet.start_service(name, DARKSTAR_METRICS_PORT=str(metrics_ports[name]))
    return metrics_ports


def _environment(trial: Trial, config: Path, mqtt_port: int) -> dict[str, str]:
    return {
        "DARKSTAR_CONFIG": str(config),
        "DARKSTAR_MQTT_HOST": "127.0.0.1",
        "DARKSTAR_MQTT_PORT": str(mqtt_port),
        "DARKSTAR_METRICS_PORT": "0",
        "DARKSTAR_STATE_DIR": str(trial.directory / "state"),
        "DARKSTAR_HOUSE_CSV": str(trial.house),
        "PYTHONUNBUFFERED": "1",
    }


async def run(options: Options, console: Console) -> None:
    """Run a house until a signal comes, and show how it does.

    Raises:
        TrialError: The house file or the directory cannot be used.
    """
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    with only_run_in(options.directory):
        await _run(options, console, stopping)


async def _run(options: Options, console: Console, stopping: asyncio.Event) -> None:
    console.print(f"preparing the house in {options.directory}")
    trial = await asyncio.to_thread(prepare, options)
    watch = Stopwatch()
    house = await start(trial, options)
    try:
        _introduce(house, options, console)
        showing = asyncio.create_task(_show(house, watch, console), name="show")
        stopped = asyncio.create_task(stopping.wait(), name="signals")
        await asyncio.wait({showing, stopped}, return_when=asyncio.FIRST_COMPLETED)
        showing.cancel()
    finally:
        _say("stopping …", console)
        await house.fleet.stop_all()
        _say("stopped", console)


def _say(text: str, console: Console) -> None:
    """Tell who is still there; a terminal that was closed is no reason to leave children."""
    with suppress(OSError):
        console.print(text)


def _introduce(house: House, options: Options, console: Console) -> None:
    if mosquitto() is None:
        console.print("mosquitto is missing: this run uses the embedded broker")
    if house.mqtt_port != options.mqtt_port:
        console.print(f"port {options.mqtt_port} is taken; the broker is at {house.mqtt_port}")
    console.print(f"page    http://127.0.0.1:{house.page_port}/")
    console.print(f"logs    {house.fleet.directory / 'logs'}")
    console.print(
        f"try     mosquitto_pub -p {house.mqtt_port} -t darkstar/v1/home/override/set "
        "-m force_charge"
    )
    console.print("Ctrl-C stops it all")


async def _show(house: House, watch: Stopwatch, console: Console) -> None:
    """Follow the bus: a live table at a terminal, a line for each change elsewhere."""
    overview, told = Overview(), ""
    async with house.bus() as bus, bus.inbox(*SHOWN) as inbox:
        with Live(console=console, auto_refresh=False, transient=True) as live:
            async for delivery in inbox:
                if not isinstance(delivery, Delivery):
                    continue
                first = overview.schedule is None
                overview = overview.updated(delivery)
                if first and overview.schedule is not None:
                    seconds = watch.elapsed.total_seconds()
                    console.print(f"first schedule {seconds:.1f} s after the services' start")
                if console.is_terminal:
                    live.update(_picture(overview, house), refresh=True)
                elif (line := f"{overview.plan_line()} | {overview.control_line()}") != told:
                    told = line
                    console.print(line)


def _picture(overview: Overview, house: House) -> Group:
    services = Table.grid(padding=(0, 2))
    for name in (BROKER, SIMULATOR, *SERVICES):
        child = house.fleet.children[name]
        state = "online" if overview.online.get(name, child.running) else "starting"
        deaths = f"restarted {child.deaths} times" if child.deaths else ""
        services.add_row(name, state if child.running else "down", deaths)
    facts = Table.grid(padding=(0, 2))
    facts.add_row("time", simulated(house.clock.now(), house.clock.speed))
    facts.add_row("house", overview.house_line())
    facts.add_row("plan", overview.plan_line())
    facts.add_row("doing", overview.control_line())
    return Group(services, "", facts, *overview.issue_lines())


async def _reachable(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


ERRORS = (subprocess.CalledProcessError, TimeoutError)
"""What may go wrong while starting that is not the house file's fault."""
