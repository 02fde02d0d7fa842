"""What was learned survives a restart, is published, and is told to who depends on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.forecaster.reflex.learned import DAY, HOUSE, MORNING, a_proposal

from darkstar_common.bus import Delivery, Inbox
from darkstar_common.config import Battery, Config
from darkstar_common.config.forecasting import Forecaster, Reflex
from darkstar_common.contract import LEARNING, LearnedChange, LearningState, Service
from darkstar_common.runtime import Context
from darkstar_common.testing import FakeClock, MemoryBus, a_context
from darkstar_forecaster.core.reflex import Refused
from darkstar_forecaster.tuning import UNREADABLE, UNSAVED, Tuning

AUTOMATIC = HOUSE.model_copy(update={"forecaster": Forecaster(reflex=Reflex(automatic=True))})


def a_tuning_context(state_dir: Path, config: Config = HOUSE) -> Context:
    clock = FakeClock(MORNING)
    bus = MemoryBus(now=clock.now)
    return a_context(
        bus, state_dir=state_dir, clock=clock, config=config, service=Service.FORECASTER
    )


async def heard(inbox: Inbox) -> LearningState:
    """The next state that is published."""
    async for delivery in inbox:
        assert isinstance(delivery, Delivery)
        assert isinstance(delivery.message, LearningState)
        return delivery.message
    raise AssertionError


async def test_values_in_force_survive_a_restart(tmp_path: Path) -> None:
    context = a_tuning_context(tmp_path)
    told: list[int] = []
    tuning = Tuning(context, changed=lambda: told.append(1))
    await tuning.restore()
    await tuning.weighed([a_proposal()], MORNING)
    assert not tuning.values
    assert not told
    (change,) = done(await tuning.apply(["pv_factor"]))
    assert (change.before, change.after) == (1.0, 0.98)
    assert told == [1]
    after = Tuning(a_tuning_context(tmp_path))
    await after.restore()
    assert after.values == {"pv_factor": 0.98}
    assert after.learnings.changes == tuning.learnings.changes


async def test_the_state_is_published_at_start_and_at_each_change(tmp_path: Path) -> None:
    context = a_tuning_context(tmp_path)
    tuning = Tuning(context)
    async with context.bus.inbox(LEARNING) as inbox:
        await tuning.restore()
        first = await heard(inbox)
        assert (first.values, first.automatic, first.looked_at) == ({}, False, None)
        await tuning.weighed([a_proposal()], MORNING)
        second = await heard(inbox)
        assert second.looked_at == MORNING
        assert [one.parameter for one in second.proposals] == ["pv_factor"]
        await tuning.apply(["pv_factor"])
        third = await heard(inbox)
        assert (third.values, third.proposals) == ({"pv_factor": 0.98}, ())
        await tuning.revert("pv_factor", why="asked")
        fourth = await heard(inbox)
        assert fourth.values == {}
        assert fourth.changes[0].reverts


async def test_proposals_are_applied_by_themselves_only_when_enabled(tmp_path: Path) -> None:
    tuning = Tuning(a_tuning_context(tmp_path / "one"))
    await tuning.weighed([a_proposal()], MORNING)
    assert not tuning.values
    (tmp_path / "other").mkdir()
    tuning = Tuning(a_tuning_context(tmp_path / "other", AUTOMATIC))
    await tuning.weighed([a_proposal(), a_proposal("load_factor", 1.02)], MORNING)
    assert tuning.values == {"pv_factor": 0.98, "load_factor": 1.02}
    assert all(one.automatic for one in tuning.learnings.changes)


async def test_what_people_took_back_stays_back(tmp_path: Path) -> None:
    context = a_tuning_context(tmp_path, AUTOMATIC)
    tuning = Tuning(context)
    await tuning.weighed([a_proposal()], MORNING)
    await tuning.revert("pv_factor", why="asked")
    assert isinstance(context.clock, FakeClock)
    await context.clock.advance(DAY)
    await tuning.weighed([a_proposal(at=MORNING + DAY)], MORNING)
    assert not tuning.values
    assert [one.parameter for one in tuning.learnings.proposals] == ["pv_factor"]
    assert not isinstance(await tuning.apply(["pv_factor"]), Refused)


async def test_today_can_be_forgotten(tmp_path: Path) -> None:
    tuning = Tuning(a_tuning_context(tmp_path, AUTOMATIC))
    await tuning.weighed([a_proposal()], MORNING)
    (change,) = await tuning.reset_today()
    assert (change.before, change.after, change.reverts) == (0.98, 1.0, True)
    assert not tuning.values
    assert await tuning.reset_today() == ()


async def test_a_refusal_changes_nothing(tmp_path: Path) -> None:
    tuning = Tuning(a_tuning_context(tmp_path))
    await tuning.weighed([a_proposal()], MORNING)
    before = tuning.learnings
    assert isinstance(await tuning.apply(["pv_factor", "load_factor"]), Refused)
    assert isinstance(await tuning.revert("pv_factor", why="asked"), Refused)
    assert isinstance(await tuning.revert_all(why="asked"), Refused)
    assert tuning.learnings == before


async def test_everything_can_be_taken_back(tmp_path: Path) -> None:
    tuning = Tuning(a_tuning_context(tmp_path, AUTOMATIC))
    await tuning.weighed([a_proposal(), a_proposal("load_factor", 1.02)], MORNING)
    assert len(done(await tuning.revert_all(why="asked"))) == 2
    assert not tuning.values


async def test_another_configuration_is_believed_at_start(tmp_path: Path) -> None:
    tuning = Tuning(a_tuning_context(tmp_path, AUTOMATIC))
    await tuning.weighed([a_proposal("battery_capacity_kwh", 33.6, current=34.2)], MORNING)
    assert tuning.values == {"battery_capacity_kwh": 33.6}
    bigger = HOUSE.model_copy(update={"battery": Battery(capacity_kwh=20.0)})
    tuning = Tuning(a_tuning_context(tmp_path, bigger))
    await tuning.restore()
    assert not tuning.values
    tuning = Tuning(a_tuning_context(tmp_path, bigger))
    await tuning.restore()
    assert len(tuning.learnings.changes) == 2
    tuning = Tuning(a_tuning_context(tmp_path))
    await tuning.restore()
    assert not tuning.values


@pytest.mark.parametrize("content", [b"{", b'{"values": {"pv_factor": "much"}}', b"\xff"])
async def test_a_damaged_file_is_put_aside_and_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "learning.json").write_bytes(content)
    context = a_tuning_context(tmp_path)
    tuning = Tuning(context)
    await tuning.restore()
    assert not tuning.values
    (issue,) = context.status.issues
    assert issue.key == UNREADABLE
    assert (tmp_path / "learning.unreadable").read_bytes() == content
    await tuning.weighed([a_proposal()], MORNING)
    assert not context.status.issues


async def test_a_full_disk_is_said_and_the_value_holds(tmp_path: Path) -> None:
    state = tmp_path / "state"
    context = a_tuning_context(state)
    state.write_text("no directory")
    tuning = Tuning(context)
    await tuning.weighed([a_proposal()], MORNING)
    await tuning.apply(["pv_factor"])
    assert tuning.values == {"pv_factor": 0.98}
    assert [one.key for one in context.status.issues] == [UNSAVED]


def done(result: tuple[LearnedChange, ...] | Refused) -> tuple[LearnedChange, ...]:
    """What came of a request that is not to be refused."""
    assert not isinstance(result, Refused), result
    return result
