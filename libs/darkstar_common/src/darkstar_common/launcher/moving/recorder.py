"""The recorder's own tools, called as a command: a copy that is whole, and a look at one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from darkstar_common.launcher.fleet import console_script
from darkstar_common.launcher.moving.errors import DatabaseError
from darkstar_common.launcher.moving.state import DATABASE

_COPY = ".moving.duckdb"
"""Beside the database, since a recorder that runs makes it and may write nowhere else."""
_PREFIX = "darkstar-recorder: "


@contextmanager
def copied(place: Path, environment: Mapping[str, str]) -> Iterator[Path | None]:
    """A copy of the database at `place` as it is now, while the recorder runs or not; None: none.

    Args:
        place: The recorder's state directory.
        environment: Variables that tell the tool where all is.

    Raises:
        DatabaseError: It cannot be copied.
    """
    if not (place / DATABASE).exists():
        yield None
        return
    copy = place / _COPY
    copy.unlink(missing_ok=True)
    try:
        _tool(environment, "backup", "--database", str(place / DATABASE), "--to", str(copy))
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def checked(copy: Path, place: Path, environment: Mapping[str, str]) -> None:
    """See to it that this version's recorder can use `copy`, and that none is using `place`.

    Raises:
        DatabaseError: It cannot, or one does.
    """
    _tool(environment, "verify", str(copy), "--database", str(place / DATABASE))


def _tool(environment: Mapping[str, str], *words: str) -> None:
    beside = Path(console_script("darkstar-recorder"))
    command = (str(beside),) if beside.exists() else (sys.executable, "-m", "darkstar_recorder")
    done = subprocess.run(  # noqa: S603 (our own command)
        (*command, *words),
        env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
        raise DatabaseError(f"the recorder's database: {said.removeprefix(_PREFIX)}")
