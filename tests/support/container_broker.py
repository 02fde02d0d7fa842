"""The broker as it is shipped, in a container: its image, its files, its user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.containers import ENGINE
from support.deploying import DEPLOY, script
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import ExecWaitStrategy

PORT = 1883
COMMAND = (
    "umask 077; cat /given/passwords > /run/broker/passwords; cat /given/acl > /run/broker/acl; "
    "exec mosquitto -c /mosquitto/config/mosquitto.conf"
)
"""As compose.yaml starts it."""
LISTENS = ["sh", "-c", "grep -qs ':075B 0* *[^ ]* 0A ' /proc/net/tcp /proc/net/tcp6"]
"""Something does, on 1883: as compose.yaml checks it."""
OWNED = "uid=1883,gid=1883,mode=0700,size=16m"


@dataclass(frozen=True)
class ContainerBroker:
    """Where it listens."""

    host: str
    port: int


@contextmanager
def container_broker(
    directory: Path, passwords: Mapping[str, str], acl: str
) -> Iterator[ContainerBroker]:
    """A broker for the users of `passwords`, with `acl`; without an engine, skipped."""
    if not ENGINE:
        pytest.skip("DARKSTAR_TEST_ENGINE names no Docker engine, as unix:///var/run/docker.sock")
    hashes = script("prepare").password_file(passwords, "")
    for name, text in (("passwords", hashes), ("acl", acl)):
        (directory / name).write_text(text, encoding="utf-8")
        (directory / name).chmod(0o644)
    directory.chmod(0o755)
    stack = script("stack")
    pinned = stack.pins((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    image = stack.environment({"DOCKER_HOST": ENGINE}).get("MOSQUITTO_IMAGE")
    testcontainers_config.ryuk_disabled = True
    container = (
        DockerContainer(
            image or pinned["MOSQUITTO_IMAGE"],
            docker_client_kw={"environment": {"DOCKER_HOST": ENGINE}},
        )
        .with_volume_mapping(str(directory), "/given", "ro")
        .with_volume_mapping(str(DEPLOY / "mosquitto"), "/mosquitto/config", "ro")
        .with_tmpfs_mount("/run/broker", OWNED)
        .with_tmpfs_mount("/mosquitto/data", OWNED)
        .with_kwargs(user="1883:1883", entrypoint=[], read_only=True, cap_drop=["ALL"])
        .with_exposed_ports(PORT)
        .with_command(["sh", "-euc", COMMAND])
        .waiting_for(ExecWaitStrategy(LISTENS))
    )
    container.ports[str(PORT)] = ("127.0.0.1",)  # type: ignore[assignment]  # any port, of this address
    with container:
        yield ContainerBroker("127.0.0.1", int(container.get_exposed_port(PORT)))
