"""The containers of one house, as what moves it sees them: asked, stopped, piped to and from.

Standard library only, and the part of Darkstar's own library that needs no more.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stack import (  # type: ignore[import-not-found, unused-ignore]  # a script beside this one
    DEPLOY,
    ROOT,
    compose,
    environment,
    said,
    words,
)

sys.path.insert(0, str(ROOT / "libs/darkstar_common/src"))

from darkstar_common.launcher.fleet import SERVICES
from darkstar_common.launcher.moving.errors import MovingError

TOOL = "darkstar_common.launcher.moving"


@dataclass(frozen=True, slots=True, kw_only=True)
class Containers:
    """The project whose house it is."""

    simulated: bool = False

    def compose(self, *told: str) -> tuple[str, ...]:
        """The command that says so to Compose."""
        return (*compose(), *words(simulated=self.simulated, observability=False), *told)

    def run(self, *told: str) -> str:
        """What Compose answers.

        Raises:
            MovingError: It could not; the text is its own.
        """
        return _answer(self.compose(*told), f"compose {told[0]}")

    def tool(self, command: str, service: str, *more: str) -> tuple[str, ...]:
        """The command that has one service's part done in a container of its own."""
        alone = ("run", "--rm", "--no-deps", "-T", "--entrypoint", "python3", service)
        return self.compose(*alone, "-m", TOOL, command, service, *more)

    def each(self, command: str, services: Sequence[str] = SERVICES) -> tuple[str, ...]:
        """What each of `services` answers to `command`; all are asked at a time.

        Raises:
            MovingError: One could not; the text says which.
        """
        with ThreadPoolExecutor(len(SERVICES)) as pool:
            return tuple(pool.map(lambda one: self._ask(command, one), services))

    def missing_files(self) -> tuple[Path, ...]:
        """The files that Compose is to give to containers, and that are not here.

        Raises:
            MovingError: Compose cannot say.
        """
        return absent(json.loads(self.run("config", "--format", "json")))

    def running(self) -> tuple[str, ...]:
        """The services that run now."""
        found = self.run("ps", "--services", "--status", "running").split()
        return tuple(name for name in SERVICES if name in found)

    def start(self) -> None:
        """Start all, and wait until they are healthy; a busy machine is given its time twice.

        Raises:
            MovingError: They are not.
        """
        command = ("up", "--no-build", "--detach", "--wait")
        try:
            self.run(*command)
        except MovingError:
            self.run(*command)

    def need_images(self) -> None:
        """Build what is not there.

        Raises:
            MovingError: It cannot be built.
        """
        images = self.run("config", "--images").split()
        ours = (one for one in images if one.startswith("darkstar-"))
        if any(said("docker", "image", "inspect", one) is None for one in ours):
            which = ("--simulated",) if self.simulated else ()
            script((sys.executable, str(DEPLOY / "images.py"), *which))

    def _ask(self, command: str, service: str) -> str:
        return _answer(self.tool(command, service), f"{command} {service}").strip()

    @contextmanager
    def piped(self, command: str, service: str, *more: str) -> Iterator[subprocess.Popen[bytes]]:
        """One service's part, while it reads or writes a pipe.

        Raises:
            MovingError: It could not; the text is its own.
        """
        with tempfile.TemporaryFile() as complaints:
            process = subprocess.Popen(  # noqa: S603 (fixed words)
                self.tool(command, service, *more), cwd=DEPLOY, env=environment(),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints,
            )  # fmt: skip
            broken = False
            with process:
                try:
                    yield process
                except (MovingError, OSError):
                    broken = True  # most likely since the other end has ended: it says why
            if process.returncode or broken:
                complaints.seek(0)
                text = complaints.read().decode(errors="replace")
                raise MovingError(_last(text, f"{command} {service}"))


def absent(document: Mapping[str, Any]) -> tuple[Path, ...]:
    """The files that a resolved compose file names, and that are not there."""
    named = {one["file"] for one in document.get("secrets", {}).values() if "file" in one}
    for service in document.get("services", {}).values():
        mounts = service.get("volumes", ())
        named |= {one["source"] for one in mounts if one.get("type") == "bind"}
    return tuple(sorted(path for path in map(Path, named) if not path.exists()))


def script(command: Sequence[str]) -> None:
    """Run a command of ours, which says itself what it does.

    Raises:
        MovingError: It failed.
    """
    if subprocess.run(command, cwd=ROOT, check=False).returncode:  # noqa: S603 (our own scripts)
        raise MovingError(f"`{' '.join(command[:3])}` failed, as it says above")


def _answer(command: Sequence[str], what: str) -> str:
    """What `command` answers; where it fails, its own last words are the error's."""
    done = subprocess.run(  # noqa: S603 (fixed words)
        command, cwd=DEPLOY, env=environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise MovingError(_last(done.stderr, what))
    return done.stdout


def _last(text: str, what: str) -> str:
    """The last line of what a command complained of."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines and "No module named" in lines[-1]:
        return "the images are of an earlier version, which cannot do this: build them, `make up`"
    return lines[-1] if lines else f"{what} failed, and did not say why"
