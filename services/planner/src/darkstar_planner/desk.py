"""Takes what arrives: inputs go on record, requests are answered."""

from __future__ import annotations

from typing import Any

from darkstar_common.bus import Delivery
from darkstar_common.contract import Message, RequestResult, RunPlan, Service, SimulatePlan
from darkstar_common.runtime import Context, because_of
from darkstar_planner.core.requests import Refused, granted
from darkstar_planner.knowledge import Knowledge
from darkstar_planner.rounds import Rounds
from darkstar_planner.whatifs import WhatIfs


class Desk:
    """One delivery after the other, in the order of arrival."""

    def __init__(
        self, context: Context, knowledge: Knowledge, rounds: Rounds, what_ifs: WhatIfs
    ) -> None:
        self._context, self._knowledge = context, knowledge
        self._rounds, self._what_ifs = rounds, what_ifs

    async def take(self, delivery: Delivery[Any]) -> None:
        """Take one delivery."""
        match delivery.message:
            case RunPlan():
                await self._run(delivery)
            case SimulatePlan():
                await self._what_ifs.take(delivery)
            case message if delivery.channel.kind == "request":
                await self._set(delivery, message)
            case message:
                self._hear(message)

    def _hear(self, message: Message) -> None:
        reason = self._knowledge.hear(message)
        if reason:
            self._rounds.ask(reason, cause=message.message_id)

    async def _run(self, delivery: Delivery[RunPlan]) -> None:
        obstacle = self._obstacle()
        self._rounds.ask("asked for", cause=delivery.message.message_id)
        sentence = "planning" if obstacle is None else f"there can be no plan now: {obstacle}"
        await self._answer(delivery, accepted=obstacle is None, reason=sentence)

    async def _set(self, delivery: Delivery[Any], asked: Any) -> None:
        """Change a setting and plan anew with it, or say why not."""
        now, config = self._context.clock.now(), self._context.config
        result = granted(asked, self._knowledge.settings, config, now, name=delivery.name)
        if isinstance(result, Refused):
            await self._answer(delivery, accepted=False, reason=result.sentence)
            return
        kept = await self._knowledge.set(result.settings)
        remarks = [] if kept else ["it could not be saved and is lost at a restart"]
        obstacle = self._obstacle()
        if obstacle is not None:
            remarks.append(f"there can be no plan now: {obstacle}")
        self._rounds.ask(result.sentence, cause=asked.message_id, outdates=True)
        await self._answer(delivery, accepted=True, reason="; ".join((result.sentence, *remarks)))

    def _obstacle(self) -> str | None:
        return self._knowledge.inputs.obstacle(self._context.clock.now())

    async def _answer(self, delivery: Delivery[Any], *, accepted: bool, reason: str) -> None:
        because_of(self._context.log, delivery.message).info(
            "request_answered",
            request=delivery.channel.at(delivery.name).path,
            accepted=accepted,
            reason=reason,
        )
        result = RequestResult(
            sender=Service.PLANNER,
            emitted_at=self._context.clock.now(),
            caused_by=delivery.message.message_id,
            accepted=accepted,
            reason=reason,
            understood=() if accepted else delivery.channel.message.examples,
        )
        await delivery.answer(result)
