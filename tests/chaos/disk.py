"""A disk of the recorder's own that can be full at any moment: a small file system in memory."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_MB = 1024
_KB = 1024
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Disk:
    """A mounted file system; it takes memory only for what is on it."""

    path: Path

    def fill(self) -> None:
        """From now on nothing more is taken: it is made as small as what is on it.

        Raises:
            subprocess.CalledProcessError: It cannot be mounted so.
        """
        for _ in range(_TRIES - 1):
            with suppress(subprocess.CalledProcessError):  # more has come since it was looked at
                return self._shrink()
        return self._shrink()

    def _shrink(self) -> None:
        found = os.statvfs(self.path)
        used = (found.f_blocks - found.f_bfree) * found.f_frsize // _KB + 8
        _run("mount", "-o", f"remount,size={used}k", str(self.path))

    def free(self) -> None:
        """As before."""
        _run("mount", "-o", f"remount,size={_MB}m", str(self.path))


@contextmanager
def disk(path: Path) -> Iterator[Disk | None]:
    """Such a disk at `path`; None where none may be mounted."""
    path.mkdir(parents=True, exist_ok=True)
    try:
        _run("mount", "-t", "tmpfs", "-o", f"size={_MB}m", "none", str(path))
    except (OSError, subprocess.CalledProcessError):
        yield None
        return
    try:
        yield Disk(path)
    finally:
        _run("umount", "-l", str(path))


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
