"""The planner as a service: keeps the cheapest schedule for the rolling horizon published."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from darkstar_common.bus import Delivery
from darkstar_common.contract import (
    COMFORT_SET,
    EV_SET,
    EXPORT_SET,
    HISTORY_SLOT,
    HOUSE_ENERGY,
    HOUSE_STATE,
    LOAD_FORECAST,
    MANUAL_SET,
    PLAN_RUN,
    PLAN_SIMULATE,
    PRICES,
    PV_FORECAST,
    RISK_APPETITE_SET,
    VACATION_SET,
    Channel,
    ExportSet,
    RequestResult,
    RunPlan,
    Service,
)
from darkstar_common.runtime import Context
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.matters import matters
from darkstar_planner.core.strategy import Wishes
from darkstar_planner.history import recall
from darkstar_planner.rounds import Rounds
from darkstar_planner.settings import load_settings, save_settings

INPUTS = (PRICES, LOAD_FORECAST, PV_FORECAST, HOUSE_STATE, HOUSE_ENERGY, HISTORY_SLOT)
REQUESTS = (PLAN_RUN, EXPORT_SET)
LATER: dict[Channel[Any], str] = {
    PLAN_SIMULATE: "what-if plans",
    MANUAL_SET: "manual blocks",
    RISK_APPETITE_SET: "the risk appetite",
    COMFORT_SET: "the comfort level",
    VACATION_SET: "vacation mode",
    EV_SET: "electric vehicles",
}


async def planner(context: Context) -> None:
    """Plan when an input changes enough to matter, when asked, and at an interval."""
    settings = load_settings(context.state_dir, default=context.config.planner.export_enabled)
    wishes = replace(Wishes.of(context.config), export_enabled=settings.export_enabled)
    inputs = Inputs(config=context.config, wishes=wishes)
    async with (
        context.bus.inbox(*INPUTS, *REQUESTS, *LATER) as inbox,
        asyncio.TaskGroup() as tasks,
    ):
        desk = Desk(context, Rounds(context, inputs))
        tasks.create_task(desk.rounds.run(), name="rounds")
        tasks.create_task(recall(context, desk.rounds), name="recall")
        async for delivery in inbox:
            if isinstance(delivery, Delivery):
                await desk.take(delivery)


class Desk:
    """Takes what arrives: inputs go on record, requests are answered."""

    def __init__(self, context: Context, rounds: Rounds) -> None:
        self._context = context
        self.rounds = rounds

    async def take(self, delivery: Delivery[Any]) -> None:
        """Take one delivery."""
        match delivery.message:
            case RunPlan():
                await self._run(delivery)
            case ExportSet() as asked:
                await self._switch_export(delivery, asked)
            case _ if (what := _later(delivery)) is not None:
                sentence = f"{what} cannot be planned with yet; nothing was changed"
                await self._answer(delivery, accepted=False, reason=sentence)
            case message:
                self._record(message)

    def _record(self, message: Any) -> None:
        known = self.rounds.inputs
        self.rounds.inputs = known.updated(message)
        reason = matters(known, self.rounds.inputs, message, self._context.clock.now())
        if reason:
            self.rounds.ask(reason, cause=message.message_id)

    async def _run(self, delivery: Delivery[RunPlan]) -> None:
        obstacle = self.rounds.inputs.obstacle(self._context.clock.now())
        self.rounds.ask("asked for", cause=delivery.message.message_id)
        sentence = "planning" if obstacle is None else f"there can be no plan now: {obstacle}"
        await self._answer(delivery, accepted=obstacle is None, reason=sentence)

    async def _switch_export(self, delivery: Delivery[ExportSet], asked: ExportSet) -> None:
        wishes = replace(self.rounds.inputs.wishes, export_enabled=asked.on)
        self.rounds.inputs = replace(self.rounds.inputs, wishes=wishes)
        save_settings(self._context.state_dir, export_enabled=asked.on)
        sentence = "the plan may sell" if asked.on else "the plan sells nothing"
        await self._answer(delivery, accepted=True, reason=sentence)
        self.rounds.ask(sentence, cause=asked.message_id)

    async def _answer(self, delivery: Delivery[Any], *, accepted: bool, reason: str) -> None:
        result = RequestResult(
            sender=Service.PLANNER,
            emitted_at=self._context.clock.now(),
            caused_by=delivery.message.message_id,
            accepted=accepted,
            reason=reason,
        )
        await delivery.answer(result)


def _later(delivery: Delivery[Any]) -> str | None:
    """What a request is about that this version cannot do yet."""
    return next((what for one, what in LATER.items() if one.path == delivery.channel.path), None)
