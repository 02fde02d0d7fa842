"""Hot water: levels, the plan's share of a slot, and surplus by measured heat that never flaps."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.executor.lived import MINUTE, Moment, World, kwh, live, switches
from unit.executor.samples import NOON, schedule
from unit.executor.situations import (
    COLD,
    HOUSE,
    LATER,
    NOTHING,
    SOLD_FOR_LITTLE,
    override,
    prices,
    situation,
)

from darkstar_common.config import Config, WaterHeater
from darkstar_executor.core.decide import Decision, decide
from darkstar_executor.core.memory import NO_MEMORY, Memory
from darkstar_executor.core.wishes import Wishes
from darkstar_simulator.core.parameters import (
    BatteryParameters,
    HouseParameters,
    InverterParameters,
    TankParameters,
)

LEVELS = {"off_c": 40.0, "normal_c": 60.0, "boost_c": 70.0, "max_c": 85.0}


def heated(**known: Any) -> Decision:
    return decide(situation(**known))


def set_point(**known: Any) -> float | None:
    return heated(**known).command.water_temperature_c


def with_heater(**fields: Any) -> Config:
    return HOUSE.model_copy(update={"water_heater": WaterHeater(**fields)})


def test_the_levels_are_off_40_normal_60_boost_70_and_max_85() -> None:
    assert {name: getattr(WaterHeater(), name) for name in LEVELS} == LEVELS


@pytest.mark.parametrize(("minutes", "expected"), [(0, 60), (7, 60), (8, 40), (14, 40)])
def test_half_the_heating_power_is_half_of_the_slot(minutes: float, expected: float) -> None:
    now = NOON + timedelta(minutes=minutes)
    assert set_point(now=now, schedule=schedule(NOTHING | {"water_kw": 1.5})) == expected


def test_a_planned_set_point_holds_only_while_it_heats_and_never_scalds() -> None:
    rows = schedule(NOTHING | {"water_kw": 1.5, "water_c": 95.0})
    assert set_point(schedule=rows) == 85
    assert set_point(now=NOON + timedelta(minutes=8), schedule=rows) == 40


@given(st.floats(-20, 200), st.floats(70, 90))
def test_no_set_point_is_above_the_hottest(planned: float, most: float) -> None:
    rows = schedule(NOTHING | {"water_kw": 3.0, "water_c": planned})
    assert 0 <= (set_point(config=with_heater(max_c=most), schedule=rows) or 0) <= most


def test_a_heater_that_is_only_switched_is_on_above_the_off_level() -> None:
    heating = schedule(NOTHING | {"water_kw": 3.0})
    assert heated(schedule=heating).command.water_on is True
    assert heated(schedule=schedule(NOTHING)).command.water_on is False
    assert heated(wishes=override("stop"), schedule=heating).command.water_on is False


def test_a_boost_stands_above_surplus_and_plan_but_not_above_stop() -> None:
    surplus = SOLD_FOR_LITTLE | {"memory": Memory(surplus_heating=True)}
    boost = Wishes(water_boost_until=LATER)
    assert set_point(**surplus, wishes=boost) == 70
    stop = override("stop").model_copy(update={"water_boost_until": LATER})
    assert {name: getattr(heated(**surplus, wishes=stop).command, name) for name in COLD} == COLD


# --- surplus, look by look -----------------------------------------------------------------------

FOR_LONG = Memory(surplus_since=NOON - timedelta(minutes=3))


@pytest.mark.parametrize(
    ("why", "changed"),
    [
        ("the tank is not measured", {"water_temperature_c": None}),
        ("the tank is hot", {"water_temperature_c": 80.5}),
        ("selling earns enough", {"prices": prices(1.0, export_per_kwh=0.2)}),
        ("nothing is known of prices", {"prices": None}),
        ("prices are those of another hour", {"prices": prices(1.0, start=LATER)}),
        ("the battery has room", {"soc_percent": 94.9}),
        ("the battery is not known", {"soc_percent": None}),
        ("export is not known", {"export_kw": None}),
        ("import is not known", {"import_kw": None}),
        ("discharge is not known", {"discharge_kw": None}),
        ("what is sold comes from the battery", {"discharge_kw": 2.0}),
        ("too little is sold", {"export_kw": 1.9}),
        ("it is for a moment only", {"memory": Memory(surplus_since=NOON - 2 * MINUTE)}),
        ("it has only begun", {"memory": NO_MEMORY}),
        ("the owner does not want it", {"config": with_heater(surplus_kw=None)}),
    ],
)
def test_surplus_does_not_heat_while(why: str, changed: dict[str, Any]) -> None:
    known = {"memory": FOR_LONG} | SOLD_FOR_LITTLE
    assert heated(**known).water_rule == "surplus"
    assert heated(**known | changed).water_rule == "no_plan", why


@pytest.mark.parametrize(
    ("changed", "stays"),
    [
        ({"water_temperature_c": 84.4}, True),
        ({"water_temperature_c": 84.5}, False),
        ({"soc_percent": 90.0}, True),
        ({"soc_percent": 89.0}, False),
        ({"water_temperature_c": None}, False),
        ({"prices": prices(1.0, export_per_kwh=0.3)}, False),
        ({"export_kw": 0.0, "import_kw": 1.9}, True),
        ({"export_kw": 0.0, "import_kw": 2.1}, False),
        ({"export_kw": 0.0, "discharge_kw": 2.1}, False),
        ({"export_kw": None}, False),
    ],
)
def test_surplus_lets_go_later_than_it_begins(changed: dict[str, Any], stays: bool) -> None:
    memory = replace(FOR_LONG, surplus_heating=True)
    running = SOLD_FOR_LITTLE | {"export_kw": 0.2, "water_kw": 3.0, "memory": memory}
    assert (heated(**running | changed).water_rule == "surplus") is stays


def test_a_kettle_of_two_minutes_does_not_end_it() -> None:
    memory, rules = Memory(surplus_heating=True), []
    for minute, bought in enumerate([0.0, 2.5, 2.5, 0.0, 2.5, 2.5, 2.5, 2.5, 0.0]):
        decision = heated(
            **SOLD_FOR_LITTLE | {"export_kw": 0.0, "import_kw": bought, "water_kw": 3.0},
            now=NOON + minute * MINUTE,
            memory=memory,
        )
        memory = decision.memory
        rules.append(decision.water_rule)
    assert rules == ["surplus"] * 7 + ["no_plan"] * 2


def test_surplus_goes_by_the_clock_that_was_set_back() -> None:
    """What has been so since an hour that is yet to come has been so since now."""
    memory = Memory(surplus_heating=True, surplus_since=NOON + timedelta(hours=1))
    gone = SOLD_FOR_LITTLE | {"export_kw": 0.0, "import_kw": 2.5, "water_kw": 3.0}
    rules = []
    for minute in range(5):
        decision = heated(**gone, now=NOON + minute * MINUTE, memory=memory)
        memory = decision.memory
        rules.append(decision.water_rule)
    assert rules == ["surplus"] * 3 + ["no_plan"] * 2


def test_a_heater_that_is_not_measured_is_taken_to_draw_what_it_draws() -> None:
    running = SOLD_FOR_LITTLE | {"export_kw": 0.0, "water_kw": None, "import_kw": 1.0}
    memory = replace(FOR_LONG, surplus_heating=True)
    assert heated(**running, memory=memory).water_rule == "surplus"
    assert heated(**running | {"import_kw": 2.1}, memory=memory).water_rule == "no_plan"


def test_what_the_plan_throws_away_heats_water_where_it_is_worth_nothing() -> None:
    throws = {"curtailed_kw": 2.5, "soc_percent": 100.0, "export_per_kwh": -0.2}
    known = SOLD_FOR_LITTLE | {"export_kw": 0.0, "prices": None, "memory": FOR_LONG}
    assert heated(**known, schedule=schedule(throws)).water_rule == "surplus"
    asked = override("self_consume")
    assert heated(**known, schedule=schedule(throws), wishes=asked).water_rule == "plan"


def test_a_house_without_battery_needs_no_state_of_charge() -> None:
    config = HOUSE.model_copy(update={"battery": None})
    known = SOLD_FOR_LITTLE | {"soc_percent": None, "discharge_kw": None, "memory": FOR_LONG}
    assert heated(**known, config=config).water_rule == "surplus"


# --- surplus over a day --------------------------------------------------------------------------

PARTS = HouseParameters(
    battery=BatteryParameters(capacity_kwh=10.0, standby_kw=0.0, taper=()),
    inverter=InverterParameters(ac_limit_kw=12.0, own_kw=0.0),
    tank=TankParameters(draw_kwh_per_day=4.0),
    initial_soc_percent=99.0,
    initial_tank_c=50.0,
)
SUMMER = HOUSE.model_copy(update={"evs": ()})


def a_summer_day(pv: Any, **more: Any) -> list[Moment]:
    world = World(
        parts=PARTS,
        config=SUMMER,
        load_kw=lambda _: 0.4,
        pv_kw=pv,
        prices=prices(*[1.0] * 40, export_per_kwh=0.05),
        schedule=lambda _: schedule(*[NOTHING] * 40),
        **more,
    )
    return live(world, NOON, timedelta(hours=8))


def clouds(now: datetime) -> float:
    """Sun that comes and goes every two minutes, and is gone for a while each hour."""
    minute = (now - NOON) // MINUTE
    if minute % 60 > 50:
        return 0.2
    return 6.0 if minute // 2 % 2 == 0 else 1.0


def test_steady_surplus_heats_once_up_to_the_hottest() -> None:
    moments = a_summer_day(lambda _: 5.0)
    assert max(one.tank_c for one in moments) > 84
    assert switches(moments, lambda one: one.command.water_temperature_c) <= 4
    assert kwh(moments, lambda flows: flows.import_kw) < 0.2


def test_surplus_under_broken_clouds_does_not_flap() -> None:
    moments = a_summer_day(clouds)
    assert switches(moments, lambda one: one.command.water_temperature_c) <= 16
    assert kwh(moments, lambda flows: flows.import_kw) < 0.5


def test_surplus_just_around_the_threshold_does_not_flap() -> None:
    moments = a_summer_day(lambda now: 2.4 + (0.3 if (now - NOON) // MINUTE % 2 else -0.3))
    assert switches(moments, lambda one: one.command.water_temperature_c) <= 2


def test_a_hot_tank_is_not_reheated_for_every_degree() -> None:
    moments = a_summer_day(lambda _: 5.0)
    reached = next(n for n, one in enumerate(moments) if one.tank_c > 84.4)
    rest = moments[reached + 5 :]
    assert switches(rest, lambda one: one.command.water_temperature_c) <= 2


def test_the_battery_is_filled_before_the_water() -> None:
    empty = replace(PARTS, initial_soc_percent=30.0)
    world = World(
        parts=empty,
        config=SUMMER,
        load_kw=lambda _: 0.4,
        pv_kw=lambda _: 5.0,
        prices=prices(*[1.0] * 40, export_per_kwh=0.05),
    )
    moments = live(world, NOON, timedelta(hours=4))
    assert min(one.soc for one in moments if one.decision.water_rule == "surplus") > 94
