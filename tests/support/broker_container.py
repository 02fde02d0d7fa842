"""The shipped broker as compose.yaml starts it, in a container of testcontainers'."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from support.containers import ENGINE, until
from support.deploying import ROOT, script
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

IMAGE = os.environ.get("MOSQUITTO_IMAGE", "eclipse-mosquitto:2")
DATA = "/mosquitto/data"
CONFIG = ROOT / "deploy/mosquitto/mosquitto.conf"


@dataclass
class ContainerMosquitto:
    """Where it is reached on this machine."""

    port: int

    def configuration(self) -> str:
        """What the broker is told."""
        return CONFIG.read_text(encoding="utf-8")


@contextmanager
def container_broker(directory: Path) -> Iterator[ContainerMosquitto]:
    """Run it with the files `passwords` and `acl` of `directory`, as confined as compose has it."""
    said: dict[str, Any] = script("check").resolved("compose.yaml")["services"]["mosquitto"]
    os.environ["DOCKER_HOST"] = ENGINE
    testcontainers_config.ryuk_disabled = True
    container = DockerContainer(IMAGE).with_exposed_ports(1883).with_command(said["command"])
    container.with_kwargs(
        entrypoint=said["entrypoint"],
        user=said["user"],
        read_only=said["read_only"],
        cap_drop=said["cap_drop"],
        security_opt=said["security_opt"],
    )
    for place, options in (*(one.split(":", 1) for one in said["tmpfs"]), (DATA, "uid=1883")):
        container.with_tmpfs_mount(place, options)
    for name, place in (
        (str(directory / "passwords"), "/run/secrets/passwords"),
        (str(directory / "acl"), "/mosquitto/config/acl"),
        (str(CONFIG), "/mosquitto/config/mosquitto.conf"),
    ):
        container.with_volume_mapping(name, place, "ro")
    listens = ["sh", "-c", said["healthcheck"]["test"][1]]
    with container:
        assert until(lambda: container.exec(listens).exit_code == 0, timedelta(seconds=20))
        yield ContainerMosquitto(int(container.get_exposed_port(1883)))
