"""A made-up home whose habits a test knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from darkstar_common.config import Config
from darkstar_common.slots import SLOT, day_slots, slots
from darkstar_forecaster.core.situation import PAST, SPOTS, WEATHER, Archive, Situation, empty

ZONE = ZoneInfo("Europe/Stockholm")
MONDAY = date(2026, 3, 2)
HOUSE = Config.model_validate({"timezone": ZONE.key})
Habit = Callable[[datetime], float]
"""From local time to power [kW]."""


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


def habit(local: datetime) -> float:
    """A morning on working days, a noon on weekends, an evening on all."""
    working = local.weekday() < 5
    morning = 1.0 * (working and 6 <= local.hour < 8)
    noon = 0.8 * (not working and 11 <= local.hour < 14)
    return 0.3 + morning + noon + 1.5 * (18 <= local.hour < 22)


def past(
    days: float,
    now: datetime,
    kw: Habit = habit,
    *,
    noise: float = 0.0,
    seed: int = 1,
) -> pl.DataFrame:
    """The slots of `days` before `now`, as PAST."""
    count = round(days * 96)
    starts = slots(now - count * SLOT, count)
    wobble = np.random.default_rng(seed).normal(0, noise, count) if noise else np.zeros(count)
    powers = [
        max(0.0, kw(one.astimezone(ZONE)) * (1 + part))
        for one, part in zip(starts, wobble, strict=True)
    ]
    frame = pl.DataFrame(
        {"start": starts, "load_kw": powers},
        schema={"start": PAST["start"], "load_kw": pl.Float64},
    )
    return pl.concat([empty(PAST), frame.with_columns(fit=pl.lit(value=True))], how="diagonal")


def known(
    days: float, now: datetime, kw: Habit = habit, *, noise: float = 0.0, seed: int = 1
) -> Situation:
    return situation(past(days, now, kw, noise=noise, seed=seed), now)


def situation(slots_past: pl.DataFrame, now: datetime) -> Situation:
    return Situation(now=now, past=slots_past, weather=empty(WEATHER), spots=empty(SPOTS))


def archive(slots_past: pl.DataFrame) -> Archive:
    return Archive(
        past=slots_past,
        weather=empty({**WEATHER, "issued_at": WEATHER["start"]}),
        spots=empty({**SPOTS, "published_at": SPOTS["start"]}),
    )


def day_ahead(now: datetime) -> tuple[datetime, ...]:
    """The slots of the local day that `now` is in."""
    return day_slots(now.astimezone(ZONE).date(), ZONE)


def week_ahead(now: datetime) -> tuple[datetime, ...]:
    return slots(now, 7 * 96)


def later(day: date, days: int) -> date:
    return day + timedelta(days=days)
