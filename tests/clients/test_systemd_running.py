"""Darkstar as services of a real systemd: installed, sealed off, killed, reloaded, taken away.

`DARKSTAR_TEST_SYSTEMD` names an image of a Debian that has systemd, python3-venv, mosquitto, make
and git, on the engine of DARKSTAR_TEST_ENGINE. Its container has this machine's network, by which
it installs Darkstar, and takes the ports 1883 and 8410.
"""

from __future__ import annotations

import io
import os
import shlex
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from support.containers import engine_or_skip, schedule_on, until
from support.deploying import ROOT, tree

from darkstar_common.bus.mqtt import Broker, MqttBus
from darkstar_common.launcher.broker import port_is_free
from darkstar_common.launcher.fleet import SERVICES
from darkstar_common.runtime import SystemClock

IMAGE = os.environ.get("DARKSTAR_TEST_SYSTEMD", "")
NAME, CLONE = "darkstar-test-systemd", "/opt/clone/darkstar"
PORTS = (1883, 8410)
MAY = ("SYS_ADMIN", "SYS_PTRACE", "DAC_READ_SEARCH", "NET_ADMIN", "SYS_NICE")
BEGIN = "mount --make-rshared / && exec /lib/systemd/systemd"
"""As on a machine: what systemd mounts for a service, its credentials, gets there."""
AS_USER = (
    "runuser -u darkstar -- env DARKSTAR_CONFIG=/etc/darkstar/house/config.yaml "
    "DARKSTAR_STATE_DIR=/var/lib/darkstar"
)
"""As docs/operations.md has it called."""
SIMULATOR = (
    "DARKSTAR_CONFIG=/etc/darkstar/house/config.yaml DARKSTAR_STATE_DIR=/tmp/simulator "
    "DARKSTAR_MQTT_USERNAME=simulator DARKSTAR_MQTT_PASSWORD_FILE=/etc/darkstar/secrets/simulator "
    f"{CLONE}/.venv/bin/darkstar-simulator"
)
SOON = timedelta(seconds=60)
pytestmark = [
    pytest.mark.timeout(900, func_only=True),
    pytest.mark.skipif(not IMAGE, reason="DARKSTAR_TEST_SYSTEMD names no image with a systemd"),
]


@dataclass(frozen=True)
class Machine:
    """A container whose first process is systemd."""

    container: Any

    def run(self, command: str, *, succeeds: bool = True) -> str:
        """What a command of root's says."""
        code, said = self.container.exec_run(["bash", "-c", command], workdir="/")
        text: str = said.decode(errors="replace").strip()
        assert (code == 0) is succeeds, f"{command}: {text[-3000:]}"
        return text

    def active(self, name: str) -> bool:
        """Whether a service runs."""
        state = self.run(f"systemctl show --value -p ActiveState darkstar@{name}")
        return state == "active"

    def main(self, name: str) -> str:
        """The id of its process."""
        return self.run(f"systemctl show --value -p MainPID darkstar@{name}")

    def password(self, user: str) -> str:
        return self.run(f"cat /etc/darkstar/secrets/{user}")

    def within(self, name: str, command: str) -> str:
        """What a command says with the eyes and the rights of a service."""
        words = f"nsenter -t {self.main(name)} -m -- runuser -u darkstar -- "
        return self.run(f"{words} sh -c {shlex.quote(command)} 2>&1 || true")

    def recorder(self, words: str, *, succeeds: bool = True) -> str:
        return self.run(
            f"{AS_USER} /opt/darkstar/bin/darkstar-recorder {words} 2>&1", succeeds=succeeds
        )


def _packed() -> bytes:
    """The clone, as it is now."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name in tree():
            archive.add(ROOT / name, arcname=f"darkstar/{name}")
    return held.getvalue()


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """With Darkstar installed by the commands of docs/operations.md."""
    taken = [port for port in PORTS if not port_is_free(port)]
    if taken:
        pytest.skip(f"port {taken[0]} of this machine is taken")
    engine = engine_or_skip()
    container = engine.containers.run(
        IMAGE, ["sh", "-c", BEGIN], name=NAME, detach=True, network_mode="host", cgroupns="host",
        cap_add=list(MAY), security_opt=["seccomp=unconfined", "apparmor=unconfined"],
        volumes=["/sys/fs/cgroup:/sys/fs/cgroup:rw"], environment={"container": "docker"},
        tmpfs={"/run": "", "/run/lock": "", "/tmp": "exec"},  # noqa: S108 (the container's)
    )  # fmt: skip
    try:
        machine = Machine(container)
        assert until(lambda: "running" in _state(machine), SOON), _state(machine)
        machine.run("mkdir -p /opt/clone")
        container.put_archive("/opt/clone", _packed())
        machine.run(f"cd {CLONE} && git init -q . && make setup 2>&1")
        machine.run(f"cd {CLONE} && make install-systemd BROKER=1 2>&1")
        yield machine
    finally:
        container.remove(force=True, v=True)
        engine.close()


def _state(machine: Machine) -> str:
    return machine.run("systemctl is-system-running || true")


def test_all_services_run_and_none_had_to_be_started_again(machine: Machine) -> None:
    assert until(lambda: all(map(machine.active, SERVICES)), SOON)
    assert until(lambda: "page_ready" in machine.run("journalctl -o cat -u darkstar@gateway"), SOON)
    again = machine.run("systemctl show --value -p NRestarts 'darkstar@*'").split()
    assert again == ["0"] * len(SERVICES), machine.run("journalctl -n 50 -u 'darkstar@*'")


def test_a_service_has_its_own_password_and_sees_no_others(machine: Machine) -> None:
    assert machine.within("planner", "ls /run/credentials") == "darkstar@planner.service"
    held = machine.within("planner", "cat /run/credentials/darkstar@planner.service/*")
    assert held == machine.password("planner")
    assert "Permission denied" in machine.within("planner", "ls /etc/darkstar/secrets")


def test_a_service_writes_its_own_directory_alone(machine: Machine) -> None:
    assert machine.within("planner", "touch /var/lib/darkstar/planner/x") == ""
    for place in ("/etc/darkstar/house/x", "/var/lib/darkstar/executor/x", "/opt/darkstar/x"):
        said = machine.within("planner", f"touch {place}")
        assert "Read-only file system" in said, place
    assert (
        machine.within("gateway", "touch /etc/darkstar/house/x && rm /etc/darkstar/house/x") == ""
    )


def test_the_recorder_takes_what_it_can_see_and_refuses_the_rest(machine: Machine) -> None:
    """It has a /tmp of its own, where a copy would be lost with the next start."""
    machine.run(f"{SIMULATOR} generate --days 400 --output /tmp/house.csv && chmod a+r /tmp/*.csv")
    for words in ("import /tmp/house.csv", "backup --to /tmp/copy.duckdb"):
        said = machine.recorder(words, succeeds=False)
        assert "name a file below /var/lib/darkstar/recorder" in said
    place = "/var/lib/darkstar/recorder"
    machine.run(f"install -o darkstar -m 640 /tmp/house.csv {place}/house.csv")
    past = machine.run("date -u +%FT%H:%M:00+00:00")
    assert "slots read" in machine.recorder(f"import {place}/house.csv --until {past}")
    machine.recorder(f"backup --to {place}/copy.duckdb")
    assert int(machine.run(f"stat -c %s {place}/copy.duckdb")) > 1_000_000


async def test_it_plans_a_house(machine: Machine) -> None:
    """Solver, models and database do their work within what the units allow."""
    run = f"{SIMULATOR} run --house /tmp/house.csv > /tmp/simulator.log 2>&1"
    machine.container.exec_run(["bash", "-c", run], detach=True)
    machine.run("systemctl restart darkstar@forecaster")  # it reads the past at its start
    broker = Broker(host="127.0.0.1", username="people", password=machine.password("people"))
    bus = MqttBus(broker, site="home", client_id="test", now=SystemClock().now)
    assert (await schedule_on(bus)).status == "optimal"


def test_one_that_is_killed_comes_back(machine: Machine) -> None:
    before = machine.main("executor")
    machine.run(f"kill -9 {before}")
    assert until(lambda: machine.main("executor") not in {before, "0"}, SOON)
    assert until(lambda: machine.active("executor"), SOON)


def test_a_change_by_hand_is_taken_over_at_a_reload(machine: Machine) -> None:
    before = machine.main("gateway")
    machine.run("sed -i 's/^  log_lines: .*/  log_lines: 777/' /etc/darkstar/house/config.yaml")
    machine.run("systemctl reload darkstar@gateway")
    changed = "journalctl -o cat -u darkstar@gateway | grep configuration_changed || true"
    assert until(lambda: "gateway.log_lines" in machine.run(changed), SOON)
    assert machine.main("gateway") == before


def test_all_of_it_is_taken_away_and_the_house_is_kept(machine: Machine) -> None:
    said = machine.run(f"cd {CLONE} && make uninstall-systemd 2>&1")
    assert "kept: /etc/darkstar and /var/lib/darkstar" in said
    assert "darkstar" not in machine.run("systemctl list-units --all --plain 'darkstar*' | head -1")
    machine.run("test ! -e /opt/darkstar && test -e /var/lib/darkstar/recorder/history.duckdb")
