"""Prices from a file, revealed day by day as a market would."""

from __future__ import annotations

import asyncio
import csv
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from darkstar_forecaster.core.prices import Answer, NotYet, Unavailable, whole_day
from darkstar_forecaster.core.publication import PUBLISHED_AT, due_days
from darkstar_forecaster.core.spot_table import SpotTable, TableRefusedError, spot_table


class CsvPrices:
    """A file with the columns start_utc and spot_per_kwh (or spot_sek_per_kwh).

    Read once, at the first question, and again if that failed.
    """

    def __init__(self, path: Path, published_at: time = PUBLISHED_AT) -> None:
        self._path, self._published_at = path, published_at
        self._table: SpotTable | None = None

    @property
    def name(self) -> str:
        """The file."""
        return f"csv {self._path.name}"

    async def fetch(self, day: date, zone: ZoneInfo, now: datetime) -> Answer:
        """The prices of the local `day`, tomorrow's once its time has come."""
        if day > due_days(now, zone, self._published_at)[-1]:
            return NotYet(day=day)
        if self._table is None:
            try:
                self._table = await asyncio.to_thread(self._read)
            except (OSError, UnicodeDecodeError, csv.Error, TableRefusedError) as error:
                return Unavailable(day=day, reason=f"{self._path} cannot be read: {error}")
        return whole_day(day, self._table.day(day, zone), zone)

    def _read(self) -> SpotTable:
        with self._path.open(encoding="utf-8", newline="") as file:
            table = csv.DictReader(file)
            return spot_table(table.fieldnames or (), table)
