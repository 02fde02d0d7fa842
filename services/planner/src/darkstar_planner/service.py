"""The planner as a service: keeps the cheapest schedule for the rolling horizon published."""

from __future__ import annotations

import asyncio
from datetime import datetime

from darkstar_common.bus import Delivery
from darkstar_common.contract import (
    COMFORT_SET,
    CONTROL_STATE,
    EV_SET,
    EXPORT_SET,
    HISTORY_SLOT,
    HOUSE_ENERGY,
    HOUSE_STATE,
    LEARNING,
    LOAD_FORECAST,
    MANUAL_SET,
    PLAN_RUN,
    PLAN_SIMULATE,
    PRICES,
    PV_FORECAST,
    RISK_APPETITE_SET,
    VACATION_SET,
    WEATHER,
)
from darkstar_common.runtime import Context, Stopwatch
from darkstar_planner.core.assemble import Planned
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.plan import plan
from darkstar_planner.core.solution import Solution
from darkstar_planner.desk import Desk
from darkstar_planner.hindsights import Hindsights
from darkstar_planner.history import recall
from darkstar_planner.knowledge import Knowledge
from darkstar_planner.rounds import Rounds, Work
from darkstar_planner.whatifs import WhatIfs

INPUTS = (
    PRICES, WEATHER, LOAD_FORECAST, PV_FORECAST, HOUSE_STATE, HOUSE_ENERGY, CONTROL_STATE,
    HISTORY_SLOT, LEARNING,
)  # fmt: skip
REQUESTS = (
    PLAN_RUN, PLAN_SIMULATE, MANUAL_SET, RISK_APPETITE_SET, COMFORT_SET, VACATION_SET,
    EXPORT_SET, EV_SET,
)  # fmt: skip


def worked_out(inputs: Inputs, now: datetime) -> tuple[Planned, Solution]:
    """The problem of `inputs` at `now`, and its solution.

    Raises:
        PlanningError: There is no such problem.
    """
    watch = Stopwatch()
    planned = inputs.planned(now)
    return planned, plan(planned.problem, elapsed=lambda: watch.elapsed.total_seconds())  # noqa: PLW0108 (read anew each time)


async def planner(context: Context, *, work: Work = worked_out) -> None:
    """Plan when an input changes enough to matter, when asked, and at an interval."""
    knowledge = Knowledge(context)
    await knowledge.restore()
    rounds = Rounds(context, knowledge, work)
    what_ifs = WhatIfs(context, knowledge, rounds, work)
    desk = Desk(context, knowledge, rounds, what_ifs)
    async with context.bus.inbox(*INPUTS, *REQUESTS) as inbox, asyncio.TaskGroup() as tasks:
        tasks.create_task(rounds.run(), name="rounds")
        tasks.create_task(what_ifs.run(), name="what-ifs")
        tasks.create_task(Hindsights(context, rounds).run(), name="hindsights")
        tasks.create_task(recall(context, knowledge, rounds), name="recall")
        async for delivery in inbox:
            if isinstance(delivery, Delivery):
                await desk.take(delivery)
