"""What the day and the month have cost and saved so far, for as long as that is so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from darkstar_gateway.core.energy import local_today


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Money of the local `day` and of its month so far [currency]; None: not known."""

    day: date
    cost_today: float | None = None
    saved_today: float | None = None
    saved_month: float | None = None

    @classmethod
    def read(
        cls, day: date, today: Sequence[Mapping[str, Any]], month: Sequence[Mapping[str, Any]]
    ) -> Self:
        """From the recorder's rollups of the day and of the month; at most a row of each."""
        return cls(
            day=day,
            cost_today=_rounded(today, "cost"),
            saved_today=_rounded(today, "saved_with_stored"),
            saved_month=_rounded(month, "saved_with_stored"),
        )

    def at(self, now: datetime, zone: ZoneInfo) -> dict[str, float | None]:
        """What of it still holds at `now`: nothing on another day."""
        if local_today(now, zone) != self.day:
            return {}
        return {
            "cost_today": self.cost_today,
            "saved_today": self.saved_today,
            "saved_month": self.saved_month,
        }


def _rounded(rows: Sequence[Mapping[str, Any]], name: str) -> float | None:
    value = rows[0][name] if rows else None
    return None if value is None else round(value, 2)
