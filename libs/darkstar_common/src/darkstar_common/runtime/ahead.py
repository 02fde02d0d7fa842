"""How far a simulated clock is ahead: a file says it, so a running process's clock can jump."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

_WIDTH = 16
"""Characters of the figure; written and read at once, so that none is ever seen by half."""


class Ahead:
    """A figure in a file that another process may change at any time."""

    def __init__(self, path: Path) -> None:
        """Open the file, which is to be there.

        Raises:
            OSError: It cannot be read.
            ValueError: It holds no number of seconds.
        """
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.by()

    def by(self) -> timedelta:
        """How far the clock is ahead at this moment; behind, if negative."""
        return timedelta(seconds=float(os.pread(self._file, _WIDTH, 0)))

    def close(self) -> None:
        """Read it no more."""
        os.close(self._file)


def set_ahead(path: Path, by: timedelta) -> None:
    """Have every clock that reads `path` jump so far ahead of the simulated time, at once.

    Args:
        path: The file; it is made if it is not there.
        by: The whole distance, not a further one [to the second]; 0 sets the clock right.
    """
    figure = f"{by.total_seconds():<{_WIDTH}.0f}".encode()
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        os.pwrite(file, figure, 0)
    finally:
        os.close(file)
