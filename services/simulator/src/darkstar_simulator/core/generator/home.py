"""The house that is made up, and its slots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from darkstar_common.slots import day_slots
from darkstar_simulator.core.generator.load import day_load_kwh
from darkstar_simulator.core.generator.pv import available_pv_kwh, clearness
from darkstar_simulator.core.generator.spot import day_spot_per_kwh
from darkstar_simulator.core.series import HouseSeries


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where and how large the house is.

    Attributes:
        latitude: [° north].
        longitude: [° east].
        timezone: local time of its people and of its bidding zone.
        kwp: peak power of the solar array [kW].
        tilt: of the array from horizontal [°].
        azimuth: of the array from north over east [°].
        yearly_load_kwh: base load of a mean year without the water heater [kWh].
        seed: the same seed gives the same household, weather and market.
    """

    latitude: float = 59.3
    longitude: float = 18.0
    timezone: ZoneInfo
    kwp: float = 10.0
    tilt: float = 35.0
    azimuth: float = 180.0
    yearly_load_kwh: float = 5000.0
    seed: int = 1


def generate_series(home: Home, *, start: date, days: int) -> HouseSeries:
    """The slots of `days` local days from `start` on.

    Raises:
        ValueError: `days` is not positive.
    """
    if days < 1:
        raise ValueError(f"days must be at least 1, not {days}")
    calendar = [start + timedelta(days=number) for number in range(days)]
    by_day = [(day, day_slots(day, home.timezone)) for day in calendar]
    starts = [slot for _, slots in by_day for slot in slots]
    light = [clearness(day, len(slots), seed=home.seed) for day, slots in by_day]
    load = [
        day_load_kwh(
            day, slots, seed=home.seed, timezone=home.timezone, yearly_kwh=home.yearly_load_kwh
        )
        for day, slots in by_day
    ]
    spot = [
        day_spot_per_kwh(day, slots, seed=home.seed, timezone=home.timezone)
        for day, slots in by_day
    ]
    pv = available_pv_kwh(
        starts,
        np.concatenate(light),
        latitude=home.latitude,
        longitude=home.longitude,
        kwp=home.kwp,
        tilt=home.tilt,
        azimuth=home.azimuth,
    )
    return HouseSeries(
        start=starts[0],
        load_kwh=_rounded(np.concatenate(load)),
        pv_kwh=_rounded(pv),
        spot_per_kwh=_rounded(np.concatenate(spot)),
    )


def _rounded(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in np.round(values, 5))
