"""What the forecaster holds in memory while it does nothing, beside a recorder with a year in it.

Real processes in real time: a broker, the recorder, the forecaster. It loads the past, forecasts,
scores, and is at rest when its working processes have ended. Training is switched off: it is a
process of its own, which forecaster_training measures, and leaves nothing behind.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from bench.forecaster_house import HOME
from bench.report import machine, table, write_section
from support.broker import BINARY, Mosquitto
from support.recorder_process import Recorder, neighbour

from darkstar_common.bus import Delivery
from darkstar_common.contract import LOAD_FORECAST, MODELS, PRICES, PV_FORECAST
from darkstar_simulator.core.generator import generate_series

PROMISED_MB = 200.0
YEAR = 366
PATIENCE_SECONDS = 420
_SETTLED_SECONDS = 15
_MIB = 1024 * 1024
_CONFIG = """\
site: home
water_heater: null
weather: {sources: []}
location: {latitude: 55.6, longitude: 13.0}
solar: {arrays: [{kwp: 10, tilt: 35, azimuth: 180}]}
forecaster: {train: {enabled: false}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Of one run.

    Attributes:
        ready_seconds: from the start of the process to the first forecasts of load and PV.
        peak_mb: the service and its working processes together, at the most.
        idle_mb: the service at rest; nothing else runs then.
        proportional_mb: the same with shared libraries counted once.
        models: cards of models in use.
    """

    ready_seconds: float
    peak_mb: float
    idle_mb: float
    proportional_mb: float
    models: tuple[str, ...]


def a_past(path: Path, until: datetime, days: int) -> None:
    """Write the days before `until` as a file that the recorder can import."""
    first = (until - timedelta(days=days)).date()
    series = generate_series(HOME, start=first, days=days + 2)
    rows = zip(series.load_kwh, series.pv_kwh, series.spot_per_kwh, strict=True)
    step = timedelta(minutes=15)
    lines = [
        f"{(series.start + number * step).isoformat()},{load},{pv},{spot}"
        for number, (load, pv, spot) in enumerate(rows)
    ]
    head = "start_utc,load_kwh,pv_kwh,spot_per_kwh"
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")


async def at_rest(directory: Path, days: int) -> Rest:
    """Run it."""
    broker = Mosquitto(directory / "mosquitto")
    broker.start()
    recorder = Recorder(directory / "recorder", broker.port, config=_CONFIG)
    try:
        await asyncio.to_thread(_remember, recorder, directory / "past.csv", days)
        await recorder.start()
        return await _measured(recorder, broker)
    finally:
        await recorder.end()
        broker.stop()


def _remember(recorder: Recorder, file: Path, days: int) -> None:
    """Import the past into the recorder's file, before it runs."""
    now = datetime.now(UTC)
    a_past(file, now, days)
    recorder.directory.mkdir(parents=True)
    (recorder.directory / "config.yaml").write_text(_CONFIG, encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "darkstar_recorder", "import", str(file),
         "--until", now.isoformat()],
        cwd=recorder.directory, env=_environment(recorder), check=True, capture_output=True,
    )  # fmt: skip


def _environment(recorder: Recorder) -> dict[str, str]:
    return {
        **os.environ,
        "DARKSTAR_MQTT_HOST": "127.0.0.1",
        "DARKSTAR_MQTT_PORT": str(recorder.port),
        "DARKSTAR_STATE_DIR": str(recorder.state),
    }


async def _measured(recorder: Recorder, broker: Mosquitto) -> Rest:
    async with neighbour(broker) as house:
        heard: dict[str, object] = {}

        async def listen() -> None:
            async with house.bus.inbox(LOAD_FORECAST, PV_FORECAST, PRICES, MODELS) as inbox:
                async for delivery in inbox:
                    if isinstance(delivery, Delivery):
                        heard[delivery.channel.path] = delivery.message

        listening = asyncio.create_task(listen())
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "darkstar_forecaster", "run",
            cwd=recorder.directory, env=_environment(recorder),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            return await _watched(psutil.Process(process.pid), heard)
        finally:
            listening.cancel()
            process.terminate()
            await process.wait()


async def _watched(service: psutil.Process, heard: dict[str, object]) -> Rest:
    """Look at it ten times a second until it has been alone for a while."""
    clock = asyncio.get_running_loop()
    began, peak = clock.time(), 0.0
    ready: float | None = None
    alone_since = began
    while ready is None or clock.time() - alone_since < _SETTLED_SECONDS:
        if clock.time() - began > PATIENCE_SECONDS:
            raise TimeoutError(f"not at rest after {PATIENCE_SECONDS} s; heard {sorted(heard)}")
        children = service.children(recursive=True)
        peak = max(peak, _resident(service) + sum(_resident(one) for one in children))
        if children:
            alone_since = clock.time()
        if ready is None and {LOAD_FORECAST.path, PV_FORECAST.path} <= heard.keys():
            ready = clock.time() - began
        await asyncio.sleep(0.1)
    memory = service.memory_full_info()
    cards = getattr(heard.get(MODELS.path), "cards", ())
    return Rest(
        ready_seconds=ready,
        peak_mb=peak,
        idle_mb=memory.rss / _MIB,
        proportional_mb=memory.pss / _MIB,
        models=tuple(f"{one.quantity}: {one.version}" for one in cards if one.state == "current"),
    )


def _resident(process: psutil.Process) -> float:
    """0 for one that has just ended [MB]."""
    try:
        return float(process.memory_info().rss / _MIB)
    except psutil.NoSuchProcess:
        return 0.0


def section(found: Rest) -> str:
    """The page's text."""
    rows = [
        ("resident at rest", f"**{found.idle_mb:.0f} MB** of {PROMISED_MB:.0f}"),
        ("proportional at rest", f"{found.proportional_mb:.0f} MB"),
        ("with its working processes, at the most", f"{found.peak_mb:.0f} MB"),
        ("from start to load and PV forecasts", f"{found.ready_seconds:.1f} s"),
        ("models in use", ", ".join(found.models)),
    ]
    return (
        f"## The forecaster at rest\n\n`make bench-forecaster` on {machine()}: the service as a "
        "process on a broker, beside a recorder with a year of 15-minute slots, after it has "
        "forecast and its working processes have ended; training, a process of its own, is "
        "switched off.\n\n"
        f"{table(('figure', 'measured'), rows)}"
    )


def main() -> None:
    """Measure and write.

    Raises:
        SystemExit: 1 where it is not as promised.
    """
    if BINARY is None:
        sys.stderr.write("bench-forecaster: mosquitto is not installed, so nothing is measured\n")
        raise SystemExit(1)
    parser = argparse.ArgumentParser(prog="bench-forecaster-rest", description=__doc__)
    parser.add_argument("--days", type=int, default=YEAR, help="fewer: nothing is written")
    days = parser.parse_args().days
    with tempfile.TemporaryDirectory(prefix="forecaster-rest-") as name:
        found = asyncio.run(at_rest(Path(name), days))
    text = section(found)
    if days == YEAR:
        write_section("forecaster_rest", text)
    sys.stdout.write(text)
    if found.idle_mb >= PROMISED_MB:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
