"""How much hot water people want: a seeded daily habit with showers in the morning and evening."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from darkstar_common.slots import SLOT, slot_start

_WEIGHT_BY_HOUR: Mapping[int, float] = {
    6: 3.0, 7: 5.0, 8: 3.0, 9: 1.0, 12: 1.0, 13: 0.7, 16: 0.7, 17: 1.5, 18: 2.5, 19: 2.5,
    20: 2.0, 21: 2.5, 22: 1.5, 23: 0.3,
}  # fmt: skip
_EVENTS_PER_DAY = 14
_SPREAD = 0.35


def draw_kw(moment: datetime, *, seed: int, kwh_per_day: float, timezone: ZoneInfo) -> float:
    """The heat wanted in the slot that holds `moment`, as mean power over the slot [kW].

    Args:
        moment: any moment, aware.
        seed: the household; the same seed wants the same on the same day.
        kwh_per_day: mean heat per day [kWh]; single days differ by about a third.
        timezone: where people get up in the morning.
    """
    start = slot_start(moment)
    day = start.astimezone(timezone).date()
    return kwh_per_day * _day(day, seed, timezone).get(start, 0.0) / (SLOT / timedelta(hours=1))


@lru_cache(maxsize=8)
def _day(day: date, seed: int, timezone: ZoneInfo) -> Mapping[datetime, float]:
    """The share of a mean day's heat wanted in each slot of `day` that wants any."""
    dice = random.Random(seed * 1_000_003 + day.toordinal())  # noqa: S311 (a habit, not a secret)
    total = max(0.3, dice.gauss(1.0, _SPREAD))
    hours = dice.choices(
        tuple(_WEIGHT_BY_HOUR), weights=tuple(_WEIGHT_BY_HOUR.values()), k=_EVENTS_PER_DAY
    )
    sizes = [dice.expovariate(1.0) for _ in hours]
    wanted: dict[datetime, float] = {}
    for hour, size in zip(hours, sizes, strict=True):
        clock = datetime.combine(day, time(hour, 15 * dice.randrange(4)), tzinfo=timezone)
        slot = slot_start(clock.astimezone(UTC))
        wanted[slot] = wanted.get(slot, 0.0) + total * size / sum(sizes)
    return wanted
