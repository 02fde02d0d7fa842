"""A contract with one price, or one by time of use."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from darkstar_common.config import Window, price_at
from darkstar_common.slots import day_slots
from darkstar_forecaster.core.prices import Answer, DayPrices


class FixedPrices:
    """Known for all days; the first window that fits goes before the one price."""

    name = "fixed"

    def __init__(self, per_kwh: float, windows: tuple[Window, ...]) -> None:
        self._per_kwh, self._windows = per_kwh, windows

    async def fetch(self, day: date, zone: ZoneInfo, now: datetime) -> Answer:
        """The prices of the local `day`, whenever it is."""
        del now
        spots = (
            price_at(self._windows, start.astimezone(zone), self._per_kwh)
            for start in day_slots(day, zone)
        )
        return DayPrices(day=day, spot_per_kwh=tuple(spots))
