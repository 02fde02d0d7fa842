"""Spot prices from a table, native quarter hours or hourly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from darkstar_common.slots import SLOT, day_slots, slot_start

PRICE_COLUMNS = ("spot_per_kwh", "spot_sek_per_kwh")
_WEEK = timedelta(days=7)
_HOUR = timedelta(hours=1)


class TableRefusedError(ValueError):
    """The table cannot be read; the message names the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotTable:
    """Prices by slot [currency/kWh], and where the table ends."""

    spots: Mapping[datetime, float]
    end: datetime

    def day(self, day: date, zone: ZoneInfo) -> dict[datetime, float | None]:
        """The prices of a local day; past the end, those of the table's last week again."""
        return {start: self.spots.get(self._source(start)) for start in day_slots(day, zone)}

    def _source(self, start: datetime) -> datetime:
        beyond = start - self.end
        if beyond < timedelta(0):
            return start
        return start - (beyond // _WEEK + 1) * _WEEK


def spot_table(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> SpotTable:
    """The prices in a table with the columns start_utc and spot_per_kwh.

    Rows an hour apart stand for four slots each. An empty cell stays unknown.

    Raises:
        TableRefusedError: A column is missing, or a cell holds what it cannot.
    """
    price = next((name for name in PRICE_COLUMNS if name in columns), None)
    if price is None or "start_utc" not in columns:
        raise TableRefusedError(
            f"it has the columns {', '.join(columns)}; needed are start_utc and "
            f"{' or '.join(PRICE_COLUMNS)}"
        )
    read = [_row(row, price, number) for number, row in enumerate(rows, start=2)]
    if not read:
        raise TableRefusedError("it has no rows")
    steps = {after - before for (before, _), (after, _) in pairwise(read)}
    span = _HOUR if min(steps, default=SLOT) >= _HOUR else SLOT
    spots = {
        start + part * SLOT: value
        for start, value in read
        if value is not None
        for part in range(span // SLOT)
    }
    return SpotTable(spots=spots, end=max(start for start, _ in read) + span)


def _row(row: Mapping[str, str], price: str, number: int) -> tuple[datetime, float | None]:
    cell = (row[price] or "").strip()
    try:
        moment = datetime.fromisoformat(row["start_utc"])
        value = float(cell) if cell else None
    except (TypeError, ValueError):
        raise TableRefusedError(f"line {number}: {row['start_utc']!r}, {cell!r}") from None
    return slot_start(moment if moment.tzinfo else moment.replace(tzinfo=UTC)), value
