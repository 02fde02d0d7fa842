"""The one configuration of a house: every key, its unit, its default and its meaning.

The example file and its reference are generated from these classes; a default stands
here and in the modules of their parts, and nowhere else.
"""

from __future__ import annotations

from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from darkstar_common.config.appliances import APPLIANCES, Appliance
from darkstar_common.config.forecasting import (
    Forecaster,
    Household,
    Location,
    PriceSource,
    Solar,
    Weather,
)
from darkstar_common.config.hands import Executor, Gateway, HomeAssistant
from darkstar_common.config.house import Battery, Ev, Grid, Inverter, WaterHeater
from darkstar_common.config.recording import Recorder
from darkstar_common.config.section import NotNegative, Positive, Section
from darkstar_common.config.tariff import Tariff


class Mqtt(Section):
    """The broker. Its password is a secret: `DARKSTAR_MQTT_PASSWORD`, or `…_FILE` names a file."""

    host: str = "localhost"
    """Name or address of the broker; DARKSTAR_MQTT_HOST goes before it."""
    port: int = Field(default=1883, ge=1, le=65535)
    """Port of the broker; DARKSTAR_MQTT_PORT goes before it."""
    tls: bool = False
    """Whether the connection is encrypted and the broker must show a certificate for `host`, mostly
    on port 8883; DARKSTAR_MQTT_TLS goes before it."""
    ca_file: str | None = Field(default=None, min_length=1)
    """PEM file of the authority that signed the certificate, relative to this one; null: whom this
    machine believes; DARKSTAR_MQTT_CA_FILE goes before it."""
    discovery_prefix: str = Field(default="homeassistant", min_length=1, pattern=r"^[^+#]+$")
    """Where the house announces its entities, as set in Home Assistant's MQTT integration."""
    statestream_prefix: str | None = Field(default=None, min_length=1, pattern=r"^[^+#]+$")
    """Base topic of Home Assistant's `mqtt_statestream`, which makes entities readable that are
    not on MQTT; null: it is not used."""


class Planner(Section):
    """Kepler: the optimiser."""

    interval_minutes: Positive = 15.0
    """A new plan at least so often [min]."""
    horizon_hours: int = Field(default=48, ge=1, le=168)
    """How far ahead is planned, where prices and forecasts reach [h]."""
    time_limit_seconds: Positive = 10.0
    """Longest the solver may take [s]."""
    absolute_gap: NotNegative = 0.05
    """Good enough: so far from the proven best [currency]."""
    soc_max_age_seconds: Positive = 900.0
    """An older state of charge is no basis for a plan [s]."""
    export_enabled: bool = True
    """Whether the plan may sell to the grid."""
    risk_appetite: int = Field(default=3, ge=1, le=5)
    """How much to keep in reserve, 1 (most) to 5 (least), until set over the bus."""
    comfort: int = Field(default=3, ge=1, le=5)
    """How much warm water matters, 1 (saves most) to 5 (never cold), until set over the bus."""
    jitter_seconds: NotNegative = 5.0
    """Plans by the clock are made up to so much later, so that houses differ [s]."""
    keep_threshold: NotNegative = 0.1
    """A new plan that saves less than this leaves the old one as it is [currency]."""
    ramp_penalty_per_kw: NotNegative = 0.0
    """Price of each kW by which the battery's power changes from slot to slot [currency/kW]."""
    scenarios: Literal[1, 3, 5] = 3
    """How many futures a plan weighs; 1: only the expected one, in a quarter of the time."""
    narrow_spread_per_kwh: NotNegative = 0.5
    """Days whose import prices differ by less are calm: the battery is spared [currency/kWh]."""
    wide_spread_per_kwh: NotNegative = 1.5
    """Days whose import prices differ by more are wild: wear counts half [currency/kWh]."""


class Config(Section):
    """Darkstar's configuration of one house."""

    site: str = Field(default="home", pattern=r"^[a-z0-9_-]+$")
    """Names this house in every topic: darkstar/v1/{site}/…"""
    timezone: str = "Europe/Stockholm"
    """IANA name of the time people here live by."""
    mqtt: Mqtt = Mqtt()
    """The broker."""
    grid: Grid = Grid()
    """The connection to the grid."""
    inverter: Inverter = Inverter()
    """The hybrid inverter."""
    battery: Battery | None = Battery()
    """The battery; null in a house without one."""
    water_heater: WaterHeater | None = WaterHeater()
    """The water heater; null in a house without one."""
    evs: tuple[Ev, ...] = ()
    """The electric vehicles that charge at home."""
    has_solar: bool = True
    """Whether there are solar panels; without, no PV is forecast or expected."""
    solar: Solar = Solar()
    """The solar panels, as far as they are known."""
    location: Location | None = None
    """Where the house stands; null: unknown, so Open-Meteo is not asked for weather."""
    household: Household = Household()
    """Who lives here."""
    appliances: tuple[Appliance, ...] = APPLIANCES
    """What people start by hand; the page says when that is cheapest."""
    tariff: Tariff = Tariff()
    """How a spot price becomes what you pay and earn."""
    prices: PriceSource = PriceSource()
    """Where day-ahead prices come from."""
    weather: Weather = Weather()
    """Where weather forecasts come from."""
    forecaster: Forecaster = Forecaster()
    """Aurora: load and PV of the days ahead."""
    planner: Planner = Planner()
    """Kepler: the optimiser."""
    executor: Executor = Executor()
    """The hands on inverter and heater."""
    recorder: Recorder = Recorder()
    """The memory of the house."""
    home_assistant: HomeAssistant = HomeAssistant()
    """Home Assistant's own API."""
    gateway: Gateway = Gateway()
    """The page and the API."""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{name!r} is no IANA time zone; try Europe/Stockholm") from None
        return name

    @field_validator("evs")
    @classmethod
    def _own_names(cls, evs: tuple[Ev, ...]) -> tuple[Ev, ...]:
        taken = {"battery", "water_heater", "grid", "legionella"}
        for one in evs:
            if one.id in taken:
                raise ValueError(f"the id {one.id!r} is taken; give the vehicle another one")
            taken.add(one.id)
        return evs

    @property
    def zone(self) -> ZoneInfo:
        """The local time zone."""
        return ZoneInfo(self.timezone)
