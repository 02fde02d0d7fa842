"""What a statement comes to, read to its end.

DuckDB keeps a statement open, and with it its transaction, until its last row was asked for. What
others changed or deleted since is then kept for it, and no checkpoint can be made: the log grows,
and who waits for a checkpoint, as a copy of the file does, waits until the same connection is
used again. `fetchone` does not ask for the last row, not even where there is but one.
"""

from __future__ import annotations

from typing import Any

import duckdb


def only_row(found: duckdb.DuckDBPyConnection) -> tuple[Any, ...] | None:
    """The row of a statement that has one at most; None: it has none."""
    return next(iter(found.fetchall()), None)
