"""A made-up market."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from darkstar_forecaster.core.generated import generated_day
from darkstar_forecaster.core.prices import Answer, NotYet, whole_day
from darkstar_forecaster.core.publication import PUBLISHED_AT, due_days


class GeneratedPrices:
    """The same prices for the same seed, published the day before like real ones."""

    def __init__(self, seed: int, published_at: time = PUBLISHED_AT) -> None:
        self._seed, self._published_at = seed, published_at

    @property
    def name(self) -> str:
        """That they are made up, and from which seed."""
        return f"generated from seed {self._seed}"

    async def fetch(self, day: date, zone: ZoneInfo, now: datetime) -> Answer:
        """The prices of the local `day`, tomorrow's once its time has come."""
        if day > due_days(now, zone, self._published_at)[-1]:
            return NotYet(day=day)
        return whole_day(day, generated_day(day, zone, self._seed), zone)
