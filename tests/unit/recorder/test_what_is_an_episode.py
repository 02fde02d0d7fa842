"""Which planning runs the recorder has: the real ones, each once, and nothing that was tried."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from unit.planner.worlds import QUICK, running
from unit.recorder.test_service import ask
from unit.recorder.test_service import running as recording

from darkstar_common.contract import (
    EPISODE,
    PLAN_RUN,
    PLAN_SIMULATE,
    RunPlan,
    Service,
    Simulated,
    SimulatePlan,
)
from darkstar_common.testing import MemoryBroker, MemoryBus, settle

PATIENCE = timedelta(seconds=20)
A_SECOND = timedelta(seconds=1)


async def what_if(bus: MemoryBus, changes: dict[str, Any]) -> Simulated:
    asked = SimulatePlan(changes=changes)
    return (await bus.request(PLAN_SIMULATE, asked, timeout=PATIENCE)).read(Simulated)


async def test_what_was_only_tried_is_no_episode(tmp_path: Path) -> None:
    broker = MemoryBroker()
    async with running(tmp_path / "planner", config=QUICK, broker=broker) as world:
        bus = MemoryBus(now=world.clock.now, broker=broker)
        async with recording(bus, world.clock, tmp_path):
            await world.tell()
            await world.schedules(1)
            assert (await what_if(bus, {"export_enabled": False})).accepted
            assert (await what_if(bus, {"battery.capacity_kwh": 20})).accepted
            assert not (await what_if(bus, {"battery.colour": 3})).accepted
            await world.ask(PLAN_RUN, RunPlan())
            made = await world.schedules(2)
            await world.clock.advance(A_SECOND)
            await settle()
            kept = (await ask(bus, what="episodes")).columns
        sent = world.bus.sent(EPISODE)
    assert [one.schedule_id for one in sent] == [str(one.message_id) for one in made]
    assert set(kept["message_id"]) == {str(one.message_id) for one in sent}
    assert len(kept["message_id"]) == len(sent)
    assert set(kept["system_id"]) == {"prod"}
    assert set(kept["config_hash"]) == {sent[0].context["config_hash"]}


def test_nobody_but_the_planner_tells_of_one() -> None:
    assert set(EPISODE.senders) == {Service.PLANNER}
