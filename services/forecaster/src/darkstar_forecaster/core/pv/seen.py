"""The past as PV is learned from it: each slot with its sky, its weather and its worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np
import polars as pl

from darkstar_common.config import Config
from darkstar_common.config.forecasting import Location
from darkstar_forecaster.core.pv import roof as roofs
from darkstar_forecaster.core.pv.panels import Air, air
from darkstar_forecaster.core.pv.roof import Lesson, Roof
from darkstar_forecaster.core.pv.sky import Floats, Light, Sky, light, sky
from darkstar_forecaster.core.pv.truth import Flags, teachable
from darkstar_forecaster.core.situation import TIME, WEATHER, Situation

HALF_LIFE_DAYS: Final = 60.0
"""At this age a slot counts half for how the panels lie [days]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Slots with their sky and what lies between it and the panels."""

    over: Sky
    lit: Light
    around: Air


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the past shows of the panels.

    Attributes:
        past: as PAST, with `day` and `spot_per_kwh`; daylight only.
        scene: of each of its slots.
        roof: what is believed of the panels; None: unknown.
        expected: what they should have given [kW].
        fit: whether the slot teaches anything of them.
        days: on how many days one did.
    """

    past: pl.DataFrame
    scene: Scene
    roof: Roof | None
    expected: Floats
    fit: Flags
    days: int = field(default=0)


def scene(starts: Sequence[datetime] | pl.Series, weather: pl.DataFrame, where: Location) -> Scene:
    """The slots that begin at `starts`, with what `weather` knows of them."""
    times = pl.DataFrame({"start": pl.Series("start", starts, dtype=TIME)})
    rows = times.join(weather.select(list(WEATHER)), on="start", how="left", maintain_order="left")
    over = sky(times["start"], where)
    return Scene(over=over, lit=light(rows, over), around=air(rows))


def seen(known: Situation, config: Config, where: Location, roof: Roof | None = None) -> Seen:
    """The past of `known`, by what it shows of the panels.

    Args:
        known: What is known.
        config: Of the house.
        where: Its place.
        roof: What is believed of the panels; None: it is learned here. Without one to expect
            anything of, all slots are taken first; the roof that they show tells which of
            them to leave out.
    """
    past = known.past.filter(pl.col("start") < known.now).join(
        known.spots, on="start", how="left", maintain_order="left"
    )
    past = past.with_columns(day=pl.Series(roofs.frame_days(past["start"], where.longitude)))
    whole = scene(past["start"], known.weather, where)
    bright = whole.over.clear.whole > 0
    past, whole = past.filter(pl.Series(bright)), _part(whole, bright)
    given = past["pv_kw"].fill_null(float("nan")).to_numpy()
    age = float(roofs.frame_days(pl.Series([known.now], dtype=TIME), where.longitude)[0])
    weight = 0.5 ** ((age - past["day"].to_numpy()) / HALF_LIFE_DAYS)
    believed = roof or roofs.as_configured(config)
    expected = np.full(past.height, np.nan)
    fit = np.isfinite(given)
    for _ in range(1 if roof else 2):
        if believed is not None:
            expected = believed.power(whole.over, whole.lit, whole.around)
        most = believed.clear_power_kw if believed else _most(given)
        fit = teachable(past, expected, most, config)
        if roof is None:
            believed = roofs.learned(config, _lesson(past, whole, given, weight, fit))
    if believed is not None:
        expected = believed.power(whole.over, whole.lit, whole.around)
    return Seen(
        past=past,
        scene=whole,
        roof=believed,
        expected=expected,
        fit=fit,
        days=past.filter(pl.Series(fit))["day"].n_unique(),
    )


def _lesson(past: pl.DataFrame, whole: Scene, given: Floats, weight: Floats, fit: Flags) -> Lesson:
    taught = fit & np.isfinite(whole.lit.whole)
    part = _part(whole, taught)
    return Lesson(
        over=part.over,
        lit=part.lit,
        around=part.around,
        actual=given[taught],
        day=past["day"].to_numpy()[taught],
        weight=weight[taught],
    )


def _part(whole: Scene, where: Flags) -> Scene:
    """The slots for which `where` is true."""
    return Scene(
        over=Sky(
            zenith=whole.over.zenith[where],
            azimuth=whole.over.azimuth[where],
            extra=whole.over.extra[where],
            day=whole.over.day[where],
            clear=_lit(whole.over.clear, where),
        ),
        lit=_lit(whole.lit, where),
        around=Air(temperature=whole.around.temperature[where], wind=whole.around.wind[where]),
    )


def _lit(lit: Light, where: Flags) -> Light:
    return Light(whole=lit.whole[where], direct=lit.direct[where], diffuse=lit.diffuse[where])


def _most(given: Floats) -> float:
    known = given[np.isfinite(given)]
    return float(known.max()) if len(known) else 1.0
