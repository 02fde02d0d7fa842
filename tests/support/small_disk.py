"""A real file system of a few megabytes, where this machine lets a test mount one."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

_MB = 24


@dataclass
class SmallDisk:
    """That can be full, and read-only."""

    path: Path

    def fill(self) -> None:
        """From now on nothing more is taken."""
        with (self.path / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
            while True:
                ballast.write(b"x" * 4096)

    def free(self) -> None:
        """As before."""
        (self.path / "ballast").unlink()

    def remount(self, how: Literal["ro", "rw"]) -> None:
        """Allow no writing, or allow it again."""
        _run("mount", "-o", f"remount,{how}", str(self.path))


@contextmanager
def mounted(path: Path) -> Iterator[SmallDisk]:
    """Such a disk at `path`; skips the test where none may be mounted."""
    path.mkdir(parents=True)
    try:
        _run("mount", "-t", "tmpfs", "-o", f"size={_MB}m", "none", str(path))
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no file system may be mounted here")
    try:
        yield SmallDisk(path)
    finally:
        _run("umount", "-l", str(path))


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
