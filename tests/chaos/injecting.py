"""Brings a fault about, and ends it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from random import Random

from chaos.faults import EVERYONE, Fault, Kind
from chaos.house import NODE, ChaosHouse
from chaos.observer import Observer

from darkstar_common.launcher.fleet import BROKER, SERVICES

BROKEN_YAML = "battery: [this is: no configuration\n"
STORM_PER_SECOND = 150
NONSENSE = ("nan", "", "unavailable", "unknown", "-", "1e999", "\x00\xff", "12,5", "{", "None")
WILD = ("1e6", "-99999", "250", "-5", "0")
SENSORS = (
    f"inverter/{NODE}/battery_soc", f"inverter/{NODE}/battery_power", f"inverter/{NODE}/pv_power",
    f"inverter/{NODE}/load_power", f"inverter/{NODE}/grid_voltage",
    f"water_heater/{NODE}/temperature", f"water_heater/{NODE}/power",
)  # fmt: skip
"""Of which anything may be said."""
COUNTERS = (
    f"inverter/{NODE}/total_pv", f"inverter/{NODE}/total_load",
    f"inverter/{NODE}/total_battery_charge", f"inverter/{NODE}/total_battery_discharge",
    f"water_heater/{NODE}/energy", f"grid_meter/{NODE}/state",
)  # fmt: skip
"""Of which only nonsense may be said: a figure would be what they have counted."""
TOLD: dict[Kind, frozenset[tuple[str, str]]] = {
    Kind.DISK_FULL: frozenset({("recorder", "database_unwritable")}),
    Kind.BAD_CONFIG: frozenset((one, "config_refused") for one in SERVICES),
}
"""Which services raise which issue; such a fault lasts until they have."""
Ongoing = AbstractAsyncContextManager[None]


def kinds_of(house: ChaosHouse) -> tuple[Kind, ...]:
    """The faults that can be had on this machine."""
    return tuple(one for one in Kind if one is not Kind.DISK_FULL or house.disk is not None)


async def bring_about(
    fault: Fault, house: ChaosHouse, observer: Observer, *, within: float
) -> tuple[str, ...]:
    """Have it happen; returns when it is over.

    Returns:
        A sentence, if people are to be told of such a fault and were not `within` so many seconds.
    """
    observer.told.clear()
    async with _BY_KIND[fault.kind](fault, house, observer):
        await asyncio.sleep(fault.seconds)
        expected = TOLD.get(fault.kind, frozenset())
        try:
            await observer.until("told", lambda: expected <= observer.told, seconds=within)
        except TimeoutError:
            missing = sorted(f"{who} {what}" for who, what in expected - observer.told)
            return (f"nobody was told: {', '.join(missing)}",)
    return ()


def _at_once(act: Callable[[Fault, ChaosHouse], None]) -> Callable[..., Ongoing]:
    """A fault that is over when it has happened."""

    @asynccontextmanager
    async def happening(fault: Fault, house: ChaosHouse, _: Observer) -> AsyncIterator[None]:
        act(fault, house)
        yield

    return happening


def _for_a_while(
    begin: Callable[[Fault, ChaosHouse], None], end: Callable[[Fault, ChaosHouse], None]
) -> Callable[..., Ongoing]:
    """A fault that is ended, whatever happens meanwhile."""

    @asynccontextmanager
    async def happening(fault: Fault, house: ChaosHouse, _: Observer) -> AsyncIterator[None]:
        begin(fault, house)
        try:
            yield
        finally:
            end(fault, house)

    return happening


def _jump(fault: Fault, house: ChaosHouse, *, right: bool = False) -> None:
    names = SERVICES if fault.target == EVERYONE else (fault.target,)
    house.jump(names, timedelta(hours=0 if right else fault.ahead))


def _disk(house: ChaosHouse, *, full: bool) -> None:
    assert house.disk is not None
    (house.disk.fill if full else house.disk.free)()


@asynccontextmanager
async def _bad_config(_: Fault, house: ChaosHouse, __: Observer) -> AsyncIterator[None]:
    path = house.config_path
    good = path.read_bytes()
    path.write_text(BROKEN_YAML, encoding="utf-8")
    _reload(house)
    try:
        yield
    finally:
        path.write_bytes(good)
        _reload(house)


def _reload(house: ChaosHouse) -> None:
    for name in SERVICES:
        house.signal(name, signal.SIGHUP)


@asynccontextmanager
async def _ha_restart(_: Fault, house: ChaosHouse, observer: Observer) -> AsyncIterator[None]:
    """All that was announced is gone, as after somebody cleared the broker; then the birth."""
    await house.bus.publish_raw("homeassistant/status", "offline")
    for topic in sorted(observer.announced):
        await house.bus.publish_raw(topic, "", qos=1, retain=True)
    yield
    await house.bus.publish_raw("homeassistant/status", "online")


@asynccontextmanager
async def _storm(fault: Fault, house: ChaosHouse, _: Observer) -> AsyncIterator[None]:
    blowing = asyncio.create_task(_blow(fault, house), name="storm")
    try:
        yield
    finally:
        blowing.cancel()
        await asyncio.gather(blowing, return_exceptions=True)
        # the house says its own word again, as a device does after a glitch
        await house.bus.publish_raw(f"simulator/{NODE}/fault/set", "clear")


async def _blow(fault: Fault, house: ChaosHouse) -> None:
    random = Random(fault.number)  # noqa: S311 (no secret)
    while True:
        if random.random() < 0.3:
            topic, payload = random.choice(COUNTERS), random.choice(NONSENSE)
        else:
            figure = f"{random.uniform(0, 5000):.1f}"
            payload = random.choice((figure, figure, *NONSENSE, *WILD))
            topic = random.choice(SENSORS)
        await house.bus.publish_raw(topic, payload)
        await asyncio.sleep(1 / STORM_PER_SECOND)


@asynccontextmanager
async def _sensor(fault: Fault, house: ChaosHouse, _: Observer) -> AsyncIterator[None]:
    topic = f"simulator/{NODE}/fault/set"
    await house.bus.publish_raw(topic, f"{fault.word} {fault.target}")
    try:
        yield
    finally:
        await house.bus.publish_raw(topic, "clear")


_BY_KIND: dict[Kind, Callable[[Fault, ChaosHouse, Observer], Ongoing]] = {
    Kind.KILL: _at_once(lambda fault, house: house.signal(fault.target, signal.SIGKILL)),
    Kind.BROKER_KILL: _at_once(lambda _, house: house.signal(BROKER, signal.SIGKILL)),
    Kind.BROKER_RESTART: _at_once(lambda _, house: house.signal(BROKER, signal.SIGTERM)),
    Kind.STOP: _for_a_while(
        lambda fault, house: house.signal(fault.target, signal.SIGSTOP),
        lambda fault, house: house.signal(fault.target, signal.SIGCONT),
    ),
    Kind.PARTITION: _for_a_while(
        lambda fault, house: house.network.cut(fault.target),
        lambda fault, house: house.network.mend(fault.target),
    ),
    Kind.DISK_FULL: _for_a_while(
        lambda _, house: _disk(house, full=True), lambda _, house: _disk(house, full=False)
    ),
    Kind.CLOCK_JUMP: _for_a_while(_jump, lambda fault, house: _jump(fault, house, right=True)),
    Kind.HA_RESTART: _ha_restart,
    Kind.SENSOR_STORM: _storm,
    Kind.SENSOR_LOST: _sensor,
    Kind.BAD_CONFIG: _bad_config,
}
