"""Weather from a file, issue by issue where it tells when each was made."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Sequence
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
            rows = await asyncio.to_thread(self._read)
            issued_at, issue = _newest(rows, now)
            table = ahead_of(rows_table(issue, self._place), now)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            return Unavailable(reason=f"{self._path} cannot be read: {error}")
        except WeatherRefusedError as error:
            return Unavailable(reason=f"{self._path} is refused: {error}")
        return Issued(issued_at=issued_at, source=self.name, table=table)

    async def listen(self, heard: Heard) -> None:
        """It is read when it is asked."""

    def _read(self) -> Rows:
        with self._path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


def _newest(rows: Rows, now: datetime) -> tuple[datetime, Rows]:
    """When the last issue until `now` was made, and its rows."""
    if not rows or "issued_at" not in rows[0]:
        return now, rows
    moments = [moment_of(row["issued_at"]) for row in rows]
    made = [one for one in moments if one is not None]
    if len(made) < len(rows):
        raise WeatherRefusedError(
            "a row's issued_at cannot be read; write it as 2026-01-01T12:00:00Z"
        )
    newest = max((one for one in made if one <= now), default=None)
    if newest is None:
        raise WeatherRefusedError(f"its first issue is of {min(made):%Y-%m-%d %H:%M} UTC")
    return newest, [row for row, one in zip(rows, made, strict=True) if one == newest]
