"""The executor's shell: one inbox and one clock around the core."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from darkstar_common.bus import Delivery, Inbox, RawDelivery
from darkstar_common.contract import (
    AUTOMATION_SET,
    BATTERY_TOPUP_SET,
    CONTROL_RELEASE,
    NOTIFICATIONS_SET,
    OVERRIDE_CLEAR,
    OVERRIDE_SET,
    PAUSE_SET,
    PRICES,
    SCHEDULE,
    SHADOW_SET,
    WATER_BOOST_SET,
    PriceCurve,
    RequestResult,
    Service,
)
from darkstar_common.runtime import Context
from darkstar_executor import metrics
from darkstar_executor.control import Control
from darkstar_executor.core.profile import Profile
from darkstar_executor.core.wishes import Refusal
from darkstar_executor.listening import Listener, filters
from darkstar_executor.measuring import Measuring
from darkstar_executor.profiles import load_profile
from darkstar_executor.reporting import Reporter
from darkstar_executor.timing import missed, next_multiple, next_tick, was_set

REQUESTS = (
    OVERRIDE_SET, OVERRIDE_CLEAR, PAUSE_SET, SHADOW_SET, WATER_BOOST_SET, BATTERY_TOPUP_SET,
    AUTOMATION_SET, NOTIFICATIONS_SET, CONTROL_RELEASE,
)  # fmt: skip
PATIENCE = timedelta(seconds=10)
"""After the start it waits so long for schedule and house before it decides without."""
REPORT_EVERY = timedelta(seconds=5)
"""The house is published at most so often, and at once when a slot has been counted."""
SELDOM = timedelta(seconds=0.5)
"""Of the wall: what Prometheus reads is worked out at most so often, however fast time passes."""


async def main(context: Context, profile: Profile | None = None) -> None:
    """Read the house, obey people and the schedule, until cancelled.

    Args:
        context: All that may be touched.
        profile: The inverter's words; None: those that the configuration names.

    Raises:
        ProfileError: It names none that can be used.
    """
    directory = context.config_path.parent if context.config_path else Path()
    profile = profile or load_profile(context.config.inverter.profile, directory)
    async with context.bus.inbox(
        SCHEDULE, PRICES, *REQUESTS, filters=filters(context.config)
    ) as inbox:
        await Executor(context, profile, inbox).run()


class Executor:
    """Hears the house, acts on events and on time, says what it sees."""

    def __init__(self, context: Context, profile: Profile, inbox: Inbox) -> None:
        executor = context.config.executor
        self._context, self._config, self._inbox = context, context.config, inbox
        self._listener = Listener(context.config, profile, inbox)
        self._reporter = Reporter(context, profile)
        self._control = Control(context, profile, self._listener, self._reporter)
        self._measuring = Measuring(context.config)
        self._measured = datetime.min.replace(tzinfo=UTC)
        self._ready = False
        self._news = self._device_news = False
        self._interval = timedelta(seconds=executor.tick_seconds)
        self._reminder = timedelta(minutes=executor.pause_reminder_minutes)
        self._looked = self._due = context.clock.now()
        self._tasks = asyncio.TaskGroup()
        self._asked, self._heard = asyncio.Event(), asyncio.Event()

    async def run(self) -> None:
        """Work until cancelled, and leave the house as configured then."""
        await self._control.restore()
        try:
            async with self._tasks as group:
                group.create_task(self._control.keeper.run(), name="keeper")
                group.create_task(self._read(), name="inbox")
                group.create_task(self._react(), name="reactions")
                group.create_task(self._tick(), name="ticks")
                group.create_task(self._guard(), name="guard")
                group.create_task(self._report(), name="reports")
        finally:
            await self._control.stop()

    async def _read(self) -> None:
        async for delivery in self._inbox:
            if isinstance(delivery, RawDelivery):
                await self._hear(delivery)
            elif delivery.channel.kind == "request":
                await self._answer(delivery)
            elif isinstance(delivery.message, PriceCurve):
                self._control.prices = delivery.message
            else:
                await self._follow(delivery)

    async def _hear(self, delivery: RawDelivery) -> None:
        """A message from the house: kept; whether it is to be acted on is seen to after a burst."""
        news = await self._listener.hear(delivery, self._context.clock.now())
        self._news |= news.reading or news.reach
        self._device_news |= news.discovery or news.reach
        if news.reading:
            await self._reporter.boundary(self._listener.ears)
        self._control.stirred |= news.bindings or news.reach
        if news.matters or not self._ready:
            self._heard.set()

    async def _react(self) -> None:
        """Act on what was heard, once for a burst of messages."""
        while True:
            await self._heard.wait()
            self._heard.clear()
            if not self._ready:
                await self._begin()
            elif self._control.stirred or self._control.pressed or self._control.awaits:
                await self._control.act()

    async def _follow(self, delivery: Delivery[Any]) -> None:
        """A schedule. Right after the start it waits for the house, till the first tick."""
        self._control.schedule = delivery.message
        if self._ready:
            await self._control.act(cause=delivery.message.message_id)
        else:
            await self._begin()

    async def _begin(self) -> None:
        """The first decision, once schedule and house are there: not one for half of them."""
        schedule = self._control.schedule
        if schedule is None or not self._control.sighted or not self._listener.ears.complete:
            return
        self._ready = True
        await self._control.act(cause=schedule.message_id)

    async def _answer(self, delivery: Delivery[Any]) -> None:
        try:
            reason = await self._control.grant(delivery.message)
            accepted = self._ready = True
            self._asked.set()
        except Refusal as refusal:
            accepted, reason = False, str(refusal)
        words = {"request": delivery.channel.path, "accepted": str(accepted).lower()}
        metrics.REQUESTS.labels(**words).inc()
        self._context.log.info(
            "request_answered",
            request=delivery.channel.path,
            accepted=accepted,
            reason=reason,
            caused_by=str(delivery.message.message_id),
        )
        result = RequestResult(
            sender=Service.EXECUTOR,
            emitted_at=self._context.clock.now(),
            caused_by=delivery.message.message_id,
            accepted=accepted,
            reason=reason,
        )
        self._tasks.create_task(self._confirm(delivery, result), name="answer")

    async def _confirm(self, delivery: Delivery[Any], result: RequestResult) -> None:
        """The answer, once what was granted would survive a restart."""
        await self._control.keeper.settled()
        await delivery.answer(result)

    async def _tick(self) -> None:
        clock = self._context.clock
        self._due = clock.now() + PATIENCE
        await clock.sleep(PATIENCE)
        while True:
            self._ready = True
            await self._look()
            while not await self._slept():
                self._schedule_look()

    async def _slept(self) -> bool:
        """Sleep until the next look; whether it is due, not only another one."""
        self._asked.clear()
        asleep = asyncio.create_task(self._context.clock.sleep(self._due - self._looked))
        asked = asyncio.create_task(self._asked.wait())
        try:
            await asyncio.wait({asleep, asked}, return_when=asyncio.FIRST_COMPLETED)
            return asleep.done()
        finally:
            asleep.cancel()
            asked.cancel()

    async def _look(self) -> None:
        """Decide by the clock, and say when to look next."""
        await self._control.act()
        self._news = self._device_news = True  # readings age without a message
        self._schedule_look()

    def _schedule_look(self) -> None:
        self._looked = self._context.clock.now()
        self._due = next_tick(self._looked, self._interval, self._control.wishes, self._reminder)

    async def _guard(self) -> None:
        """The fast look at fuse and peak; it also sees when the clock was set."""
        clock, every = self._context.clock, timedelta(seconds=self._config.executor.guard.seconds)
        while True:
            before = clock.now()
            await clock.sleep(every)
            jump = clock.now() - before - every
            if was_set(jump, clock.speed):
                self._context.log.warning("clock_was_set", seconds=jump.total_seconds())
                self._listener.shift(jump)
            if self._ready:
                if missed(clock.now(), self._looked, self._due):
                    await self._look()
                await self._control.guard()

    def _measure(self) -> None:
        """Show all to Prometheus, yet not more often than anybody would look."""
        control, clock = self._control, self._context.clock
        now = clock.now()
        if abs(now - self._measured) < SELDOM * clock.speed:
            return
        self._measured = now
        self._measuring.show(self._listener.ears, control.schedule, control.prices, now)

    async def _report(self) -> None:
        clock = self._context.clock
        while True:
            await clock.sleep(next_multiple(clock.now(), REPORT_EVERY) - clock.now())
            self._measure()
            if self._news:
                self._news = False
                await self._reporter.house(self._listener.ears)
            if self._device_news:
                self._device_news = False
                await self._reporter.devices(self._listener.ears, self._listener.registry)
