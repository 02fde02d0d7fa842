"""Puts Home Assistant's add-on together: a folder that the Supervisor can build by itself.

The Supervisor sees the add-on's folder and nothing beside it. So the packages of ours go in as
wheels, the page built into the gateway's, and the locks name the rest by hash.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ADDON = ROOT / "deploy/home-assistant/addon"
TARGET = ROOT / "build/home-assistant/darkstar"
SERVICES = ("executor", "forecaster", "gateway", "planner", "recorder")
PAGE = ROOT / "services/gateway/src/darkstar_gateway/static/index.html"


def packages() -> Sequence[Path]:
    """The packages of ours that go into the add-on."""
    return (ROOT / "libs/darkstar_common", *(ROOT / f"services/{name}" for name in SERVICES))


def copied(target: Path) -> None:
    """Lay out everything but the wheels in `target`, anew."""
    if target.exists() and any(target.iterdir()) and not (target / "config.yaml").exists():
        sys.exit(f"darkstar: {target} holds something else; name an empty directory")
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ADDON, target)
    (target / "requirements").mkdir()
    for name in SERVICES:
        shutil.copy(ROOT / f"requirements/{name}.txt", target / "requirements")
    shutil.copy(ROOT / "config.example.yaml", target)
    shutil.copy(ROOT / "deploy/site.sh", target)
    shutil.copy(ROOT / "CHANGELOG.md", target)


def wheels(target: Path) -> None:
    """Build the packages of ours into `target`.

    Raises:
        subprocess.CalledProcessError: One cannot be built; its output says why.
    """
    words = ("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(target))
    command = (sys.executable, "-m", "pip", *words, *(str(one) for one in packages()))
    subprocess.run(command, check=True)  # noqa: S603 (our own packages)


def main() -> None:
    """Put it together, and say where it is."""
    if not PAGE.exists():
        sys.exit("darkstar: the page is not built: run `make setup` first")
    target = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else TARGET
    copied(target)
    wheels(target / "wheels")
    print(f"darkstar: the add-on is in {target}: copy that folder to /addons on Home Assistant")


if __name__ == "__main__":
    main()
