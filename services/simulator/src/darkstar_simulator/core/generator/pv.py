"""PV of a tilted array: pvlib's clear sky, dimmed by clouds that come and go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from darkstar_common.slots import SLOT
from darkstar_simulator.core.generator.chance import Stream, dice, spell, wandering

_TURBIDITY = 3.0
_TEMPERATURE_C = 15.0
_GAMMA_PDC = -0.0035
_SYSTEM_EFFICIENCY = 0.88
_CLOUD_PERSISTENCE = 0.85


def clearness(day: date, count: int, *, seed: int) -> np.ndarray:
    """How much of the clear sky's light gets through in each slot of a local day [0..1].

    The day's weather lasts (`spell`); within it a two-state Markov chain of sun and cloud, whose
    share of sun is the day's, with a slowly changing thickness of the clouds.
    """
    sunny = 1 / (1 + np.exp(-(0.3 + 1.6 * spell(seed, Stream.SKY, day))))
    generator = dice(seed, Stream.CLOUDS, day)
    thick = 0.30 + 0.12 * wandering(generator, count, 0.9)
    cloudy = bool(generator.random() > sunny)
    light = np.empty(count)
    for number, (stay, fresh) in enumerate(generator.random((count, 2))):
        if stay > _CLOUD_PERSISTENCE:
            cloudy = bool(fresh > sunny)
        light[number] = np.clip(thick[number], 0.06, 0.7) if cloudy else 0.97
    return light


def available_pv_kwh(
    starts: Sequence[datetime],
    light: np.ndarray,
    *,
    latitude: float,
    longitude: float,
    kwp: float,
    tilt: float,
    azimuth: float,
) -> np.ndarray:
    """PV before curtailment in each slot [kWh], on the AC side.

    Clear sky after Ineichen and Perez with a Linke turbidity of 3, split by Erbs, put on the plane
    by Hay and Davies, cell temperature after Faiman, module power after PVWatts: all from pvlib.

    Args:
        starts: the slots.
        light: share of the clear sky's global irradiance in each [0..1].
        latitude: [° north].
        longitude: [° east].
        kwp: peak power of the array [kW].
        tilt: from horizontal [°].
        azimuth: from north over east [°]; 180 is south.
    """
    import pandas as pd  # noqa: PLC0415 (heavy, and the running service never makes PV)
    from pvlib import irradiance, pvsystem, temperature  # noqa: PLC0415 (likewise)

    middles = pd.DatetimeIndex([start + SLOT / 2 for start in starts])
    sun, clear, extra = _clear_sky(middles, latitude, longitude)
    ghi = clear["ghi"] * light
    split = irradiance.erbs(ghi, sun["zenith"], np.asarray(middles.day_of_year))
    plane = irradiance.get_total_irradiance(
        tilt, azimuth, sun["apparent_zenith"], sun["azimuth"],
        dni=split["dni"], ghi=ghi, dhi=split["dhi"], dni_extra=extra, model="haydavies",
    )["poa_global"].fillna(0.0)  # fmt: skip
    cell = temperature.faiman(plane, _TEMPERATURE_C)
    power_kw = pvsystem.pvwatts_dc(plane, cell, kwp, _GAMMA_PDC) * _SYSTEM_EFFICIENCY
    kwh: np.ndarray = np.clip(np.asarray(power_kw), 0.0, None) * (SLOT / timedelta(hours=1))
    return kwh


def _clear_sky(middles: Any, latitude: float, longitude: float) -> tuple[Any, Any, Any]:
    """Sun positions, clear-sky irradiances and extraterrestrial radiation [W/m²]."""
    from pvlib import atmosphere, clearsky, irradiance, solarposition  # noqa: PLC0415 (heavy)

    sun = solarposition.get_solarposition(middles, latitude, longitude)
    extra = irradiance.get_extra_radiation(np.asarray(middles.day_of_year))
    mass = atmosphere.get_absolute_airmass(atmosphere.get_relative_airmass(sun["apparent_zenith"]))
    clear = clearsky.ineichen(sun["apparent_zenith"], mass, _TURBIDITY, dni_extra=extra)
    return sun, clear, extra
