"""A made-up market."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from darkstar_forecaster.core.generated import generated_day
from darkstar_forecaster.core.prices import Answer, NotYet, due_days, whole_day


class GeneratedPrices:
    """The same prices for the same seed, published at 13:00 like real ones."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    @property
    def name(self) -> str:
        """That they are made up, and from which seed."""
        return f"generated from seed {self._seed}"

    async def fetch(self, day: date, zone: ZoneInfo, now: datetime) -> Answer:
        """The prices of the local `day`, tomorrow's from 13:00 on."""
        if day > due_days(now, zone)[-1]:
            return NotYet(day=day)
        return whole_day(day, generated_day(day, zone, self._seed), zone)
