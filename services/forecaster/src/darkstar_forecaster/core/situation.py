"""What a forecast may know: everything in a situation was known at its `now`.

Tables are Polars frames with one row for each slot, `start` first, times in UTC, powers in
kW as means over the slot, unknown as null. Rows may be missing; none comes twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl
from polars.datatypes import DataType, DataTypeClass

from darkstar_common.slots import SLOT

Schema = Mapping[str, DataType | DataTypeClass]
TIME = pl.Datetime("us", "UTC")

PAST: Schema = {
    "start": TIME,
    "load_kw": pl.Float64,
    "pv_kw": pl.Float64,
    "import_kw": pl.Float64,
    "export_kw": pl.Float64,
    "charge_kw": pl.Float64,
    "discharge_kw": pl.Float64,
    "soc_percent": pl.Float64,
    "vacation": pl.Boolean,
    "alarm_armed": pl.Boolean,
    "fit": pl.Boolean,
}
"""Closed slots. `load_kw` is the base load: without water heater and vehicles. Energies whose
time within the slot is not known (gaps, lumps) are null. `soc_percent` is at the slot's end.
`fit` is false in what is not to be learned from, such as a day labelled so."""
WEATHER: Schema = {
    "start": TIME,
    "temperature_c": pl.Float64,
    "irradiance_w_per_m2": pl.Float64,
    "direct_w_per_m2": pl.Float64,
    "diffuse_w_per_m2": pl.Float64,
    "cloud_cover_percent": pl.Float64,
    "wind_m_per_s": pl.Float64,
    "snow_depth_m": pl.Float64,
}
"""Past and coming slots, units as in the contract's WeatherSlot."""
ISSUES: Schema = {**WEATHER, "issued_at": TIME}
"""Weather as it was forecast, and when; a slot may be there in several issues."""
SPOTS: Schema = {"start": TIME, "spot_per_kwh": pl.Float64}
"""Published day-ahead prices of past and coming slots [currency/kWh]."""
AHEAD: Schema = {
    "start": TIME,
    "mean": pl.Float64,
    "p10": pl.Float64,
    "p50": pl.Float64,
    "p90": pl.Float64,
}
"""A forecast [kW, or currency/kWh of prices]; p10 <= p50 <= p90, nothing null."""


def empty(schema: Schema) -> pl.DataFrame:
    """A table without rows."""
    return pl.DataFrame(schema=dict(schema))


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known at `now`, and nothing else.

    Attributes:
        now: the moment of the forecast.
        past: slots that have ended, as PAST, oldest first.
        weather: as WEATHER; of each slot what was issued last.
        spots: as SPOTS, oldest first; those of tomorrow once they are published.
        issues: as ISSUES, those of the past too: how wrong weather forecasts are is learned
            from them. Where none are kept it is assumed.
    """

    now: datetime
    past: pl.DataFrame
    weather: pl.DataFrame
    spots: pl.DataFrame
    issues: pl.DataFrame = field(default_factory=lambda: empty(ISSUES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """All that ever became known, and when.

    Attributes:
        past: as PAST; a slot is known when it has ended.
        weather: as ISSUES.
        spots: as SPOTS and `published_at`.
    """

    past: pl.DataFrame
    weather: pl.DataFrame
    spots: pl.DataFrame

    def at(self, now: datetime) -> Situation:
        """What was known at `now`; no row of the result depends on anything later."""
        issued = self.weather.filter(pl.col("issued_at") <= now)
        latest = issued.sort("start", "issued_at").unique("start", keep="last", maintain_order=True)
        return Situation(
            now=now,
            past=self.past.filter(pl.col("start") <= now - SLOT).sort("start"),
            weather=latest.select(list(WEATHER)),
            spots=self.spots.filter(pl.col("published_at") <= now)
            .sort("start")
            .select(list(SPOTS)),
            issues=issued.select(list(ISSUES)),
        )
