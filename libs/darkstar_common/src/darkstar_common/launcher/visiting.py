"""A visitor to the bus of a house: a command that asks and goes.

NotThereError   broker or service did not answer; the text says what to do
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TypeVar
from uuid import uuid4

from darkstar_common.bus import Reply, RequestTimeoutError
from darkstar_common.bus.mqtt import MqttBus
from darkstar_common.config import Config
from darkstar_common.contract import Channel, Request, Service
from darkstar_common.runtime import Settings
from darkstar_common.runtime.clock import clock_from

R = TypeVar("R", bound=Request)

PATIENCE = timedelta(seconds=10)
"""For the broker, and for each answer."""


class NotThereError(Exception):
    """Nobody was there to answer."""


def visitor_of(settings: Settings) -> Service:
    """In whose name this process speaks: the broker user's that it was given, else people's."""
    known = {str(one): one for one in Service}
    return known.get(settings.mqtt_username or "", Service.PEOPLE)


def bus_of(settings: Settings, config: Config, *, site: str | None = None) -> MqttBus:
    """A bus for this process beside the services, under a name of its own; not yet entered.

    Args:
        settings: What the environment says.
        config: Of the house.
        site: Another one than the house's; None: the house.

    Raises:
        SettingsError: The password's file cannot be read.
    """
    clock, who = clock_from(settings.clock), visitor_of(settings)
    return MqttBus(
        settings.broker(config),
        site=site or config.site,
        client_id=f"darkstar-{config.site}-{who}-{uuid4().hex[:8]}",
        now=clock.now,
        speed=clock.speed,
        sender=who,
        session_expiry=timedelta(0),
    )


@asynccontextmanager
async def visiting(bus: MqttBus, where: str, patience: timedelta = PATIENCE) -> AsyncIterator[None]:
    """Connected to the broker `where` for as long as it is open.

    Raises:
        NotThereError: The broker did not let us in.
    """
    async with bus:
        try:
            async with asyncio.timeout(patience.total_seconds()):
                await bus.connected()
        except TimeoutError:
            raise NotThereError(
                f"there is no broker at {where} that lets us in; set DARKSTAR_CONFIG, "
                "DARKSTAR_MQTT_USERNAME and DARKSTAR_MQTT_PASSWORD_FILE as for a service"
            ) from None
        yield


async def asked(bus: MqttBus, channel: Channel[R], request: R, who: str) -> Reply:
    """The answer of the service `who`.

    Raises:
        NotThereError: There was none.
    """
    try:
        return await bus.request(channel, request, timeout=PATIENCE)
    except RequestTimeoutError:
        raise NotThereError(
            f"the {who} has not answered: is it there, and does the broker's access list let this "
            "user ask it?"
        ) from None
