"""Tries what a broker user may do, by what arrives: a denial is silent.

It writes to a site that nobody has, so nothing is heard by any service and nothing is kept.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from uuid import uuid4

from darkstar_common.bus import Inbox, RawDelivery
from darkstar_common.bus.mqtt import MqttBus
from darkstar_common.contract import TABLE, Service, prefix
from darkstar_common.launcher.doctor.facts import Rights

SITE = "doctor"
"""The site that is tried on."""
_PATIENCE = 3.0
"""For the broker to take all that is written [s]."""
_LAST = 0.5
"""For what is on its way [s]."""


def rows(user: Service) -> dict[str, bool]:
    """Each topic of the contract that `user` may read, and whether it may write it as well."""
    return {
        prefix(SITE) + row.path.replace("+", "one"): user in row.senders
        for row in TABLE
        if user in row.receivers or user is Service.PEOPLE
    }


def judged(wanted: dict[str, bool], arrived: set[str]) -> Rights:
    """What is to be thought of it that `arrived` did, of all that was written."""
    ours = len(prefix(SITE))
    return Rights(
        tried=len(wanted),
        lost=tuple(one[ours:] for one, may in wanted.items() if may and one not in arrived),
        intruded=tuple(one[ours:] for one, may in wanted.items() if not may and one in arrived),
    )


async def rights(bus: MqttBus, user: Service) -> Rights:
    """Write all that `user` can see, and look what comes back; the bus is connected."""
    wanted, arrived, mark = rows(user), set[str](), uuid4().hex.encode()
    async with bus.inbox(filters=wanted) as inbox:
        hearing = asyncio.create_task(_hear(inbox, arrived, mark), name="hear")
        for topic in wanted:
            await bus.publish_raw(topic, mark, qos=1)
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                await bus.flushed()
        await asyncio.wait({hearing}, timeout=_LAST)
        hearing.cancel()
    return judged(wanted, arrived)


async def _hear(inbox: Inbox, arrived: set[str], mark: bytes) -> None:
    """Note where our own came back; another doctor may be at work on the same site."""
    async for one in inbox:
        if isinstance(one, RawDelivery) and one.payload == mark:
            arrived.add(one.topic)
