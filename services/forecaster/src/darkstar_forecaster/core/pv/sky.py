"""Where the sun stands over a house, what a clear sky gives, and what light there is below it.

Everything at the middles of slots, as vectors. Sun and clear sky are pvlib's: NREL's solar
position algorithm, Ineichen and Perez's clear sky with the same haze all year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from darkstar_common.config.forecasting import Location
from darkstar_common.slots import SLOT
from darkstar_forecaster.core.situation import TIME

Floats: TypeAlias = npt.NDArray[np.float64]

HAZE: Final = 3.0
"""Linke turbidity: of clean rural air in Europe."""
NIGHT_BELOW: Final = -2.0
"""Lower than this at its middle [°], the sun is down during all of a slot."""
_TERRESTRIAL_LAG: Final = 69.0
"""Terrestrial less universal time [s]; a second of it moves the sun by 0.004°."""
_HIGHEST: Final = 1.15
"""Edges of clouds send more light than a clear sky has, over a slot up to so much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sky:
    """The sun, and a sky without clouds; one element for each slot.

    Attributes:
        zenith: apparent angle from the vertical [°].
        azimuth: from north over east [°].
        extra: radiation outside the atmosphere [W/m²].
        day: of the year, 1 to 366.
        clear: light without clouds.
    """

    zenith: Floats
    azimuth: Floats
    extra: Floats
    day: Floats
    clear: Light

    @property
    def elevation(self) -> Floats:
        """Above the horizon [°]."""
        return np.asarray(90.0 - self.zenith)

    @property
    def night(self) -> npt.NDArray[np.bool_]:
        """Whether the sun is down during all of the slot."""
        return np.asarray(self.elevation < NIGHT_BELOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """Irradiance; NaN is unknown [W/m²].

    Attributes:
        whole: global horizontal.
        direct: direct normal.
        diffuse: diffuse horizontal.
    """

    whole: Floats
    direct: Floats
    diffuse: Floats


def sky(starts: Sequence[datetime] | pl.Series, location: Location) -> Sky:
    """The sky over `location` in the slots that begin at `starts`."""
    from pvlib import atmosphere, clearsky, irradiance, spa  # noqa: PLC0415 (heavy: pandas)

    times = pl.Series("start", starts, dtype=TIME)
    middles = times.dt.epoch("s").to_numpy().astype(np.float64) + SLOT.total_seconds() / 2
    pressure = float(atmosphere.alt2pres(location.altitude_m))
    found = spa.solar_position(
        middles,
        location.latitude,
        location.longitude,
        location.altitude_m,
        pressure / 100,
        12.0,
        _TERRESTRIAL_LAG,
        0.5667,
        sst=False,
    )
    zenith, azimuth = np.asarray(found[0]), np.asarray(found[4])
    day = times.dt.ordinal_day().to_numpy().astype(np.float64)
    extra = np.asarray(irradiance.get_extra_radiation(day))
    mass = atmosphere.get_relative_airmass(np.minimum(zenith, 90.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        clear = clearsky.ineichen(
            zenith,
            atmosphere.get_absolute_airmass(mass, pressure),
            HAZE,
            altitude=location.altitude_m,
            dni_extra=extra,
        )
    up = zenith < 90  # noqa: PLR2004 (degrees)
    whole, direct, diffuse = (
        np.where(up, np.maximum(np.nan_to_num(clear[one]), 0.0), 0.0)
        for one in ("ghi", "dni", "dhi")
    )
    return Sky(
        zenith=zenith,
        azimuth=azimuth,
        extra=extra,
        day=day,
        clear=Light(whole=whole, direct=direct, diffuse=diffuse),
    )


def parted(whole: Floats, over: Sky) -> Light:
    """Global irradiance parted into direct and diffuse light.

    By Erbs, Klein and Duffie, "Estimation of the diffuse radiation fraction", Solar Energy
    28 (1982), equation 1.
    """
    from pvlib import irradiance  # noqa: PLC0415 (heavy: pandas)

    with np.errstate(invalid="ignore", divide="ignore"):
        parts = irradiance.erbs(whole, over.zenith, over.day)
    return Light(whole=whole, direct=np.asarray(parts["dni"]), diffuse=np.asarray(parts["dhi"]))


def under(share: Floats | float, over: Sky) -> Light:
    """The light when the ground gets this share of what a clear sky gives."""
    return parted(over.clear.whole * share, over)


def light(weather: pl.DataFrame, over: Sky) -> Light:
    """The light that `weather` speaks of, a row for each slot; NaN where it says nothing.

    What is missing of direct and diffuse light follows from the global irradiance; that, if
    need be, from the clouds: Kasten and Czeplak, "Solar and terrestrial radiation dependent on
    the amount and type of cloud", Solar Energy 24 (1980).
    """
    whole, direct, diffuse, cloud = (
        weather[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        for name in (
            "irradiance_w_per_m2",
            "direct_w_per_m2",
            "diffuse_w_per_m2",
            "cloud_cover_percent",
        )
    )
    clouded = over.clear.whole * (1 - 0.75 * (np.clip(cloud, 0, 100) / 100) ** 3.4)
    whole = np.where(np.isnan(whole), clouded, np.clip(whole, 0.0, over.extra))
    made = parted(whole, over)
    upright = np.maximum(np.cos(np.radians(over.zenith)), 0.0)
    rest = np.clip(whole - np.nan_to_num(direct) * upright, 0.0, None)
    straight = np.isfinite(direct) & np.isfinite(whole)
    return Light(
        whole=whole,
        direct=np.where(straight, np.clip(direct, 0.0, over.extra), made.direct),
        diffuse=np.where(
            np.isfinite(diffuse) & straight, diffuse, np.where(straight, rest, made.diffuse)
        ),
    )


def clearness(whole: Floats, over: Sky) -> Floats:
    """Share of the clear sky's light that reaches the ground; NaN at night and where unknown."""
    by_day = over.clear.whole > 5  # noqa: PLR2004 (W/m²; below, the share says nothing)
    share = whole / np.where(by_day, over.clear.whole, 1.0)
    return np.where(by_day, np.clip(share, 0.0, _HIGHEST), np.nan)
