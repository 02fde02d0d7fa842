"""What systemd itself says of the units, and a mosquitto with Debian's own file of its settings."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.broker import BINARY, needs_mosquitto

from darkstar_common.bus import Delivery
from darkstar_common.bus.mqtt import Broker, MqttBus
from darkstar_common.contract import PLAN_STATUS, PlanStatus, Service
from darkstar_common.launcher.broker import free_port
from darkstar_common.launcher.fleet import SERVICES
from darkstar_common.runtime import SystemClock

ROOT = Path(__file__).resolve().parents[2]
INSTALL = ROOT / "deploy/systemd/install.py"
ANALYZE = shutil.which("systemd-analyze")
HOSTS = Path("/lib/systemd/system")
WORST = 2.0
"""What `systemd-analyze security` may say of a service, of 10."""
DEBIANS = """\
pid_file {root}/mosquitto.pid
persistence true
persistence_location {root}/kept/
log_dest file {root}/mosquitto.log
user root
include_dir {root}/etc/mosquitto/conf.d
"""
needs_systemd = pytest.mark.skipif(
    ANALYZE is None or not HOSTS.is_dir(), reason="systemd-analyze is not installed"
)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that stands for a machine, with Darkstar installed but for its packages."""
    root = tmp_path_factory.mktemp("machine")
    (root / "etc/mosquitto/conf.d").mkdir(parents=True)
    words = ("install", "--no-packages", "--broker", "--root", str(root))
    subprocess.run((sys.executable, str(INSTALL), *words), check=True, capture_output=True)
    shutil.copytree(HOSTS, root / "lib/systemd/system", symlinks=True, dirs_exist_ok=True)
    for command in (*(f"opt/darkstar/bin/darkstar-{one}" for one in SERVICES), "bin/kill"):
        path = root / command
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
    return root


def _analyzed(*words: str) -> subprocess.CompletedProcess[str]:
    assert ANALYZE is not None
    return subprocess.run((ANALYZE, *words), capture_output=True, text=True, check=False)


@needs_systemd
def test_systemd_has_nothing_to_say_against_the_units(machine: Path) -> None:
    units = [f"darkstar@{one}.service" for one in SERVICES]
    done = _analyzed("verify", f"--root={machine}", "darkstar.target", *units)
    ours = [line for line in done.stderr.splitlines() if "darkstar" in line]
    assert (done.returncode, ours) == (0, [])


@needs_systemd
def test_systemd_does_find_what_is_wrong(machine: Path) -> None:
    unit = machine / "etc/systemd/system/darkstar@.service"
    right = unit.read_text()
    try:
        unit.write_text(right.replace("NoNewPrivileges", "NoNewPrivilege"))
        done = _analyzed("verify", f"--root={machine}", "darkstar@planner.service")
    finally:
        unit.write_text(right)
    assert "NoNewPrivilege" in done.stderr


@needs_systemd
@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_exposed_to_little(name: str, machine: Path) -> None:
    words = ("--offline=true", f"--root={machine}", f"--threshold={round(WORST * 10)}")
    done = _analyzed("security", *words, f"darkstar@{name}.service")
    (level,) = re.findall(r"exposure level for .*: ([\d.]+)", done.stdout)
    print(f"\n    {name}: {level} of 10 exposed", end="", flush=True)  # noqa: T201
    assert float(level) <= WORST
    assert done.returncode == 0


@pytest.fixture
def broker(machine: Path) -> Iterator[int]:
    """A mosquitto with Debian's file and ours beside it; its port."""
    port = free_port()
    settings = machine / "etc/mosquitto/conf.d/darkstar.conf"
    right = settings.read_text()
    here = right.replace("/etc/darkstar/", f"{machine}/etc/darkstar/")
    settings.write_text(re.sub(r"(?m)^listener 1883.*$", f"listener {port} 127.0.0.1", here))
    (machine / "kept").mkdir(exist_ok=True)
    main = machine / "mosquitto.conf"
    main.write_text(DEBIANS.format(root=machine))
    process = subprocess.Popen((str(BINARY), "-c", str(main)))
    try:
        yield port
    finally:
        process.terminate()
        process.wait(10)
        settings.write_text(right)


def _bus(port: int, user: str, password: str) -> MqttBus:
    broker = Broker(port=port, username=user, password=password)
    sender = Service.PLANNER if user == "planner" else Service.PEOPLE
    return MqttBus(
        broker, site="home", client_id=f"test-{user}", now=SystemClock().now, sender=sender
    )


@needs_mosquitto
async def test_debians_mosquitto_takes_our_users_and_our_access_list(
    broker: int, machine: Path
) -> None:
    def password(user: str) -> str:
        return (machine / "etc/darkstar/secrets" / user).read_text().strip()

    async with (
        _bus(broker, "people", password("people")) as people,
        _bus(broker, "planner", password("planner")) as planner,
        people.inbox(PLAN_STATUS) as inbox,
    ):
        status = PlanStatus(sender=Service.PLANNER, emitted_at=SystemClock().now(), running=False)
        await planner.publish(PLAN_STATUS, status)
        async with asyncio.timeout(10):
            delivery = await anext(aiter(inbox))
        assert isinstance(delivery, Delivery)
        assert delivery.message.sender == Service.PLANNER
