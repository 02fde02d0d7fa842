"""The slots that the house lives through: base load, available PV and the spot price of each.

As a CSV: `start_utc,load_kwh,pv_kwh,spot_per_kwh`, one row per 15-minute slot, ascending; columns
in any order, others ignored, `spot_<currency>_per_kwh` accepted as well. A slot that is missing or
empty is filled from the same time of the nearest day that has it, if no more than `LONGEST_GAP`
slots in a row are missing; a longer gap is an error, since it would be invention. After its end
(and before its start) the last (first) week repeats.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from darkstar_common.slots import SLOT, on_grid

DAY = timedelta(days=1) // SLOT
WEEK = 7 * DAY
LONGEST_GAP = DAY
_SLOTS_PER_HOUR = timedelta(hours=1) / SLOT
_SPOT = re.compile(r"spot(_[a-z]{3})?_per_kwh")


class SeriesError(ValueError):
    """A house CSV cannot be played; the message names the row and what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseSeries:
    """Consecutive slots of a house.

    Attributes:
        start: the first slot.
        load_kwh: base load without the water heater, by slot [kWh].
        pv_kwh: PV available before curtailment, by slot [kWh].
        spot_per_kwh: spot price by slot [currency/kWh]; None where the file has none.
        filled: slots that were missing in the file.
    """

    start: datetime
    load_kwh: tuple[float, ...]
    pv_kwh: tuple[float, ...]
    spot_per_kwh: tuple[float | None, ...]
    filled: frozenset[datetime] = frozenset()

    @property
    def end(self) -> datetime:
        """The first moment after the last slot."""
        return self.start + len(self.load_kwh) * SLOT

    def index(self, moment: datetime) -> int:
        """Which slot is played at `moment`: its own, or one of the week that stands in for it."""
        number = (moment - self.start) // SLOT
        count = len(self.load_kwh)
        period = min(WEEK, count - count % DAY or count)
        if number >= count:
            return count - period + (number - count) % period
        return number if number >= 0 else number % period

    def powers(self, moment: datetime) -> tuple[float, float]:
        """Base load and available PV at `moment`, means over its slot [kW]."""
        slot = self.index(moment)
        return self.load_kwh[slot] * _SLOTS_PER_HOUR, self.pv_kwh[slot] * _SLOTS_PER_HOUR


@dataclass(frozen=True, slots=True)
class _Row:
    load_kwh: float
    pv_kwh: float
    spot_per_kwh: float | None


def parse_series(lines: Iterable[str]) -> HouseSeries:
    """Reads a house CSV.

    Args:
        lines: the file's lines.

    Raises:
        SeriesError: no rows, a column is missing, a cell is not a number, a time is not on the slot
            grid or not after the one before it, or a gap is longer than a day.
    """
    rows: dict[datetime, _Row | None] = {}
    last: datetime | None = None
    for number, start, row in _rows(csv.DictReader(lines)):
        if last is not None and start <= last:
            raise SeriesError(f"row {number}: {start.isoformat()} is not after the row before it")
        rows[start] = row
        last = start
    present = [start for start, row in rows.items() if row is not None]
    if not present:
        raise SeriesError("the house CSV has no row with load_kwh and pv_kwh")
    starts = [present[0] + n * SLOT for n in range((present[-1] - present[0]) // SLOT + 1)]
    whole, filled = _fill(starts, rows)
    return HouseSeries(
        start=starts[0],
        load_kwh=tuple(row.load_kwh for row in whole),
        pv_kwh=tuple(row.pv_kwh for row in whole),
        spot_per_kwh=tuple(row.spot_per_kwh for row in whole),
        filled=filled,
    )


def series_lines(series: HouseSeries) -> Iterator[str]:
    """The CSV of `series`, line by line, as `parse_series` reads it."""
    yield "start_utc,load_kwh,pv_kwh,spot_per_kwh"
    slots = zip(series.load_kwh, series.pv_kwh, series.spot_per_kwh, strict=True)
    for number, (load, pv, spot) in enumerate(slots):
        start = (series.start + number * SLOT).strftime("%Y-%m-%dT%H:%M:%SZ")
        price = "" if spot is None else f"{spot:.5f}"
        yield f"{start},{load:.5f},{pv:.5f},{price}"


def _rows(reader: csv.DictReader[str]) -> Iterator[tuple[int, datetime, _Row | None]]:
    """Number in the file, slot and content of each row; None for a row with an empty cell."""
    header = reader.fieldnames or ()
    missing = {"start_utc", "load_kwh", "pv_kwh"} - set(header)
    if missing:
        raise SeriesError(f"the house CSV has no column {', '.join(sorted(missing))}")
    spot = next((name for name in header if _SPOT.fullmatch(name)), None)
    for cells in reader:
        number = reader.line_num
        start = _time(cells, number)
        load, pv = (_number(cells, name, number) for name in ("load_kwh", "pv_kwh"))
        price = None if spot is None else _number(cells, spot, number)
        if load is None or pv is None:
            yield number, start, None
            continue
        if load < 0 or pv < 0:
            raise SeriesError(f"row {number}: load_kwh and pv_kwh must not be negative")
        yield number, start, _Row(load, pv, price)


def _time(cells: Mapping[str, str | None], number: int) -> datetime:
    text = cells["start_utc"] or ""
    try:
        start = datetime.fromisoformat(text)
    except ValueError as error:
        raise SeriesError(f"row {number}: start_utc {text!r} is not an ISO 8601 time") from error
    start = start.replace(tzinfo=UTC) if start.tzinfo is None else start.astimezone(UTC)
    if not on_grid(start):
        raise SeriesError(f"row {number}: start_utc {text} is not the start of a 15-minute slot")
    return start


def _number(cells: Mapping[str, str | None], name: str, number: int) -> float | None:
    text = (cells[name] or "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError as error:
        raise SeriesError(f"row {number}: {name} {text!r} is not a number") from error
    if math.isinf(value):
        raise SeriesError(f"row {number}: {name} is infinite")
    return None if math.isnan(value) else value


def _fill(
    starts: Sequence[datetime], rows: Mapping[datetime, _Row | None]
) -> tuple[list[_Row], frozenset[datetime]]:
    """A row for every slot, and which of them were missing."""
    missing = [start for start in starts if rows.get(start) is None]
    gap = 0
    for number, start in enumerate(missing):
        gap = gap + 1 if number and start - missing[number - 1] == SLOT else 1
        if gap > LONGEST_GAP:
            first = start - (gap - 1) * SLOT
            raise SeriesError(
                f"more than {LONGEST_GAP * SLOT} are missing from {first.isoformat()} on; "
                "fill the gap or cut the file there"
            )
    return [rows.get(start) or _stand_in(start, rows) for start in starts], frozenset(missing)


def _stand_in(start: datetime, rows: Mapping[datetime, _Row | None]) -> _Row:
    """The row of the same time on the nearest day that has one, the day before first."""
    for days in (-1, 1, -7, 7, *range(-6, 7)):
        row = rows.get(start + timedelta(days=days))
        if row is not None:
            return row
    raise SeriesError(f"{start.isoformat()} is missing and no day near it has that time of day")
