"""A played house whose planner keeps manual blocks and works out what they would come to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from support.browsing import House
from support.gateway_answers import history
from support.gateway_house import planned, schedule

from darkstar_common.contract import (
    MANUAL_SET,
    PLAN_SIMULATE,
    PLAN_STATUS,
    SCHEDULE,
    HistoryQuery,
    HistoryRows,
    ManualBlock,
    ManualBlocksSet,
    Message,
    Money,
    PlanStatus,
    RequestResult,
    Schedule,
    ScheduleSlot,
    Service,
    Simulated,
    SimulatePlan,
)
from darkstar_common.slots import SLOT, slot_start

DEARER = 1.25
"""By how much any block makes the plan dearer here [SEK]."""
USUAL = Money(
    cost=18.42, objective=20.1, import_cost=31.5, export_revenue=15.2, wear_cost=2.12,
    stored_worth=6.4, import_kwh=22.0, export_kwh=14.0,
)  # fmt: skip


def status(now: datetime, blocks: Sequence[ManualBlock] = ()) -> PlanStatus:
    """What the planner says of itself, with those blocks in force."""
    return PlanStatus(
        sender=Service.PLANNER,
        emitted_at=now,
        running=False,
        last_run_at=now,
        last_success_at=now,
        next_run_at=slot_start(now) + SLOT,
        manual_blocks=tuple(blocks),
    )


def with_blocks(made: Schedule, blocks: Sequence[ManualBlock]) -> Schedule:
    """`made`, following what people decided for charging."""

    charging = [one for one in blocks if one.action == "charge"]

    def decided(slot: ScheduleSlot) -> ScheduleSlot:
        if any(one.end <= slot.start for one in charging):
            return slot.model_copy(update={"soc_percent": min(100, (slot.soc_percent or 0) + 9)})
        if not any(one.start <= slot.start < one.end for one in charging):
            return slot
        power = {"charge_kw": 5.0, "discharge_kw": 0.0, "import_kw": 6.0, "export_kw": 0.0}
        return slot.model_copy(update={**power, "reason": "you asked to charge"})

    return made.model_copy(update={"slots": tuple(decided(one) for one in made.slots)})


def remembered(query: HistoryQuery, now: datetime) -> HistoryRows:
    """What the recorder says that was planned for slots that have passed."""
    assert query.start is not None
    assert query.end is not None
    first, last = slot_start(query.start), slot_start(min(query.end, now))
    then = planned(first, max(0, (last - first) // SLOT), 46.0)
    names = (
        *("start", "import_kw", "export_kw", "charge_kw", "discharge_kw", "water_kw", "ev_kw"),
        *("soc_percent", "load_kw", "pv_kw", "reason"),
    )
    columns: dict[str, tuple[Any, ...]] = {
        name: tuple(getattr(one, name) for one in then) for name in names
    }
    return history("planned", columns, now)


class Planner:
    """The planner of a played `house`: what it is asked for it does, and tells."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.tried: list[SimulatePlan] = []
        self.tasks: set[asyncio.Task[None]] = set()
        house.services.memory["planned"] = remembered
        answers: dict[str, Callable[[Any, datetime], Message]] = house.services.answers
        answers[PLAN_SIMULATE.path] = self._simulated
        answers[MANUAL_SET.path] = self._set

    async def tell(self, *blocks: ManualBlock) -> None:
        """Have `blocks` in force."""
        now = self._house.clock.now()
        await self._house.bus.publish(PLAN_STATUS, status(now, blocks))
        await self._house.bus.publish(SCHEDULE, with_blocks(schedule(now), blocks))

    def _simulated(self, asked: SimulatePlan, now: datetime) -> Simulated:
        self.tried.append(asked)
        blocks = [ManualBlock.model_validate(one) for one in asked.changes["blocks"]]
        made = with_blocks(schedule(now), blocks)
        return Simulated(
            sender=Service.PLANNER,
            emitted_at=now,
            accepted=True,
            reason="the bill of the planned time would be 19.67 SEK instead of 18.42",
            status="optimal",
            cost=USUAL.cost + DEARER,
            objective=USUAL.objective + DEARER,
            objective_change=DEARER,
            import_cost=USUAL.import_cost + DEARER,
            export_revenue=USUAL.export_revenue,
            wear_cost=USUAL.wear_cost,
            stored_worth=USUAL.stored_worth,
            usual=USUAL,
            schedule=made.model_dump(mode="json"),
        )

    def _set(self, asked: ManualBlocksSet, now: datetime) -> RequestResult:
        task = asyncio.create_task(self.tell(*asked.blocks))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return RequestResult(
            sender=Service.PLANNER,
            emitted_at=now,
            accepted=True,
            reason=f"{len(asked.blocks)} manual block(s) in force",
        )


def block(action: Any, start: datetime, minutes: int, power_kw: float | None = None) -> ManualBlock:
    """A block of so many minutes."""
    end = start + timedelta(minutes=minutes)
    return ManualBlock(action=action, start=start, end=end, power_kw=power_kw)
