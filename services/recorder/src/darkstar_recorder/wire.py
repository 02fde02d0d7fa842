"""What a command line and a running recorder say to each other, a line of JSON each.

The caller sends one `Call`, and then nothing: that it hangs up means that it is gone.
It gets any number of `Said`, the last of which has an exit code or a sentence.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict

SOCKET = "tools.sock"
LONGEST = 1_000_000
"""Of a call [B]."""


@contextmanager
def address(state_dir: Path) -> Iterator[str]:
    """Where the recorder of `state_dir` listens, in a few letters.

    An address has room for 107 bytes, and a path may be longer; so it goes by way of the
    directory, which is open meanwhile.

    Raises:
        OSError: There is no such directory.
    """
    opened = os.open(state_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{opened}/{SOCKET}"
    finally:
        os.close(opened)


def found_at(path: Path) -> tuple[int, int]:
    """What is at `path`, or else the nearest directory above it: its device and its number there.

    Two processes that find something else by the same name have directories of their own, as
    systemd gives a service a `/tmp`.
    """
    for one in (path, *path.parents):
        try:
            found = one.stat()
        except OSError:
            continue
        return found.st_dev, found.st_ino
    return 0, 0


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def encoded(self) -> bytes:
        """Itself as it goes over the wire."""
        return self.model_dump_json(exclude_none=True).encode() + b"\n"


class Call(_Line):
    """What is to be done."""

    arguments: tuple[str, ...]
    """As on the command line, without the program."""
    directory: Path
    """The caller's working directory."""
    seen: Mapping[str, tuple[int, int]] = {}
    """By path that it names, what the caller has found there (`found_at`)."""


class Said(_Line):
    """What comes back; one of them is there."""

    line: str | None = None
    note: str | None = None
    """For whoever looks on; no part of what the command says."""
    progress: tuple[int, int] | None = None
    error: str | None = None
    """A sentence: it could not be done."""
    code: int | None = None
    """It is over; the exit code."""
