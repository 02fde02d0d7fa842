"""Keys that change what a plan weighs: tariffs on power, cars, dials, regimes, the last plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from unit.common.keys.planning import (
    BATTERY,
    SELLING,
    at_noon,
    objective,
    objective_in_the_sun,
    objective_selling,
)
from unit.common.keys.probe import Probe, changed
from unit.planner.houses import NOON, forecast, house, prices

from darkstar_common.config import Config
from darkstar_common.contract import EvSet, Schedule, Strategy
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.plan import plan
from darkstar_planner.core.schedule import episode, schedule, strategy_message
from darkstar_planner.core.strategy import Wishes

DAYS = timedelta(days=1)
SATURDAY = datetime(2026, 1, 3, 12, tzinfo=UTC)
LIMITED = changed(BATTERY, "grid.import_limit_kw", 0.5)
PEAK = changed(BATTERY, "grid.peak", {"hours": list(range(24)), "weekdays_only": False, "top_n": 1})
DC = changed(changed(BATTERY, "inverter.efficiency", 0.9), "inverter.dc_coupled", value=True)
CAR = Config.model_validate(
    {
        "battery": None,
        "water_heater": None,
        "evs": [{"capacity_kwh": 40.0, "departure": "18:00"}],
        "planner": {"horizon_hours": 12, "absolute_gap": 0.001},
    }
)
"""A car at 50 % that leaves in the evening; the battery of the house would only blur it."""
HURRIED = changed(CAR, "evs.departure", "13:30")
CALM = changed(BATTERY, "planner.wide_spread_per_kwh", 3.0)
VACATION = Config.model_validate({"planner": {"horizon_hours": 24, "scenarios": 1}})


def at_weekend(config: Config) -> float:
    """The objective of the best plan from a Saturday noon on."""
    known = Inputs(config=config, wishes=Wishes.of(config))
    for message in (
        prices(start=SATURDAY),
        forecast("load", 1.0, start=SATURDAY),
        forecast("pv", 0.0, start=SATURDAY),
        house(50.0, at=SATURDAY),
    ):
        known = known.updated(message)
    return round(plan(known.planned(SATURDAY).problem).objective, 2)


def with_car(config: Config) -> Schedule:
    """The schedule with `car` at half its energy."""
    said = {"car": EvSet(soc_percent=50.0, emitted_at=NOON)}
    planned = replace(at_noon(config), cars=said).planned(NOON)
    return schedule(planned, plan(planned.problem), now=NOON, cause=None)


def objective_with_car(config: Config) -> float:
    """The objective of that."""
    return round(with_car(config).objective, 2)


def cars(config: Config) -> object:
    """The cars in the schedule, and what it says of those that are not."""
    made_with = with_car(config)
    return list(made_with.slots[0].evs), [one for one in made_with.why if "nothing" in one]


def told(config: Config) -> Strategy:
    """What the strategy says at noon."""
    return strategy_message(at_noon(config).planned(NOON), now=NOON, cause=None)


def dials(config: Config) -> object:
    """Where the dials stand, as published."""
    return told(config).risk_appetite, told(config).comfort


def regime(config: Config) -> str:
    """What kind of days these are."""
    return told(config).price_regime


def futures(config: Config) -> int:
    """How many other futures the problem in the episode has."""
    planned = at_noon(config).planned(NOON)
    solution = plan(planned.problem)
    published = episode(planned, schedule(planned, solution, now=NOON, cause=None))
    return len(published.inputs.get("scenarios", ()))


def kept(config: Config) -> float | None:
    """What a change of the last plan would save where it was kept."""
    before = at_noon(changed(config, "battery.wear_cost_per_kwh", 0.3)).planned(NOON)
    hint = plan(before.problem).model_dump(mode="json")
    planned = replace(at_noon(config), hint=hint).planned(NOON)
    return schedule(planned, plan(planned.problem), now=NOON, cause=None).kept_saving


def made_hot(config: Config) -> object:
    """How hot, for how long, in a house left alone whose tank was hot six days ago."""
    away = replace(
        at_noon(config),
        wishes=replace(Wishes.of(config), vacation=True),
        legionella_done_at=NOON - 6 * DAYS,
    )
    planned = away.planned(NOON)
    slots = schedule(planned, plan(planned.problem), now=NOON, cause=None).slots
    return [one.water_c for one in slots if one.water_kw > 0]


WORTH: Mapping[str, tuple[object, object]] = {
    "grid.import_limit_kw": (None, 0.5),
    "grid.peak": (None, {}),
    "battery.charge_taper": ((), ((0.0, 2.0), (100.0, 1.0))),
    "battery.charge_from_grid": (True, False),
    "planner.ramp_penalty_per_kw": (0.0, 0.1),
}
DRIVEN: Mapping[str, tuple[object, object]] = {
    "evs.capacity_kwh": (40.0, 30.0),
    "evs.max_charge_kw": (11.0, 2.0),
    "evs.min_charge_kw": (1.4, 9.0),
    "evs.charge_efficiency": (0.9, 0.8),
    "evs.target_percent": (80.0, 60.0),
    "evs.departure": ("18:00", "14:00"),
}
on_battery, selling = partial(Probe, house=BATTERY), partial(Probe, house=SELLING)
on_peak, on_dc = partial(Probe, house=PEAK), partial(Probe, house=DC)
on_car, away = partial(Probe, house=CAR), partial(Probe, house=VACATION)
PROBES = (
    *(on_battery(key=key, observe=objective, values=values) for key, values in WORTH.items()),
    *(on_car(key=key, observe=objective_with_car, values=one) for key, one in DRIVEN.items()),
    Probe(
        key="grid.import_limit_penalty_per_kwh",
        observe=objective,
        values=(5.0, 1.0),
        house=LIMITED,
    ),
    on_peak(key="grid.peak.price_per_kw", observe=objective, values=(50.0, 10.0)),
    on_peak(key="grid.peak.hours", observe=objective, values=(tuple(range(24)), (3,))),
    on_peak(key="grid.peak.weekdays_only", observe=at_weekend, values=(True, False)),
    on_peak(key="grid.peak.top_n", observe=objective, values=(1, 20)),
    on_dc(key="inverter.dc_coupled", observe=objective_in_the_sun, values=(True, False)),
    on_dc(key="inverter.efficiency", observe=objective, values=(0.9, 0.8)),
    on_battery(key="battery.min_charge_kw", observe=objective_in_the_sun, values=(0.0, 4.0)),
    selling(key="battery.discharge_to_grid", observe=objective_selling, values=(True, False)),
    on_car(key="evs", observe=cars, values=(CAR.evs, ())),
    on_car(key="evs.id", observe=cars, values=("car", "van")),
    Probe(
        key="evs.target_penalty_per_kwh",
        observe=objective_with_car,
        values=(10.0, 20.0),
        house=HURRIED,
    ),
    on_battery(key="planner.risk_appetite", observe=dials, values=(3, 1)),
    on_battery(key="planner.comfort", observe=dials, values=(3, 5)),
    Probe(key="planner.narrow_spread_per_kwh", observe=regime, values=(0.5, 2.5), house=CALM),
    on_battery(key="planner.wide_spread_per_kwh", observe=regime, values=(1.5, 3.0)),
    on_battery(key="planner.scenarios", observe=futures, values=(1, 3)),
    on_battery(key="planner.keep_threshold", observe=kept, values=(0.0, 100.0)),
    away(key="water_heater.legionella_c", observe=made_hot, values=(65.0, 70.0)),
    away(key="water_heater.legionella_hours", observe=made_hot, values=(3.0, 1.0)),
    away(key="water_heater.legionella_days", observe=made_hot, values=(7, 20)),
)
