"""Empty histories of the recorder, without the time it takes to make one."""

from __future__ import annotations

import atexit
import shutil
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from darkstar_recorder.store import Store

A_MINUTE = timedelta(minutes=1)
"""What a question of a test may take on a machine that is busy."""


def empty_history(path: Path) -> Path:
    """A database with the schema and nothing in it at `path`, where there is none yet."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_template(), path)
    return path


@cache
def _template() -> Path:
    directory = Path(mkdtemp(prefix="darkstar-history-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    path = directory / "history.duckdb"
    Store(path).close()
    return path
