"""Slots from a file of a house's past."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from darkstar_common.slots import on_grid

PRICE_COLUMNS = ("spot_per_kwh", "spot_sek_per_kwh")


class ImportRefusedError(ValueError):
    """The file cannot be imported; the message names the row and what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedSlot:
    """What the file knows of one slot; null where a cell is empty."""

    start: datetime
    load_kwh: float | None
    """Without a water heater: the heater of such a house is zero, not unknown [kWh]."""
    pv_kwh: float | None
    spot_per_kwh: float | None

    @property
    def water_kwh(self) -> float | None:
        """The heater's share of `load_kwh` [kWh]."""
        return None if self.load_kwh is None else 0.0


def imported(
    columns: Sequence[str],
    rows: Iterable[Mapping[str, str]],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[ImportedSlot]:
    """The slots of a house file that start in [`since`, `until`).

    Args:
        columns: Its header: start_utc, load_kwh, pv_kwh, and maybe a spot price.
        rows: Its rows by column.
        since: Earlier ones are left out.
        until: These and later ones are left out.

    Raises:
        ImportRefusedError: A column is missing, or a cell holds what it cannot.
    """
    missing = [name for name in ("start_utc", "load_kwh", "pv_kwh") if name not in columns]
    if missing:
        raise ImportRefusedError(
            f"it has no column {', '.join(missing)}; its columns are {', '.join(columns)}"
        )
    price = next((name for name in PRICE_COLUMNS if name in columns), None)
    for number, row in enumerate(rows, start=2):
        start = _start(row["start_utc"], number)
        if (since is None or start >= since) and (until is None or start < until):
            yield ImportedSlot(
                start=start,
                load_kwh=_energy(row, "load_kwh", number),
                pv_kwh=_energy(row, "pv_kwh", number),
                spot_per_kwh=_number(row, price, number) if price else None,
            )


def _start(text: str, number: int) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        raise ImportRefusedError(f"line {number}: {text!r} is no time") from None
    start = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if not on_grid(start):
        raise ImportRefusedError(f"line {number}: {text} is no slot start (:00, :15, :30, :45)")
    return start


def _energy(row: Mapping[str, str], column: str, number: int) -> float | None:
    value = _number(row, column, number)
    if value is not None and value < 0:
        raise ImportRefusedError(f"line {number}: {column} is {value:g}, energies are not negative")
    return value


def _number(row: Mapping[str, str], column: str, number: int) -> float | None:
    text = (row[column] or "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise ImportRefusedError(f"line {number}: {column} is {text!r}, no number") from None
    if not math.isfinite(value):
        raise ImportRefusedError(f"line {number}: {column} is {text}; leave unknown cells empty")
    return value
