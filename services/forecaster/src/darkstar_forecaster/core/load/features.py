"""What the trained corrector looks at. Powers are multiples of this house's own mean power."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from darkstar_forecaster.core.load.base import LEVEL_DAYS, Base, View, based
from darkstar_forecaster.core.load.calendar import SLOTS_A_DAY, Integers, weekdays
from darkstar_forecaster.core.load.grid import Floats, Grid
from darkstar_forecaster.core.load.house import House, viewed
from darkstar_forecaster.core.load.line import NOTHING, Line
from darkstar_forecaster.core.load.same_slot import Days, means, weights

HALF_LIVES = (2.0, 4.0, 10.0, 30.0)
SCALE_DAYS = 28
_SAME_KIND_DAYS = 15
_WEEK = 7
_SAME_WEEKDAY = 8.0
"""How much more the same day of the week counts than another of its kind."""
_HIGH = 1.5
"""Multiple of the mean power from which something large runs."""
_DECAYS_HOURS = (0.7, 1.5, 3.0, 6.0)
_LEAST_KW = 0.01


WEATHER = ("temperature", "warmer_than_day", "warmer_than_week", "irradiance", "sunny_day")
"""Features that rest on a weather forecast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenery:
    """The past of a house and what else goes by place.

    Attributes:
        house: local time and days off.
        grid: the past as it was known at some moment.
        before: for each row of the grid what the days before it let expect [kW].
        temperature: past and forecast [°C].
        irradiance: past and forecast [W/m²].
        vacation: 1 where the house was on vacation.
        alarm: 1 where the alarm was armed.
    """

    house: House
    grid: Grid
    before: Floats
    temperature: Line = NOTHING
    irradiance: Line = NOTHING
    vacation: Line = NOTHING
    alarm: Line = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Slots as the corrector sees them.

    Attributes:
        view: the slots and the past.
        base: what it corrects.
        scale: this house's mean power [kW].
        table: features, a row for each slot.
    """

    view: View
    base: Base
    scale: float
    table: pl.DataFrame


def examples(scenery: Scenery, end: int, wanted: Integers) -> Examples:
    """Features of the slots at `wanted` as they are known when the slot at `end` begins."""
    grid = scenery.grid.until(end)
    away = scenery.vacation.at(np.array([end - 1]))[0] == 1
    before = scenery.before[: len(grid.kw)]
    view = viewed(scenery.house, grid, before, wanted, away=bool(away))
    base = based(view)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the mean of nothing is unknown
        scale = max(_LEAST_KW, float(np.nanmean(grid.kw[-SCALE_DAYS:])))
        powers = {**_curves(view, base), **_lags(view), **_recent(view, scale)}
        plain = _plain(scenery, view, base)
    table = {name: values / scale for name, values in powers.items()} | plain
    columns = {one: np.broadcast_to(table[one], len(wanted)) for one in sorted(table)}
    return Examples(view=view, base=base, scale=scale, table=pl.DataFrame(columns))


def _curves(view: View, base: Base) -> dict[str, Floats]:
    """Means of the same slots, by how far back they look and how much the kind of day counts."""
    kw, past, target = view.grid.kw, view.past, view.target
    found = {
        f"same_kind_{half:g}": means(weights(view.ages, past, target, half_life=half), kw)
        for half in HALF_LIVES
    }
    alike = Days(free=np.zeros_like(past.free), away=past.away)
    every = Days(free=np.zeros_like(target.free), away=target.away)
    found["all_days"] = means(weights(view.ages, alike, every, half_life=5.0), kw)
    same = np.where(weekdays(view.days)[:, None] == weekdays(view.grid.days), _SAME_WEEKDAY, 1.0)
    found["weekday"] = means(weights(view.ages, past, target, half_life=25.0) * same, kw)
    for step in (-4, -2, 2, 4):
        found[f"base_{step:+d}"] = np.roll(base.curves, -step, axis=1)
    for width in (2, 4):
        near = [np.roll(base.curves, step, axis=1) for step in range(-width, width + 1)]
        found[f"base_smooth_{width}"] = np.mean(near, axis=0)
    return {name: view.spread(curves) for name, curves in found.items()} | {"base_power": base.mean}


def _lags(view: View) -> dict[str, Floats]:
    """Single past slots of the same time of day, and how they spread."""
    grid, wanted = view.grid, view.wanted
    found: dict[str, Floats] = {}
    for name, period in (("lag_day", SLOTS_A_DAY), ("lag_week", _WEEK * SLOTS_A_DAY)):
        back = (wanted - grid.end) // period + 1
        for number in range(2):
            found[f"{name}_{number + 1}"] = grid.at(wanted - (back + number) * period)
    kinds = {kind: _same_kind(grid, view.past, kind) for kind in set(view.target.free.tolist())}
    for name in _same_kind_names(kinds):
        curves = np.stack([kinds[bool(free)][name] for free in view.target.free])
        found[name] = view.spread(curves)
    return found


def _same_kind_names(kinds: Mapping[bool, Mapping[str, Floats]]) -> tuple[str, ...]:
    return tuple(next(iter(kinds.values())))


def _same_kind(grid: Grid, past: Days, free: bool) -> Mapping[str, Floats]:
    """Of the last days of that kind, by time of day."""
    rows = np.flatnonzero(past.free[: len(grid.kw)] == free)[-_SAME_KIND_DAYS - 1 :]
    if grid.end % SLOTS_A_DAY and len(rows) and rows[-1] == len(grid.kw) - 1:
        last = rows[:-1]  # today is not whole
    else:
        last = rows
    nothing = np.full(SLOTS_A_DAY, np.nan)
    kw = grid.kw[rows] if len(rows) else nothing[None]
    three = np.nanmean(grid.kw[last[-3:]], axis=0) if len(last) else nothing
    return {
        "kind_1": grid.kw[last[-1]] if len(last) else nothing,
        "kind_2": grid.kw[last[-2]] if len(last) > 1 else nothing,
        "kind_mean": three,
        "kind_earlier": np.roll(three, 2),
        "kind_later": np.roll(three, -2),
        **{f"kind_p{level}": _ranked(kw, level / 100) for level in (20, 50, 80)},
        "kind_spread": np.nanstd(kw, axis=0),
    }


def _ranked(kw: Floats, level: float) -> Floats:
    """The value at a level of each column; of what is known."""
    known = np.isfinite(kw).sum(axis=0)
    at = np.round(level * np.maximum(known - 1, 0)).astype(np.int64)
    return np.asarray(np.take_along_axis(np.sort(kw, axis=0), at[None], axis=0)[0])


def _recent(view: View, scale: float) -> dict[str, Floats]:
    """How the last slots and days went, and how that differs from what was expected."""
    grid, before, wanted = view.grid, view.before, view.wanted
    stop = grid.end - grid.first * SLOTS_A_DAY
    actual = grid.kw.ravel()[:stop]
    surprise = actual - before.ravel()[:stop]
    found: dict[str, Floats] = {}
    for number in range(4):
        pair = surprise[stop - 2 * number - 2 : stop - 2 * number]
        found[f"surprise_{number + 1}"] = np.asarray(np.nanmean(pair))
    found["surprise_2h"] = np.asarray(np.nanmean(surprise[-8:]))
    found["surprise_6h"] = np.asarray(np.nanmean(surprise[-24:]))
    found["last"] = np.asarray(np.nanmean(actual[-2:]))
    found["last_2h"] = np.asarray(np.nanmean(actual[-8:]))
    now = np.nan_to_num(np.nanmean(surprise[-2:]))
    for decay in _DECAYS_HOURS:
        found[f"carried_{decay:g}h"] = now * np.exp(-view.lead_hours / decay)
    run = _run(actual, _HIGH * scale)
    found["run_level"] = np.asarray(np.nanmean(actual[-run:]) if run else 0.0)
    for count in (1, 7):
        found[f"level_{count}d"] = np.asarray(np.nanmean(actual[-count * SLOTS_A_DAY :]))
    found["least_1d"] = np.asarray(np.nanmin(actual[-SLOTS_A_DAY:]))
    # of the latest whole days, by the time of the slot
    back = (wanted - grid.end) // SLOTS_A_DAY + 1
    index = wanted - back * SLOTS_A_DAY - grid.first * SLOTS_A_DAY
    same = np.stack([_taken(surprise, index - day * SLOTS_A_DAY) for day in range(3)])
    found["surprise_same_1"] = same[0]
    found["surprise_same_3"] = np.nanmean(same, axis=0)
    return found


def _taken(values: Floats, index: Integers) -> Floats:
    inside = (index >= 0) & (index < len(values))
    return np.where(inside, values[np.where(inside, index, 0)], np.nan)


def _run(actual: Floats, above: float) -> int:
    """For how many slots, up to now, the load has been above some power."""
    low = np.flatnonzero(~(actual[-SLOTS_A_DAY:] > above))
    return min(len(actual), SLOTS_A_DAY) - 1 - int(low[-1]) if len(low) else len(actual)


def _plain(scenery: Scenery, view: View, base: Base) -> dict[str, Floats]:
    """What is no power: time, kind of day, levels as ratios, temperature, flags."""
    wanted, end = view.wanted, view.grid.end
    days = wanted // SLOTS_A_DAY
    around = {
        name: scenery.house.ahead(days + step, away=False).free.astype(np.float64)
        for name, step in (("free_before", -1), ("free_after", 1))
    }
    ratios = {
        f"level_ratio_{span}": np.asarray(ratio)
        for span, ratio in zip(LEVEL_DAYS, base.ratios, strict=True)
    }
    warm = scenery.temperature
    return {
        **around,
        **ratios,
        "time": (wanted % SLOTS_A_DAY).astype(np.float64),
        "weekday_number": weekdays(days).astype(np.float64),
        "free": view.target.free[view.row].astype(np.float64),
        "away": view.target.away[view.row].astype(np.float64),
        "alarm": scenery.alarm.at(np.array([end - 1])),
        "lead_hours": view.lead_hours,
        "often_high": _often_high(view.grid)[wanted % SLOTS_A_DAY],
        "temperature": warm.at(wanted),
        "warmer_than_day": warm.at(wanted) - warm.mean(end - SLOTS_A_DAY, end),
        "warmer_than_week": warm.at(wanted) - warm.mean(end - _WEEK * SLOTS_A_DAY, end),
        "irradiance": scenery.irradiance.at(wanted),
        "sunny_day": np.array([_of_day(scenery.irradiance, day) for day in view.days])[view.row],
    }


def _of_day(known: Line, day: int) -> float:
    return known.mean(int(day) * SLOTS_A_DAY, (int(day) + 1) * SLOTS_A_DAY)


def _often_high(grid: Grid) -> Floats:
    """On which share of the last two weeks' days something large ran, by time of day."""
    recent = grid.kw[-2 * _WEEK :]
    known = np.isfinite(recent).sum(axis=0)
    high = (recent > _HIGH * np.nanmean(recent)).sum(axis=0)
    return np.where(known > 0, high / np.maximum(known, 1), np.nan)
