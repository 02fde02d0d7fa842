"""Gathers what is to be seen of a house, from this machine and from the broker."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

from pydantic import ValidationError

from darkstar_common.bus import Delivery, Inbox, RequestTimeoutError
from darkstar_common.bus.mqtt import MqttBus
from darkstar_common.config import Config, ConfigError, load_config
from darkstar_common.contract import (
    HISTORY_QUERY,
    TABLE,
    HistoryQuery,
    HistoryRows,
    Message,
    RequestResult,
    Service,
)
from darkstar_common.launcher.doctor.facts import Answer, Facts, Visit
from darkstar_common.launcher.doctor.here import machine
from darkstar_common.launcher.doctor.trying import SITE, rights
from darkstar_common.launcher.visiting import (
    Heard,
    NotThereError,
    bus_of,
    hearing,
    visiting,
    visitor_of,
)
from darkstar_common.runtime import Settings, SettingsError, Stopwatch
from darkstar_common.runtime.clock import Clock, clock_from

_PATIENCE = timedelta(seconds=5)
"""For the broker, and for the recorder."""
_KEPT = 2.0
"""For the broker to tell all states that it keeps [s]; it does so at once."""


async def looked(settings: Settings) -> Facts:
    """All that can be seen; what cannot is told as that."""
    with hearing() as heard:
        return await _looked(settings, heard)


async def _looked(settings: Settings, heard: Heard) -> Facts:
    config, trouble, user = None, "", visitor_of(settings)
    try:
        config = settings.applied(load_config(settings.config))
        clock: Clock = clock_from(settings.clock)
    except (ConfigError, ValueError) as error:
        trouble, clock = str(error), clock_from("")
    here = await asyncio.to_thread(machine, settings, config, trouble, user)
    visit = None if config is None else await _visit(settings, config, clock, heard)
    return Facts(now=clock.now(), machine=here, config=config, visit=visit, speed=clock.speed)


async def _visit(settings: Settings, config: Config, clock: Clock, heard: Heard) -> Visit:
    user, named = visitor_of(settings), settings.mqtt_username is not None
    try:
        broker = settings.broker(config)
        bus, other = bus_of(settings, config), bus_of(settings, config, site=SITE)
    except SettingsError as error:
        return Visit(where="the broker", user=user, named=named, trouble=str(error))
    where = repr(broker)
    try:
        async with visiting(bus, where, _PATIENCE):
            states = await _states(bus, user)
            recorder = await _recorder(bus, clock)
        async with visiting(other, where, _PATIENCE):
            tried = await rights(other, user)
    except NotThereError:
        return Visit(where=where, user=user, named=named, trouble=heard.trouble)
    return Visit(
        where=where, user=user, named=named, states=states, recorder=recorder, rights=tried
    )


async def _states(bus: MqttBus, user: Service) -> dict[str, Message]:
    """The states that the broker keeps, as far as this user may see them."""
    rows = [
        row
        for row in TABLE
        if row.kind == "state" and (user in row.receivers or user is Service.PEOPLE)
    ]
    found: dict[str, Message] = {}
    async with bus.inbox(*rows) as inbox:
        with suppress(TimeoutError):
            async with asyncio.timeout(_KEPT):
                await _hear(inbox, found, len(rows))
    return found


async def _hear(inbox: Inbox, found: dict[str, Message], most: int) -> None:
    """Take what comes, until there is something of everything."""
    async for one in inbox:
        if isinstance(one, Delivery):
            found[one.channel.path] = one.message
        if len(found) == most:
            return


async def _recorder(bus: MqttBus, clock: Clock) -> Answer:
    query = HistoryQuery(what="slots", columns=("start",))
    before, watch = clock.now(), Stopwatch()
    try:
        reply = await bus.request(HISTORY_QUERY, query, timeout=_PATIENCE)
    except RequestTimeoutError:
        return Answer(trouble=f"none within {_PATIENCE.total_seconds():.0f} s")
    took, after = watch.elapsed, clock.now()
    try:
        rows = reply.read(HistoryRows)
    except ValidationError:
        return Answer(trouble=reply.read(RequestResult).reason)
    starts = rows.columns.get("start", ())
    newest = HistoryQuery.model_validate({"what": "slots", "start": starts[-1]}) if starts else None
    return Answer(
        took=took,
        ahead=rows.emitted_at - (before + (after - before) / 2),
        newest_slot=None if newest is None else newest.start,
    )
