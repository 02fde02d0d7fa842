"""`darkstar-recorder export`: what was recorded, as files that others read."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from darkstar_recorder.store import EXPORTED
from darkstar_recorder.tools.tool import Desk, Tool, ToolError, add_span


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("directory", type=Path, help="where the files go; made if it is missing")
    add_span(parser)
    parser.add_argument(
        "--table", action="append", choices=EXPORTED, help="only this one; may be repeated"
    )
    parser.add_argument("--csv", action="store_true", help="CSV instead of Parquet")


def _run(desk: Desk, options: Namespace) -> int:
    exporter = desk.store.exporter()
    span = (options.since, options.until)
    try:
        tables = options.table or EXPORTED
        months = [one for table in tables for one in exporter.months(table, *span)]
        for number, month in enumerate(months, start=1):
            desk.checkpoint()
            path = month.path(desk.path(options.directory), csv=options.csv)
            exporter.write(month, path, *span, csv=options.csv)
            desk.progress(number, len(months))
    except OSError as error:
        raise ToolError(f"{options.directory}: it cannot be written: {error}") from None
    finally:
        exporter.close()
    for table in tables:
        found = [one for one in months if one.table == table]
        rows = sum(one.row_count for one in found)
        desk.tell(f"{options.directory / table}: {rows} rows in {len(found)} months")
    return 0


EXPORT = Tool(
    name="export",
    help="write what was recorded to Parquet or CSV files, one for each table and month (UTC)",
    arguments=_arguments,
    run=_run,
)
