"""Prices that were told, for as long as they may be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from darkstar_common.slots import day_slots
from darkstar_forecaster.core.prices import Answer, NotYet, Unavailable, whole_day

_KEPT = 10 * 100
"""Slots of ten days."""


class Remembered:
    """What a sensor or a topic told; what comes later replaces it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._spots: dict[datetime, float] = {}

    def keep(self, told: Mapping[datetime, float]) -> None:
        """Take in prices by slot [currency/kWh]."""
        spots = self._spots | dict(told)
        self._spots = {start: spots[start] for start in sorted(spots)[-_KEPT:]}

    def has(self, day: date, zone: ZoneInfo) -> bool:
        """Whether every slot of the local `day` was told."""
        return all(start in self._spots for start in day_slots(day, zone))

    def day(self, day: date, zone: ZoneInfo, now: datetime) -> Answer:
        """The prices of the local `day`; one that is ahead may still be told."""
        if not any(start in self._spots for start in day_slots(day, zone)):
            if day > now.astimezone(zone).date():
                return NotYet(day=day)
            return Unavailable(day=day, reason=f"{self._name} tells nothing of {day.isoformat()}")
        found = whole_day(day, self._spots, zone)
        if isinstance(found, Unavailable):
            return Unavailable(day=day, reason=f"{self._name}: {found.reason}")
        return found
