"""A made-up market whose habits a test knows."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from darkstar_common.config import Config
from darkstar_common.slots import day_slots, local_day, slots_between
from darkstar_forecaster.core.method import Trained
from darkstar_forecaster.core.price.method import Price
from darkstar_forecaster.core.situation import PAST, SPOTS, WEATHER, Situation, empty

STOCKHOLM = ZoneInfo("Europe/Stockholm")
HOUSE = Config.model_validate({"timezone": STOCKHOLM.key, "household": {"country": "SE"}})
MONDAY = date(2026, 3, 2)
DAY = timedelta(days=1)
DAYS = 70
"""That are learned from."""
QUICK = Price(rounds=30)
"""Learns less, in a fraction of a second."""
Habit = Callable[[datetime], float]
"""From local time to the price [currency/kWh]."""


def habit(local: datetime) -> float:
    """Dear in the evening, cheap at night and at weekends."""
    daily = math.cos((local.hour - 19) / 24 * 2 * math.pi)
    return 0.6 + 0.3 * daily - 0.2 * (local.weekday() >= 5)


def published(
    days: int,
    until: date,
    price: Habit = habit,
    *,
    noise: float = 0.0,
    zone: ZoneInfo = STOCKHOLM,
) -> pl.DataFrame:
    """Prices of the `days` local days that end with `until`, as SPOTS.

    With `noise`, each day as a whole is off by a random amount [currency/kWh].
    """
    start, _ = local_day(until - (days - 1) * DAY, zone)
    _, end = local_day(until, zone)
    starts = slots_between(start, end)
    chance = np.random.default_rng(1)
    off = {until - back * DAY: chance.normal(0, noise) if noise else 0.0 for back in range(days)}
    local = [one.astimezone(zone) for one in starts]
    values = [price(one) + off[one.date()] for one in local]
    return pl.DataFrame({"start": starts, "spot_per_kwh": values}, schema=dict(SPOTS))


def known(
    spots: pl.DataFrame, day: date = MONDAY, weather: pl.DataFrame | None = None
) -> Situation:
    """What is known at two in the afternoon of `day`."""
    now = datetime.combine(day, time(14), tzinfo=STOCKHOLM).astimezone(UTC)
    return Situation(
        now=now,
        past=empty(PAST),
        weather=empty(WEATHER) if weather is None else weather,
        spots=spots,
    )


def coming(first: date, days: int = 1, zone: ZoneInfo = STOCKHOLM) -> list[datetime]:
    """The slots of `days` local days."""
    return [start for number in range(days) for start in day_slots(first + number * DAY, zone)]


@cache
def learned() -> Trained:
    """What there is to learn of some days of the market, each off by its own amount."""
    found = QUICK.train(known(published(DAYS, MONDAY + DAY, noise=0.1)), HOUSE)
    assert isinstance(found, Trained)
    return found


def windy(until: date, days: int, strength: Callable[[date], float]) -> pl.DataFrame:
    """Weather in which only the wind changes from day to day, as WEATHER."""
    start, _ = local_day(until - (days - 1) * DAY, STOCKHOLM)
    starts = slots_between(start, local_day(until, STOCKHOLM)[1])
    frame = pl.DataFrame(
        {
            "start": starts,
            "temperature_c": [5.0] * len(starts),
            "irradiance_w_per_m2": [100.0] * len(starts),
            "wind_m_per_s": [strength(one.astimezone(STOCKHOLM).date()) for one in starts],
        },
        schema={
            name: WEATHER[name]
            for name in ("start", "temperature_c", "irradiance_w_per_m2", "wind_m_per_s")
        },
    )
    return pl.concat([empty(WEATHER), frame], how="diagonal")
