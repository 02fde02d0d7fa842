"""What stands in the house: its connection, inverter, battery, heater and cars."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Protocol, Self, TypeVar

from pydantic import Field, model_validator

from darkstar_common.config.section import (
    Celsius,
    Efficiency,
    Finite,
    NotNegative,
    Percent,
    Positive,
    Section,
)

ROUNDING = 1e-9


class _Charged(Protocol):
    min_charge_kw: float
    max_charge_kw: float


C = TypeVar("C", bound=_Charged)


def _least_below_most(one: C) -> C:
    if one.min_charge_kw > one.max_charge_kw:
        raise ValueError(
            f"min_charge_kw {one.min_charge_kw:g} is above max_charge_kw {one.max_charge_kw:g}"
        )
    return one


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

    profile: str = "deye"
    """How it is told things: a profile by name (`darkstar-executor profiles` lists them), or the
    path of a YAML file of your own, relative to this one."""
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
    """Turns the amperes of the inverter's settings into power [V]: as it is while it charges, such
    as 54 for 16 cells of LFP; 150 and more for high-voltage batteries."""
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

    _least_below_most = model_validator(mode="after")(_least_below_most)

    @model_validator(mode="after")
    def _taper_bends_down(self) -> Self:
        steps = list(pairwise(self.charge_taper))
        if any(right[0] <= left[0] for left, right in steps):
            raise ValueError("charge_taper needs a rising state of charge from point to point")
        slopes = [(right[1] - left[1]) / (right[0] - left[0]) for left, right in steps]
        if any(after > before + ROUNDING for before, after in pairwise(slopes)):
            raise ValueError("charge_taper must bend down: it may only fall faster and faster")
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
    """The tank is made hot at least so often [days]."""
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
    max_c: Celsius = 85.0
    """Never set hotter than this; surplus of PV heats up to it [°C]."""
    surplus_kw: Positive | None = 2.0
    """PV that would be sold or thrown away heats water from here on [kW]; null: it never does."""
    surplus_soc_percent: Percent = 95.0
    """Only while the battery is at least so full [%]."""
    surplus_below_per_kwh: Finite = 0.2
    """Only while a kWh that is sold earns less than this [currency/kWh]."""

    @model_validator(mode="after")
    def _levels_rise(self) -> Self:
        levels = {name: getattr(self, name) for name in ("off_c", "normal_c", "boost_c", "max_c")}
        for (low, less), (high, more) in pairwise(levels.items()):
            if less > more:
                raise ValueError(f"{low} {less:g} is above {high} {more:g}")
        if self.legionella_c > self.max_c:
            raise ValueError(f"legionella_c {self.legionella_c:g} is above max_c {self.max_c:g}")
        return self


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
    phases: Literal[1, 3] = 3
    """How many phases it charges on; turns amperes into power."""
    voltage_v: Positive = 230.0
    """Of a phase; turns amperes into power [V]."""
    charge_efficiency: Efficiency = 0.9
    """Stored energy for each kWh that goes in."""
    target_percent: Percent = 80.0
    """Wanted at departure unless asked otherwise [%]."""
    departure: str = Field(default="07:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    """Local time of leaving unless asked otherwise [HH:MM]."""
    target_penalty_per_kwh: NotNegative = 10.0
    """What each kWh missing at departure counts in the plan [currency/kWh]."""

    _least_below_most = model_validator(mode="after")(_least_below_most)
