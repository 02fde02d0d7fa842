"""The typed bus on an MQTT 5 broker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Self

from darkstar_common.bus.mqtt.wire import Broker, MqttWire, Presence
from darkstar_common.bus.typed import TypedBus
from darkstar_common.contract import TABLE, Service, prefix

_SETTLED = 30.0
"""After so long a service has opened its inboxes [s]."""


class MqttBus(TypedBus):
    """Stays connected while it is open; what is published meanwhile waits its turn."""

    def __init__(
        self,
        broker: Broker,
        *,
        site: str,
        client_id: str,
        now: Callable[[], datetime],
        sender: Service = Service.PEOPLE,
        speed: float = 1.0,
        presence: Presence | None = None,
        session_expiry: timedelta = timedelta(hours=1),
        window: int | None = None,
    ) -> None:
        """Take the figures; nothing is connected before the bus is entered.

        Args:
            broker: Where to connect.
            site: The house.
            client_id: Names the session, so it must be the same after a restart.
            now: Gives the time against which the age of requests is measured.
            sender: In whose name requests are refused.
            speed: Seconds of `now` in one of the wall.
            presence: A topic that tells whether this client is there.
            session_expiry: How long the broker keeps subscriptions and queue without us.
            window: So many messages may come ahead of their acknowledgement, which is sent
                when the inbox says so; without, each is acknowledged when it comes.
        """
        self._mqtt = MqttWire(
            broker, client_id, presence, session_expiry, _queued(site), window=window
        )
        super().__init__(
            self._mqtt, site=site, client_id=client_id, sender=sender, now=now, speed=speed
        )
        self._mqtt.deliver = self.deliver
        self._mqtt.filters = lambda: (self.reply_topic, *self.router.filters)
        self._window = window
        self._settled: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        self.hold()
        self._mqtt.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._settled is not None:
            self._settled.cancel()
        await self._mqtt.close()

    def hold(self) -> None:
        """Keep what comes and nobody asks for, until a service has opened its inboxes."""
        if self._settled is not None:
            self._settled.cancel()
        self.router.hold()
        self._settled = asyncio.get_running_loop().call_later(_SETTLED, self.router.settle)

    def resume(self) -> None:
        """Have what closed inboxes have not acknowledged sent again, where that is by hand."""
        if self._window is not None:
            self._mqtt.renew()

    @property
    def is_connected(self) -> bool:
        """Whether the broker is there now."""
        return self._mqtt.connected.is_set()

    @property
    def certificate_ends(self) -> datetime | None:
        """When the certificate that the broker showed last ends; None: it showed none."""
        return self._mqtt.certificate_ends

    async def connected(self) -> None:
        """Wait for the broker."""
        await self._mqtt.connected.wait()

    async def kept(self) -> None:
        """Wait for as long as the connection is looked after; raises what ends that."""
        await self._mqtt.kept()

    async def flushed(self) -> None:
        """Wait until the broker has acknowledged all that was published."""
        await self._mqtt.outbox.emptied()


def _queued(site: str) -> Callable[[str], bool]:
    """Of which topics the broker keeps what comes while we are away or behind.

    Of ours, but for those that say otherwise; outside states are wanted fresh or not at all.
    """
    ours = prefix(site)
    fleeting = {row.topic(site) for row in TABLE if not row.queued}
    return lambda topic_filter: topic_filter.startswith(ours) and topic_filter not in fleeting
