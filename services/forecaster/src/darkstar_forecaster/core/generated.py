"""Plausible day-ahead prices from a seed, for a trial without a market."""

from __future__ import annotations

import math
import random
from datetime import date, datetime
from zoneinfo import ZoneInfo

from darkstar_common.slots import day_slots

_BASE = 0.62
"""Mean of the year, about that of southern Sweden [currency/kWh]."""
_PERIODS = (3.1, 5.3, 8.7, 14.9)
"""Of the weather that moves the level from day to day [days]."""


def generated_day(day: date, zone: ZoneInfo, seed: int) -> dict[datetime, float]:
    """Spot prices of a local day by slot [currency/kWh].

    The same day and seed give the same prices. A morning and an evening peak, a dip at
    noon that grows with the sun and may go below zero, cheaper weekends, dearer winters,
    and a level that wanders over days as windy and calm weather does.
    """
    level, summer = _level(day, seed), _summer(day)
    noise = random.Random(f"{seed} {day.isoformat()}")  # noqa: S311 (a made-up market)
    jitter = [noise.gauss(0, 0.02) for _ in range(100)]
    weekend = day.weekday() >= 5  # noqa: PLR2004 (Saturday)
    return {
        start: round(_spot(_hour(start, zone), level, summer, weekend) + jitter[number], 5)
        for number, start in enumerate(day_slots(day, zone))
    }


def _spot(hour: float, level: float, summer: float, weekend: bool) -> float:
    peaks = 0.45 * _bump(hour, 8, 1.6) + 0.75 * _bump(hour, 18.5, 2.2) - 0.35 * _bump(hour, 3, 2.5)
    dip = (0.15 + 0.9 * summer) * _bump(hour, 13, 2.6)
    return level * (1 + (0.5 if weekend else 1.0) * peaks - dip) * (0.85 if weekend else 1.0)


def _level(day: date, seed: int) -> float:
    phases = random.Random(f"level {seed}")  # noqa: S311 (a made-up market)
    waves = sum(
        math.sin(2 * math.pi * (day.toordinal() / period + phases.random())) for period in _PERIODS
    )
    return _BASE * (1 - 0.3 * _summer(day)) * math.exp(0.22 * waves)


def _summer(day: date) -> float:
    """0 in midwinter, 1 in midsummer."""
    return (1 - math.cos(2 * math.pi * (day.timetuple().tm_yday + 10) / 365.25)) / 2


def _bump(hour: float, centre: float, width: float) -> float:
    return math.exp(-(((hour - centre) / width) ** 2) / 2)


def _hour(start: datetime, zone: ZoneInfo) -> float:
    local = start.astimezone(zone)
    return local.hour + local.minute / 60
