"""Darkstar in containers, for tests: a copy of deploy/ in a Compose project of its own.

`DARKSTAR_TEST_ENGINE` names the socket of a Docker engine. The images are built there by what
`make up` builds them with; a site's mirrors are said by the same DARKSTAR_BUILD_* variables.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import docker  # type: ignore[import-untyped]  # testcontainers brings it
import pytest
from support.deploying import DEPLOY, ROOT, script

from darkstar_common.bus import Delivery
from darkstar_common.bus.mqtt import Broker, MqttBus
from darkstar_common.contract import SCHEDULE, SERVICES, Schedule
from darkstar_common.launcher.broker import free_port
from darkstar_common.runtime import Stopwatch, SystemClock

ENGINE = os.environ.get("DARKSTAR_TEST_ENGINE", "")
OURS = tuple(str(service) for service in SERVICES)
LEFT_OUT = ("secrets", "house", ".env", "*.override.yaml", "node_modules", "__pycache__")
PATIENCE = 120
"""For all to become healthy, on a machine that is busy with other tests [s]."""
BETWEEN = 0.25
"""Two questions to the engine, which has the same cores to live on [s]."""


@dataclass(frozen=True)
class Stack:
    """A copy of `deploy/` whose containers run in a project of the test's own."""

    deploy: Path
    project: str
    profiles: tuple[str, ...] = ("simulated",)
    broker_port: int = field(default_factory=free_port)
    page_port: int = field(default_factory=free_port)
    prometheus_port: int = field(default_factory=free_port)

    def compose(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run Compose on it; what it says is in the result, whatever it is."""
        stack = script("stack")
        told = {
            **stack.environment({"DOCKER_HOST": ENGINE}),
            "DARKSTAR_BROKER_ADDRESS": f"127.0.0.1:{self.broker_port}",
            "DARKSTAR_PAGE_ADDRESS": f"127.0.0.1:{self.page_port}",
            "DARKSTAR_PROMETHEUS_ADDRESS": f"127.0.0.1:{self.prometheus_port}",
        }
        profiles = [word for one in self.profiles for word in ("--profile", one)]
        command = (*stack.compose(), "-p", self.project, *profiles, *words)
        return subprocess.run(
            command, cwd=self.deploy, env=told, capture_output=True, text=True, check=False
        )

    def up(self, *services: str) -> subprocess.CompletedProcess[str]:
        """Start it, as `make up` does after building, and wait until all are healthy."""
        patience = ("--wait-timeout", str(PATIENCE))
        return self.compose("up", "--no-build", "--detach", "--wait", *patience, *services)

    def password(self, user: str) -> str:
        """Of a broker user."""
        return (self.deploy / "secrets" / user).read_text(encoding="utf-8").strip()

    def bus(self) -> MqttBus:
        """A bus of somebody who looks."""
        broker = Broker(
            host="127.0.0.1",
            port=self.broker_port,
            username="people",
            password=self.password("people"),
        )
        return MqttBus(broker, site="home", client_id="test", now=SystemClock().now)


async def schedule_on(bus: MqttBus) -> Schedule:
    """The one that is published there, or the first that will be."""
    async with bus, bus.inbox(SCHEDULE) as inbox:
        delivery = await anext(aiter(inbox))
    assert isinstance(delivery, Delivery)
    assert isinstance(delivery.message, Schedule)
    return delivery.message


def fresh_copy(directory: Path) -> Path:
    """`deploy/` as in a fresh clone, with passwords of its own."""
    deploy = directory / "deploy"
    shutil.copytree(DEPLOY, deploy, ignore=shutil.ignore_patterns(*LEFT_OUT))
    shutil.copy(ROOT / "config.example.yaml", directory)
    subprocess.run(
        (sys.executable, str(deploy / "prepare.py")), check=True, stdout=subprocess.DEVNULL
    )
    return deploy


def engine_or_skip() -> Any:
    """A client of the test's engine; without one the test is skipped with the reason."""
    if not ENGINE:
        pytest.skip("DARKSTAR_TEST_ENGINE names no Docker engine, as unix:///var/run/docker.sock")
    client = docker.DockerClient(base_url=ENGINE)
    client.ping()
    return client


def build_images() -> None:
    """Have the images of this tree, as `make up` does: what has not changed takes a second."""
    command = (sys.executable, str(DEPLOY / "images.py"), "--simulated")
    told = {**os.environ, "DOCKER_HOST": ENGINE}
    done = subprocess.run(command, env=told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@contextmanager
def running(stack: Stack, *services: str) -> Iterator[Stack]:
    """`stack` up and healthy, or `services` of it; afterwards nothing of it is left."""
    done = stack.up(*services)
    try:
        assert done.returncode == 0, f"{done.stderr}\n{stack.compose('logs').stdout}"
        yield stack
    finally:
        stack.compose("down", "--volumes")


def health(engine: Any, stack: Stack, *names: str) -> dict[str, str]:
    """By service, what Docker says of its container's health."""
    found = {}
    for name in names:
        state = engine.containers.get(f"{stack.project}-{name}-1").attrs["State"]
        found[name] = state.get("Health", {}).get("Status", "") if state["Running"] else "away"
    return found


def until(fulfilled: Callable[[], bool], patience: timedelta) -> bool:
    """Whether it is fulfilled within `patience`."""
    watch, pause = Stopwatch(), threading.Event()
    while watch.elapsed < patience:
        if fulfilled():
            return True
        pause.wait(BETWEEN)
    return False
