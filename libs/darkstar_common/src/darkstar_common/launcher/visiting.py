"""A visitor to the bus of a house: a command that asks and goes.

NotThereError   broker or service did not answer; the text says what to do
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, MutableMapping
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any, TypeVar
from uuid import uuid4

import structlog

from darkstar_common.bus import Reply, RequestTimeoutError
from darkstar_common.bus.mqtt import MqttBus
from darkstar_common.config import Config
from darkstar_common.contract import Channel, Request, Service
from darkstar_common.runtime import Settings, SettingsError
from darkstar_common.runtime.clock import clock_from

R = TypeVar("R", bound=Request)

PATIENCE = timedelta(seconds=10)
"""For the broker, and for each answer."""


_TROUBLE = "broker_unreachable"


class NotThereError(Exception):
    """Nobody was there to answer."""


class Heard:
    """What the bus logs, kept in place of being written."""

    def __init__(self) -> None:
        self.events: list[Mapping[str, Any]] = []

    def __call__(
        self, _logger: Any, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Keep it.

        Raises:
            structlog.DropEvent: Always; nothing is written.
        """
        self.events.append(dict(event))
        raise structlog.DropEvent

    @property
    def trouble(self) -> str:
        """Why the broker does not let us in."""
        said = [str(one.get("reason")) for one in self.events if one.get("event") == _TROUBLE]
        return said[-1] if said else "it does not answer"


@contextmanager
def hearing() -> Iterator[Heard]:
    """Hear what is logged, for as long as it is open: at a terminal nobody wants to read it."""
    before = structlog.get_config()
    heard = Heard()
    structlog.configure(processors=[heard], cache_logger_on_first_use=False)
    try:
        yield heard
    finally:
        structlog.configure(**before)


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
        SettingsError: The password's file cannot be read, or DARKSTAR_CLOCK is none.
    """
    who = visitor_of(settings)
    try:
        clock = clock_from(settings.clock)
    except ValueError as error:
        raise SettingsError(str(error)) from None
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
