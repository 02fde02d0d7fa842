"""Forecasts from the database of an earlier Darkstar (slot_forecasts).

It kept one row for each slot and model, and wrote it anew with each forecast until the slot
began. So what is there is the last one, and all that is known of when it was made is that
the slot had not begun: that moment is the time of issue, which claims no foresight.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import NAMESPACE_OID, UUID, uuid5
from zoneinfo import ZoneInfo

from darkstar_common.slots import SLOT_HOURS
from darkstar_recorder.core.predecessor import slot_of

Quantity = Literal["load", "pv"]
LEVEL = "predecessor"
"""What such a forecast says of its model's level."""
_COLUMNS: dict[Quantity, tuple[str, ...]] = {
    "load": ("base_load_forecast_kwh", "load_forecast_kwh"),
    "pv": ("pv_forecast_kwh",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierForecast:
    """What was last said of one slot before it began."""

    start: datetime
    quantity: Quantity
    version: str
    p50_kw: float
    p10_kw: float | None = None
    p90_kw: float | None = None

    @property
    def id(self) -> UUID:
        """The same for the same row, however often it is read."""
        return uuid5(NAMESPACE_OID, f"{self.quantity} {self.start.isoformat()} {self.version}")


def forecasts(
    row: Mapping[str, object], *, timezone: ZoneInfo, now: datetime
) -> tuple[EarlierForecast, ...]:
    """What a row foretells of load and PV.

    A correction that was learned belongs to its forecast. A load of zero was written where
    nothing was foretold. Of slots after `now` nothing is taken: another forecast of them
    would have come.

    Raises:
        ValueError: It cannot be read; the message is a sentence.
    """
    start = slot_of(row.get("slot_start"), timezone)
    if start > now:
        return ()
    version = str(row.get("forecast_version") or "unknown")
    found = []
    for quantity, columns in _COLUMNS.items():
        # Where the base load was foretold apart, the whole load has the heater in it.
        column = next((one for one in columns if row.get(one)), columns[-1])
        base = _kw(row, column)
        if base is None or (quantity == "load" and base == 0):
            continue
        prefix = column.removesuffix("_forecast_kwh")
        p50 = max(0.0, base + (_kw(row, f"{quantity}_correction_kwh") or 0.0))
        p10, p90 = (_kw(row, f"{prefix}_{name}") for name in ("p10", "p90"))
        one = EarlierForecast(
            start=start, quantity=quantity, version=version, p50_kw=p50,
            p10_kw=None if p10 is None else min(p10, p50),
            p90_kw=None if p90 is None else max(p90, p50),
        )  # fmt: skip
        found.append(one)
    return tuple(found)


def _kw(row: Mapping[str, object], column: str) -> float | None:
    """The power of a slot's energy [kW].

    Raises:
        ValueError: It is no number, or an energy below zero.
    """
    cell = row.get(column)
    if cell is None:
        return None
    if not isinstance(cell, int | float) or not math.isfinite(cell):
        raise ValueError(f"{column} is no number")
    if cell < 0 and not column.endswith("_correction_kwh"):
        raise ValueError(f"{column} is {cell:g}, energies are not negative")
    return cell / SLOT_HOURS
