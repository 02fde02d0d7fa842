"""Where a tool does its work when it is called: in this process, on the file itself."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from darkstar_common.config import load_config
from darkstar_common.contract import Service
from darkstar_common.runtime import clock_from, read_settings
from darkstar_recorder.store import Store
from darkstar_recorder.tools.tool import Desk, Tool

DATABASE = "history.duckdb"


def database_path(state_dir: Path) -> Path:
    """Where the recorder's file is in its state directory."""
    return state_dir / DATABASE


def use(tool: Tool, options: Namespace) -> int:
    """Do what `options` ask of `tool`.

    Returns:
        Its exit code.

    Raises:
        ToolError: It cannot be done.
        StoreError: The database cannot be opened, such as while the recorder is running.
        SettingsError: The environment cannot be used.
        ConfigError: The configuration cannot be used.
        ValueError: DARKSTAR_CLOCK is no clock.
    """
    settings = read_settings()
    given: Path | None = options.database
    database = given or database_path(settings.state_dir.absolute() / Service.RECORDER)
    config = settings.applied(load_config(settings.config))
    now = clock_from(settings.clock).now()
    store = None if tool.offline else Store(database)
    desk = Desk(
        opened=store,
        config=config,
        secrets=settings.secrets(),
        database=database,
        state_dir=database.absolute().parent,
        directory=Path.cwd(),
        now=now,
        tell=_tell,
        progress=_progress,
    )
    try:
        return tool.run(desk, options)
    finally:
        if store is not None:
            store.close()


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _progress(done: int, whole: int) -> None:
    """A line that is written over, where somebody looks at it."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done} of {whole}" + ("\n" if done >= whole else ""))
        sys.stderr.flush()
