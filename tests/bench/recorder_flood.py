"""2,000 messages a second for a minute: nothing lost, and how long each takes to the disk.

`PYTHONPATH=tests python -m bench.recorder_flood [--seconds N] [--rate N]` runs the recorder as a
process on a mosquitto of its own, sends it what a house says at QoS 1, and asks for numbered notes
until they are told of: from being sent to being on disk, with the way to the question and back.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import signal
import socket
import sys
import tempfile
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
from bench.house_mixture import RATE, SECONDS
from bench.percentiles import met, percentile
from bench.report import machine, table, write_section
from support.asking import ask
from support.broker import Mosquitto
from support.buses import mqtt_bus
from support.recorder_process import Recorder

from darkstar_common.bus import Bus
from darkstar_common.contract import NOTIFY, Notification, Service
from darkstar_common.runtime import Stopwatch

EVERY, TARGET, PATIENCE = 0.2, 1.0, 600.0
ROWS = {
    "control/action": "control_action", "plan/schedule": "schedule", "plan/episode": "episode",
    "forecast/load": "forecast_issue WHERE quantity = 'load'",
}  # fmt: skip
"""Channels of which each message is a row."""
_COUNTED = re.compile(r"^darkstar_recorder_messages_total\{.*\} (\S+)", re.MULTILINE)


@dataclass
class Notes:
    """Numbered notes on their way, and how long each took [s]."""

    bus: Bus
    sent: list[datetime] = field(default_factory=list)
    took: list[float] = field(default_factory=list)

    async def send(self) -> None:
        """One after the other until cancelled."""
        while True:
            self.sent.append(datetime.now(UTC))
            note = Notification(
                sender=Service.PLANNER, emitted_at=self.sent[-1], kind="bench", title="A note",
                text=str(len(self.sent)),
            )  # fmt: skip
            await self.bus.publish(NOTIFY, note)
            await asyncio.sleep(EVERY)

    async def ask(self) -> None:
        """Ask for the next ones until cancelled."""
        while True:
            if len(self.took) < len(self.sent):
                start = self.sent[len(self.took)]
                found = await ask(
                    self.bus, what="notifications", start=start, end=start + timedelta(hours=1)
                )
                now = datetime.now(UTC)
                for at in self.sent[len(self.took) :][: found.row_count]:
                    self.took.append((now - at).total_seconds())
            await asyncio.sleep(EVERY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What came of it."""

    sent: Mapping[str, int]
    seconds: float
    behind: float
    """From the last message sent to all of them on disk [s]."""
    took: list[float]
    missing: Mapping[str, int]
    resident_mb: float
    busy: float
    """Of a processor, until all were on disk."""

    @property
    def count(self) -> int:
        """All messages of the flood."""
        return sum(self.sent.values())


def taken(port: int) -> int:
    """Messages the recorder has taken in, and written: its own count."""
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as page:
        found = re.findall(
            r"^darkstar_recorder_messages_total\{.*\} (\S+)", page.read().decode(), re.MULTILINE
        )
        return int(sum(map(float, found)))
    return 0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processor_seconds(pid: int) -> float:
    """What a process has used so far [s]."""
    words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


async def whole(broker: Mosquitto, directory: Path, seconds: float, rate: float) -> Figures:
    """Measure with a recorder that is gone afterwards, whatever happens."""
    recorder = Recorder(directory / "recorder", broker.port)
    try:
        return await measured(broker, recorder, seconds, rate)
    finally:
        await recorder.end(signal.SIGKILL)


async def measured(broker: Mosquitto, recorder: Recorder, seconds: float, rate: float) -> Figures:
    """Send, ask, wait for the rest, look into the file."""
    port = free_port()
    os.environ["DARKSTAR_METRICS_PORT"] = str(port)
    await recorder.start()
    async with mqtt_bus(broker) as bus:
        notes = Notes(bus)
        await bus.connected()
        await ask(bus, what="notifications")
        before = processor_seconds(recorder.pid)
        asking = asyncio.create_task(notes.ask())
        sending = asyncio.create_task(notes.send())
        flood = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.house_mixture", str(broker.port), str(rate), str(seconds),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said = json.loads((await flood.communicate())[0])
        sending.cancel()
        watch, whole = Stopwatch(), sum(said["sent"].values()) + len(notes.sent)
        async with asyncio.timeout(PATIENCE):
            while len(notes.took) < len(notes.sent) or taken(port) < whole:  # noqa: ASYNC110 (another process)
                await asyncio.sleep(EVERY)
        behind = watch.elapsed.total_seconds()
        asking.cancel()
    busy = (processor_seconds(recorder.pid) - before) / (said["seconds"] + behind)
    resident = recorder.resident_mb
    await recorder.end()
    missing = lost(recorder.database, said["sent"] | {"notes": len(notes.sent)}, said["load_kwh"])
    return Figures(
        sent=said["sent"], seconds=said["seconds"], behind=behind, took=notes.took,
        missing=missing, resident_mb=resident, busy=busy,
    )  # fmt: skip


def lost(database: Path, sent: Mapping[str, int], load_kwh: float) -> dict[str, int]:
    """What of the messages that are a row each is not there, or there more than once."""
    with duckdb.connect(str(database), read_only=True) as connection:

        def count(what: str) -> int:
            row = connection.execute(f"SELECT count(*) FROM {what}").fetchone()  # noqa: S608 (names from here)
            return int(row[0]) if row else 0

        found = {path: sent[path] - count(what) for path, what in ROWS.items()}
        found["notify"] = sent["notes"] - count("notification")
        row = connection.execute("SELECT max(value) FROM reading WHERE channel = 'load'").fetchone()
        found["the load counter's last value"] = int(row is None or row[0] != load_kwh)
    return {name: number for name, number in found.items() if number}


def section(figures: Figures) -> str:
    """The figures as text."""
    of = ", ".join(f"{path} {count:,}" for path, count in figures.sent.items())
    rows = [(f"p{share}", f"{percentile(figures.took, share):.2f} s") for share in (50, 95, 99)]
    most = max(figures.took)
    rows.append(("longest", f"{most:.2f} s; within {TARGET:g} s: {met(most, TARGET)}"))
    missing = ", ".join(f"{name} {count}" for name, count in figures.missing.items()) or "none"
    load = os.getloadavg()[0]
    return (
        "## A flood of messages at the recorder\n\n"
        f"{figures.count:,} messages in {figures.seconds:.0f} s, "
        f"{figures.count / figures.seconds:,.0f} a second, at QoS 1 through mosquitto, as a house "
        f"mixes them ({of}). All were on disk {figures.behind:.1f} s after the last one; lost or "
        f"doubled: {missing}. The recorder used {figures.busy:.0%} of a processor and held "
        f"{figures.resident_mb:.0f} MB. {machine()}, a load of {load:.0f} on them.\n\n"
        "How long a note took from being sent to being told of in an answer, of "
        f"{len(figures.took)} that were sent meanwhile:\n\n" + table(("a note", "took"), rows)
    )


def main() -> None:
    """Measure, and say so in docs/benchmarks.md when all was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--rate", type=float, default=RATE)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="flood-") as directory:
        broker = Mosquitto(Path(directory) / "mosquitto", extra="max_inflight_messages 500\n")
        broker.start()
        try:
            figures = asyncio.run(whole(broker, Path(directory), wanted.seconds, wanted.rate))
        finally:
            broker.stop()
    text = section(figures)
    print(text)  # noqa: T201 (what it is for)
    if (wanted.seconds, wanted.rate) == (SECONDS, RATE):
        write_section("recorder_flood", text)
    raise SystemExit(bool(figures.missing))


if __name__ == "__main__":
    main()
