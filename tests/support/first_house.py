"""A house on its first day: every process runs, and nobody has said yet who plays which role."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from darkstar_common.launcher.broker import broker_command, free_port
from darkstar_common.launcher.fleet import BROKER, SERVICES, SIMULATOR, Fleet
from darkstar_common.runtime import clock_specification

NEARLY_EMPTY = """\
# a new house
inverter:
  profile: generic   # names nothing by itself
prices:
  sources: [generated]
weather:
  sources: []   # the sun over a simulated house is its own
gateway:
  port: {port}
  access: {{required: false}}   # on loopback
"""


@dataclass(frozen=True, slots=True)
class FirstHouse:
    """Where it is."""

    fleet: Fleet
    config: Path
    url: str

    def log(self, name: str) -> str:
        """What a process has said so far."""
        return self.fleet.children[name].log.read_text(encoding="utf-8", errors="replace")


@asynccontextmanager
async def first_house(
    directory: Path, house: Path, start: datetime, speed: float
) -> AsyncIterator[FirstHouse]:
    """Start it all with an empty past and a nearly empty file, and stop it at the end."""
    mqtt, page = free_port(), free_port()
    config = directory / "config.yaml"
    config.write_text(NEARLY_EMPTY.format(port=page), encoding="utf-8")
    environment = {
        "DARKSTAR_CONFIG": str(config),
        "DARKSTAR_MQTT_HOST": "127.0.0.1",
        "DARKSTAR_MQTT_PORT": str(mqtt),
        "DARKSTAR_STATE_DIR": str(directory / "state"),
        "DARKSTAR_HOUSE_CSV": str(house),
        "DARKSTAR_CLOCK": clock_specification(start, speed=speed),
        "PYTHONUNBUFFERED": "1",
    }
    fleet = Fleet(directory, environment)
    try:
        await fleet.start(BROKER, broker_command(directory / "broker", mqtt))
        for name in (SIMULATOR, *SERVICES):
            await fleet.start_service(name)
        yield FirstHouse(fleet, config, f"http://127.0.0.1:{page}/")
    finally:
        await fleet.stop_all()
