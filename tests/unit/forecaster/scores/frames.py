"""Tables for the tests of scores: what came, and what was forecast of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from darkstar_common.slots import SLOT, slots
from darkstar_forecaster.core.baselines import TRUTH
from darkstar_forecaster.core.scoring import ISSUED

STOCKHOLM = ZoneInfo("Europe/Stockholm")
MONDAY = datetime(2026, 1, 4, 23, tzinfo=UTC)
"""A local midnight."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def came(first: datetime, days: int, value: Callable[[datetime], float | None]) -> pl.DataFrame:
    """What came in each slot of so many days."""
    starts = slots(first, days * 96)
    return pl.DataFrame(
        {"start": starts, "value": [value(one) for one in starts]}, schema=dict(TRUTH)
    )


def issue(
    at: datetime,
    count: int,
    *,
    mean: float | None = None,
    band: tuple[float, float, float] = (0.5, 1.0, 2.0),
    first: datetime | None = None,
) -> pl.DataFrame:
    """A forecast that says the same of each of `count` slots."""
    starts = slots(first or at, count)
    low, middle, high = band
    return pl.DataFrame(
        {
            "start": starts, "issued_at": [at] * count, "known_until": [at] * count,
            "mean": [mean] * count, "p10": [low] * count, "p50": [middle] * count,
            "p90": [high] * count,
        },
        schema=dict(ISSUED),
    )  # fmt: skip


def day_number(start: datetime) -> float:
    """Local days since MONDAY, so that a value tells which day it is of."""
    return float((start.astimezone(STOCKHOLM).date() - MONDAY.astimezone(STOCKHOLM).date()).days)


def quarter(start: datetime) -> float:
    """The local slot of the day, 0 to 95."""
    local = start.astimezone(STOCKHOLM)
    return float(local.hour * 4 + local.minute // 15)


__all__ = ["DAY", "HOUR", "MONDAY", "SLOT", "STOCKHOLM", "came", "day_number", "issue", "quarter"]
