"""Weather made up to fit a measured past, for tests on houses whose weather nobody kept.

What the panels gave, as a share of the most they gave at that time of day within some weeks,
tells how clear the sky was. Forecasts of that clearness are wrong as real ones are (see
`errors`): each issue has errors of its own and some in common with the others, and they
grow with lead time. Nothing of a slot's forecast tells more than that about what was measured.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import numpy as np
import polars as pl

from darkstar_common.config.forecasting import Location
from darkstar_common.slots import SLOT, SLOT_HOURS
from darkstar_forecaster.core.pv import errors
from darkstar_forecaster.core.pv.sky import Floats, Sky, parted, sky
from darkstar_forecaster.core.situation import TIME, WEATHER

EVERY: Final = timedelta(hours=12)
"""Between issues; they come at 00:00 and 12:00 UTC, as those of weather models do."""
REACH: Final = timedelta(days=8)
"""How far an issue looks ahead."""
_WEEKS_AROUND = 15
"""The clearest of so many days on each side count as without clouds [days]."""
_CLEAR_DAYS = 0.92
"""Quantile of the power at a time of day that counts as of a clear sky."""
_IN_COMMON = 0.7
"""Correlation of the errors of two issues for one slot."""
_LOW_SUN = 40.0
"""Below this irradiance of a clear sky, power tells nothing of the clouds [W/m²]."""
_DAY = 96


def weather_like(
    past: pl.DataFrame, latitude: float, longitude: float, *, seed: int = 1
) -> pl.DataFrame:
    """Weather forecasts that fit what was measured.

    Args:
        past: As situation.PAST, at least two weeks of it.
        latitude: Of the house [° north].
        longitude: [° east].
        seed: Other seeds make other errors.

    Returns:
        As situation.WEATHER and `issued_at`; from a day before the past to its end.

    Raises:
        ValueError: The past is empty.
    """
    if past.is_empty():
        raise ValueError("no weather can be made to fit an empty past; give it some days of PV")
    measured = past.select("start", "pv_kw").sort("start")
    first: datetime = measured["start"][0]
    midnight = first.replace(hour=0, minute=0) - timedelta(days=1)
    days = (measured["start"][-1] - midnight) // timedelta(days=1) + 1
    starts = pl.datetime_range(
        midnight, midnight + days * timedelta(days=1) - SLOT, SLOT, eager=True
    )
    frame = pl.DataFrame({"start": starts.cast(TIME)}).join(measured, on="start", how="left")
    over = sky(frame["start"], Location(latitude=latitude, longitude=longitude))
    generator = np.random.default_rng(seed)
    true = clearness_of(frame["pv_kw"].to_numpy(), over)
    warm = _temperature(over, true, generator)
    wind = 3.5 * np.exp(0.5 * errors.drift(len(true), SLOT_HOURS, generator))
    common = errors.drift(len(true), SLOT_HOURS, generator)
    issues = []
    for begin in range(0, len(true), EVERY // SLOT):
        ahead = slice(begin, min(begin + REACH // SLOT, len(true)))
        issues.append(_issue(frame["start"], over, ahead, (true, common, warm, wind), generator))
    return pl.concat(issues).select([*WEATHER, "issued_at"])


def clearness_of(power: Floats, over: Sky) -> Floats:
    """How clear the sky was in each slot of whole UTC days, nights and gaps bridged."""
    high = over.clear.whole > _LOW_SUN
    share = np.where(high, power / np.where(high, over.clear.whole, 1.0), np.nan)
    by_day = share.reshape(-1, _DAY)
    best = np.full_like(by_day, np.nan)
    for day in range(len(by_day)):
        near = by_day[max(0, day - _WEEKS_AROUND) : day + _WEEKS_AROUND + 1]
        place = (_CLEAR_DAYS * (np.isfinite(near).sum(axis=0) - 1)).round().astype(int)
        ranked = np.sort(near, axis=0)
        best[day] = np.take_along_axis(ranked, np.maximum(place, 0)[None], axis=0)[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (by_day / np.where(best > 0, best, np.nan)).ravel()
    known = np.flatnonzero(np.isfinite(found))
    if not len(known):
        return np.full(len(found), 0.5)
    bridged = np.interp(np.arange(len(found)), known, found[known])
    return np.clip(bridged, errors.LEAST, errors.MOST)


def _issue(
    starts: pl.Series,
    over: Sky,
    ahead: slice,
    world: tuple[Floats, Floats, Floats, Floats],
    generator: np.random.Generator,
) -> pl.DataFrame:
    """What is forecast at the first slot of `ahead` for all of them."""
    true, common, warm, wind = (one[ahead] for one in world)
    count = len(true)
    own, chill, gust = (errors.drift(count, SLOT_HOURS, generator) for _ in range(3))
    lead = np.arange(count, dtype=np.float64) * SLOT_HOURS
    mixed = _IN_COMMON**0.5 * common + (1 - _IN_COMMON) ** 0.5 * own
    clear = errors.mistaken(true, mixed * errors.size(lead))
    here = Sky(
        zenith=over.zenith[ahead],
        azimuth=over.azimuth[ahead],
        extra=over.extra[ahead],
        day=over.day[ahead],
        clear=over.clear,
    )
    lit = parted(over.clear.whole[ahead] * clear, here)
    cloud = 100 * np.clip((1 - np.minimum(clear, 1.0)) / 0.75, 0.0, 1.0) ** (1 / 3.4)
    return pl.DataFrame(
        {
            "start": starts[ahead],
            "temperature_c": warm + chill * (0.6 + lead / 80),
            "irradiance_w_per_m2": lit.whole,
            "direct_w_per_m2": lit.direct,
            "diffuse_w_per_m2": lit.diffuse,
            "cloud_cover_percent": cloud,
            "wind_m_per_s": np.maximum(wind * np.exp(0.2 * gust), 0.0),
            "snow_depth_m": np.zeros(count),
            "issued_at": pl.Series([starts[ahead.start]] * count, dtype=TIME),
        }
    )


def _temperature(over: Sky, clear: Floats, generator: np.random.Generator) -> Floats:
    """Air by season and sun, and what the weather adds [°C]."""
    season = -np.cos(2 * np.pi * (over.day - 20) / 365)
    sun = 6 * clear * np.maximum(np.cos(np.radians(over.zenith)), 0.0)
    return np.asarray(8 + 8 * season + sun + 2 * errors.drift(len(clear), SLOT_HOURS, generator))
