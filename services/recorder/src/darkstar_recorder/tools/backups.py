"""`darkstar-recorder backup`, `verify`, `restore`, `compact`: copies, the way back, less room."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from darkstar_recorder.store.caring import Caring
from darkstar_recorder.store.compacting import compact
from darkstar_recorder.store.copies import BACKUPS, backup_name, copy_file, verify
from darkstar_recorder.store.database import migrations
from darkstar_recorder.store.errors import StoreNewerError
from darkstar_recorder.tools.tool import Desk, Tool, ToolError


def _to(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--to", type=Path, help=f"a new file; default: one in {BACKUPS}, beside the database"
    )


def _back_up(desk: Desk, options: Namespace) -> int:
    target: Path = (
        desk.path(options.to)
        if options.to
        else desk.database.parent / BACKUPS / backup_name(desk.now)
    )
    if target.exists():
        raise ToolError(f"{target} is there already; name another file with --to")
    caring = Caring(desk.store.path)
    caring.copy_to(target)
    desk.tell(f"{target}: a copy of all that was recorded by now, {_megabytes(target)}")
    return 0


def _file(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="the copy")


def _usable(source: Path, database: Path) -> int:
    """The schema version of the copy `source`, which this version can put in place."""
    if not source.is_file():
        raise ToolError(f"{source} is no file; copies are in {database.parent / BACKUPS}")
    if _log_of(source).exists():
        raise ToolError(
            f"{_log_of(source)} holds what is not in {source.name} yet; fold it in with "
            f"darkstar-recorder backup --database {source} --to a new file, and restore that"
        )
    found, known = verify(source), max(number for number, _ in migrations())
    if found > known:
        raise StoreNewerError(source, found, known)
    return found


def _verify(desk: Desk, options: Namespace) -> int:
    source = desk.path(options.file)
    found = _usable(source, desk.database)
    desk.tell(f"{source}: whole, of version {found}, {_megabytes(source)}")
    return 0


def _restore(desk: Desk, options: Namespace) -> int:
    source, database = desk.path(options.file), desk.database
    _usable(source, database)
    fresh = database.with_name(f"{database.name}.restored")
    copy_file(source, fresh)
    if database.exists():
        aside = database.with_name(f"{database.name}.replaced-{desk.now:%Y%m%dT%H%M%SZ}")
        if aside.exists():
            fresh.unlink()
            raise ToolError(f"{aside} is there already; move it away and try again")
        database.rename(aside)
        if _log_of(database).exists():
            _log_of(database).rename(_log_of(aside))
        desk.tell(f"{aside}: what was there until now; delete it when all is well")
    fresh.rename(database)
    desk.tell(f"{database}: as it was in {source}, {_megabytes(database)}")
    return 0


def _nothing(_parser: ArgumentParser) -> None:
    """It has no arguments of its own."""


def _compact(desk: Desk, _options: Namespace) -> int:
    if not desk.database.exists():
        raise ToolError(f"{desk.database} is not there")
    before, after = compact(desk.database, desk.progress)
    change = f"{before / 1e6:.1f} MB before, {after / 1e6:.1f} MB now"
    desk.tell(f"{desk.database}: {change if after < before else 'it takes no more than it needs'}")
    return 0


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")


def _megabytes(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:.1f} MB"


BACKUP = Tool(
    name="backup", help="copy the database, while it is in use", arguments=_to, run=_back_up
)
RESTORE = Tool(
    name="restore",
    help="put a copy in the place of the database, which is moved aside; stop the recorder first",
    arguments=_file,
    run=_restore,
    offline=True,
)
VERIFY = Tool(
    name="verify",
    help="whether a copy is whole and could be put in place now; stop the recorder first",
    arguments=_file,
    run=_verify,
    offline=True,
)
COMPACT = Tool(
    name="compact",
    help="write the database anew without the room of deleted rows; stop the recorder first",
    arguments=_nothing,
    run=_compact,
    offline=True,
)
