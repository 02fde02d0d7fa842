"""How restless the weather ahead is, and what that makes less sure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import fmean, pstdev

from darkstar_common.contract import RuleEffect, WeatherSlot

AHEAD = timedelta(hours=48)
CLOUD_PERCENT = 40.0
"""Standard deviation of the cloud cover that counts as fully restless."""
TEMPERATURE_C = 5.0
"""The same of the temperature, its daily swing taken out."""
WIDENING = 0.4
"""How much fully restless weather adds to what is unsure, and to what weather adjusts."""
_FEW = 8
_SHOWN = 0.005


def volatility(weather: Sequence[WeatherSlot], first: datetime) -> float | None:
    """How restless the weather is over 48 h from `first` on, 0 to 1; None: not known.

    The larger of what clouds and temperature say. That it is warmer by day than by
    night is no unrest, so a temperature counts by how it differs from the other day at
    the same hour.
    """
    ahead = [one for one in weather if first <= one.start < first + AHEAD]
    cloud = [one.cloud_cover_percent for one in ahead if one.cloud_cover_percent is not None]
    swing = _without_swing(ahead)
    parts = [
        min(1.0, pstdev(values) / full)
        for values, full in ((cloud, CLOUD_PERCENT), (swing, TEMPERATURE_C))
        if len(values) >= _FEW
    ]
    return max(parts, default=None)


def _without_swing(weather: Sequence[WeatherSlot]) -> list[float]:
    """Temperatures less the mean at their time of day, where two days are known [°C]."""
    by_time: dict[tuple[int, int], list[float]] = {}
    for one in weather:
        if one.temperature_c is not None:
            time = (one.start.hour, one.start.minute)
            by_time.setdefault(time, []).append(one.temperature_c)
    return [
        value - fmean(values) for values in by_time.values() if len(values) > 1 for value in values
    ]


def widening(restless: float | None) -> float:
    """Factor on everything unsure in weather so `restless`."""
    return 1.0 + WIDENING * (restless or 0.0)


def volatility_rule(restless: float | None, *, matters: bool) -> list[RuleEffect]:
    """What restless weather changed, where something that it widens is in use."""
    if restless is None or restless < _SHOWN or not matters:
        return []
    more = 100 * (widening(restless) - 1)
    return [
        RuleEffect(
            rule="weather_volatility",
            changed=f"takes forecasts for {more:.0f} % less sure",
            reason=f"clouds and temperature ahead are {100 * restless:.0f} % restless",
        )
    ]
