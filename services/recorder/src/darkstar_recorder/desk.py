"""Where a tool does its work when it is called: at the file, or in the recorder that has it."""

from __future__ import annotations

import fcntl
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from darkstar_common.config import load_config
from darkstar_common.contract import Service
from darkstar_common.runtime import Settings, clock_from, read_settings
from darkstar_recorder.calling import call, connected
from darkstar_recorder.store import Store, StoreLockedError
from darkstar_recorder.tools.tool import Desk, Stopped, Tool, ToolError, work
from darkstar_recorder.wire import Call, found_at

DATABASE = "history.duckdb"


def database_path(state_dir: Path) -> Path:
    """Where the recorder's file is in its state directory."""
    return state_dir / DATABASE


def use(tool: Tool, options: Namespace, arguments: Sequence[str]) -> int:
    """Do what `arguments`, read as `options`, ask of `tool`.

    Returns:
        Its exit code.

    Raises:
        ToolError: It cannot be done.
        StoreError: The database cannot be opened, or refuses.
        Stopped: Nobody reads what it says.
        SettingsError: The environment cannot be used.
        ConfigError: The configuration cannot be used.
        ValueError: DARKSTAR_CLOCK is no clock.
    """
    settings = read_settings()
    given: Path | None = options.database
    database = given or database_path(settings.state_dir.absolute() / Service.RECORDER)
    if tool.offline:
        if _is_open(database):
            raise ToolError(f"{database} is in use, most likely by the recorder; stop it for this")
        return work(tool, _desk(settings, database, None), options)
    if not (database.exists() or tool.makes):
        raise ToolError(f"{database} is not there; a recorder that runs makes it, or `import`")
    try:
        store = Store(database)
    except StoreLockedError:
        connection = connected(database.absolute().parent)
        if connection is None:
            raise
        asked = Call(arguments=tuple(arguments), directory=Path.cwd(), seen=_seen(options))
        return call(connection, asked, tell=_tell, progress=_progress, note=_note)
    try:
        return work(tool, _desk(settings, database, store), options)
    finally:
        store.close()


def _desk(settings: Settings, database: Path, store: Store | None) -> Desk:
    return Desk(
        opened=store,
        config=settings.applied(load_config(settings.config)),
        secrets=settings.secrets(),
        database=database,
        state_dir=database.absolute().parent,
        directory=Path.cwd(),
        now=clock_from(settings.clock).now(),
        tell=_tell,
        progress=_progress,
    )


def _seen(options: Namespace) -> dict[str, tuple[int, int]]:
    """What is found at each path that `options` name."""
    paths = (one for one in vars(options).values() if isinstance(one, Path))
    return {str(one): found_at(Path.cwd() / one) for one in paths}


def _is_open(database: Path) -> bool:
    """Whether another process has the file open, which may be no database at all."""
    if not database.exists():
        return False
    with database.open("rb+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _tell(line: str) -> None:
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # As `| head` does it; the interpreter would complain of the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise Stopped from None


def _note(line: str) -> None:
    sys.stderr.write(f"darkstar-recorder: {line}\n")
    sys.stderr.flush()


def _progress(done: int, whole: int) -> None:
    """A line that is written over, where somebody looks at it."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done} of {whole}" + ("\n" if done >= whole else ""))
        sys.stderr.flush()
