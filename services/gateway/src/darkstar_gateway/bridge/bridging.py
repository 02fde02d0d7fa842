"""Keeps chosen entities of Home Assistant on the bus, and sets them from there.

    Home Assistant ── events ──► telling.py ──► announced, states, availability ──► the executor
                   ◄─ service calls ── commanding.py ◄── the latest command of each ◄──

What the executor sees is what any gateway on MQTT shows. While the line is down everything is
unavailable, and what is commanded then is dropped and said aloud.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from darkstar_common.bus import Inbox, RawDelivery
from darkstar_common.contract import Issue
from darkstar_common.contract.bridge import BridgeTopics
from darkstar_common.runtime import Context
from darkstar_gateway.bridge.commanding import Commander
from darkstar_gateway.bridge.line import HomeAssistantError, Line, TokenRefusedError, called
from darkstar_gateway.bridge.telling import Teller
from darkstar_gateway.core.bridge.announcement import left_behind, place_of, unfit

PAUSES = tuple(timedelta(seconds=one) for one in (1, 2, 5, 10, 30, 60))
"""How long to wait before each next call, of the wall's time; the last from then on."""
SHUT_OUT = timedelta(minutes=15)
"""How long to wait when the token is refused: asked too often, Home Assistant bans the address."""
REPEAT = timedelta(seconds=60)
"""What is shown is said again so often, since Home Assistant tells of changes alone [wall]."""
STARTING = timedelta(seconds=2)
"""While Home Assistant starts it is looked at again so often [wall]."""
LAST = timedelta(seconds=10)
"""When it is to end, what was commanded by then is carried out for so long [wall]: the executor,
stopped before, left the house in self-consumption."""
_LINE, _CHOICE, _MISSING = "bridge", "bridge_choice", "bridge_missing"
_TOKEN = "DARKSTAR_HOME_ASSISTANT_TOKEN"  # noqa: S105 (its name)


async def bridge(context: Context) -> None:
    """Bridge what is chosen, and take back what is not any more, until cancelled.

    What was commanded by then is still carried out.
    """
    settings, topics = context.config.home_assistant, BridgeTopics(context.config.site)
    chosen = tuple(dict.fromkeys(one for one in settings.bridge if unfit(one) is None))
    teller = Teller(context.bus, topics, chosen)
    made = Bridge(context, teller, Commander(context, teller), chosen)
    filters = (topics.announcements, topics.command("+"))
    async with context.bus.inbox(filters=filters) as inbox, asyncio.TaskGroup() as group:
        group.create_task(made.read(inbox), name="bridge inbox")
        if await made.ready():
            group.create_task(made.work(), name="bridge work")
        elif chosen:
            await teller.down()


class Bridge:
    """The bridge of one house, over one line at a time."""

    def __init__(
        self, context: Context, teller: Teller, commander: Commander, chosen: tuple[str, ...]
    ) -> None:
        self.commander = commander
        self._context, self._teller, self._chosen = context, teller, chosen
        self._url = context.config.home_assistant.url or ""
        self._token = context.secrets.home_assistant_token or ""

    async def ready(self) -> bool:
        """Whether there is something to bridge, and all that it takes; says what does not fit."""
        wrong = [why for one in self._context.config.home_assistant.bridge if (why := unfit(one))]
        if wrong:
            await self._raise(_CHOICE, f"{'; '.join(wrong)}.", "mend home_assistant.bridge")
        if self._chosen and not (self._url and self._token):
            lacks = _TOKEN if self._url else "home_assistant.url"
            message = f"home_assistant.bridge names entities, yet {lacks} is not set."
            await self._raise(_LINE, message, f"set {lacks}, or empty home_assistant.bridge")
        return bool(self._chosen and self._url and self._token)

    async def work(self) -> None:
        """Show and set, until cancelled; the line stays for what is left to be set."""
        line = asyncio.create_task(self._keep_at_it(), name="bridge line and commands")
        try:
            await asyncio.shield(line)
        except asyncio.CancelledError:
            await self.commander.finished(LAST)
            raise
        finally:
            line.cancel()
            await asyncio.wait({line})

    async def _keep_at_it(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.keep_calling(), name="bridge line")
            group.create_task(self.keep_repeating(), name="bridge repeats")
            group.create_task(self.commander.run(), name="bridge commands")

    async def read(self, inbox: Inbox) -> None:
        """Take commands, and take back what an earlier configuration has chosen."""
        known = {place_of(one) for one in self._chosen}
        async for delivery in inbox:
            if not isinstance(delivery, RawDelivery):
                continue
            name = delivery.topic.split("/")[-2]
            payload = delivery.payload.decode("utf-8", errors="replace")
            if not delivery.topic.endswith("/set"):
                if payload and name not in known:
                    await self._take_back(delivery.topic, payload)
            elif name in self._chosen and not delivery.retained:  # a retained one is no wish of now
                self.commander.take(name, payload)

    async def keep_calling(self) -> None:
        """A line for as long as there is one; then another, with growing patience."""
        tries = 0
        while True:
            error = await self._one_call()
            tries = 0 if self._teller.up else tries
            await self._down(error)
            shut_out = isinstance(error, TokenRefusedError)
            pause = SHUT_OUT if shut_out else PAUSES[min(tries, len(PAUSES) - 1)]
            tries += 1
            await self._sleep(pause)

    async def keep_repeating(self) -> None:
        """Say again what is shown, and see what Home Assistant lacks."""
        while True:
            await self._sleep(REPEAT)
            if not self._teller.up:
                continue
            await self._teller.repeat()
            if missing := self._teller.missing:
                message = f"Home Assistant has no {' and no '.join(missing)}."
                guidance = "see its list of entities for how they are called now"
                await self._raise(_MISSING, message, guidance)
            else:
                await self._context.status.clear_issue(_MISSING)

    async def _take_back(self, announced: str, payload: str) -> None:
        self._context.log.info("bridged_entity_taken_back", topic=announced)
        for topic in left_behind(announced, payload, BridgeTopics(self._context.config.site)):
            await self._context.bus.publish_raw(topic, "", qos=1, retain=True)

    async def _one_call(self) -> HomeAssistantError:
        """Follow Home Assistant from a call to its end; what ended it."""
        try:
            async with called(self._url, self._token) as line:
                self._teller.begin(_degrees(await self._once_running(line)))
                await line.subscribe(
                    self._told, "subscribe_entities", entity_ids=list(self._chosen)
                )
                self.commander.line = line
                return await line.ended()
        except HomeAssistantError as error:
            return error
        finally:
            self.commander.line = None

    async def _once_running(self, line: Line) -> Mapping[str, Any]:
        """Its configuration, once it has started.

        Before, it shows what it remembers of entities, and has no services for them yet.
        """
        while True:
            config = await line.ask("get_config")
            found = config if isinstance(config, dict) else {}
            if found.get("state", "RUNNING") == "RUNNING":
                return found
            await self._sleep(STARTING)

    async def _told(self, event: Mapping[str, Any]) -> None:
        was_up = self._teller.up
        await self._teller.told(event)
        if not was_up:
            self._context.log.info("home_assistant_connected", entities=len(self._teller.shown))
            await self._context.status.clear_issue(_LINE)

    async def _down(self, error: HomeAssistantError) -> None:
        await self._teller.down()
        self._context.log.warning("home_assistant_disconnected", reason=error.reason)
        message = f"Home Assistant is not connected: {error.reason}. Without it there is no "
        await self._raise(_LINE, f"{message}{', no '.join(self._chosen)}.", error.guidance)

    async def _raise(self, key: str, message: str, guidance: str) -> None:
        issue = Issue(key=key, severity="warning", message=message, guidance=guidance)
        await self._context.status.raise_issue(issue)

    async def _sleep(self, pause: timedelta) -> None:
        """Of the wall's time."""
        await self._context.clock.sleep(pause * self._context.clock.speed)


def _degrees(config: Mapping[str, Any]) -> Literal["C", "F"]:
    """Those of Home Assistant's thermostats, by its configuration."""
    units = config.get("unit_system")
    unit = units.get("temperature") if isinstance(units, dict) else None
    return "F" if unit == "°F" else "C"
