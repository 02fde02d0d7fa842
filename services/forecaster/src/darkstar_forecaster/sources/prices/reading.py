"""Values of outside JSON, or a sentence about what they are instead."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from darkstar_forecaster.core.prices import PricesRefusedError

_MILLISECONDS = 1e11
"""Beyond this a time is in milliseconds; it is the year 5138 in seconds."""
_YEAR_2001 = 1e9


def number(value: Any) -> float:
    """A price; text that is one will do.

    Raises:
        PricesRefusedError: It is none, or not finite.
    """
    try:
        found = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        found = math.nan
    if not math.isfinite(found):
        raise PricesRefusedError(f"a price is {str(value)[:40]!r}, which is no number")
    return found


def moment(value: Any, zone: ZoneInfo | None = None) -> datetime:
    """A time, in UTC: ISO 8601, or seconds or milliseconds since 1970.

    Args:
        value: What was told.
        zone: Of a time that names none; None: such a time is refused.

    Raises:
        PricesRefusedError: It is no time.
    """
    found = _time(value)
    if found is not None and found.tzinfo is None and zone is not None:
        found = found.replace(tzinfo=zone)
    if found is None or found.tzinfo is None:
        raise PricesRefusedError(f"a time is {str(value)[:40]!r}, which is no time with a zone")
    return found.astimezone(UTC)


def _time(value: Any) -> datetime | None:
    try:
        if isinstance(value, str):
            return datetime.fromisoformat(value.strip())
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= _YEAR_2001:
            seconds = value / 1000 if value >= _MILLISECONDS else value
            return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None
