"""Sets entities of Home Assistant to what the executor commands."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta

from darkstar_common.contract import Issue
from darkstar_common.runtime import Context, Stopwatch
from darkstar_gateway.bridge.line import HomeAssistantError, Line, RefusedError
from darkstar_gateway.bridge.telling import Teller
from darkstar_gateway.core.bridge.setting import ServiceCall, service_call

FRESH = timedelta(seconds=30)
"""A command that waited longer is not carried out, of the wall's time."""
_AWAY = HomeAssistantError("it is not connected", "see the issue of the bridge itself")


@dataclass(frozen=True, slots=True)
class _Command:
    """A payload for an entity, and how long it has waited."""

    payload: str
    waiting: Stopwatch


class Commander:
    """Carries commands out one after the other; of each entity only the latest waits.

    One that cannot be carried out is an issue until that entity is set again. It is not tried
    again here: the executor sees that nothing happened, and knows what is to be done now.
    """

    def __init__(self, context: Context, teller: Teller, *, fresh: timedelta = FRESH) -> None:
        self.line: Line | None = None
        """To Home Assistant; None while there is none."""
        self._context, self._teller, self._fresh = context, teller, fresh
        self._waiting: OrderedDict[str, _Command] = OrderedDict()
        self._asked = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def take(self, entity_id: str, payload: str) -> None:
        """Let a command wait its turn; at once, and instead of an earlier one."""
        self._waiting.pop(entity_id, None)
        self._waiting[entity_id] = _Command(payload, Stopwatch())
        self._idle.clear()
        self._asked.set()

    async def run(self) -> None:
        """Carry out what is taken, until cancelled."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            while self._waiting:
                entity_id, command = self._waiting.popitem(last=False)
                await self._carry_out(entity_id, command)
            self._idle.set()

    async def finished(self, within: timedelta) -> None:
        """Wait until all that was taken is carried out; not for longer than `within` [wall]."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within.total_seconds()):
                await self._idle.wait()

    async def _carry_out(self, entity_id: str, command: _Command) -> None:
        try:
            await self._call(entity_id, command)
        except HomeAssistantError as error:
            await self._failed(entity_id, command.payload, error)
        else:
            self._context.log.info(
                "home_assistant_entity_set", entity=entity_id, payload=command.payload
            )
            await self._context.status.clear_issue(_key(entity_id))

    async def _call(self, entity_id: str, command: _Command) -> None:
        if self.line is None or not self._teller.up:
            raise _AWAY
        if command.waiting.elapsed > self._fresh:
            seconds = f"{self._fresh.total_seconds():g} s"
            raise RefusedError(f"it waited for more than {seconds}", "see why it is so slow")
        call = service_call(entity_id, command.payload, self._teller.shown.get(entity_id))
        if not isinstance(call, ServiceCall):
            raise RefusedError(call, "see Home Assistant for what it takes")
        await self.line.ask("call_service", **call.asked)

    async def _failed(self, entity_id: str, payload: str, error: HomeAssistantError) -> None:
        self._context.log.warning(
            "home_assistant_entity_not_set",
            entity=entity_id,
            payload=payload,
            reason=error.reason,
        )
        await self._context.status.raise_issue(
            Issue(
                key=_key(entity_id),
                severity="warning",
                message=f"{entity_id} was not set by Home Assistant: {error.reason}.",
                guidance=error.guidance,
                entity=entity_id,
            )
        )


def _key(entity_id: str) -> str:
    return f"bridge_{entity_id.replace('.', '_')}"
