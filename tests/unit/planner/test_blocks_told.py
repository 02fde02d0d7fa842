"""What people decided themselves is on plan/status for as long as it counts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from unit.planner.houses import NOON
from unit.planner.worlds import QUICK, World, running

from darkstar_common.contract import MANUAL_SET, PLAN_RUN, ManualBlock, ManualBlocksSet, RunPlan
from darkstar_common.testing import settle

HOUR = timedelta(hours=1)
LATER = ManualBlock(action="charge", start=NOON + 3 * HOUR, end=NOON + 4 * HOUR)
SOON = ManualBlock(action="hold", start=NOON + HOUR, end=NOON + 2 * HOUR)


async def asked(world: World, *blocks: ManualBlock) -> bool:
    answer = await world.ask(MANUAL_SET, ManualBlocksSet(blocks=blocks))
    await settle()
    return answer.accepted


async def test_blocks_are_told_oldest_first_and_taken_back(tmp_path: Path) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
        assert not world.said[-1].manual_blocks
        assert await asked(world, LATER, SOON)
        await world.schedules(2)
        assert world.said[-1].manual_blocks == (SOON, LATER)
        assert await asked(world)
        await world.schedules(3)
        assert not world.said[-1].manual_blocks


async def test_blocks_are_told_although_there_can_be_no_plan(tmp_path: Path) -> None:
    async with running(tmp_path, config=QUICK) as world:
        assert await asked(world, SOON)
        await world.status(lambda one: one.manual_blocks == (SOON,))


async def test_blocks_are_told_before_the_plan_that_keeps_them(tmp_path: Path) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
        assert await asked(world, SOON)
        await world.schedules(2)
    told = [one for one in world.said if one.manual_blocks]
    assert told[0].running


async def test_refused_blocks_are_not_told(tmp_path: Path) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
        assert not await asked(world, SOON, SOON)
        assert all(one.manual_blocks == () for one in world.said)


async def test_blocks_are_told_after_a_restart_until_they_are_over(tmp_path: Path) -> None:
    async with running(tmp_path, config=QUICK) as world:
        assert await asked(world, SOON, LATER)
    async with running(tmp_path, config=QUICK) as world:
        await world.status(lambda one: one.manual_blocks == (SOON, LATER))
        await world.clock.advance(2 * HOUR)
        await world.ask(PLAN_RUN, RunPlan())
        await world.status(lambda one: one.manual_blocks == (LATER,))
