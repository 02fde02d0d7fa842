"""Keys that change a plan: the same noon, prices and forecasts, another best schedule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from unit.common.keys.listening import first
from unit.common.keys.probe import Probe, changed
from unit.planner.houses import NOON, forecast, house, prices

from darkstar_common.config import Config
from darkstar_common.contract import (
    HOUSE_STATE,
    LOAD_FORECAST,
    PLAN_STATUS,
    PRICES,
    PV_FORECAST,
    STRATEGY,
    PriceCurve,
    Schedule,
    Service,
)
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.plan import plan
from darkstar_planner.core.schedule import schedule
from darkstar_planner.core.strategy import Wishes
from darkstar_planner.service import planner

HALF_A_DAY = {"horizon_hours": 12, "absolute_gap": 0.001, "scenarios": 1}
BATTERY = Config.model_validate({"water_heater": None, "planner": HALF_A_DAY})
"""Plans as fast as can be: a battery, half a day, one future."""
HEATER = Config.model_validate(
    {
        "battery": None,
        "water_heater": {
            "power_kw": 1.0,
            "daily_min_kwh": 4.0,
            "defer_hours": 0.0,
            "max_gap_hours": None,
            "min_spacing_hours": 2.0,
            "start_penalty": 0.25,
        },
        "planner": HALF_A_DAY,
    }
)
"""A heater that likes the cheap hours, every other one, and pays for each start."""
HEATER_OVERDUE = changed(HEATER, "water_heater.max_gap_hours", 3.0)
SELLING = changed(BATTERY, "planner.horizon_hours", 4)
"""A choice in every slot between selling and buying takes the solver longer."""


def at_noon(config: Config, *, curve: PriceCurve | None = None, pv_kw: float = 0.0) -> Inputs:
    """1 kW of load, a battery half full, prices that change by the hour."""
    known = Inputs(config=config, wishes=Wishes.of(config))
    messages = (curve or prices(), forecast("load", 1.0), forecast("pv", pv_kw), house(50.0))
    for message in messages:
        known = known.updated(message)
    return known


def made(config: Config, *, curve: PriceCurve | None = None, pv_kw: float = 0.0) -> Schedule:
    """The schedule that is made of it."""
    planned = at_noon(config, curve=curve, pv_kw=pv_kw).planned(NOON)
    return schedule(planned, plan(planned.problem), now=NOON, cause=None)


def dear_export() -> PriceCurve:
    """Prices at which selling always pays."""
    slots = tuple(one.model_copy(update={"export_per_kwh": 5.0}) for one in prices().slots)
    return prices().model_copy(update={"slots": slots})


def objective(config: Config) -> float:
    """The objective of the best plan, to the cent; the plan itself need not be unique."""
    return round(made(config).objective, 2)


def objective_selling(config: Config) -> float:
    """The same where selling pays."""
    return round(made(config, curve=dear_export()).objective, 2)


def objective_in_the_sun(config: Config) -> float:
    """The same with 2 kW of PV, if there are panels."""
    return round(made(config, pv_kw=2.0).objective, 2)


def charges(config: Config) -> list[float | None]:
    """State of charge by slot; null in a house without a battery."""
    return [one.soc_percent for one in made(config).slots]


def heats(config: Config) -> bool:
    """Whether the plan heats water."""
    return any(one.water_kw > 0 for one in made(config).slots)


def count(config: Config) -> int:
    """How many slots are planned."""
    return len(made(config).slots)


def quality(config: Config) -> str:
    """How the plan was made."""
    return made(config).status


def obstacle_after_ten_minutes(config: Config) -> str | None:
    """Why there can be no plan with a state of charge that is ten minutes old."""
    return at_noon(config).obstacle(NOON + timedelta(minutes=10))


async def next_run(config: Config) -> object:
    """When the service says that it plans next, just before the second slot."""
    at = NOON + timedelta(minutes=14, seconds=40)
    said = await first(PLAN_STATUS, planner, config, service=Service.PLANNER, at=at)
    return said.next_run_at


async def strategy(config: Config) -> object:
    """Whether the service sells, and what it says about it."""
    told = (
        (PRICES, dear_export()),
        (LOAD_FORECAST, forecast("load", 1.0)),
        (PV_FORECAST, forecast("pv", 0.0)),
        (HOUSE_STATE, house(50.0)),
    )
    said = await first(STRATEGY, planner, config, service=Service.PLANNER, at=NOON, told=told)
    return said.export_enabled, said.rules


WORTH: Mapping[str, tuple[object, object]] = {
    "grid.max_import_kw": (11.0, 2.0),
    "inverter.max_ac_kw": (8.8, 0.5),
    "battery.capacity_kwh": (10.0, 5.0),
    "battery.min_soc_percent": (12.0, 40.0),
    "battery.max_soc_percent": (100.0, 60.0),
    "battery.max_charge_kw": (5.0, 1.0),
    "battery.max_discharge_kw": (5.0, 0.5),
    "battery.charge_efficiency": (0.95, 0.8),
    "battery.discharge_efficiency": (0.95, 0.8),
    "battery.wear_cost_per_kwh": (0.05, 0.5),
    "battery.standby_kw": (0.0, 0.1),
}
HEAT: Mapping[str, tuple[object, object]] = {
    "water_heater.power_kw": (1.0, 4.0),
    "water_heater.daily_min_kwh": (4.0, 2.0),
    "water_heater.defer_hours": (0.0, 6.0),
    "water_heater.max_gap_hours": (None, 3.0),
    "water_heater.min_spacing_hours": (2.0, 0.5),
    "water_heater.start_penalty": (0.25, 0.5),
}
on_battery, selling = partial(Probe, house=BATTERY), partial(Probe, house=SELLING)
PROBES = (
    *(on_battery(key=key, observe=objective, values=values) for key, values in WORTH.items()),
    selling(key="grid.max_export_kw", observe=objective_selling, values=(11.0, 1.0)),
    on_battery(key="has_solar", observe=objective_in_the_sun, values=(True, False)),
    on_battery(key="battery", observe=charges, values=(BATTERY.battery, None)),
    *(
        Probe(key=key, observe=objective, values=values, house=HEATER)
        for key, values in HEAT.items()
    ),
    Probe(
        key="water_heater.gap_penalty_per_hour",
        observe=objective,
        values=(0.3, 0.6),
        house=HEATER_OVERDUE,
    ),
    Probe(key="water_heater", observe=heats, values=(HEATER.water_heater, None), house=HEATER),
    on_battery(key="planner.horizon_hours", observe=count, values=(12, 6)),
    on_battery(key="planner.time_limit_seconds", observe=quality, values=(10.0, 1e-6)),
    selling(key="planner.absolute_gap", observe=objective_selling, values=(0.001, 100.0)),
    on_battery(
        key="planner.soc_max_age_seconds",
        observe=obstacle_after_ten_minutes,
        values=(900.0, 300.0),
    ),
    on_battery(key="planner.jitter_seconds", observe=next_run, values=(5.0, 500.0)),
    on_battery(key="planner.interval_minutes", observe=next_run, values=(15.0, 20.0)),
    selling(key="planner.export_enabled", observe=strategy, values=(True, False)),
)
