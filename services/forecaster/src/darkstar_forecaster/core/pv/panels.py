"""What panels give in a given light: from the plane they lie in to the inverter's outlet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from darkstar_common.config import Config
from darkstar_common.config.forecasting import SolarArray
from darkstar_forecaster.core.pv.sky import Floats, Light, Sky

PER_KELVIN: Final = -0.0035
"""How much less panels give for each degree above 25 °C, of crystalline silicon."""
_GROUND: Final = 0.2
"""Share of light that the ground throws back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Air:
    """What cools the panels; NaN is unknown.

    Attributes:
        temperature: [°C].
        wind: [m/s].
    """

    temperature: Floats
    wind: Floats


def air(weather: pl.DataFrame) -> Air:
    """The air that `weather` speaks of, a row for each slot."""
    temperature, wind = (
        weather[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        for name in ("temperature_c", "wind_m_per_s")
    )
    return Air(temperature=temperature, wind=wind)


def power(array: SolarArray, over: Sky, lit: Light, around: Air) -> Floats:
    """What `array` gives as its inverter puts it out [kW]; NaN where the light is unknown.

    Hay and Davies' sky, Faiman's panel temperature, PVWatts' direct current. Where the
    temperature is unknown the panels count as 25 °C warm, as they are rated.
    """
    from pvlib import pvsystem, temperature  # noqa: PLC0415 (heavy: pandas)

    plane = in_plane(array, over, lit)
    wind = np.where(np.isnan(around.wind), 1.0, around.wind)
    warm = temperature.faiman(plane, around.temperature, wind)
    warm = np.where(np.isnan(around.temperature), 25.0, warm)
    direct_current = pvsystem.pvwatts_dc(plane, warm, array.kwp, PER_KELVIN)
    given = np.clip(direct_current * (1 - array.loss_percent / 100), 0.0, array.kwp)
    given = given if array.inverter_kw is None else np.minimum(given, array.inverter_kw)
    return np.where(over.night, 0.0, given)


def in_plane(array: SolarArray, over: Sky, lit: Light) -> Floats:
    """Light on the panels that gets through their glass [W/m²]."""
    from pvlib import iam, irradiance  # noqa: PLC0415 (heavy: pandas)

    sun = (over.zenith, over.azimuth)
    angle = irradiance.aoi(array.tilt, array.azimuth, *sun)
    with np.errstate(invalid="ignore"):
        diffuse = irradiance.haydavies(
            array.tilt,
            array.azimuth,
            lit.diffuse,
            lit.direct,
            over.extra,
            *sun,
            return_components=True,
        )
        seen = over.elevation > horizon(array, over.azimuth)
        beam = np.clip(lit.direct * np.cos(np.radians(angle)), 0.0, None)
        straight = (beam + diffuse["poa_circumsolar"]) * iam.ashrae(angle)
    ground = irradiance.get_ground_diffuse(array.tilt, lit.whole, _GROUND)
    return np.asarray(
        np.where(seen, straight, 0.0) + diffuse["poa_isotropic"] * open_sky(array) + ground
    )


def horizon(array: SolarArray, azimuth: Floats) -> Floats:
    """How high the sun must stand to be seen from the panels [°]."""
    if not array.horizon:
        return np.zeros_like(azimuth)
    points = sorted(array.horizon)
    return np.interp(azimuth, [one[0] for one in points], [one[1] for one in points], period=360.0)


def open_sky(array: SolarArray) -> float:
    """Share of the sky's diffuse light that what stands around lets through."""
    around = np.radians(horizon(array, np.arange(0.0, 360.0, 5.0)))
    return float(1 - np.mean(np.sin(around) ** 2))


def ceiling(config: Config, arrays: Sequence[SolarArray]) -> float:
    """What all of them never give more than [kW]; infinite where nothing limits."""
    panels = sum(min(one.kwp, one.inverter_kw or one.kwp) for one in arrays)
    most = panels if arrays else float("inf")
    return most if config.inverter.dc_coupled else min(most, config.inverter.max_ac_kw)
