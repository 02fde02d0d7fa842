"""The forecaster's part of the configuration: prices, weather, sun, household, Aurora itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from darkstar_common.config.section import (
    Finite,
    Percent,
    Positive,
    PublicAddress,
    Section,
)

ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""Local time of the day, HH:MM."""
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Hour = Annotated[int, Field(ge=0, le=23)]
Month = Annotated[int, Field(ge=1, le=12)]
Entity = Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z0-9_]+$")]
Topic = Annotated[str, Field(min_length=1, pattern=r"^[^+#]+$")]
Url = Annotated[PublicAddress, Field(pattern=r"^https?://[^\s/]+(/\S*)?$")]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _have_what_they_need(sources: Sequence[str], needs: Mapping[str, tuple[str, object]]) -> None:
    """Each of `sources` once, and with a value for what it needs.

    Raises:
        ValueError: One is there twice, or lacks it; the text says what.
    """
    for name in sources:
        what, value = needs.get(name, ("", ""))
        if value is None:
            raise ValueError(f"sources has {name}, so {what}")
    if len(set(sources)) < len(sources):
        raise ValueError("sources names one twice")


class Window(Section):
    """A price of its own at some local times of the year, the week and the day."""

    per_kwh: Finite = 0.0
    """What holds in it [currency/kWh]."""
    months: tuple[Month, ...] = tuple(range(1, 13))
    """Months that count, 1 to 12."""
    weekdays: tuple[Weekday, ...] = WEEKDAYS
    """Days of the week that count."""
    hours: tuple[Hour, ...] = tuple(range(24))
    """Local hours that count, by when they begin."""

    def holds(self, local: datetime) -> bool:
        """Whether it counts at `local`, a time in the house's own zone."""
        return (
            local.month in self.months
            and WEEKDAYS[local.weekday()] in self.weekdays
            and local.hour in self.hours
        )


def price_at(windows: tuple[Window, ...], local: datetime, otherwise: float) -> float:
    """What holds at `local`: the first window that fits, `otherwise` where none does."""
    return next((one.per_kwh for one in windows if one.holds(local)), otherwise)


PriceSourceName = Literal[
    "nordpool", "energy_charts", "home_assistant", "mqtt", "csv", "fixed", "generated"
]


class PriceSource(Section):
    """Where day-ahead prices come from."""

    sources: tuple[PriceSourceName, ...] = Field(default=("generated",), min_length=1)
    """In order of preference; the next is asked where one has no answer. `nordpool`: its
    day-ahead market; `energy_charts`: the same auctions from Fraunhofer ISE, in euro;
    `home_assistant`: a sensor; `mqtt`: a topic; `csv`: a file; `fixed`: one price, or one by
    time of use; `generated`: plausible prices made from `seed`, for a trial."""
    published_at: ClockTime = "13:00"
    """Local time from which tomorrow's prices are looked for [HH:MM]."""
    timeout_seconds: Positive = 20.0
    """How long a source may take to answer [s]."""
    nordpool_url: Url = "https://dataportal-api.nordpoolgroup.com"
    """Where Nord Pool's data portal is."""
    energy_charts_url: Url = "https://api.energy-charts.info"
    """Where energy-charts is."""
    eur_rate: Positive | None = None
    """What a euro costs in `tariff.currency`, for a source that knows only euro; null: such a
    source is of use in euro alone."""
    entity: Entity | None = None
    """Home Assistant's sensor of prices, for `home_assistant`."""
    topic: Topic | None = None
    """MQTT topic of prices, for `mqtt`."""
    csv_path: Path | None = None
    """The file [columns start_utc, spot_per_kwh or spot_sek_per_kwh]; relative to this one."""
    fixed_per_kwh: Finite | None = None
    """The price without grid fee, tax and VAT, for `fixed` [currency/kWh]."""
    time_of_use: tuple[Window, ...] = ()
    """Times at which `fixed` is another price; the first that fits holds."""
    seed: int = 1
    """Of the generated prices."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needs: dict[str, tuple[str, object]] = {
            "csv": ("csv_path must name the file", self.csv_path),
            "home_assistant": ("entity must name the sensor", self.entity),
            "mqtt": ("topic must name where they are", self.topic),
            "fixed": ("fixed_per_kwh must be the price", self.fixed_per_kwh),
        }
        _have_what_they_need(self.sources, needs)
        return self


WeatherSourceName = Literal["open_meteo", "home_assistant", "mqtt", "csv"]


class Weather(Section):
    """Where weather forecasts come from; `open_meteo` needs the house's location."""

    sources: tuple[WeatherSourceName, ...] = ("open_meteo",)
    """In order of preference; the next is asked where one has no answer for hours; empty: no
    weather is looked for."""
    timeout_seconds: Positive = 20.0
    """How long a source may take to answer [s]."""
    open_meteo_url: Url = "https://api.open-meteo.com"
    """Where Open-Meteo's forecasts are."""
    archive_url: Url = "https://archive-api.open-meteo.com"
    """Where Open-Meteo's past weather is, to learn from."""
    entity: Entity | None = None
    """Home Assistant's weather entity, for `home_assistant`."""
    topic: Topic | None = None
    """MQTT topic of weather, for `mqtt`."""
    csv_path: Path | None = None
    """The file [columns start_utc, temperature_c, irradiance_w_per_m2 and others of a weather
    slot]; relative to this one."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needs: dict[str, tuple[str, object]] = {
            "csv": ("csv_path must name the file", self.csv_path),
            "home_assistant": ("entity must name it", self.entity),
            "mqtt": ("topic must name where it is", self.topic),
        }
        _have_what_they_need(self.sources, needs)
        return self


class Location(Section):
    """Where the house stands."""

    latitude: float = Field(default=55.6, ge=-90, le=90)
    """[° north]."""
    longitude: float = Field(default=13.0, ge=-180, le=180)
    """[° east]."""
    altitude_m: float = Field(default=0.0, ge=-500, le=6000)
    """Above the sea [m]."""


class SolarArray(Section):
    """Panels that look the same way."""

    kwp: Positive = 10.0
    """Peak power [kW]."""
    tilt: float = Field(default=35.0, ge=0, le=90)
    """From horizontal [°]."""
    azimuth: float = Field(default=180.0, ge=0, le=360)
    """From north over east [°]; 180 is south."""
    inverter_kw: Positive | None = None
    """Most that its inverter gives [kW]; null: only `inverter.max_ac_kw` limits."""
    loss_percent: Percent = 14.0
    """Of wiring, soiling, mismatch and inverter [%]."""
    horizon: tuple[tuple[float, float], ...] = ()
    """What stands before the sun: points of azimuth and elevation [°], joined by straight
    lines around the compass."""

    @model_validator(mode="after")
    def _possible_horizon(self) -> Self:
        for azimuth, elevation in self.horizon:
            if not (0 <= azimuth <= 360 and 0 <= elevation <= 90):  # noqa: PLR2004 (degrees)
                raise ValueError(
                    f"horizon has ({azimuth:g}, {elevation:g}); an azimuth is 0 to 360, an "
                    "elevation 0 to 90"
                )
        return self


class Solar(Section):
    """The solar panels, as far as they are known."""

    arrays: tuple[SolarArray, ...] = ()
    """Each group of panels; empty: what they give is learned from the past alone."""


class Household(Section):
    """Who lives here, as far as the use of energy goes."""

    yearly_kwh: Positive | None = 5000.0
    """Base load of a year without water heater and vehicles, for as long as little is known of
    this house [kWh]; null: unknown, and no forecast until it was seen for a day."""
    country: str | None = Field(default="SE", pattern=r"^[A-Z]{2}$")
    """ISO 3166 code of the country whose public holidays are kept; null: none are."""
    region: str | None = None
    """Its part, where holidays differ, such as BY; null: those of the whole country."""


class Train(Section):
    """When Aurora learns, and what that may take."""

    enabled: bool = True
    """Whether it does so by itself."""
    days: tuple[Weekday, ...] = Field(default=("tue", "fri"), min_length=1)
    """On these days; what was missed is caught up with."""
    time: ClockTime = "03:00"
    """At this local time [HH:MM]."""
    max_minutes: Positive = 10.0
    """It is given up after so long [min]."""
    max_memory_mb: Positive = 1000.0
    """It is given up above this [MB]."""


class Reflex(Section):
    """The slow tuning of what drifts, such as the battery's true capacity."""

    enabled: bool = True
    """Whether evidence is weighed, and changes proposed."""
    automatic: bool = False
    """Whether proposals are put in force without being asked."""
    time: ClockTime = "04:00"
    """At this local time of each day [HH:MM]."""


class Forecaster(Section):
    """Aurora: load and PV of the days ahead."""

    history_days: int = Field(default=365, ge=1, le=1100)
    """How far back the past is learned from [days]."""
    horizon_hours: int = Field(default=168, ge=1, le=168)
    """How far ahead is forecast [h]."""
    train: Train = Train()
    """When it learns."""
    reflex: Reflex = Reflex()
    """The slow tuning."""
    score_days: int = Field(default=30, ge=1, le=365)
    """Forecasts of so many past days are scored [days]."""
