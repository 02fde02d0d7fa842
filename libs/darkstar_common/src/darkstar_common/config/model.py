"""The one configuration of a house: every key, its unit, its default and its meaning.

The example file and its reference are generated from these classes; a default stands
here and nowhere else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Efficiency = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
Celsius = Annotated[float, Field(ge=0, le=95, allow_inf_nan=False)]


class Section(BaseModel):
    """A part of the file; immutable, and a key it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Mqtt(Section):
    """The broker. The password is a secret: DARKSTAR_MQTT_PASSWORD, or the secrets file."""

    host: str = "localhost"
    """Name or address of the broker; DARKSTAR_MQTT_HOST goes before it."""
    port: int = Field(default=1883, ge=1, le=65535)
    """Port of the broker; DARKSTAR_MQTT_PORT goes before it."""
    discovery_prefix: str = Field(default="homeassistant", min_length=1, pattern=r"^[^+#]+$")
    """Where the house announces its entities, as set in Home Assistant's MQTT integration."""


class Peak(Section):
    """A tariff on power: a price on the mean of the month's highest hourly imports."""

    price_per_kw: NotNegative = 50.0
    """Price of a month for each kW, all included [currency/kW]."""
    hours: tuple[Annotated[int, Field(ge=0, le=23)], ...] = tuple(range(7, 21))
    """Local hours of the day that count, by when they begin."""
    weekdays_only: bool = True
    """Whether Saturdays and Sundays count nothing."""
    top_n: int = Field(default=3, ge=1, le=20)
    """The mean of so many of the highest hours is paid for."""


class Grid(Section):
    """The connection to the grid."""

    max_import_kw: Positive = 11.0
    """What the main fuse carries from the grid [kW]."""
    max_export_kw: NotNegative = 11.0
    """What the grid company lets you feed in [kW]; 0 forbids export."""
    import_limit_kw: Positive | None = None
    """Import that is better not exceeded [kW]; null: only the fuse limits."""
    import_limit_penalty_per_kwh: NotNegative = 5.0
    """What each kWh above that limit counts in the plan [currency/kWh]."""
    peak: Peak | None = None
    """A price on the month's highest hours of import; null: none."""


class Inverter(Section):
    """The hybrid inverter."""

    max_ac_kw: Positive = 8.8
    """Limit on PV + discharge − charge, both ways [kW]."""
    dc_coupled: bool = False
    """Whether PV reaches the battery without the inverter's loss (a hybrid inverter)."""
    efficiency: Efficiency = 1.0
    """Energy that comes out of the inverter for each kWh that goes in, where dc_coupled."""


class Battery(Section):
    """The battery. Leave the section out (`battery: null`) in a house without one."""

    capacity_kwh: Positive = 10.0
    """Usable energy between 0 and 100 % [kWh]."""
    min_soc_percent: Percent = 12.0
    """Never discharged below it by plan [%]."""
    max_soc_percent: Percent = 100.0
    """Never charged above it by plan [%]."""
    max_charge_kw: Positive = 5.0
    """Most it can be charged with [kW]."""
    max_discharge_kw: Positive = 5.0
    """Most it can be discharged with [kW]."""
    charge_efficiency: Efficiency = 0.95
    """Stored energy for each kWh that goes in."""
    discharge_efficiency: Efficiency = 0.95
    """Energy that comes out for each stored kWh."""
    nominal_voltage_v: Positive = 48.0
    """Turns the amperes of the inverter's settings into power [V]."""
    wear_cost_per_kwh: NotNegative = 0.05
    """What discharging costs in wear [currency/kWh]; cycles that earn less are not made."""
    standby_kw: NotNegative = 0.0
    """Loss that never stops [kW]."""
    min_charge_kw: NotNegative = 0.0
    """It charges with at least this or not at all [kW]."""
    charge_taper: tuple[tuple[Percent, NotNegative], ...] = ()
    """Points [state of charge in %, most kW] of how charging slows down when full, bent down."""
    charge_from_grid: bool = True
    """Whether it may charge while the house imports; false: from PV only."""
    discharge_to_grid: bool = True
    """Whether it may discharge while the house exports; false: for the house only."""

    @model_validator(mode="after")
    def _floor_below_ceiling(self) -> Self:
        if self.min_soc_percent >= self.max_soc_percent:
            raise ValueError(
                f"min_soc_percent {self.min_soc_percent:g} is not below "
                f"max_soc_percent {self.max_soc_percent:g}"
            )
        return self


class WaterHeater(Section):
    """The water heater. Leave the section out (`water_heater: null`) in a house without one."""

    power_kw: Positive = 3.0
    """What it draws while it heats [kW]."""
    daily_min_kwh: NotNegative = 6.0
    """Heat wanted each local day [kWh]."""
    defer_hours: Annotated[float, Field(ge=0, lt=24)] = 6.0
    """So many hours after midnight still count for the day before [h]."""
    max_gap_hours: Positive | None = 14.0
    """Longest wished time between two heatings [h]; null: any."""
    gap_penalty_per_hour: NotNegative = 0.3
    """Price of each hour beyond that [currency/h]."""
    min_spacing_hours: NotNegative = 5.0
    """Least time between the end of a heating and the next start [h]."""
    start_penalty: NotNegative = 0.5
    """Price of each start, against many short heatings [currency]."""
    legionella_days: int = Field(default=7, ge=1, le=60)
    """On vacation the tank is made hot at least so often [days]."""
    legionella_hours: Positive = 3.0
    """Heating that this takes [h]."""
    legionella_c: Celsius = 65.0
    """Set-point of it [°C]."""
    off_c: Celsius = 40.0
    """Set-point while the plan does not heat [°C]."""
    normal_c: Celsius = 60.0
    """Set-point while it does [°C]."""
    boost_c: Celsius = 70.0
    """Set-point of a water boost [°C]."""


class Ev(Section):
    """An electric vehicle that charges at home. Its name is the {id} of ev/{id}/set."""

    id: str = Field(default="car", pattern=r"^[a-z0-9_-]+$")
    """Its name in topics."""
    capacity_kwh: Positive = 60.0
    """Usable energy between 0 and 100 % [kWh]."""
    max_charge_kw: Positive = 11.0
    """Most the charger gives [kW]."""
    min_charge_kw: NotNegative = 1.4
    """Least it gives while it charges [kW]."""
    charge_efficiency: Efficiency = 0.9
    """Stored energy for each kWh that goes in."""
    target_percent: Percent = 80.0
    """Wanted at departure unless asked otherwise [%]."""
    departure: str = Field(default="07:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    """Local time of leaving unless asked otherwise [HH:MM]."""
    target_penalty_per_kwh: NotNegative = 10.0
    """What each kWh missing at departure counts in the plan [currency/kWh]."""


class Tariff(Section):
    """How a spot price becomes what you pay and earn.

    import = (spot + markup + grid fee + tax) × (1 + VAT); export = spot + compensation.
    """

    area: str = "SE4"
    """Bidding zone of the day-ahead market."""
    currency: str = Field(default="SEK", pattern=r"^[A-Z]{3}$")
    """ISO 4217 code of all money here."""
    vat_percent: NotNegative = 25.0
    """Value added tax on everything you import [%]."""
    energy_tax_per_kwh: Finite = 0.439
    """Energy tax without VAT [currency/kWh]."""
    grid_fee_per_kwh: Finite = 0.2456
    """Grid transfer fee without VAT [currency/kWh]."""
    markup_per_kwh: Finite = 0.0
    """The supplier's own part without VAT [currency/kWh]."""
    export_compensation_per_kwh: Finite = 0.0
    """Paid on top of the spot price for export [currency/kWh]."""


class PriceSource(Section):
    """Where day-ahead prices come from."""

    source: Literal["csv", "generated"] = "generated"
    """`csv`: a file; `generated`: plausible prices made from `seed`, for a trial."""
    csv_path: Path | None = None
    """The file [columns start_utc, spot_per_kwh or spot_sek_per_kwh]; relative to this one."""
    seed: int = 1
    """Of the generated prices."""

    @model_validator(mode="after")
    def _file_named(self) -> Self:
        if self.source == "csv" and self.csv_path is None:
            raise ValueError("source is csv, so csv_path must name the file")
        return self


class Forecaster(Section):
    """Aurora: load and PV of the days ahead."""

    history_days: int = Field(default=28, ge=1, le=365)
    """How far back the past is looked at [days]."""
    horizon_hours: int = Field(default=48, ge=1, le=168)
    """How far ahead is forecast [h]."""


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
    scenarios: Literal[1, 3, 5] = 1
    """How many futures a plan weighs; 1: only the expected one."""
    narrow_spread_per_kwh: NotNegative = 0.5
    """Days whose import prices differ by less are calm: the battery is spared [currency/kWh]."""
    wide_spread_per_kwh: NotNegative = 1.5
    """Days whose import prices differ by more are wild: wear counts half [currency/kWh]."""


class Meter(Section):
    """How the house's sensors are to be read."""

    grid: Literal["net", "dual"] = "net"
    """`net`: one signed sensor in role grid_power; `dual`: import_power and export_power."""
    grid_import_positive: bool = True
    """Sign of the net sensor: positive is import."""
    battery_discharge_positive: bool = True
    """Sign of the battery's power sensor: positive is discharge."""


class Executor(Section):
    """The hands on inverter and heater."""

    shadow: bool = True
    """Decide and record everything, write nothing, until you trust it."""
    tick_seconds: Positive = 60.0
    """How often it looks, besides at every event that matters [s]."""
    state_max_age_seconds: Positive = 600.0
    """A reading older than this is unknown [s]."""
    min_write_seconds: NotNegative = 60.0
    """Least time between two writes to one entity by plan, against wear [s]."""
    write_threshold_percent: Percent = 2.0
    """Smaller changes, as a share of the entity's range, are not written [%]."""
    meter: Meter = Meter()
    """How the house's sensors are to be read."""
    roles: dict[str, str] = {}
    """Which Home Assistant entity plays which role of the house."""


class Gateway(Section):
    """The page and the API."""

    host: str = "127.0.0.1"
    """Address it listens on; 0.0.0.0 for all of them. DARKSTAR_GATEWAY_HOST goes before it."""
    port: int = Field(default=8410, ge=0, le=65535)
    """Port it listens on; 0 takes a free one. DARKSTAR_GATEWAY_PORT goes before it."""


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
    tariff: Tariff = Tariff()
    """How a spot price becomes what you pay and earn."""
    prices: PriceSource = PriceSource()
    """Where day-ahead prices come from."""
    forecaster: Forecaster = Forecaster()
    """Aurora: load and PV of the days ahead."""
    planner: Planner = Planner()
    """Kepler: the optimiser."""
    executor: Executor = Executor()
    """The hands on inverter and heater."""
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

    @property
    def zone(self) -> ZoneInfo:
        """The local time zone."""
        return ZoneInfo(self.timezone)
