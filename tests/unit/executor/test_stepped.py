"""Figures on the steps of real entities: what is configured is never passed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from unit.executor.samples import NOON
from unit.executor.test_expression import bindings

from darkstar_common.config import Battery, Config, Ev, Grid, WaterHeater
from darkstar_executor.core import commands
from darkstar_executor.core.appliances import appliances
from darkstar_executor.core.case import Manners
from darkstar_executor.core.ears import Ears
from darkstar_executor.core.expectation import sight
from darkstar_executor.core.expression import settings
from darkstar_executor.core.measured import Measured
from darkstar_executor.core.roles import Binding
from darkstar_executor.core.stepped import stepped
from darkstar_executor.core.writes import NOTHING_DONE, plan_writes
from darkstar_executor.profiles import load_profile

HOUSE = Config(
    battery=Battery(
        capacity_kwh=10, min_soc_percent=12, max_soc_percent=93, nominal_voltage_v=51.2,
        max_charge_kw=5, max_discharge_kw=5,
    ),
    grid=Grid(max_import_kw=11, max_export_kw=3.68),
    water_heater=WaterHeater(),
    evs=(Ev(),),
)  # fmt: skip
UNITS = {"feed_in": "W", "discharge_power": "W", "setpoint": "W"}


def in_steps(name: str, steps: dict[str, tuple[float, float, float]]) -> dict[str, Binding]:
    """Every role bound; some entities with a range and steps of their own."""
    made = bindings(load_profile(name), units=UNITS, config=HOUSE)
    for role, (low, high, step) in steps.items():
        entity = made[role].entity
        assert entity is not None
        entity = replace(entity, minimum=low, maximum=high, step=step)
        made[role] = replace(made[role], entity=entity)
    return made


VICTRON = in_steps("victron", {
    "schedule_soc": (0, 100, 5), "minimum_soc": (0, 100, 5), "charge_current": (0, 500, 5),
    "feed_in": (0, 100_000, 100), "discharge_power": (0, 100_000, 100),
})  # fmt: skip


def test_a_victron_is_told_nothing_beyond_the_configured_limits() -> None:
    wanted = settings(commands.fallback(HOUSE), load_profile("victron"), HOUSE, VICTRON, NOON)
    manners = Manners(threshold_percent=2, min_interval=timedelta(minutes=1))
    ears = Ears(max_age=timedelta(minutes=10)).rebound(VICTRON)
    outcome = plan_writes(wanted, ears, NOTHING_DONE, manners, NOON)
    told = {one.role: one.wanted for one in outcome.writes}
    told = {
        role: told[role] for role in ("minimum_soc", "schedule_soc", "charge_current", "feed_in")
    }
    assert told == {
        "minimum_soc": 15.0, "schedule_soc": 90.0, "charge_current": 95.0, "feed_in": 3600.0,
    }  # fmt: skip


# --- hot water and vehicles ----------------------------------------------------------------------


def told(role: str, span: tuple[float, float, float], unit: str, **known: Any) -> object:
    """What the entity of an appliance is to be set to."""
    heater = WaterHeater(**known.get("heater", {}))
    config = HOUSE.model_copy(update={"water_heater": heater, "evs": (known.get("ev", Ev()),)})
    there = bindings(load_profile("victron"), units={role: unit}, config=config)
    entity = there[role].entity
    assert entity is not None
    low, high, step = span
    entity = replace(entity, minimum=low, maximum=high, step=step)
    there[role] = replace(there[role], entity=entity)
    command = commands.heated(commands.self_consume(config), known.get("hot"), config)
    command = commands.driven(command, {"car": known.get("car", 0.0)}, config)
    return {one.role: one.value for one in appliances(command, config, there)}[role]


@pytest.mark.parametrize(
    ("hot", "step", "unit", "heater", "wanted"),
    [
        (68.0, 5.0, "°C", {"max_c": 68.0, "boost_c": 68.0}, 65.0),
        (60.0, 5.0, "°C", {}, 60.0),
        (65.0, 1.0, "°F", {}, 149.0),
        (45.0, 10.0, "°C", {"normal_c": 45.0}, 50.0),  # 40 is off
        (45.0, 10.0, "°C", {"normal_c": 45.0, "boost_c": 45.0, "max_c": 48.0,
                            "legionella_c": 45.0}, 40.0),
        (65.0, 10.0, "°C", {}, 70.0),  # 60 would never be hot enough
        (65.0, 10.0, "°C", {"boost_c": 66.0, "max_c": 68.0}, 60.0),
        (42.0, 5.0, "°C", {"off_c": 42.0}, 40.0),
    ],
)  # fmt: skip
def test_water_is_set_below_its_hottest_and_hot_enough(
    hot: float, step: float, unit: str, heater: dict[str, float], wanted: float
) -> None:
    span = (0.0, 200.0, step)
    assert told("water_setpoint", span, unit, hot=hot, heater=heater) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("car", "ev", "amperes"),
    [
        (4.1, {"min_charge_kw": 4.1}, 6.0),  # 5.9 A; 5 A would be none
        (1.4, {"phases": 1}, 6.0),
    ],
)
def test_a_vehicle_gets_the_least_that_it_charges_with(
    car: float, ev: dict[str, Any], amperes: float
) -> None:
    value = told("car/current", (0, 32, 1), "A", car=car, ev=Ev(**ev))
    assert value == pytest.approx(amperes, abs=0.1)


# --- the watch over it ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("intent", "target"), [("self_consume", 15.0), ("charge_from_grid", 90.0), ("export", 15.0)]
)
def test_a_battery_is_watched_by_the_end_that_it_was_told(intent: str, target: float) -> None:
    until = NOON + timedelta(hours=1)
    command = {
        "self_consume": commands.self_consume(HOUSE),
        "charge_from_grid": commands.charge_from_grid(HOUSE, charge_kw=5, ceiling=93, until=until),
        "export": commands.export(HOUSE, discharge_kw=5, floor=12, until=until),
    }[intent]
    assert stepped(command, load_profile("victron"), VICTRON).soc_target_percent == target


def test_a_battery_that_rests_at_the_floor_of_its_steps_obeys() -> None:
    command = commands.self_consume(HOUSE)
    rests = Measured(soc_percent=15.0, import_kw=2.0, discharge_kw=0.0, charge_kw=0.0, export_kw=0)
    assert sight(command, rests, HOUSE).verdict == "deviates"
    told_so = stepped(command, load_profile("victron"), VICTRON)
    assert sight(told_so, rests, HOUSE).verdict == "follows"


def test_a_depth_is_the_floor_of_its_steps_too() -> None:
    there = in_steps("goodwe", {"depth_of_discharge": (0, 99, 5)})
    command = stepped(commands.self_consume(HOUSE), load_profile("goodwe"), there)
    assert command.soc_target_percent == 15.0


def test_a_bound_that_does_not_go_so_far_makes_none_looser() -> None:
    there = in_steps("sungrow", {"min_soc": (0, 50, 1), "max_soc": (50, 100, 1)})
    profile, until = load_profile("sungrow"), NOON + timedelta(hours=1)
    sold = commands.export(HOUSE, discharge_kw=5, floor=60, until=until)
    assert stepped(sold, profile, there).soc_target_percent == 60
    bought = commands.charge_from_grid(HOUSE, charge_kw=5, ceiling=40, until=until)
    assert stepped(bought, profile, there).soc_target_percent == 40
