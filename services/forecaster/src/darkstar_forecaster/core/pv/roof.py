"""What is believed of the panels: as configured, or as the past shows them.

Panels are often not what the file says: fewer, turned elsewhere, shaded. So their level is
learned apart from their geometry, and where a mixture of other planes explains the past
clearly better, that mixture takes their place, and people are told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import BaseModel, ConfigDict

from darkstar_common.config import Config
from darkstar_common.config.forecasting import SolarArray
from darkstar_forecaster.core.pv.panels import Air, ceiling, power
from darkstar_forecaster.core.pv.sky import Floats, Light, Sky

SECTOR: Final = 15.0
"""Width of the sectors of the sun's azimuth that shade is learned by [°]."""
CORRECTION: Final = 0.5
"""No correction changes what physics expects by a larger share."""
_LEVELS = (0.1, 3.0)
"""Bounds of the level."""
_AS_TOLD = (0.75, 1.25)
"""Levels of panels that are as the file says, or nearly so."""
_TRUST_AFTER = 3.0
"""A sector counts half its own after so many hours at full power [h]."""
_PLANES = (
    SolarArray(kwp=1.0, tilt=5.0, azimuth=180.0),
    *(
        SolarArray(kwp=1.0, tilt=float(tilt), azimuth=float(azimuth))
        for tilt in (25, 55)
        for azimuth in range(0, 360, 45)
    ),
)
"""One kilowatt each, looking all around; mixtures of them stand for any roof."""
_FEWEST_DAYS = 4
"""From so many days on, the past is asked how the panels lie [days]."""
_CLEARLY_BETTER = 0.85
"""So much of the configured panels' error, on other days, shows that they lie otherwise."""
_SMALLEST = 0.02
"""A plane with a smaller share of the whole is left out."""


class Roof(BaseModel):
    """What is believed of the panels."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    arrays: tuple[SolarArray, ...]
    """As configured, or others that explain the past better."""
    source: Literal["configured", "learned"]
    """Which of the two."""
    level: float = 1.0
    """What they give as a share of what `arrays` should."""
    sectors: tuple[float, ...] = ()
    """The same by where the sun stands, each SECTOR degrees wide from north on; empty: alike."""
    most_kw: float
    """What they never give more than [kW]."""

    def power(self, over: Sky, lit: Light, around: Air) -> Floats:
        """What the panels give in this light [kW]; NaN where it is unknown."""
        return np.clip(
            self.unshaded(over, lit, around) * self.level * self.shade(over), 0.0, self.most_kw
        )

    def unshaded(self, over: Sky, lit: Light, around: Air) -> Floats:
        """The same, as physics alone has it."""
        given = [power(one, over, lit, around) for one in self.arrays]
        return np.asarray(np.sum(given, axis=0))

    def shade(self, over: Sky) -> Floats:
        """Learned share by sector, joined by straight lines around the compass."""
        if not self.sectors:
            return np.ones_like(over.azimuth)
        middles = SECTOR * (np.arange(len(self.sectors)) + 0.5)
        return np.interp(over.azimuth, middles, self.sectors, period=360.0)

    @property
    def clear_power_kw(self) -> float:
        """What they give at most, or nearly so [kW]."""
        return float(min(self.level * sum(one.kwp for one in self.arrays), self.most_kw))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """Slots of the past from which the roof is learned, as vectors.

    Attributes:
        over: sky.
        lit: light.
        around: air.
        actual: measured power [kW].
        day: number of the day of each slot.
        weight: how much each counts.
    """

    over: Sky
    lit: Light
    around: Air
    actual: Floats
    day: Floats
    weight: Floats


def as_configured(config: Config) -> Roof | None:
    """The panels of the file; None where it names none."""
    arrays = config.solar.arrays
    if not arrays:
        return None
    return Roof(arrays=arrays, source="configured", most_kw=ceiling(config, arrays))


def learned(config: Config, seen: Lesson) -> Roof | None:
    """The panels as the past shows them; None where neither file nor past say enough."""
    configured = as_configured(config)
    if len(np.unique(seen.day)) < _FEWEST_DAYS:
        return configured
    planes = np.stack([power(one, seen.over, seen.lit, seen.around) for one in _PLANES], axis=1)
    found = _mixture(config, seen, planes, np.ones_like(seen.day, dtype=np.bool_))
    if configured is None:
        return None if found is None else _shaded(found, seen)
    if found is not None and _is_otherwise(config, configured, seen, planes):
        return _shaded(found, seen)
    return _shaded(_levelled(configured, seen), seen)


def _is_otherwise(config: Config, configured: Roof, seen: Lesson, planes: Floats) -> bool:
    """Whether planes learned on some days tell others clearly better than the file does."""
    taught = seen.day % 2 == 0
    found = _mixture(config, seen, planes, taught)
    if found is None or taught.all():
        return False
    known = _levelled(configured, seen, taught)
    off_found, off_known = (
        np.sum(
            (seen.weight * np.abs(one.power(seen.over, seen.lit, seen.around) - seen.actual))[
                ~taught
            ]
        )
        for one in (found, known)
    )
    return bool(off_found < _CLEARLY_BETTER * off_known)


def _levelled(roof: Roof, seen: Lesson, where: npt.NDArray[np.bool_] | None = None) -> Roof:
    """With the level at which the whole past agrees."""
    counted = seen.weight if where is None else seen.weight * where
    expected = roof.unshaded(seen.over, seen.lit, seen.around)
    total = float(np.sum(counted * expected))
    level = float(np.sum(counted * seen.actual)) / total if total > 0 else 1.0
    return roof.model_copy(update={"level": float(np.clip(level, *_LEVELS))})


def _shaded(roof: Roof, seen: Lesson) -> Roof:
    """With the share of each sector, drawn towards the whole where little was seen."""
    expected = roof.power(seen.over, seen.lit, seen.around)
    sector = (seen.over.azimuth // SECTOR).astype(int)
    count = int(360 / SECTOR)
    given, due = (
        np.bincount(sector, seen.weight * one, minlength=count) for one in (seen.actual, expected)
    )
    prior = _TRUST_AFTER * 4 * roof.clear_power_kw
    share = np.clip((given + prior) / (due + prior), 1 - CORRECTION, 1 + CORRECTION)
    return roof.model_copy(update={"sectors": tuple(round(float(one), 4) for one in share)})


def _mixture(
    config: Config, seen: Lesson, planes: Floats, where: npt.NDArray[np.bool_]
) -> Roof | None:
    """Planes whose sum comes nearest to the past; None where it shows no sun."""
    counted = np.sqrt(seen.weight * where)
    weights = not_negative(planes * counted[:, None], seen.actual * counted)
    whole = float(weights.sum())
    if whole <= 0:
        return None
    arrays = tuple(
        one.model_copy(update={"kwp": round(float(weight), 4)})
        for one, weight in zip(_PLANES, weights, strict=True)
        if weight > _SMALLEST * whole
    )
    limits = config.solar.arrays
    most = ceiling(config, limits) if limits else min(1.2 * whole, ceiling(config, ()))
    return _levelled(Roof(arrays=arrays, source="learned", most_kw=most), seen, where)


def not_negative(columns: Floats, target: Floats, rounds: int = 300) -> Floats:
    """Least squares with no weight below zero, by one coordinate after the other."""
    gram = columns.T @ columns
    gram[np.diag_indices_from(gram)] *= 1 + 1e-6
    aim = columns.T @ target
    weights = np.zeros(len(aim))
    for _ in range(rounds):
        for at in np.flatnonzero(np.diag(gram) > 0):
            step = (aim[at] - gram[at] @ weights) / gram[at, at]
            weights[at] = max(0.0, weights[at] + step)
    return weights


def remarks(roof: Roof, config: Config) -> tuple[str, ...]:
    """What people should know of how the panels differ from the file."""
    told = ""
    if roof.source == "learned" and config.solar.arrays:
        told = (
            "the panels give as if they lay otherwise than solar.arrays says: "
            f"{_planes(roof)}; put tilt, azimuth and kwp right if that is so"
        )
    elif roof.source == "configured" and not _AS_TOLD[0] <= roof.level <= _AS_TOLD[1]:
        told = (
            f"the panels give {roof.level:.0%} of what solar.arrays would; "
            "put kwp right, or find what shades or soils them"
        )
    return (told,) if told else ()


def _planes(roof: Roof) -> str:
    most = max(roof.arrays, key=lambda one: one.kwp)
    whole = roof.level * sum(one.kwp for one in roof.arrays)
    return f"{whole:.1f} kWp in all, most of them tilted {most.tilt:g}° to {most.azimuth:g}°"


def frame_days(starts: pl.Series, longitude: float) -> Floats:
    """Number of the solar day of each slot, counted from 1970."""
    hours = starts.dt.epoch("s").to_numpy() / 3600 + longitude / 15
    return np.asarray(np.floor(hours / 24))
