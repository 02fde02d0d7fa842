"""The command `darkstar-recorder`: the service, and tools for its database."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from darkstar_common.contract import Service
from darkstar_common.runtime import run
from darkstar_common.runtime.settings import SettingsError, read_settings
from darkstar_recorder.core.imported import ImportRefusedError
from darkstar_recorder.importing import import_csv
from darkstar_recorder.service import database_path, recorder
from darkstar_recorder.store import StoreError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the service, or one of its tools."""
    options = _parser().parse_args(arguments)
    if options.command != "import":
        run(Service.RECORDER, recorder)
        return
    try:
        database = options.database or database_path(
            read_settings().state_dir.absolute() / Service.RECORDER
        )
        found, new = import_csv(options.file, database, since=options.since, until=options.until)
    except ImportRefusedError as error:
        _fail(f"{options.file}: {error}")
    except (SettingsError, StoreError) as error:
        _fail(str(error))
    print(f"{options.file}: {found} slots read, {new} new in {database}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="darkstar-recorder", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("run", help="the service; what happens without a command, too")
    tool = commands.add_parser(
        "import",
        help="take over the slots of a house file [columns start_utc, load_kwh, pv_kwh, "
        "spot_per_kwh]; those that are there already stay as they are",
    )
    tool.add_argument("file", type=Path, help="the CSV file; its load is without a water heater")
    tool.add_argument("--from", dest="since", type=_moment, help="leave out earlier slots")
    tool.add_argument("--until", type=_moment, help="leave out this and later slots")
    tool.add_argument(
        "--database", type=Path, help="default: the recorder's own, below DARKSTAR_STATE_DIR"
    )
    return parser


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time; try 2026-01-31 or 2026-01-31T12:00:00Z"
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _fail(sentence: str) -> None:
    print(f"darkstar-recorder: {sentence}", file=sys.stderr)
    raise SystemExit(1)


if __name__ == "__main__":
    main()
