"""The cells of CSV files: which files there are, their columns, times and numbers."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path

from darkstar_common.slots import on_grid
from darkstar_forecaster.tools.tool import ToolError

_STARTS = ("start_utc", "start", "time_utc")


def files_of(path: Path) -> list[Path]:
    """The file; of a directory that was exported to, the slots of each month.

    Raises:
        ToolError: There are none.
    """
    if not path.is_dir():
        return [path]
    found = sorted(path.glob("slots/month=*/slots.csv"))
    if not found:
        raise ToolError(
            f"{path} has no slots/month=…/slots.csv; darkstar-recorder export {path} --csv "
            "writes them"
        )
    return found


def columns_of(path: Path) -> dict[str, list[str]]:
    """The columns of the file as text.

    Raises:
        ToolError: It cannot be read, or has no rows.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ToolError(f"{path} cannot be read: {error}") from None
    if len(rows) < 2:  # noqa: PLR2004 (a head and a row)
        raise ToolError(f"{path} is empty; it needs a head and rows")
    head = [one.strip() for one in rows[0]]
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(head):
            raise ToolError(f"{path}, line {number} has {len(row)} cells, the head {len(head)}")
    return {
        name: [cell.strip() for cell in column]
        for name, column in zip(head, zip(*rows[1:], strict=True), strict=True)
    }


def moments_of(path: Path, cells: Mapping[str, Sequence[str]]) -> list[datetime]:
    """The start of each row, in UTC.

    Raises:
        ToolError: There are none, or one of them is no start of a slot.
    """
    name = next((one for one in _STARTS if one in cells), None)
    if name is None:
        raise ToolError(f"{path} has no column start_utc")
    return [_moment(path, line, cell) for line, cell in enumerate(cells[name], start=2)]


def _moment(path: Path, line: int, cell: str) -> datetime:
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        raise ToolError(
            f"{path}, line {line}: {cell!r} is no time; write it as 2026-01-01T12:00:00Z"
        ) from None
    if moment.tzinfo is None:
        raise ToolError(f"{path}, line {line}: {cell!r} has no time zone; write a Z behind it")
    if not on_grid(moment):
        raise ToolError(f"{path}, line {line}: {cell!r} is not at a full quarter of an hour")
    return moment.astimezone(UTC)


def numbers_of(path: Path, name: str, column: Sequence[str], scale: float) -> list[float | None]:
    """A column's values by `scale`; empty is None.

    Raises:
        ToolError: One of them is no number.
    """
    found: list[float | None] = []
    for line, cell in enumerate(column, start=2):
        try:
            value = float(cell) * scale if cell else None
        except ValueError:
            value = float("nan")
        if value is not None and not isfinite(value):
            raise ToolError(f"{path}, line {line}: {name} is {cell!r}, which is no number")
        found.append(value)
    return found
