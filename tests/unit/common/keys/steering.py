"""Keys that change how water is heated by surplus, cars are charged, and the guard cuts."""

from __future__ import annotations

import json
from functools import partial

from unit.common.keys.executing import watching
from unit.common.keys.probe import Probe
from unit.executor.living import House
from unit.executor.samples import CHARGE, HOLD, PREFIX, ROLES, house, schedule
from unit.executor.situations import prices

from darkstar_common.config import Ev
from darkstar_common.contract import PRICES, SCHEDULE

AMPERES = "house/car_current"
CARS = house(roles=ROLES | {"car/current": "number.house_car_current"}).model_copy(
    update={"evs": (Ev(),)}
)


async def sunny(home: House) -> object:
    """Set-points while 2.5 kW are sold for next to nothing and the battery is nearly full."""
    home.alive = home.alive | {"battery_soc": "96"}
    await home.show("battery_soc", "96")
    await home.show("grid_power", "-2500")
    await home.tell(PRICES, prices(*[1.0] * 8, export_per_kwh=0.1))
    await home.wait(minutes=6)
    return home.commanded("water_setpoint")


async def amperes(home: House) -> object:
    """What the car's charger is set to for 6 kW."""
    raw = {
        "name": "car_current", "device": {"name": "House"}, "unique_id": "house_car_current",
        "state_topic": AMPERES, "command_topic": f"{AMPERES}/set", "unit_of_measurement": "A",
        "min": 0, "max": 63, "step": 1,
    }  # fmt: skip
    await home.bus.publish_raw(
        f"{PREFIX}/number/house/car_current/config", json.dumps(raw), retain=True
    )
    await home.bus.publish_raw(AMPERES, "6", retain=True)
    await home.tell(SCHEDULE, schedule(*[HOLD | {"evs": {"car": 6.0}, "ev_kw": 6.0}] * 4))
    await home.wait(minutes=1)
    return [payload.decode() for payload in home.bus.sent_raw(f"{AMPERES}/set")]


async def charging(home: House, *, import_w: str) -> object:
    """What the guard says while the battery is charged from the grid and the house imports."""
    await home.tell(SCHEDULE, schedule(*[CHARGE] * 4))
    await home.show("battery_power", "-3000")
    await home.show("grid_power", import_w)
    await home.wait(seconds=40)
    return home.state.trimmed


async def let_go(home: House) -> object:
    """That, two minutes after the import has fallen."""
    await charging(home, import_w="12000")
    await home.show("battery_power", "0")
    await home.show("grid_power", "2000")
    await home.wait(minutes=2)
    return home.state.trimmed


busy, nearly = partial(charging, import_w="12000"), partial(charging, import_w="9500")
at_home, with_a_car = partial(Probe, house=house()), partial(Probe, house=CARS)
PROBES = (
    at_home(key="water_heater.max_c", observe=watching(sunny), values=(85.0, 80.0)),
    at_home(key="water_heater.surplus_kw", observe=watching(sunny), values=(2.0, 3.0)),
    at_home(key="water_heater.surplus_soc_percent", observe=watching(sunny), values=(95.0, 99.0)),
    at_home(key="water_heater.surplus_below_per_kwh", observe=watching(sunny), values=(0.2, 0.0)),
    at_home(key="executor.guard.enabled", observe=watching(busy), values=(True, False)),
    at_home(key="executor.guard.fuse_margin_kw", observe=watching(nearly), values=(0.3, 3.0)),
    at_home(key="executor.guard.release_minutes", observe=watching(let_go), values=(1.0, 30.0)),
    with_a_car(key="evs.phases", observe=watching(amperes), values=(3, 1)),
    with_a_car(key="evs.voltage_v", observe=watching(amperes), values=(230.0, 400.0)),
)
