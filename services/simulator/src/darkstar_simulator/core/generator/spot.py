"""A day-ahead price: two peaks, a solar dip, cheap windy days, now and then below zero."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from darkstar_simulator.core.generator.chance import Stream, dice, spell, wandering

_MEAN_PER_KWH = 0.55
_SHAPE = (
    0.70, 0.65, 0.62, 0.60, 0.63, 0.78, 1.05, 1.38, 1.45, 1.25, 1.08, 0.98,
    0.92, 0.88, 0.90, 0.98, 1.12, 1.35, 1.55, 1.52, 1.30, 1.08, 0.90, 0.76,
)  # fmt: skip
_RAMP = (0.03, 0.01, -0.01, -0.03)
_SATURDAY = 5
_SUN_HOURS = (8.0, 18.0)


def day_spot_per_kwh(
    day: date, starts: Sequence[datetime], *, seed: int, timezone: ZoneInfo
) -> np.ndarray:
    """The spot price in each slot of one local day [currency/kWh].

    Args:
        day: the local day.
        starts: its slots.
        seed: the market.
        timezone: of the bidding zone.
    """
    local = [start.astimezone(timezone) for start in starts]
    hours = np.array([one.hour + one.minute / 60 for one in local])
    shape = np.array([_SHAPE[one.hour] for one in local])
    ramp = np.array([_RAMP[one.minute // 15] for one in local]) * np.where(hours < 12, -1, 1)  # noqa: PLR2004 (noon)
    winter = math.cos(2 * math.pi * (day.timetuple().tm_yday - 15) / 365.2425)
    level = math.exp(0.35 * spell(seed, Stream.PRICE_LEVEL, day) + 0.25 * winter)
    if day.weekday() >= _SATURDAY:
        level *= 0.85
    noise = 0.06 * wandering(dice(seed, Stream.PRICE, day), len(starts), 0.9)
    rise, sunset = _SUN_HOURS
    sun = np.sin(np.pi * np.clip((hours - rise) / (sunset - rise), 0, 1))
    dip = sun * max(0.0, 0.35 - 0.30 * winter)
    wind = 0.16 * max(0.0, spell(seed, Stream.WIND, day))
    price: np.ndarray = _MEAN_PER_KWH * (level * (shape * (1 + ramp) + noise) - dip - 2 * wind)
    return price
