"""Keys that change what the executor tells people, how fast it looks, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

from unit.common.keys.probe import Observe, Probe
from unit.executor.living import House, a_house
from unit.executor.samples import CHARGE, EXPORT, HOLD, house, schedule

from darkstar_common.config import Config, Ev
from darkstar_common.contract import SCHEDULE

Day: TypeAlias = Callable[[House], Awaitable[None]]
WITH_CAR = house().model_copy(update={"evs": (Ev(id="car"),)})
HEAT = HOLD | {"water_kw": 3.0}
DRIVE = HOLD | {"evs": {"car": 7.0}, "import_kw": 7.5}


def told(day: Day, *, obeys: bool = True) -> Observe:
    """Kinds of what people are told in the course of `day`."""

    async def observe(config: Config) -> object:
        with TemporaryDirectory() as state:
            async with a_house(config=config, obeys=obeys) as home, home.executor(Path(state)):
                await day(home)
            return sorted(set(home.told))

    return observe


def following(first: dict[str, Any], then: dict[str, Any]) -> Day:
    """A slot after another one."""

    async def day(home: House) -> None:
        await home.tell(SCHEDULE, schedule(first, then, HOLD))
        home.pace = timedelta(minutes=1)
        await home.wait(minutes=15, seconds=5)

    return day


async def overridden(home: House) -> None:
    """A quick action, to its end."""
    await home.tell(SCHEDULE, schedule(HOLD))
    await home.ask("override/set", '{"action": "hold", "minutes": 2}')
    await home.wait(minutes=2, seconds=5)


async def paused(home: House) -> None:
    """A pause of an hour and a half."""
    home.pace = timedelta(minutes=1)
    await home.tell(SCHEDULE, schedule(HOLD))
    await home.ask("pause/set", "90")
    await home.wait(minutes=31)


async def dark(home: House) -> None:
    """The grid goes away."""
    await home.tell(SCHEDULE, schedule(HOLD))
    await home.show("grid_voltage", "3")


async def drawing_much(home: House) -> None:
    """The fuse is near while the battery is charged from the grid."""
    await home.tell(SCHEDULE, schedule(CHARGE, CHARGE))
    await home.show("grid_power", "14000")
    await home.show("battery_power", "-3000")
    await home.wait(seconds=10)


async def reluctant(home: House) -> None:
    """Everything is shown as commanded, and the battery does nothing."""
    home.pace = timedelta(minutes=1)
    await home.tell(SCHEDULE, schedule(*[CHARGE] * 4))
    for _ in range(4):
        await home.wait(minutes=4)
        await home.show("battery_power", "0")
        await home.show("grid_power", "500")


async def disobedient(home: House) -> None:
    """A device shows nothing of what it is set to."""
    await home.tell(SCHEDULE, schedule(*[CHARGE] * 4))
    await home.wait(minutes=8)


async def fickle(home: House) -> None:
    """More changes than a device is written in a day."""
    for percent in range(20, 26):
        await home.tell(SCHEDULE, schedule(EXPORT | {"soc_percent": percent * 2}))
        await home.wait(minutes=1, seconds=10)


async def scalded(home: House) -> None:
    """The tank is hot for long."""
    home.pace = timedelta(minutes=1)
    await home.tell(SCHEDULE, schedule(HOLD, HOLD))
    await home.show("water_temperature", "64")
    await home.show("water_temperature", "70")
    await home.wait(minutes=6)
    await home.show("water_temperature", "70")
    await home.wait(minutes=6)


async def power_after_seconds(config: Config) -> object:
    """What is left of a charge that is too much for the fuse, after ten seconds."""
    with TemporaryDirectory() as state:
        async with a_house(config=config) as home, home.executor(Path(state)):
            await drawing_much(home)
            return home.state.command.charge_kw


async def left_behind(config: Config) -> object:
    """What a stopped executor leaves, of a house that was found with 30 A."""
    with TemporaryDirectory() as state:
        async with a_house(config=config) as home:
            await home.show("max_charge_current", "30", retain=True)
            async with home.executor(Path(state)):
                await home.tell(SCHEDULE, schedule(CHARGE))
                await home.wait(minutes=1)
            return home.commanded("max_charge_current")


_KINDS: tuple[tuple[str, Observe, Config], ...] = (
    ("charge_start", told(following(HOLD, CHARGE)), house()),
    ("charge_stop", told(following(CHARGE, HOLD)), house()),
    ("export_start", told(following(HOLD, EXPORT)), house()),
    ("export_stop", told(following(EXPORT, HOLD)), house()),
    ("water_heat_start", told(following(HOLD, HEAT)), house()),
    ("water_heat_stop", told(following(HEAT, HOLD)), house()),
    ("ev_start", told(following(HOLD, DRIVE)), WITH_CAR),
    ("ev_stop", told(following(DRIVE, HOLD)), WITH_CAR),
    ("soc_target_change", told(following(HOLD, CHARGE)), house()),
    ("override_started", told(overridden), house()),
    ("override_ended", told(overridden), house()),
    ("pause_reminder", told(paused), house()),
    ("grid_outage", told(dark), house()),
    ("peak_guard", told(drawing_much), house()),
    ("not_following", told(reluctant), house(not_following_minutes=5.0)),
    ("not_confirmed", told(disobedient, obeys=False), house()),
    ("write_limit", told(fickle), house(max_writes_per_day=3)),
    ("legionella", told(scalded), house()),
)
PROBES = (
    *(
        Probe(key=f"executor.notify.{kind}", observe=observe, values=(True, False), house=config)
        for kind, observe, config in _KINDS
    ),
    Probe(
        key="executor.pause_reminder_minutes",
        observe=told(paused),
        values=(30.0, 0.0),
        house=house(),
    ),
    Probe(
        key="executor.guard.seconds",
        observe=power_after_seconds,
        values=(5.0, 300.0),
        house=house(),
    ),
    Probe(
        key="executor.on_stop",
        observe=left_behind,
        values=("fallback", "release"),
        house=house(),
    ),
)
