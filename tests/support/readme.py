"""What README.md tells people to type, and a clone to type it in."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from support.broker import Mosquitto
from support.deploying import tree
from support.shipped_broker import ShippedMosquitto

from darkstar_common.launcher.broker import free_port
from darkstar_common.launcher.fleet import SERVICES, Fleet

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LEFT_OUT = ("tests/", "docs/images/", "lab/")
_OF_OURS = ("DARKSTAR_", "MAKE", "MFLAGS")
"""Variables that a person at a terminal does not have, while the tests may be run by make."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language and its text."""

    language: str
    text: str

    @property
    def name(self) -> str:
        """Its first line."""
        return self.text.splitlines()[0]


def blocks(text: str) -> tuple[Block, ...]:
    """All blocks that name a language, in order; what names none is a picture."""
    return tuple(Block(*one) for one in _FENCE.findall(text) if one[0])


def block(begins: str) -> Block:
    """The README's block that begins so."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (found,) = (one for one in blocks(text) if one.text.startswith(begins))
    return found


@dataclass
class Clone:
    """The files of a clone, after `make setup`, and who types there."""

    directory: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def typed(self, text: str, *, seconds: float = 60) -> str:
        """What the terminal shows when `text` is typed line by line.

        Raises:
            AssertionError: A line failed, or all took longer.
        """
        done = subprocess.run(
            ("bash", "-euo", "pipefail", "-c", text), cwd=self.directory, env=self.told,
            capture_output=True, text=True, check=False, timeout=seconds,
        )  # fmt: skip
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @property
    def told(self) -> dict[str, str]:
        kept = {one: text for one, text in os.environ.items() if not one.startswith(_OF_OURS)}
        return {**kept, "PYTHON": sys.executable, **self.environment}

    def for_mosquitto(self, port: int) -> None:
        """Have `mosquitto_pub` and `mosquitto_sub` use `port` where README leaves it at 1883."""
        home = self.directory / ".typed"
        home.mkdir(exist_ok=True)
        for name in ("mosquitto_pub", "mosquitto_sub"):
            (home / name).write_text(f"-h 127.0.0.1\n-p {port}\n", encoding="utf-8")
        self.environment = {**self.environment, "XDG_CONFIG_HOME": str(home)}


def clone(directory: Path) -> Clone:
    """A copy of this tree, whose environment is the one of the tests."""
    for name in tree():
        if not name.startswith(_LEFT_OUT):
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, directory / name)
    (directory / ".venv").symlink_to(ROOT / ".venv")
    return Clone(directory)


@asynccontextmanager
async def in_processes(clone: Clone, house: Path) -> AsyncIterator[Mosquitto]:
    """What `make up` starts, as processes in the place of containers; and the house at the broker.

    Passwords, the broker's configuration and its access list are those of the clone.
    """
    clone.typed(f"{sys.executable} deploy/prepare.py")
    secrets, home = clone.directory / "deploy/secrets", clone.directory / ".house"
    broker = ShippedMosquitto(home / "broker")
    broker.directory.mkdir(parents=True)
    shutil.copy(secrets / "passwords", broker.directory / "passwords")
    (site,) = re.findall(
        r"^DARKSTAR_ACL=(.*)$", (clone.directory / "deploy/.env").read_text(), re.MULTILINE
    )
    shutil.copy(clone.directory / "deploy" / site, broker.directory / "acl")
    fleet = Fleet(home, _environment(clone, home, house, broker.port))
    await asyncio.to_thread(broker.start)
    try:
        for name in ("simulator", *SERVICES):
            user = {
                "DARKSTAR_MQTT_USERNAME": name,
                "DARKSTAR_MQTT_PASSWORD_FILE": str(secrets / name),
            }
            await fleet.start_service(name, **user)
        clone.for_mosquitto(broker.port)
        yield broker
    finally:
        await fleet.stop_all()
        broker.stop()


def _environment(clone: Clone, home: Path, house: Path, port: int) -> dict[str, str]:
    return {
        "DARKSTAR_CONFIG": str(clone.directory / "config.yaml"),
        "DARKSTAR_STATE_DIR": str(home / "state"),
        "DARKSTAR_MQTT_HOST": "127.0.0.1",
        "DARKSTAR_MQTT_PORT": str(port),
        "DARKSTAR_HOUSE_CSV": str(house),
        "DARKSTAR_HOUSE_DIALECT": "deye",
        "DARKSTAR_GATEWAY_PORT": str(free_port()),
        "DARKSTAR_GATEWAY_PASSWORD_FILE": str(clone.directory / "deploy/secrets/page_password"),
        "DARKSTAR_METRICS_PORT": "0",
        "PYTHONUNBUFFERED": "1",
    }
