"""`darkstar-recorder import`: a house's past from a file."""

from __future__ import annotations

import csv
from argparse import ArgumentParser, Namespace
from pathlib import Path

from darkstar_recorder.core.imported import ImportedSlot, ImportRefusedError, imported
from darkstar_recorder.tools.tool import Desk, Tool, ToolError, moment

PIECE = 4_000
"""Slots written in one transaction, so that nothing else waits long."""


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="the CSV file; its load is without a water heater")
    parser.add_argument("--from", dest="since", type=moment, help="leave out earlier slots")
    parser.add_argument("--until", type=moment, help="leave out this and later slots")


def _run(desk: Desk, options: Namespace) -> int:
    rows = _read(desk, options)
    new = 0
    for first in range(0, len(rows), PIECE):
        desk.checkpoint()
        new += desk.store.add_imported(rows[first : first + PIECE], desk.now)
        desk.progress(min(first + PIECE, len(rows)), len(rows))
    desk.tell(f"{options.file}: {len(rows)} slots read, {new} new in {desk.database}")
    return 0


def _read(desk: Desk, options: Namespace) -> tuple[ImportedSlot, ...]:
    try:
        with desk.path(options.file).open(encoding="utf-8", newline="") as file:
            table = csv.DictReader(file)
            found = imported(
                table.fieldnames or (), table, since=options.since, until=options.until
            )
            return tuple(found)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ToolError(f"{options.file}: it cannot be read: {error}") from None
    except ImportRefusedError as error:
        raise ToolError(f"{options.file}: {error}") from None


IMPORT = Tool(
    name="import",
    help="take over the slots of a house file [columns start_utc, load_kwh, pv_kwh, "
    "spot_per_kwh]; those that are there already stay as they are",
    arguments=_arguments,
    run=_run,
)
