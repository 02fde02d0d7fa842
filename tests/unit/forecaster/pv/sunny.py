"""A house with panels under made-up skies, for the tests of PV."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from darkstar_common.config import Config
from darkstar_common.config.forecasting import Location, SolarArray
from darkstar_common.slots import SLOT, slots
from darkstar_forecaster.core.pv.panels import Air, power
from darkstar_forecaster.core.pv.sky import Floats, Sky, parted, sky
from darkstar_forecaster.core.situation import PAST, TIME, WEATHER, empty

JUNE = datetime(2026, 6, 1, tzinfo=UTC)
LUND = Location(latitude=55.7, longitude=13.2, altitude_m=50)
SOUTH = SolarArray(kwp=10.0, tilt=35.0, azimuth=180.0)


def a_config(*arrays: SolarArray, **other: object) -> Config:
    """A house in Lund with these panels."""
    content = {"solar": {"arrays": arrays}, "location": LUND, **other}
    return Config.model_validate(content)


def cloudy(count: int, seed: int = 1) -> Floats:
    """Clearness by slot, of weather that changes from day to day and within one."""
    generator = np.random.default_rng(seed)
    days = -(-count // 96)
    by_day = np.repeat(generator.uniform(0.2, 1.0, days), 96)[:count]
    return np.clip(by_day + generator.normal(0, 0.05, count), 0.05, 1.05)


def some_weather(
    start: datetime, clear: Floats, *, where: Location = LUND, temperature_c: float = 15.0
) -> pl.DataFrame:
    """As WEATHER, of slots with this clearness."""
    starts = pl.Series("start", slots(start, len(clear)), dtype=TIME)
    over = sky(starts, where)
    lit = parted(over.clear.whole * clear, over)
    made = pl.DataFrame(
        {
            "start": starts,
            "temperature_c": np.full(len(clear), temperature_c),
            "irradiance_w_per_m2": lit.whole,
            "direct_w_per_m2": lit.direct,
            "diffuse_w_per_m2": lit.diffuse,
            "cloud_cover_percent": 100 * (1 - np.minimum(clear, 1.0)),
            "wind_m_per_s": np.full(len(clear), 2.0),
        }
    )
    return pl.concat([empty(WEATHER), made], how="diagonal")


def some_past(weather: pl.DataFrame, *arrays: SolarArray, where: Location = LUND) -> pl.DataFrame:
    """As PAST, of panels that give just what physics says of `weather`."""
    over = sky(weather["start"], where)
    lit = parted(weather["irradiance_w_per_m2"].to_numpy(), over)
    around = Air(
        temperature=weather["temperature_c"].to_numpy(), wind=weather["wind_m_per_s"].to_numpy()
    )
    given = np.sum([power(one, over, lit, around) for one in arrays], axis=0)
    made = pl.DataFrame({"start": weather["start"], "pv_kw": given}).with_columns(
        load_kw=pl.lit(0.5), export_kw=pl.col("pv_kw"), fit=pl.lit(value=True)
    )
    return pl.concat([empty(PAST), made], how="diagonal")


def a_sky(start: datetime = JUNE, count: int = 96, where: Location = LUND) -> Sky:
    """The sky of a day."""
    return sky(slots(start, count), where)


def days(count: float) -> int:
    """So many days in slots."""
    return int(timedelta(days=count) / SLOT)
