"""The executor's shell: one inbox and one clock around the core."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from darkstar_common.bus import Delivery, Inbox, RawDelivery
from darkstar_common.contract import (
    BATTERY_TOPUP_SET,
    CONTROL_RELEASE,
    OVERRIDE_CLEAR,
    OVERRIDE_SET,
    PAUSE_SET,
    SCHEDULE,
    SHADOW_SET,
    WATER_BOOST_SET,
    Reading,
    RequestResult,
    Service,
)
from darkstar_common.runtime import Context
from darkstar_executor.control import Control
from darkstar_executor.core import house
from darkstar_executor.core.wishes import Refusal
from darkstar_executor.listening import Listener
from darkstar_executor.reporting import Reporter
from darkstar_executor.timing import next_multiple, next_tick

REQUESTS = (
    OVERRIDE_SET, OVERRIDE_CLEAR, PAUSE_SET, SHADOW_SET, WATER_BOOST_SET, BATTERY_TOPUP_SET,
    CONTROL_RELEASE,
)  # fmt: skip
PATIENCE = timedelta(seconds=10)
"""After the start it waits so long for schedule and house before it decides without."""
REPORT_EVERY = timedelta(seconds=5)
"""The house is published at most so often, and at once when a slot has been counted."""


async def main(context: Context) -> None:
    """Read the house, obey people and the schedule, until cancelled."""
    prefix = context.config.mqtt.discovery_prefix
    discovery = (f"{prefix}/+/+/config", f"{prefix}/+/+/+/config")
    async with context.bus.inbox(SCHEDULE, *REQUESTS, filters=discovery) as inbox:
        await Executor(context, inbox).run()


class Executor:
    """Hears the house, acts on events and on time, says what it sees."""

    def __init__(self, context: Context, inbox: Inbox) -> None:
        self._context, self._config, self._inbox = context, context.config, inbox
        self._listener = Listener(context.config, inbox)
        self._reporter = Reporter(context)
        self._control = Control(context, self._reporter)
        self._ready = False
        self._news = self._device_news = False
        self._interval = timedelta(seconds=context.config.executor.tick_seconds)
        self._busy = asyncio.Lock()

    async def run(self) -> None:
        """Work until cancelled, and leave the house in the fallback then."""
        await self._control.restore()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read(), name="inbox")
                group.create_task(self._tick(), name="ticks")
                group.create_task(self._report(), name="reports")
        finally:
            await self._control.leave(self._listener.ears, "stopped", "the executor was stopped")

    async def _read(self) -> None:
        async for delivery in self._inbox:
            if isinstance(delivery, RawDelivery):
                await self._hear(delivery)
            elif delivery.channel.kind == "request":
                await self._answer(delivery)
            else:
                await self._follow(delivery)

    async def _hear(self, delivery: RawDelivery) -> None:
        """A message from the house: kept, and acted on when it changes what can be decided."""
        news = await self._listener.hear(delivery, self._context.clock.now())
        self._news |= news.reading or news.reach
        self._device_news |= news.discovery or news.reach
        if news.reading:
            await self._reporter.boundary(self._listener.ears)
        if not self._ready:
            await self._begin()
        elif news.bindings or news.reach or self._soc_news():
            await self._act()

    def _soc_news(self) -> bool:
        """Whether the state of charge became known or unknown since the last decision."""
        return (self._soc().value is None) != (self._control.soc_percent is None)

    def _soc(self) -> Reading:
        return house.soc_percent(self._listener.ears, self._context.clock.now())

    async def _follow(self, delivery: Delivery[Any]) -> None:
        """A schedule. Right after the start it waits for the house, till the first tick."""
        self._control.schedule = delivery.message
        if self._ready:
            await self._act(cause=delivery.message.message_id)
        else:
            await self._begin()

    async def _begin(self) -> None:
        """The first decision, once schedule and house are there: not one for half of them."""
        ears = self._listener.ears
        unknown = self._config.battery is not None and self._soc().value is None
        if self._control.schedule is None or unknown:
            return
        if ears.complete:
            self._ready = True
            await self._act(cause=self._control.schedule.message_id)

    async def _answer(self, delivery: Delivery[Any]) -> None:
        try:
            async with self._busy:
                reason = await self._control.grant(delivery.message, self._listener.ears)
            accepted = self._ready = True
        except Refusal as refusal:
            accepted, reason = False, str(refusal)
        await delivery.answer(
            RequestResult(
                sender=Service.EXECUTOR,
                emitted_at=self._context.clock.now(),
                caused_by=delivery.message.message_id,
                accepted=accepted,
                reason=reason,
            )
        )
        self._context.log.info(
            "request_answered",
            request=delivery.channel.path,
            accepted=accepted,
            reason=reason,
            caused_by=str(delivery.message.message_id),
        )

    async def _tick(self) -> None:
        clock = self._context.clock
        await clock.sleep(PATIENCE)
        while True:
            self._ready = True
            await self._act()
            self._news = self._device_news = True  # readings age without a message
            await clock.sleep_until(next_tick(clock.now(), self._interval, self._control.wishes))

    async def _report(self) -> None:
        clock = self._context.clock
        while True:
            await clock.sleep_until(next_multiple(clock.now(), REPORT_EVERY))
            if self._news:
                self._news = False
                await self._reporter.house(self._listener.ears)
            if self._device_news:
                self._device_news = False
                await self._reporter.devices(self._listener.ears, self._listener.registry)

    async def _act(self, *, cause: UUID | None = None) -> None:
        async with self._busy:
            await self._control.act(self._listener.ears, cause=cause)
