"""What the recorder's process holds in memory while it does nothing."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from support.asking import ask
from support.broker import BINARY, Mosquitto
from support.recorder_process import Recorder, neighbour

REST_SECONDS = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Resident memory [MB]."""

    seconds: float
    """From the start on."""
    idle_mb: float
    asked_mb: float
    """After long answers."""


async def at_rest(path: Path, first: datetime, last: datetime) -> Rest | None:
    """Run `darkstar-recorder` on a copy of the file; None: there is no broker here."""
    if BINARY is None:
        return None
    with tempfile.TemporaryDirectory(prefix="recorder-rest-") as directory:
        broker = Mosquitto(Path(directory) / "mosquitto")
        broker.start()
        recorder = Recorder(Path(directory) / "recorder", broker.port)
        recorder.database.parent.mkdir(parents=True)
        shutil.copy(path, recorder.database)
        try:
            return await _measured(recorder, broker, first, last)
        finally:
            await recorder.end()
            broker.stop()


async def _measured(recorder: Recorder, broker: Mosquitto, first: datetime, last: datetime) -> Rest:
    await recorder.start()
    await asyncio.sleep(REST_SECONDS)
    idle = recorder.resident_mb
    async with neighbour(broker) as house:
        for by in ("day", "month"):
            await ask(house.bus, what="rollups", start=first, end=last, by=by)
    return Rest(seconds=REST_SECONDS, idle_mb=idle, asked_mb=recorder.resident_mb)
