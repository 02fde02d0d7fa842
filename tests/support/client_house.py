"""A simulated house with Darkstar's processes for another program to meet: real broker, real ACL.

Everyone logs in as their own broker user, whose password is `of-<user>`.
"""

from __future__ import annotations

import asyncio
import os
import runpy
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from darkstar_common.bus import RawDelivery
from darkstar_common.bus.mqtt import Broker, MqttBus
from darkstar_common.config import Config
from darkstar_common.launcher.broker import broker_command, free_port
from darkstar_common.launcher.fleet import BROKER, SERVICES, SIMULATOR, Fleet
from darkstar_common.launcher.trial import (
    Trial,
    generate_house,
    import_history,
    trial_config,
    write_config,
)
from darkstar_common.runtime import Stopwatch, SystemClock

ROOT = Path(__file__).resolve().parents[2]
PREPARE: dict[str, Any] = runpy.run_path(str(ROOT / "deploy/prepare.py"))
USERS = ("simulator", "homeassistant", "people", *SERVICES)


def login(user: str) -> dict[str, str]:
    """What a process of ours is told to log in as `user`."""
    return {"DARKSTAR_MQTT_USERNAME": user, "DARKSTAR_MQTT_PASSWORD": f"of-{user}"}


@dataclass
class ClientHouse:
    """The house while it runs, and somebody who looks on."""

    fleet: Fleet
    bus: MqttBus
    config: Config
    mqtt_port: int

    async def commanded(
        self,
        topic: str,
        payload: str,
        act: Callable[[], Awaitable[object]],
        *,
        within: float,
    ) -> float:
        """Do `act`, and wait for `payload` on the device's `topic`; how long it took [s]."""
        seen = list[str]()
        async with self.bus.inbox(filters=[topic]) as inbox:
            watch = Stopwatch()
            await act()
            with suppress(TimeoutError):
                async with asyncio.timeout(within):
                    async for delivery in inbox:
                        assert isinstance(delivery, RawDelivery)
                        seen.append(delivery.payload.decode())
                        if seen[-1] == payload:
                            return watch.elapsed.total_seconds()
        raise AssertionError(f"{topic} got {seen}, not {payload!r}, within {within:g} s")


def visiting(port: int, user: str) -> MqttBus:
    """A bus of somebody who is logged in as `user`."""
    broker = Broker(port=port, username=user, password=f"of-{user}")
    return MqttBus(broker, site="home", client_id=f"test-{user}", now=SystemClock().now)


@asynccontextmanager
async def client_house(
    directory: Path,
    services: Sequence[str] = SERVICES,
    *,
    others: Sequence[str] = (),
    settings: Mapping[str, Mapping[str, object]] | None = None,
) -> AsyncIterator[ClientHouse]:
    """Broker, simulator and `services`, on ports of their own; all stopped at the end.

    Args:
        directory: Of the house.
        services: Those that are started.
        others: More users of the broker, whom the access list lets do everything.
        settings: What the configuration says otherwise, by section and key.
    """
    port = free_port()
    fleet, config = _laid_out(directory, port, settings or {})
    passwords = directory / "passwords"
    users = (*USERS, *others)
    passwords.write_text(PREPARE["password_file"]({user: f"of-{user}" for user in users}, ""))
    passwords.chmod(0o600)
    acl = directory / "acl"
    shipped = (ROOT / "deploy/mosquitto/acl").read_text(encoding="utf-8")
    acl.write_text(shipped + "".join(f"\nuser {one}\ntopic readwrite #\n" for one in others))
    acl.chmod(0o600)
    command = broker_command(directory / "broker", port, passwords=passwords, acl=acl)
    try:
        await fleet.start(BROKER, command)
        await fleet.start_service(SIMULATOR, **login("simulator"))
        for name in services:
            await fleet.start_service(name, **login(name))
        async with visiting(port, "homeassistant") as bus:
            yield ClientHouse(fleet, bus, config, port)
    finally:
        await fleet.stop_all()


def _laid_out(
    directory: Path, mqtt_port: int, settings: Mapping[str, Mapping[str, object]]
) -> tuple[Fleet, Config]:
    directory.mkdir(parents=True, exist_ok=True)
    now = SystemClock().now()
    trial = Trial(directory=directory, house=directory / "house.csv", start=now, speed=1.0)
    generate_house(trial.house, now)
    plain = trial_config(trial, gateway_port=free_port()).model_dump()
    for section, said in settings.items():
        plain[section] |= said
    config = Config.model_validate(plain)
    write_config(config, directory / "config.yaml")
    environment = {
        "DARKSTAR_CONFIG": str(directory / "config.yaml"),
        "DARKSTAR_MQTT_HOST": "127.0.0.1",
        "DARKSTAR_MQTT_PORT": str(mqtt_port),
        "DARKSTAR_STATE_DIR": str(directory / "state"),
        "DARKSTAR_HOUSE_CSV": str(trial.house),
    }
    import_history(trial, {**os.environ, **environment})
    return Fleet(directory, environment), config
