"""Reads a house's past from a file into the database."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

from darkstar_recorder.core.imported import ImportRefusedError, imported
from darkstar_recorder.store import Store


def import_csv(
    source: Path, database: Path, *, since: datetime | None = None, until: datetime | None = None
) -> tuple[int, int]:
    """Insert the slots of the house file `source` that are not in `database` yet.

    Returns:
        How many slots were in the time asked for, and how many of them were new.

    Raises:
        ImportRefusedError: The file cannot be read as one.
        StoreError: The database cannot be opened, such as while the recorder is running.
    """
    try:
        with source.open(encoding="utf-8", newline="") as file:
            table = csv.DictReader(file)
            rows = tuple(imported(table.fieldnames or (), table, since=since, until=until))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ImportRefusedError(f"it cannot be read: {error}") from None
    store = Store(database)
    try:
        return len(rows), store.add_imported(rows)
    finally:
        store.close()
