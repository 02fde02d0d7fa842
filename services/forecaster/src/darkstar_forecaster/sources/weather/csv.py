"""Weather from a file, issue by issue where it tells when each was made."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from darkstar_forecaster.core.weather.rows import moment_of, rows_table
from darkstar_forecaster.core.weather.sun import Place
from darkstar_forecaster.core.weather.table import Issued, WeatherRefusedError, ahead_of
from darkstar_forecaster.sources.weather.port import Answer, Heard, Unavailable

Rows = Sequence[dict[str, Any]]


class CsvWeather:
    """A file with the columns of a weather slot, `start_utc` first; read at every question.

    With a column `issued_at` each issue shows once its moment has come; without, all of it
    is known at any time.
    """

    def __init__(self, path: Path, place: Place | None) -> None:
        self._path, self._place = path, place
        self.name = f"csv {path.name}"

    async def fetch(self, now: datetime) -> Answer:
        """The newest issue of the file at `now`."""
        try:
            issued_at, rows = await asyncio.to_thread(self._read, now)
            table = ahead_of(rows_table(rows, self._place), now)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            return Unavailable(reason=f"{self._path} cannot be read: {error}")
        except WeatherRefusedError as error:
            return Unavailable(reason=f"{self._path} is refused: {error}")
        return Issued(issued_at=issued_at, source=self.name, table=table)

    async def listen(self, heard: Heard) -> None:
        """It is read when it is asked."""

    def _read(self, now: datetime) -> tuple[datetime, Rows]:
        with self._path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if "issued_at" in (reader.fieldnames or ()):
                return _newest(reader, now)
            return now, list(reader)


def _newest(rows: Iterable[dict[str, Any]], now: datetime) -> tuple[datetime, Rows]:
    """When the last issue until `now` was made, and its rows; no others are held."""
    newest: datetime | None = None
    first: datetime | None = None
    found: list[dict[str, Any]] = []
    for row in rows:
        made = moment_of(row["issued_at"])
        if made is None:
            raise WeatherRefusedError(
                f"issued_at is {str(row['issued_at'])[:40]!r}; write it as 2026-01-01T12:00:00Z"
            )
        first = made if first is None else min(first, made)
        if made > now or (newest is not None and made < newest):
            continue
        if made != newest:
            newest, found = made, []
        found.append(row)
    if newest is None:
        told = (
            "it is empty" if first is None else f"its first issue is of {first:%Y-%m-%d %H:%M} UTC"
        )
        raise WeatherRefusedError(told)
    return newest, found
