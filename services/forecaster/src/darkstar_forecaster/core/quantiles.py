"""Load and PV ahead, from the same slots of the past weeks.

Every past slot votes for the slots ahead that resemble it: the same time of day counts
most, its neighbours half, other weekdays less, and older days less than recent ones. The
quantiles are those of the weighted votes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

import polars as pl

from darkstar_common.contract import QuantileSlot
from darkstar_common.slots import SLOT, slots

Quantity: TypeAlias = Literal["load", "pv"]

INFANT_BELOW, GRADUATE_FROM = 4, 14
"""Days of history that part the levels [days]."""
SLOTS_A_DAY = 96
_WEEK = 7
_LEVELS = (0.1, 0.5, 0.9)
_NEIGHBOURS = {-1: 0.5, 0: 1.0, 1: 0.5}
"""Weight of a vote by how many slots it is away."""
_OTHER_KIND_OF_DAY = 0.35
"""Weight of a working day for a weekend and the other way round."""
_HALF_LIFE = {"load": 14.0, "pv": 10.0}
"""Age at which a vote counts half [days]; the sun's path changes faster than habits."""
_REACH = 4
"""A time of day that was never seen borrows from others up to so many slots away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Quantiles by slot, and what they rest on."""

    slots: tuple[QuantileSlot, ...]
    level: str
    model_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoForecast:
    """There is too little history to say anything."""

    reason: str
    """A sentence for people."""


def level(days: float) -> str:
    """How much of a house is known after so many days of history, in a word."""
    if days < INFANT_BELOW:
        return "infant"
    return "statistician" if days < GRADUATE_FROM else "graduate"


def model_version(days: float) -> str:
    """The step that so many days of history allow, as the forecast names it."""
    return "same-slot-past-weeks-1" if days >= _WEEK else "same-slot-past-days-1"


def forecast(
    quantity: Quantity,
    past_kw: Mapping[datetime, float],
    now: datetime,
    horizon: timedelta,
    zone: ZoneInfo,
) -> Forecast | NoForecast:
    """Quantiles of the mean power in each slot from `now` to `horizon` ahead [kW].

    Args:
        quantity: People live by local time and weekdays, the sun by neither: load votes by
            local time and kind of day, PV by UTC and for every day alike.
        past_kw: Power by slot start [kW]; what is not before `now` is not looked at.
        now: Issue time.
        horizon: How far ahead.
        zone: Local time.

    Returns:
        The forecast; or why there is none, when some time of the day was never seen.
    """
    known = {start: kw for start, kw in past_kw.items() if start < now}
    days = len(known) / SLOTS_A_DAY
    by_wall = quantity == "load"
    weekly = by_wall and days >= _WEEK
    past = _frame(known, zone, by_wall=by_wall)
    missing = _unseen(past)
    if missing:
        return NoForecast(
            reason=f"no {quantity} forecast yet: the history covers "
            f"{SLOTS_A_DAY - missing} of {SLOTS_A_DAY} quarter hours of the day"
        )
    votes = _votes(past, now, _HALF_LIFE[quantity])
    curves = {kind: _curve(votes, kind if weekly else None) for kind in (False, True)}
    if quantity == "pv":
        dark = frozenset(past.group_by("tod").agg(pl.col("kw").max() <= 0).filter("kw")["tod"])
        curves = {kind: _darkened(curve, dark) for kind, curve in curves.items()}
    ahead = slots(now, horizon // SLOT)
    places = _frame(dict.fromkeys(ahead, 0.0), zone, by_wall=by_wall)
    return Forecast(
        slots=tuple(
            _slot(start, curves[weekend][tod])
            for start, tod, weekend in places.select("start", "tod", "weekend").iter_rows()
        ),
        level=level(days),
        model_version=model_version(days),
    )


_Curve: TypeAlias = dict[int, tuple[float, float, float]]


def _frame(power: Mapping[datetime, float], zone: ZoneInfo, *, by_wall: bool) -> pl.DataFrame:
    """Columns start, kw, tod (slot of the day, 0 to 95) and weekend."""
    starts = pl.Series("start", list(power), dtype=pl.Datetime("us", "UTC"))
    kw = pl.Series("kw", list(power.values()), dtype=pl.Float64)
    clock = pl.col("start").dt.convert_time_zone(zone.key if by_wall else "UTC")
    minute = clock.dt.hour().cast(pl.Int32) * 60 + clock.dt.minute().cast(pl.Int32)
    return pl.DataFrame([starts, kw]).with_columns(
        tod=minute // 15,
        weekend=clock.dt.weekday() >= 6,  # noqa: PLR2004 (Saturday)
    )


def _unseen(past: pl.DataFrame) -> int:
    """How many slots of the day have no vote within reach."""
    seen = set(past["tod"])
    near = range(-_REACH, _REACH + 1)
    return sum(
        not any((tod + step) % SLOTS_A_DAY in seen for step in near) for tod in range(SLOTS_A_DAY)
    )


def _votes(past: pl.DataFrame, now: datetime, half_life: float) -> pl.DataFrame:
    """Each past slot as a vote for its own time of day and the neighbours."""
    age_days = (pl.lit(now) - pl.col("start")).dt.total_minutes() / (24 * 60)
    aged = past.with_columns(weight=0.5 ** (age_days / half_life))
    own = [
        aged.with_columns(tod=(pl.col("tod") + step) % SLOTS_A_DAY, weight=pl.col("weight") * share)
        for step, share in _NEIGHBOURS.items()
    ]
    return pl.concat([*own, _borrowed(aged)])


def _borrowed(aged: pl.DataFrame) -> pl.DataFrame:
    """Votes for times of day that were never seen, from the nearest that were."""
    seen = set(aged["tod"])
    return pl.concat(
        [
            aged.filter(pl.col("tod") == _nearest(tod, seen)).with_columns(
                tod=pl.lit(tod, dtype=pl.Int32)
            )
            for tod in range(SLOTS_A_DAY)
            if tod not in seen
        ]
        or [aged.clear()]
    )


def _nearest(tod: int, seen: set[int]) -> int:
    return min(seen, key=lambda one: min((one - tod) % SLOTS_A_DAY, (tod - one) % SLOTS_A_DAY))


def _curve(votes: pl.DataFrame, weekend: bool | None) -> _Curve:
    """p10, p50 and p90 by slot of the day [kW]; for one kind of day, if one is asked for."""
    counted = votes
    if weekend is not None:
        share = pl.when(pl.col("weekend") == weekend).then(1.0).otherwise(_OTHER_KIND_OF_DAY)
        counted = votes.with_columns(weight=pl.col("weight") * share)
    ranked = counted.sort("tod", "kw").with_columns(
        rank=(pl.col("weight").cum_sum() - pl.col("weight") / 2).over("tod")
        / pl.col("weight").sum().over("tod")
    )
    found = ranked.group_by("tod").agg(
        pl.col("kw")
        .filter(pl.col("rank") >= share)
        .first()
        .fill_null(pl.col("kw").max())
        .alias(str(share))
        for share in _LEVELS
    )
    return {tod: (low, middle, high) for tod, low, middle, high in found.iter_rows()}


def _darkened(curve: _Curve, dark: Iterable[int]) -> _Curve:
    """Without the glow that neighbours lend to times at which the sun never shone."""
    return curve | dict.fromkeys(dark, (0.0, 0.0, 0.0))


def _slot(start: datetime, kw: tuple[float, float, float]) -> QuantileSlot:
    low, middle, high = (round(one, 4) for one in kw)
    return QuantileSlot(start=start, p10_kw=low, p50_kw=middle, p90_kw=high)
