"""The installer of the systemd services, on a directory that stands for a machine."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest

from darkstar_common.config import Config, load_config
from darkstar_common.launcher.fleet import SERVICES

ROOT = Path(__file__).resolve().parents[3]
INSTALL = ROOT / "deploy/systemd/install.py"
UNITS = ROOT / "deploy/systemd/units"
MACHINE = "etc/systemd/system"


def _run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, str(INSTALL), *words, "--root", str(root))
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _install(root: Path, *words: str) -> str:
    done = _run(root, "install", "--no-packages", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    (tmp_path / "etc/mosquitto/conf.d").mkdir(parents=True)
    return tmp_path


def _unit(text: str) -> dict[str, list[str]]:
    """The settings of a unit's `[Service]`, each with all its values."""
    found: dict[str, list[str]] = {}
    for line in text.partition("[Service]")[2].splitlines():
        key, equals, value = line.partition("=")
        if equals and not key.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


def test_every_file_is_where_systemd_looks_for_it(machine: Path) -> None:
    _install(machine)
    installed = {
        str(one.relative_to(machine / MACHINE))
        for one in (machine / MACHINE).rglob("*")
        if one.is_file()
    }
    assert installed == {str(one.relative_to(UNITS)) for one in UNITS.rglob("*.*") if one.is_file()}
    config = load_config(machine / "etc/darkstar/house/config.yaml")
    assert config.executor.shadow


def test_a_second_run_changes_nothing(machine: Path) -> None:
    assert "writing /" in _install(machine, "--broker")
    before = {one: one.read_bytes() for one in machine.rglob("*") if one.is_file()}
    said = _install(machine, "--broker")
    assert "writing /" not in said
    assert "changing /" not in said
    assert "made passwords" not in said
    assert {one: one.read_bytes() for one in machine.rglob("*") if one.is_file()} == before


def test_what_people_changed_stays(machine: Path) -> None:
    _install(machine)
    for name in ("darkstar.env", "house/config.yaml", "secrets/people"):
        (machine / "etc/darkstar" / name).write_text("site: mine-and-long-enough\n")
    _install(machine)
    for name in ("darkstar.env", "house/config.yaml", "secrets/people"):
        assert (machine / "etc/darkstar" / name).read_text() == "site: mine-and-long-enough\n"


def test_passwords_are_roots_alone(machine: Path) -> None:
    _install(machine, "--broker")
    assert (machine / "etc/darkstar/secrets").stat().st_mode & 0o777 == 0o700
    for name in ("passwords", "acl"):
        assert (machine / "etc/darkstar/broker" / name).stat().st_mode & 0o777 == 0o600
    assert (machine / "etc/darkstar/house/config.yaml").stat().st_mode & 0o777 == 0o640


def test_an_empty_password_is_refused_and_no_unit_is_there(machine: Path) -> None:
    secrets = machine / "etc/darkstar/secrets"
    secrets.mkdir(parents=True)
    (secrets / "planner").write_text("")
    done = _run(machine, "install", "--no-packages")
    assert done.returncode == 1
    assert "no usable password" in done.stderr
    assert not (machine / MACHINE).exists()


def test_uninstalling_keeps_what_is_the_houses_unless_told(machine: Path) -> None:
    _install(machine, "--broker")
    said = _run(machine, "uninstall").stdout
    assert "kept: /etc/darkstar and /var/lib/darkstar" in said
    assert not list((machine / MACHINE).rglob("darkstar*"))
    assert not (machine / "etc/mosquitto/conf.d/darkstar.conf").exists()
    assert (machine / "etc/darkstar/house/config.yaml").exists()
    _run(machine, "uninstall", "--purge")
    assert not (machine / "etc/darkstar").exists()


def test_the_broker_needs_a_mosquitto(tmp_path: Path) -> None:
    done = _run(tmp_path, "install", "--no-packages", "--broker")
    assert done.returncode == 1
    assert "apt install mosquitto" in done.stderr


def test_the_target_wants_every_service() -> None:
    parser = configparser.ConfigParser()
    parser.read(UNITS / "darkstar.target")
    assert set(parser["Unit"]["Wants"].split()) == {f"darkstar@{one}.service" for one in SERVICES}
    known = {one.name for one in UNITS.glob("*.d")}
    assert known <= {f"darkstar@{one}.service.d" for one in SERVICES}


def test_a_service_sees_its_own_password_and_state() -> None:
    unit = _unit((UNITS / "darkstar@.service").read_text(encoding="utf-8"))
    assert unit["LoadCredential"] == ["mqtt_password:/etc/darkstar/secrets/%i"]
    assert "-/etc/darkstar/secrets" in unit["InaccessiblePaths"]
    assert unit["StateDirectory"] == ["darkstar/%i"]
    assert unit["ProtectSystem"] == ["strict"]
    assert unit["NoNewPrivileges"] == ["yes"]
    assert unit["CapabilityBoundingSet"] == [""]
    assert unit["User"] == ["darkstar"]


def test_a_solver_is_given_time_to_end() -> None:
    unit = _unit((UNITS / "darkstar@.service").read_text(encoding="utf-8"))
    (stop,) = unit["TimeoutStopSec"]
    assert int(stop.removesuffix("s")) > Config().planner.time_limit_seconds + 10


def test_the_executor_is_stopped_before_the_bridge_that_may_carry_its_farewell() -> None:
    parser = configparser.ConfigParser()
    parser.read(UNITS / "darkstar@executor.service.d/executor.conf")
    assert parser["Unit"]["After"] == "darkstar@gateway.service"


def test_a_lesson_of_the_forecaster_fits_into_its_memory() -> None:
    path = UNITS / "darkstar@forecaster.service.d/forecaster.conf"
    (most,) = _unit(path.read_text(encoding="utf-8"))["MemoryMax"]
    assert int(most.removesuffix("M")) > Config().forecaster.train.max_memory_mb * 1.2


def test_the_gateway_alone_writes_the_configuration() -> None:
    for path in UNITS.rglob("*.*"):
        if path.is_file():
            writes = re.findall(r"(?m)^ReadWritePaths=(.*)$", path.read_text(encoding="utf-8"))
            gateways = path.parent.name == "darkstar@gateway.service.d"
            assert writes == (["/etc/darkstar/house"] if gateways else [])
