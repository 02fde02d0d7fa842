"""Keys that change what the executor reads from the house and writes to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from unit.common.keys.probe import Observe, Probe
from unit.executor.living import House, a_house
from unit.executor.samples import CHARGE, HOLD, PV_CHARGE, ROLES, house, schedule

from darkstar_common.config import Config, Mqtt
from darkstar_common.contract import HOUSE_DEVICES, HOUSE_STATE, SCHEDULE

Watch: TypeAlias = Callable[[House], Awaitable[object]]


def watching(watch: Watch) -> Observe:
    """What `watch` sees of a house that an executor with the configuration runs."""

    async def observe(config: Config) -> object:
        with TemporaryDirectory() as state:
            async with a_house(config=config) as home, home.executor(Path(state)):
                return await watch(home)

    return observe


async def current_written(home: House) -> object:
    """Amperes that the battery may be charged with."""
    await home.tell(SCHEDULE, schedule(CHARGE))
    return home.commanded("max_charge_current")


async def small_change_written(home: House) -> object:
    """Whether 100 A become 92 A, of 185 that the inverter can be set to."""
    await home.tell(SCHEDULE, schedule(PV_CHARGE | {"charge_kw": 4.4, "export_kw": 1.0}))
    return home.commanded("max_charge_current")


async def second_write(home: House) -> object:
    """What is written for a second schedule, twenty seconds after the first."""
    await home.tell(SCHEDULE, schedule(CHARGE))
    await home.wait(seconds=20)
    await home.tell(SCHEDULE, schedule(CHARGE | {"soc_percent": 90.0}))
    return home.commanded("soc_target")


async def water_at_rest(home: House) -> object:
    """Set-point in a slot without heating."""
    await home.tell(SCHEDULE, schedule(HOLD))
    return home.commanded("water_setpoint")


async def water_heating(home: House) -> object:
    """Set-point in a slot that heats."""
    await home.tell(SCHEDULE, schedule(HOLD | {"water_kw": 3.0}, HOLD))
    return home.state.command.water_temperature_c


async def water_boosted(home: House) -> object:
    """Set-point after a wish for hot water."""
    await home.ask("water_boost/set", "30")
    return home.commanded("water_setpoint")


async def heating_ended(home: House) -> object:
    """Set-point ten minutes into a slot that is to heat for half of its time."""
    await home.tell(SCHEDULE, schedule(HOLD | {"water_kw": 1.5}, HOLD))
    await home.wait(minutes=10)
    return home.state.command.water_temperature_c


async def writes(home: House) -> object:
    """How much is written for a schedule."""
    await home.tell(SCHEDULE, schedule(CHARGE))
    return home.written


async def silent_for_five_minutes(home: House) -> object:
    """The state of charge of a house that has said nothing for so long."""
    home.alive = {}
    await home.wait(minutes=5)
    return home.bus.sent(HOUSE_STATE)[-1].soc_percent.value


async def powers(home: House) -> object:
    """Grid and battery as published, of a house that buys and discharges."""
    await home.show("battery_power", "1200")
    await home.wait(seconds=10)
    state = home.bus.sent(HOUSE_STATE)[-1]
    readings = (state.import_kw, state.export_kw, state.charge_kw, state.discharge_kw)
    return [one.value for one in readings]


async def bound(home: House) -> object:
    """Which roles are played."""
    await home.wait(seconds=20)
    roles = home.bus.sent(HOUSE_DEVICES)[-1].roles
    return sorted(one.role for one in roles if one.status == "bound")


async def asked_for(home: House) -> object:
    """Which roles the house is asked for."""
    await home.wait(seconds=20)
    return sorted(one.role for one in home.bus.sent(HOUSE_DEVICES)[-1].roles)


async def vehicles(home: House) -> object:
    """Power of all vehicles, from an entity that Home Assistant streams without its unit."""
    await home.bus.publish_raw("ha/sensor/cars/state", "7.2", retain=True)
    await home.wait(seconds=20)
    return home.bus.sent(HOUSE_STATE)[-1].ev_kw.value


async def third_write(home: House) -> object:
    """What is written for the last of three schedules, minutes apart."""
    for percent in (80.0, 90.0, 85.0):
        await home.tell(SCHEDULE, schedule(CHARGE | {"soc_percent": percent}))
        await home.wait(minutes=2)
    return home.commanded("soc_target")


async def told_again(home: House) -> object:
    """What is written in two and a half minutes to a house that does not do it."""
    home.obeys = False
    await home.tell(SCHEDULE, schedule(CHARGE))
    await home.wait(seconds=150)
    return home.commanded("soc_target")


async def followed(home: House) -> object:
    """Whether a battery that is charged with 1.5 kW instead of 3 follows, after eight minutes."""
    await home.tell(SCHEDULE, schedule(CHARGE))
    await home.show("battery_power", "-1500")
    await home.wait(minutes=8)
    return home.state.following.state


STREAMED = house(roles=ROLES | {"ev_power": "sensor.cars"}, units={"ev_power": "kW"}).model_copy(
    update={"mqtt": Mqtt(statestream_prefix="ha")}
)
PROBES = (
    *(
        partial(Probe, house=house())(key=key, observe=watching(watch), values=values)
        for key, watch, values in (
            ("mqtt.discovery_prefix", bound, ("homeassistant", "elsewhere")),
            ("inverter.profile", asked_for, ("deye", "sungrow")),
            ("battery.nominal_voltage_v", current_written, (48.0, 400.0)),
            ("water_heater.off_c", water_at_rest, (40.0, 45.0)),
            ("water_heater.normal_c", water_heating, (60.0, 65.0)),
            ("water_heater.boost_c", water_boosted, (70.0, 75.0)),
            ("executor.shadow", writes, (False, True)),
            ("executor.tick_seconds", heating_ended, (60.0, 900.0)),
            ("executor.state_max_age_seconds", silent_for_five_minutes, (600.0, 120.0)),
            ("executor.min_write_seconds", second_write, (60.0, 0.0)),
            ("executor.write_threshold_percent", small_change_written, (2.0, 10.0)),
            ("executor.max_writes_per_day", third_write, (100, 2)),
            ("executor.confirm_seconds", told_again, (60.0, 180.0)),
            ("executor.not_following_minutes", followed, (5.0, 20.0)),
            ("executor.meter.grid", powers, ("net", "dual")),
            ("executor.meter.grid_import_positive", powers, (True, False)),
            ("executor.meter.battery_discharge_positive", powers, (True, False)),
            ("executor.roles", bound, (ROLES, {})),
            ("executor.max_age_seconds", silent_for_five_minutes, ({}, {"battery_soc": 60.0})),
        )
    ),
    Probe(
        key="executor.not_following_kw",
        observe=watching(followed),
        values=(0.5, 2.0),
        house=house(not_following_minutes=5.0),
    ),
    *(
        Probe(key=key, observe=watching(vehicles), values=values, house=STREAMED)
        for key, values in (
            ("mqtt.statestream_prefix", ("ha", "elsewhere")),
            ("executor.units", ({"ev_power": "kW"}, {"ev_power": "W"})),
        )
    ),
)
