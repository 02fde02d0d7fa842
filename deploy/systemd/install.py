"""Installs Darkstar as systemd services on this machine, or takes it away again: run as root.

Each step says what it does; what is there already is kept, so a second run is an upgrade. It
works in `/opt/darkstar` (packages), `/etc/darkstar` (configuration and passwords),
`/var/lib/darkstar` (state) and `/etc/systemd/system`. Standard library only.
"""

from __future__ import annotations

import argparse
import os
import runpy
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
UNITS = HERE / "units"
PREPARE: Mapping[str, Any] = runpy.run_path(str(ROOT / "deploy/prepare.py"))
SETUP: Mapping[str, Any] = runpy.run_path(str(ROOT / "requirements/setup.py"))
OLDEST = 250
"""Of systemd: it names a directory of credentials in a unit."""
BROKER = "etc/mosquitto/conf.d/darkstar.conf"
DEBIANS = ("persistence ", "persistence_location", "log_dest", "pid_file", "include_dir")
"""What Debian's own mosquitto.conf says already, and may be said once."""


class InstallError(Exception):
    """It cannot go on; the text says why and what to do."""


@dataclass(frozen=True)
class Machine:
    """Where to install: `/`, or a directory that stands for it."""

    root: Path
    say: Callable[[str], None]

    @property
    def here(self) -> bool:
        """Whether it is this machine itself."""
        return self.root == Path("/")

    def run(self, *command: str | Path) -> None:
        """Run a command of this machine.

        Raises:
            InstallError: It failed.
        """
        words = [str(one) for one in command]
        try:
            subprocess.run(words, check=True)  # noqa: S603 (fixed words)
        except (OSError, subprocess.CalledProcessError) as error:
            raise InstallError(f"{' '.join(words[:4])} … failed: {error}") from None

    def put(self, place: str, text: str, *, mode: int = 0o644) -> bool:
        """Have a file with this text at `place`; whether it was another."""
        path = self.root / place
        if path.exists() and path.read_text(encoding="utf-8") == text:
            return False
        self.say(f"{'changing' if path.exists() else 'writing'} /{place}")
        path.parent.mkdir(parents=True, exist_ok=True)
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            path.chmod(mode)
            file.write(text)
        return True

    def own(self, place: str, user: str) -> None:
        """Give `place` and what is below to `user`."""
        if self.here:
            self.run("chown", "-R", f"{user}:{user}", self.root / place)


def unit_files() -> dict[str, str]:
    """Every unit and drop-in by its place below `/`."""
    return {
        f"etc/systemd/system/{path.relative_to(UNITS)}": path.read_text(encoding="utf-8")
        for path in sorted(UNITS.rglob("*"))
        if path.is_file()
    }


def broker_settings(text: str) -> str:
    """What Debian's mosquitto is told beside its own file: ours, with files that it can read."""
    kept = [line for line in text.splitlines() if not line.startswith(DEBIANS)]
    return "\n".join(kept).replace("/run/broker/", "/etc/darkstar/broker/") + "\n"


def check(machine: Machine) -> None:
    """Whether this can be done at all.

    Raises:
        InstallError: It cannot.
    """
    if not machine.here:
        return
    if os.geteuid() != 0:
        raise InstallError("only root may install services: sudo make install-systemd")
    found = shutil.which("systemctl")
    if found is None:
        raise InstallError("there is no systemd here; docs/operations.md tells of containers")
    said = subprocess.run((found, "--version"), capture_output=True, text=True, check=True)  # noqa: S603 (systemctl alone)
    version = said.stdout.split()[1]
    if not version.isdigit() or int(version) < OLDEST:
        raise InstallError(f"systemd {version} is too old: {OLDEST} or newer is needed")


def install_packages(machine: Machine, python: str) -> None:
    """An environment of its own with the locked packages, and ours."""
    place = machine.root / "opt/darkstar"
    machine.say("installing the packages into /opt/darkstar (about 1 GB with their libraries)")
    if not SETUP["works"](place):
        machine.run(python, "-m", "venv", "--clear", place)
    pip = (place / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    with tempfile.TemporaryDirectory() as directory:
        packed = Path(directory) / "packed"
        pack = ROOT / "deploy/home-assistant/pack.py"
        machine.run(ROOT / ".venv/bin/python", pack, packed)
        for lock in sorted((packed / "requirements").glob("*.txt")):
            machine.run(*pip, "--require-hashes", "-r", lock)
        wheels = sorted((packed / "wheels").glob("*.whl"))
        machine.run(*pip, "--no-deps", "--no-index", "--force-reinstall", *wheels)


def lay_out(machine: Machine) -> None:
    """User, configuration and passwords; what is there stays as it is."""
    machine.put("usr/lib/sysusers.d/darkstar.conf", (HERE / "darkstar.sysusers").read_text("utf-8"))
    if machine.here:
        machine.run("systemd-sysusers", "/usr/lib/sysusers.d/darkstar.conf")
    secrets = machine.root / "etc/darkstar/secrets"
    secrets.parent.mkdir(parents=True, exist_ok=True)
    try:
        new = PREPARE["make_secrets"](secrets)
    except PREPARE["SecretError"] as error:
        raise InstallError(str(error)) from None
    if new:
        machine.say(f"made passwords in /etc/darkstar/secrets for {', '.join(new)}")
    if not (machine.root / "etc/darkstar/darkstar.env").exists():
        machine.put("etc/darkstar/darkstar.env", (HERE / "darkstar.env").read_text("utf-8"))
    if not (machine.root / "etc/darkstar/house/config.yaml").exists():
        mine, example = ROOT / "config.yaml", ROOT / "config.example.yaml"
        text = (mine if mine.exists() else example).read_text("utf-8")
        machine.put("etc/darkstar/house/config.yaml", text, mode=0o640)
    machine.own("etc/darkstar/house", "darkstar")


def install_broker(machine: Machine) -> None:
    """The users and the access list for the mosquitto of this machine.

    Raises:
        InstallError: There is none, or it does not read a directory of settings.
    """
    if not (machine.root / "etc/mosquitto/conf.d").is_dir():
        raise InstallError("there is no /etc/mosquitto/conf.d: apt install mosquitto, then again")
    passwords = (machine.root / "etc/darkstar/secrets/passwords").read_text("utf-8")
    shipped = ROOT / "deploy/mosquitto"
    own = shipped / "acl.house"
    acl = (own if own.exists() else shipped / "acl").read_text("utf-8")
    changed = [
        machine.put("etc/darkstar/broker/passwords", passwords, mode=0o600),
        machine.put("etc/darkstar/broker/acl", acl, mode=0o600),
        machine.put(BROKER, broker_settings((shipped / "mosquitto.conf").read_text("utf-8"))),
    ]
    machine.own("etc/darkstar/broker", "mosquitto")
    if machine.here and any(changed):
        machine.run("systemctl", "restart", "mosquitto")


def install_units(machine: Machine) -> None:
    """The services, started now and with the machine."""
    for place, text in unit_files().items():
        machine.put(place, text)
    if machine.here:
        machine.run("systemctl", "daemon-reload")
        machine.run("systemctl", "enable", "darkstar.target")
        machine.run("systemctl", "restart", "darkstar.target")
    machine.say("installed: systemctl status 'darkstar@*', journalctl -fu 'darkstar@*'")
    machine.say("to sign in at the page: sudo cat /etc/darkstar/secrets/page_password")


def uninstall(machine: Machine, *, purge: bool) -> None:
    """Stop and remove the services; configuration and state stay, unless `purge`."""
    if machine.here:
        machine.say("stopping: this leaves the house in self-consumption")
        machine.run("systemctl", "disable", "--now", "darkstar.target")
    brokers = (machine.root / BROKER).exists()
    for place in (*unit_files(), "usr/lib/sysusers.d/darkstar.conf", BROKER):
        (machine.root / place).unlink(missing_ok=True)
    for one in UNITS.glob("*.d"):
        shutil.rmtree(machine.root / "etc/systemd/system" / one.name, ignore_errors=True)
    kept = ("etc/darkstar", "var/lib/darkstar")
    for place in ("opt/darkstar", *(kept if purge else ())):
        machine.say(f"removing /{place}")
        shutil.rmtree(machine.root / place, ignore_errors=True)
    if not purge:
        machine.say(f"kept: {' and '.join(f'/{one}' for one in kept)}; --purge removes them")
    if machine.here:
        machine.run("systemctl", "daemon-reload")
        if brokers:
            machine.run("systemctl", "restart", "mosquitto")


def main() -> None:
    """Install or uninstall, and say what is done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("install", "uninstall"))
    parser.add_argument("--root", type=Path, default=Path("/"), help="a directory in place of /")
    parser.add_argument("--python", default="python3", help="3.11 or newer, for /opt/darkstar")
    parser.add_argument(
        "--broker", action="store_true", help="set this machine's mosquitto up, too"
    )
    parser.add_argument("--no-packages", action="store_true", help="leave /opt/darkstar as it is")
    parser.add_argument("--purge", action="store_true", help="remove configuration and state, too")
    told = parser.parse_args()
    os.umask(0o022)
    machine = Machine(told.root, lambda text: print(f"darkstar: {text}", flush=True))
    try:
        check(machine)
        if told.what == "uninstall":
            uninstall(machine, purge=told.purge)
            return
        if not told.no_packages:
            install_packages(machine, told.python)
        lay_out(machine)
        if told.broker:
            install_broker(machine)
        install_units(machine)
    except InstallError as error:
        sys.exit(f"darkstar: {error}")


if __name__ == "__main__":
    main()
