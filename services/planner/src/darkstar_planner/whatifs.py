"""What-ifs: plans that nobody follows, worked out one at a time beside the real ones."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from textwrap import shorten

from darkstar_common.bus import Delivery
from darkstar_common.contract import Service, Simulated, SimulatePlan
from darkstar_common.runtime import Context, because_of
from darkstar_planner import metrics
from darkstar_planner.core.assemble import Planned
from darkstar_planner.core.errors import PlanningError
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.money import money
from darkstar_planner.core.schedule import schedule
from darkstar_planner.core.solution import Solution
from darkstar_planner.knowledge import Knowledge
from darkstar_planner.rounds import Rounds, Work

MOST_WAITING = 4
DECIMALS = 6
LOGGED = 200
"""So much of an answer stands in the log [characters]."""
NOTHING = 0.005
"""A smaller difference is none [currency]."""


class WhatIfs:
    """Answers `plan/simulate`. A real plan goes first, and neither is ever cut short."""

    def __init__(self, context: Context, knowledge: Knowledge, rounds: Rounds, work: Work) -> None:
        self._context, self._knowledge = context, knowledge
        self._rounds, self._work = rounds, work
        self._waiting: asyncio.Queue[Delivery[SimulatePlan]] = asyncio.Queue(MOST_WAITING)

    async def take(self, delivery: Delivery[SimulatePlan]) -> None:
        """Line a question up, or say that there are too many."""
        try:
            self._waiting.put_nowait(delivery)
        except asyncio.QueueFull:
            sentence = f"{MOST_WAITING} what-ifs are waiting already; ask again in some seconds"
            await self._answer(delivery, self._refusal(delivery.message, sentence))

    async def run(self) -> None:
        """Answer one question after the other, until cancelled."""
        while True:
            delivery = await self._waiting.get()
            await self._answer(delivery, await self._simulated(delivery.message))

    async def _simulated(self, asked: SimulatePlan) -> Simulated:
        """What the plan asked about comes to, beside the one without the changes.

        The earlier plan is no hint to either, so that they differ by the changes alone.
        """
        now, inputs = self._context.clock.now(), replace(self._knowledge.inputs, hint=None)
        try:
            planned, solution = await self._worked_out(inputs.changed(asked.changes), now)
        except PlanningError as error:
            return self._refusal(asked, str(error))
        beside = await self._usual(inputs, now) if asked.changes else (planned, solution)
        usual = beside[1] if beside else None
        made = schedule(planned, solution, now=now, cause=asked.message_id)
        comes_to = money(planned.problem, solution)
        return Simulated(
            sender=Service.PLANNER,
            emitted_at=now,
            caused_by=asked.message_id,
            accepted=True,
            reason=_compared(made.currency, solution, usual),
            status=solution.status,
            cost=round(solution.cost, DECIMALS),
            objective=round(solution.objective, DECIMALS),
            objective_change=None if usual is None else _change(solution, usual),
            import_cost=comes_to.import_cost,
            export_revenue=comes_to.export_revenue,
            wear_cost=comes_to.wear_cost,
            stored_worth=comes_to.stored_worth,
            usual=money(beside[0].problem, beside[1]) if beside else None,
            schedule=made.model_dump(mode="json"),
        )

    async def _usual(self, inputs: Inputs, now: datetime) -> tuple[Planned, Solution] | None:
        """The plan without the changes; None where only they make one possible."""
        try:
            return await self._worked_out(inputs, now)
        except PlanningError:
            return None

    async def _worked_out(self, inputs: Inputs, now: datetime) -> tuple[Planned, Solution]:
        await self._rounds.at_rest()
        return await asyncio.to_thread(self._work, inputs, now)

    def _refusal(self, asked: SimulatePlan, sentence: str) -> Simulated:
        return Simulated(
            sender=Service.PLANNER,
            emitted_at=self._context.clock.now(),
            caused_by=asked.message_id,
            accepted=False,
            reason=sentence,
        )

    async def _answer(self, delivery: Delivery[SimulatePlan], answer: Simulated) -> None:
        metrics.WHAT_IFS.labels(str(answer.accepted).lower()).inc()
        because_of(self._context.log, delivery.message).info(
            "what_if_answered",
            accepted=answer.accepted,
            changes=delivery.message.changes,
            reason=shorten(answer.reason, LOGGED),
        )
        await delivery.answer(answer)


def _change(solution: Solution, usual: Solution) -> float | None:
    """By how much `solution` is dearer; None for plans of different lengths."""
    if len(solution.slots) != len(usual.slots):
        return None
    return round(solution.objective - usual.objective, DECIMALS)


def _compared(currency: str, solution: Solution, usual: Solution | None) -> str:
    """What it comes to, in a sentence: the bill first, then all that a plan counts."""
    bill = f"the bill of the planned time would be {solution.cost:.2f} {currency}"
    change = None if usual is None else _change(solution, usual)
    if usual is None or change is None:
        return f"{bill}; as things are there is no plan of that length to compare it with"
    if abs(change) < NOTHING:
        return f"{bill}, and all in all it would make no difference"
    verb = "dearer" if change > 0 else "cheaper"
    return (
        f"{bill} instead of {usual.cost:.2f}; with what is left in the battery and what "
        f"was wished for counted in, it is {abs(change):.2f} {verb}"
    )
