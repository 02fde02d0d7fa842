"""Each row of the tables is reached from outside: by what house, people and planner say."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from unit.executor.living import House, a_house
from unit.executor.samples import (
    CHARGE,
    DISCHARGE,
    EXPORT,
    HOLD,
    NOON,
    PREFIX,
    PV_CHARGE,
    ROLES,
    house,
    schedule,
)
from unit.executor.situations import CURTAIL, IDLE, NOTHING, prices

from darkstar_common.config import Config, Ev, WaterHeater
from darkstar_common.contract import PRICES, SCHEDULE
from darkstar_executor.core.cars import EV_RULES
from darkstar_executor.core.rules import RULES
from darkstar_executor.core.water import WATER_RULES

Script = Callable[[House], Awaitable[None]]
CLOCK = dedent("""\
    title: Ends by time alone
    source: none
    settings:
      work_mode: {kind: select, meaning: What it does}
      minutes: {kind: number, meaning: How long, quantities: [duration]}
    intents:
      self_consume: {work_mode: Zero Export To CT}
      charge_from_grid: {work_mode: Export First, minutes: $minutes}
      export: {work_mode: Export First, minutes: $minutes}
    """)
"""An inverter that knows no state of charge; that its two words mean other things is all one."""
MUTE = dedent("""\
    title: Looks after itself
    source: none
    settings:
      work_mode: {kind: select, meaning: What it does}
    intents:
      self_consume: {work_mode: Zero Export To CT}
    """)


def follow(*rows: dict[str, Any], **fields: Any) -> Script:
    """The planner sends a schedule."""

    async def script(home: House) -> None:
        await home.tell(SCHEDULE, schedule(*rows, **fields))
        await home.wait(minutes=1)

    return script


def ask(request: str, payload: str, *rows: dict[str, Any]) -> Script:
    """A person asks for something, over a schedule if there is one."""

    async def script(home: House) -> None:
        if rows:
            await home.tell(SCHEDULE, schedule(*rows))
        assert (await home.ask(request, payload)).accepted
        await home.wait(minutes=1)

    return script


def show(then: Script | None = None, minutes: float = 1, **states: str) -> Script:
    """The house shows these states, and keeps showing them; then something else."""

    async def script(home: House) -> None:
        home.alive = home.alive | states
        for role, value in states.items():
            await home.show(role, value)
        await home.wait(minutes=minutes)
        if then is not None:
            await then(home)

    return script


async def announce(home: House, role: str, component: str, **more: Any) -> None:
    """One more entity than usual."""
    topic = f"house/{role}"
    raw = {
        "name": role, "device": {"name": "House"}, "unique_id": f"house_{role}",
        "state_topic": topic, "command_topic": f"{topic}/set",
    }  # fmt: skip
    await home.bus.publish_raw(
        f"{PREFIX}/{component}/house/{role}/config", json.dumps(raw | more), retain=True
    )


def by_the_clock(percent: str, then: Script) -> Script:
    """An inverter that ends a forced flow by time alone, with the battery there."""

    async def script(home: House) -> None:
        await announce(home, "minutes", "number", unit_of_measurement="min", min=0, max=1440)
        await home.bus.publish_raw("house/minutes", "0", retain=True)
        await show(then, battery_soc=percent)(home)

    return script


async def sunny(home: House) -> None:
    """Sun is sold for next to nothing, the battery is full."""
    await home.tell(PRICES, prices(*[1.0] * 8, export_per_kwh=0.1))
    await show(None, minutes=6, battery_soc="97", grid_power="-2500")(home)


async def overdue(home: House) -> None:
    """The tank is measured, and nobody heats it for a day; then the plan does."""
    await home.wait(minutes=16)
    await home.clock.advance(timedelta(days=1, hours=1))
    await show(battery_soc="50", water_temperature="50")(home)
    row = NOTHING | {"water_kw": 3.0}
    start = home.clock.now().replace(minute=0, second=0, microsecond=0)
    await home.tell(SCHEDULE, schedule(*[row] * 8, start=start))


async def cut(home: House) -> None:
    """More is imported than the fuse carries, while the car and the heater draw."""
    await announce(home, "car_power", "sensor", unit_of_measurement="kW")
    for role, value in {"car_power": "5", "water_power": "3", "grid_power": "25000"}.items():
        await home.show(role, value, retain=True)
    await home.wait(seconds=15)


async def cut_and_let_go(home: House) -> None:
    await cut(home)
    await home.show("car_power", "0")
    await home.show("grid_power", "-9000")
    await home.wait(minutes=6)


def lost(role: str, then: Script) -> Script:
    """A reading is not there any more."""

    async def script(home: House) -> None:
        home.alive = {key: value for key, value in home.alive.items() if key != role}
        await home.show(role, "unavailable")
        await then(home)

    return script


async def outage(home: House) -> None:
    await show(None, grid_voltage="0")(home)


async def deaf(home: House) -> None:
    """The inverter takes nothing it is told."""
    home.obeys = False
    await home.tell(SCHEDULE, schedule(*[EXPORT] * 8))
    await home.wait(minutes=30)


BATTERY: dict[str, Script] = {
    "off": ask("automation/set", "off", CHARGE),
    "pause": ask("pause/set", "30", CHARGE),
    "grid_outage": outage,
    "soc_unknown": lost("battery_soc", follow(CHARGE)),
    "no_bounds": deaf,
    "cannot_say": follow(EXPORT, EXPORT),
    "emergency_charge": show(battery_soc="8"),
    "emergency": show(battery_soc="10"),
    "export_guard": show(follow(EXPORT), battery_soc="12"),
    "ceiling_reached": by_the_clock("71", follow(CHARGE)),
    "floor_reached": by_the_clock("29", follow(EXPORT)),
    "override_force_charge": ask("override/set", "force_charge"),
    "override_force_export": ask("override/set", "force_export"),
    "override_hold": ask("override/set", "hold", EXPORT),
    "override_self_consume": ask("override/set", "self_consume", EXPORT),
    "override_stop": ask("override/set", "stop", CHARGE),
    "no_schedule": show(),
    "schedule_stale": follow(CHARGE, start=NOON - timedelta(hours=1)),
    "schedule_misses_now": follow(CHARGE, start=NOON + timedelta(hours=1)),
    "plan_charge_from_grid": follow(CHARGE),
    "plan_curtail": follow(CURTAIL),
    "plan_charge_from_pv": follow(PV_CHARGE),
    "plan_export": follow(EXPORT),
    "plan_discharge": follow(DISCHARGE),
    "plan_hold": follow(HOLD),
    "plan_idle": follow(IDLE),
    "plan_self_consume": follow(NOTHING),
}
WATER: dict[str, Script] = {
    "off": ask("automation/set", "off"),
    "pause": ask("pause/set", "30"),
    "grid_outage": outage,
    "override_stop": ask("override/set", "stop"),
    "peak_guard": cut,
    "override_force_heat": ask("override/set", "force_heat"),
    "water_boost": ask("water_boost/set", "30"),
    "legionella": overdue,
    "surplus": sunny,
    "plan": follow(NOTHING),
    "no_plan": show(),
}
DRIVING = NOTHING | {"evs": {"car": 7.0}, "ev_kw": 7.0}
EVS: dict[str, Script] = {
    "off": ask("automation/set", "off", DRIVING),
    "pause": ask("pause/set", "30", DRIVING),
    "grid_outage": outage,
    "override_stop": ask("override/set", "stop", DRIVING),
    "peak_guard": cut,
    "plan": follow(DRIVING),
    "given_back": cut_and_let_go,
    "no_plan": show(),
}


def config(rule: str, tmp_path: Path) -> Config:
    """The house for a row; a few need one of their own."""
    mine: dict[str, str] = {}
    made = house(
        roles=ROLES
        | {"car/power": "sensor.house_car_power", "water_power": "sensor.house_water_power"}
        | ({"minutes": "number.house_minutes"} if rule.endswith("_reached") else {}),
        shadow=False,
    ).model_copy(update={"evs": (Ev(),), "water_heater": WaterHeater()})
    if rule == "legionella":  # days would take as long as they have looks
        seldom = made.executor.guard.model_copy(update={"seconds": 3600.0})
        executor = made.executor.model_copy(update={"guard": seldom, "tick_seconds": 900.0})
        heater = WaterHeater(legionella_days=1)
        made = made.model_copy(update={"executor": executor, "water_heater": heater})
    if rule.endswith("_reached"):
        path = tmp_path / "clock.yaml"
        path.write_text(CLOCK)
        mine["profile"] = str(path)
    if rule == "cannot_say":
        path = tmp_path / "mute.yaml"
        path.write_text(MUTE)
        mine["profile"] = str(path)
    return made.model_copy(update={"inverter": made.inverter.model_copy(update=mine)})


@pytest.mark.parametrize("rule", BATTERY)
async def test_a_row_of_the_batterys_table_is_reached(rule: str, tmp_path: Path) -> None:
    async with a_house(config=config(rule, tmp_path)) as home, home.executor(tmp_path):
        await BATTERY[rule](home)
        assert home.state.rule == rule
        assert home.state.reason


@pytest.mark.parametrize("rule", WATER)
async def test_a_row_of_the_hot_waters_table_is_reached(rule: str, tmp_path: Path) -> None:
    async with a_house(config=config(rule, tmp_path)) as home:
        await announce(home, "water_power", "sensor", unit_of_measurement="kW")
        async with home.executor(tmp_path):
            await WATER[rule](home)
            assert home.state.water_rule == rule


@pytest.mark.parametrize("rule", EVS)
async def test_a_row_of_a_vehicles_table_is_reached(rule: str, tmp_path: Path) -> None:
    async with a_house(config=config(rule, tmp_path)) as home, home.executor(tmp_path):
        await EVS[rule](home)
        assert home.state.ev_rules["car"] == rule


def test_every_row_is_reached() -> None:
    assert list(BATTERY) == [row.name for row in RULES]
    assert list(WATER) == [row.name for row in WATER_RULES]
    assert list(EVS) == [row.name for row in EV_RULES]
